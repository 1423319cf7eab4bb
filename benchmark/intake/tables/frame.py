"""Finds the header among the first rows, and the rows that do not fit it."""

from __future__ import annotations

from dataclasses import dataclass, field

from emobench.normal_form import normal_form
from emobench.wording import and_more

_LATEST = 10
_SHOWN = 5
_WORDS = frozenset({
    "id", "label", "labels", "text", "speaker", "group", "split", "mode", "audio", "video", "image",
    "file", "filename", "file_name", "start", "end", "language", "transcription", "sentence",
    "utterance", "emotion", "emotions", "annotation", "canonical", "video_id", "clip_id",
    "text_features", "audio_features", "vision_features",
})  # fmt: skip
"""Names of columns by which a header is told from a title above it."""


@dataclass
class Frame:
    """Where the header is, and what fits it.

    Parameters
    ----------
    top
        Index of the header's row; 0 in an empty table.
    header
        Its cells.
    ragged
        Indices of rows with another number of cells.
    notes
        Sentences on rows above the header and cells beside it.
    """

    top: int
    header: list[str]
    ragged: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def width(self) -> int:
        """Number of the header's columns."""
        return len(self.header)

    @property
    def known(self) -> bool:
        """Whether two of the header's names are usual ones."""
        return _known(self.header) >= 2


def name_of_column(cell: str) -> str:
    """The cell without blanks and invisible marks around it."""
    return cell.strip().strip("\ufeff\u200b\u200e\u200f\u2060").strip()


def header_row(rows: list[list[str]]) -> int:
    """Index of the header: below titles, remarks and rows of one cell."""
    head = [[name_of_column(c) for c in row] for row in rows[: _LATEST + 1]]
    filled = [sum(map(bool, row)) for row in head]
    top = 0
    while top + 1 < len(head) and _title(head[top], filled[top], filled[top + 1 :]):
        top += 1
    known = [_known(row) for row in head]
    best = max(known, default=0)
    if best >= 2 and known[top] < 2:
        top = known.index(best)
    return top


def _known(row: list[str]) -> int:
    return len({normal_form(cell) for cell in row} & _WORDS)


def _title(row: list[str], filled: int, later: list[int]) -> bool:
    if max(later) < 2:
        return False
    remark = bool(row) and row[0].startswith("#")
    return filled <= 1 or (remark and filled != later[0])


def framed(rows: list[list[str]], places: list[str]) -> Frame:
    """Find the header, and rows that do not fit it; blank cells behind a row's end do no harm.

    Rows are shortened in place.
    """
    if not rows:
        return Frame(0, [])
    top = header_row(rows)
    header = [name_of_column(c) for c in rows[top]]
    if header and header[0].startswith("#") and len(header) > 1:
        header[0] = header[0].lstrip("# ")
    frame = Frame(top, header)
    if top:
        said = "; ".join(" ".join(c for c in map(str.strip, row) if c)[:60] for row in rows[:top])
        where = and_more(places[:top], _SHOWN)
        frame.notes.append(f"Above the header ({places[top]}) stands what is no row ({where}): "
                           f"{said!r}.")  # fmt: skip
    below = rows[top + 1 :]
    if below and _numbered(below, len(header)):
        frame.header = ["", *header]
    for index in range(top + 1, len(rows)):
        row = rows[index]
        if len(row) > frame.width and not any(c.strip() for c in row[frame.width :]):
            del row[frame.width :]
        if len(row) != frame.width and not any(c.strip() for c in row):
            row[:] = [""] * frame.width
        if len(row) != frame.width:
            frame.ragged.append(index)
    return frame


def _numbered(rows: list[list[str]], width: int) -> bool:
    """Whether the rows are numbered in a first column without a name, as R writes them."""
    if width < 2 or rows[0][0] not in ("0", "1"):
        return False
    first = int(rows[0][0])
    return all(len(r) == width + 1 and r[0] == str(i) for i, r in enumerate(rows, first))

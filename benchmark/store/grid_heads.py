"""The heads of grid records: what they are about, told without reading their many rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emobench.disk.seal import is_changed

FIELDS: Final = ("created", "dataset", "model", "protocol", "split", "track", "variant")
FIELD: Final = {
    name: re.compile(rf'\n "{name}": ("(?:[^"\\]|\\.)*"),?\n'.encode()) for name in FIELDS
}
"""A top-level field of a record as it is written: with one space of indent, on a line."""
ROWS: Final = b'\n "rows": '


@dataclass(frozen=True)
class GridHead:
    """What a grid record is about; see `emobench.store.records.GridRecord`."""

    key: str
    created: str
    dataset: str
    model: str
    protocol: str
    split: str
    track: str
    variant: str

    @property
    def section(self) -> tuple[str, ...]:
        """What models are compared within."""
        return (self.dataset, self.split, self.track, self.protocol)

    @property
    def subject(self) -> tuple[str, ...]:
        """A model within a section."""
        return (self.model, self.variant, *self.section)


DEFAULTS: Final = {
    "created": "", "split": "standard", "track": "controlled", "variant": "corrected",
}  # fmt: skip


def grid_head(path: Path) -> GridHead | None:
    """Read the head of a grid record; None for a file that is no such record."""
    content = path.read_bytes()
    if is_changed(content):
        return None  # it is written anew
    if not content.rstrip().endswith(b"}"):
        return None
    begin = content.find(ROWS)
    # Lines of the rows are indented further than the line that closes them.
    empty = content.startswith(b"[]", begin + len(ROWS))
    end = begin if empty else content.find(b"\n ]", begin) if begin >= 0 else -1
    # Keys are sorted: some of the fields stand after the rows.
    parts = (content[: begin + 1], content[end:]) if 0 <= begin <= end else (content,)
    found = dict(DEFAULTS)
    for name, pattern in FIELD.items():
        match = next(filter(None, (pattern.search(part) for part in parts)), None)
        if match is not None:
            found[name] = json.loads(match[1])
    if "dataset" not in found or "protocol" not in found or "model" not in found:
        return _read_whole(path.stem, content)
    return GridHead(key=path.stem, **found)


def _read_whole(key: str, content: bytes) -> GridHead | None:
    try:
        plain = {**DEFAULTS, **json.loads(content)}
        return GridHead(key=key, **{name: str(plain[name]) for name in FIELDS})
    except (ValueError, KeyError, TypeError):
        return None


def grid_heads(root: Path) -> list[GridHead]:
    """Read the heads of all grid records of a results folder, oldest first."""
    paths = sorted((root / "grids").glob("*.json"))
    return sorted(filter(None, map(grid_head, paths)), key=lambda head: head.created)


def up_to_date(heads: Iterable[GridHead], mine: Iterable[tuple[str, GridHead]]) -> bool:
    """Whether writing the records `mine` anew, with the time of now, would change nothing.

    The page shows the newest record of each subject, and keeps what saw older states of a corpus
    than the newest of a section apart. So nothing changes if each of `mine` is there and the newest
    of its subject, and the newest of each of their sections is one of them.

    Parameters
    ----------
    heads
        Those that are stored, oldest first.
    mine
        Keys of the records that would be written, with what they are about.
    """
    subjects: dict[tuple[str, ...], str] = {}
    sections: dict[tuple[str, ...], str] = {}
    for head in heads:
        subjects[head.subject] = sections[head.section] = head.key
    asked = dict(mine)
    return all(
        subjects.get(head.subject) == key and sections.get(head.section) in asked
        for key, head in asked.items()
    )

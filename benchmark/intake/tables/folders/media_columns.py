"""Tables that name media in other tools' words: ``file_name`` becomes audio, video or image."""

from __future__ import annotations

from collections import Counter
from pathlib import Path, PurePosixPath

from emobench.intake.tables.kind import name_of
from emobench.intake.tables.table import Table
from emobench.normal_form import normal_form
from emobench.wording import counted

SUFFIXES = {
    "audio": ".wav .mp3 .flac .ogg .oga .opus .m4a .wma .aac .aif .aiff .amr .au",
    "video": ".mp4 .m4v .mov .avi .mkv .webm .3gp .mpg .mpeg .ts .mts .wmv .flv .ogv",
    "image": ".jpg .jpeg .png .bmp .gif .tif .tiff .webp .pgm .ppm .heic",
}
"""Our column for a file, and the suffixes by which it is chosen."""

_KINDS = {suffix: kind for kind, suffixes in SUFFIXES.items() for suffix in suffixes.split()}
_WORDS = {"sound": "audio", "film": "video", "picture": "image"}
_FILE = ("file_name", "filename", "file", "path", "file_path", "filepath")
_TEXT = ("transcription", "transcript", "sentence", "utterance", "caption")


def media_kind(path: Path) -> str:
    """``audio``, ``video`` or ``image`` by suffix, else by content; empty for anything else."""
    if kind := _KINDS.get(path.suffix.lower()):
        return kind
    if path.suffix:
        return ""
    try:
        with path.open("rb") as file:
            words = name_of(file.read(512)).split()
    except OSError:
        return ""
    return next((_WORDS[w] for w in words if w in _WORDS), "")


def with_media_columns(table: Table, always: bool = False) -> Table:
    """Rename what other tools call ``file_name`` and ``transcription``, and make ids of names.

    Parameters
    ----------
    table
        Changed in place. A table with our own columns stays as it is.
    always
        Whether text columns are renamed though no column names media: the table is known to
        describe a folder.
    """
    columns = [c for c in table.header if _names_files(c)]
    named = [c for c in columns if _convert(table, c)]
    if not named and not always:
        return table
    other = next((c for c in table.header if normal_form(c) in _TEXT), None)
    if other is not None and "text" not in table.header:
        table.header[table.header.index(other)] = "text"
        table.notes.append(f"The column {other!r} was taken for text.")
    return table


def _names_files(column: str) -> bool:
    name = normal_form(column)
    return name in _FILE or name.endswith("_file_name")


def _convert(table: Table, column: str) -> bool:
    """Turn a column of file names into ours; False if it holds anything else, or ours are there."""
    place = table.header.index(column)
    values = [row[place].strip() for row in table.rows]
    kinds = [media_kind(table.home / v.replace("\\", "/")) if v else "" for v in values]
    found = sorted(set(kinds) - {""})
    lost = any(v and not k for v, k in zip(values, kinds, strict=True))
    if not found or lost or set(found) & set(table.header):
        return False
    table.header[place : place + 1] = found
    for row, value, kind in zip(table.rows, values, kinds, strict=True):
        row[place : place + 1] = [value if k == kind else "" for k in found]
    table.notes.append(f"The column {column!r} was taken for {' and '.join(found)}.")
    if "id" not in table.header:
        _add_ids(table, column, values)
    return True


def _add_ids(table: Table, column: str, values: list[str]) -> None:
    names = short_ids(values)
    if "start" in table.header:
        starts = [row[table.header.index("start")].strip() for row in table.rows]
        names = [f"{n}@{s}" if s else n for n, s in zip(names, starts, strict=True)]
    twice = sum(n > 1 for n in Counter(names).values())
    if twice:
        table.notes.append(
            f"{counted(twice, 'file')} of {column!r} stand in more than one row, so that they can "
            "be no ids: write a column id."
        )
        return
    table.header.insert(0, "id")
    for row, name in zip(table.rows, names, strict=True):
        row.insert(0, name)
    table.notes.append("The files' names without suffix are the ids.")


def short_ids(files: list[str]) -> list[str]:
    """Names without folder and suffix; with the folder where names would be equal."""
    paths = [PurePosixPath(f.replace("\\", "/")) for f in files]
    stems = [p.stem for p in paths]
    if len({normal_form(s) for s in stems}) == len(stems):
        return stems
    longer = [p.with_suffix("").as_posix() if p.name else "" for p in paths]
    if len({normal_form(s) for s in longer}) == len(longer):
        return longer
    return [p.as_posix() for p in paths]

"""A folder as a table: Hugging Face's audiofolder and imagefolder, or a folder per class."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from emobench.errors import DataError
from emobench.intake.litter import is_litter
from emobench.intake.tables.composition import Raw, assembled
from emobench.intake.tables.folders.media_columns import media_kind, short_ids, with_media_columns
from emobench.intake.tables.kind import FORMS
from emobench.intake.tables.split_names import PARTS
from emobench.intake.tables.table import Table
from emobench.normal_form import normal_form
from emobench.wording import and_more, counted

TABLES = (
    ".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".xlsx", ".csv.gz", ".tsv.gz",
    ".jsonl.gz", ".txt", ".xls", ".ods",
)  # fmt: skip
_PROSE = ("readme", "license", "licence", "copying", "classes", "class_names")
_SHOWN = 5
Reader = Callable[[Path], Table]


@dataclass
class _Files:
    """What lies in a folder, by path relative to it."""

    media: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    litter: int = 0


def folder_table(folder: Path, read: Reader, labelled: bool = True) -> Table:
    """Read a folder's ``metadata.csv`` (or another form of it), else take its folders for classes.

    Where nothing needs to be `labelled`, its media can also lie side by side.

    Raises
    ------
    DataError
        There is neither, or another table lies in the folder, which is named.
    """
    found = _metadata(folder)
    files = _files(folder)
    if found:
        table = _from_metadata(folder, found, read, files)
    else:
        _refuse_other_tables(folder)
        table = _from_classes(folder, files, labelled)
    if files.litter:
        table.notes.append(f"{counted(files.litter, 'file')} of other systems (._*, .DS_Store and "
                           "the like) were passed over.")  # fmt: skip
    return table


def _files(folder: Path) -> _Files:
    found = _Files()
    for where, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f != "__MACOSX")
        for name in sorted(names):
            path = Path(where, name)
            inner = path.relative_to(folder).as_posix()
            if is_litter(name):
                found.litter += 1
            elif kind := media_kind(path):
                found.media[inner] = kind
            elif not name.startswith("."):
                found.others.append(inner)
    return found


def _metadata(folder: Path) -> list[Path]:
    """The folder's own table, else those of its parts."""
    for home in (folder, folder / "data"):
        if own := _tables_in(home, "metadata"):
            return own[:1]
        inner = sorted(p for p in home.iterdir() if p.is_dir()) if home.is_dir() else []
        if below := [own[0] for part in inner if (own := _tables_in(part, "metadata"))]:
            return below
    return []


def _tables_in(folder: Path, stem: str | None = None) -> list[Path]:
    if not folder.is_dir():
        return []
    paths = sorted(p for p in folder.iterdir() if p.is_file() and not is_litter(p.name))
    found = [p for p in paths if p.name.lower().endswith(TABLES)]
    if stem is None:
        return found
    found = [p for p in found if p.name.lower().split(".")[0] == stem]
    return sorted(found, key=lambda p: TABLES.index("." + p.name.lower().partition(".")[2]))


def _refuse_other_tables(folder: Path) -> None:
    others = [p for p in _tables_in(folder) if not p.name.lower().startswith(_PROSE)]
    if others:
        names = and_more([p.name for p in others], _SHOWN)
        raise DataError(
            f"{folder} is a folder without metadata.csv; it holds {names}. Name the table itself: "
            f"{others[0]}."
        )


def _from_metadata(folder: Path, found: list[Path], read: Reader, files: _Files) -> Table:
    tables = []
    for path in found:
        table = read(path)
        _prefix(table, path.parent.relative_to(folder).as_posix())
        table.home = folder
        tables.append(with_media_columns(table, always=True))
    whole = _joined(folder, found, tables)
    add_split(whole)
    columns = [whole.header.index(c) for c in ("audio", "video", "image") if c in whole.header]
    named = {normal_form(row[c].replace("\\", "/")) for row in whole.rows for c in columns}
    left = [name for name in files.media if normal_form(name) not in named]
    if left:
        number = counted(len(left), "file")
        whole.notes.append(f"In no row: {number} of media ({and_more(left, _SHOWN)}).")
    others = [p.name for path in found for p in _tables_in(path.parent, "metadata") if p != path]
    if others:
        whole.notes.append(f"{and_more(others, _SHOWN)} were not read beside {found[0].name}.")
    return whole


def _prefix(table: Table, inner: str) -> None:
    """Make paths relative to the folder that was named."""
    if inner == ".":
        return
    names = [c for c in table.header if normal_form(c).endswith(("file_name", "filename"))]
    names += [c for c in table.header if c in ("audio", "video", "image")]
    for column in map(table.header.index, names):
        for row in table.rows:
            if row[column].strip() and not PurePosixPath(row[column].strip()).is_absolute():
                row[column] = f"{inner}/{row[column].strip()}"


def _joined(folder: Path, found: list[Path], tables: list[Table]) -> Table:
    """One table of all parts; the folders' names are the split if all are parts of one."""
    inner = [p.parent.relative_to(folder) for p in found]
    if len(tables) == 1:
        tables[0].path = folder
        return tables[0]
    header = list(dict.fromkeys(c for table in tables for c in table.header))
    rows, places, notes = [], [], []
    for table, where in zip(tables, inner, strict=True):
        at = [table.header.index(c) if c in table.header else None for c in header]
        rows += [["" if i is None else row[i] for i in at] for row in table.rows]
        places += [f"{where.as_posix()}, {place}" for place in table.places]
        notes += [note for note in table.notes if note not in notes]
    whole = Table(folder, header, rows, places, notes, folder, found)
    _unique_ids(whole)
    return whole


def _unique_ids(table: Table) -> None:
    """Parts number their files alike: the path tells them apart."""
    media = [i for i, c in enumerate(table.header) if c in ("audio", "video", "image")]
    if "id" not in table.header or not media:
        return
    place = table.header.index("id")
    if len({row[place] for row in table.rows}) == len(table.rows):
        return
    for row in table.rows:
        if path := next((row[i] for i in media if row[i]), ""):
            row[place] = PurePosixPath(path).with_suffix("").as_posix()


def add_split(table: Table) -> None:
    """Take folders called train, dev and test for the split."""
    media = [i for i, c in enumerate(table.header) if c in ("audio", "video", "image")]
    if "split" in table.header or not media or not table.rows:
        return
    paths = [next((row[i] for i in media if row[i]), "") for row in table.rows]
    parts = [_part(path) for path in paths]
    if all(parts) and len(set(parts)) > 1:
        table.header.append("split")
        for row, part in zip(table.rows, parts, strict=True):
            row.append(part)
        table.notes.append(_split_note(paths))


def _part(path: str) -> str:
    """The part that the first folder with such a name stands for."""
    folders = PurePosixPath(path.replace("\\", "/")).parts[:-1]
    return next((PARTS[n] for n in map(normal_form, folders) if n in PARTS), "")


def _split_note(paths: list[str]) -> str:
    names = dict.fromkeys(
        n for p in paths for n in PurePosixPath(p.replace("\\", "/")).parts[:-1]
        if normal_form(n) in PARTS
    )  # fmt: skip
    said = ", ".join(f"{n} ({PARTS[normal_form(n)]})" for n in names)
    return f"The folders' names were taken for the split: {said}."


def _from_classes(folder: Path, files: _Files, labelled: bool) -> Table:
    rest = {name: list(PurePosixPath(name).parts[:-1]) for name in files.media}
    while (top := {tuple(p[:1]) for p in rest.values()}) and len(top) == 1 and top != {()}:
        if len({tuple(p) for p in rest.values()}) == 1:
            break  # one class: the manifest says that two are needed
        rest = {name: parts[1:] for name, parts in rest.items()}
    split: dict[str, str] = {}
    for level in (0, 1):
        names = [p[level] if len(p) > level else "" for p in rest.values()]
        if names and all(normal_form(n) in PARTS for n in names):
            split = {n: PARTS[normal_form(p.pop(level))] for n, p in rest.items()}
            break
    loose = [name for name, parts in rest.items() if not parts]
    if len(loose) == len(rest):
        if labelled or not files.media:
            raise _nothing(folder, files)
        return _class_rows(folder, files, dict.fromkeys(files.media, ""), {})
    table = _class_rows(folder, files, {n: p[0] for n, p in rest.items() if p}, split)
    classes = Counter(row[table.header.index("label")] for row in table.rows)
    said = and_more([f"{name} {n:,}" for name, n in sorted(classes.items())], 20)
    table.notes.insert(0, f"{folder} has no metadata.csv, so its folders were taken for the "
                          f"classes: {said}.")  # fmt: skip
    for names, what in (
        (loose, "outside of the classes' folders"),
        (files.others, "without media"),
    ):
        if names:
            number = counted(len(names), "file")
            table.notes.append(f"Not read: {number} {what} ({and_more(names, _SHOWN)}).")
    return table


def _class_rows(
    folder: Path, files: _Files, labels: dict[str, str], split: dict[str, str]
) -> Table:
    """A row per name without suffix: a voice and a picture of one name are one utterance."""
    groups: dict[str, dict[str, str]] = {}
    for name in labels:
        key = PurePosixPath(name).with_suffix("").as_posix()
        kind = files.media[name]
        if kind in groups.get(key, {}):
            key = name
        groups.setdefault(key, {})[kind] = name
    kinds = [k for k in ("audio", "video", "image") if any(k in g for g in groups.values())]
    first = [next(iter(group.values())) for group in groups.values()]
    header = ["id", "label", *(["split"] if split else []), *kinds]
    rows = [
        [name, labels[file], *([split[file]] if split else []), *(g.get(k, "") for k in kinds)]
        for name, file, g in zip(short_ids(first), first, groups.values(), strict=True)
    ]
    raw = Raw(header, rows, first)
    if split:
        raw.notes.append(_split_note(list(labels)))
    return assembled(folder, raw, folder, [])


def _nothing(folder: Path, files: _Files) -> DataError:
    if files.media:
        what = f"It holds {counted(len(files.media), 'file')} of media, but nothing says which "
        what += "class each belongs to. Put a metadata.csv with the columns file_name and label "
        return DataError(f"{folder}: {what}beside them, or a folder per class around them.")
    inside = f" It holds {and_more(files.others, _SHOWN)}." if files.others else " It is empty."
    return DataError(f"{folder} is a folder without a table.{inside} Read are {FORMS}.")

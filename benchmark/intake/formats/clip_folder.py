"""A folder with a file per utterance, or of features that were imported."""

from __future__ import annotations

import contextlib
import json
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emobench.disk.seal import DamageError
from emobench.disk.sums import AGAIN
from emobench.errors import DataError
from emobench.intake.checks import check_counts, common_size, listed
from emobench.intake.formats import KINDS
from emobench.intake.formats.content import Array, Content
from emobench.intake.formats.dispatch import TABLES, named_shape, open_array
from emobench.intake.formats.kind import BY_SUFFIX, kind_of
from emobench.intake.formats.rows.feature_rows import left_out_sentences, row_sentences
from emobench.intake.layout import MODALITY_WORDS, chosen_array
from emobench.intake.litter import is_litter, is_litter_folder
from emobench.ragged_array import Ragged

ABOUT = "about.json"
VERSION = 2
"""Of imported features. Raise it when the output for the same file changes."""

KEPT = 2**29
"""Bytes of tables that are kept in memory; beyond, a table is read again when it is needed."""

MOST_TOLD = 10
"""Sentences on single files that are said; the others are counted."""

FEW = 4
"""Arrays per table, or tables per array, from which the rarer form lies there for another use."""


def read_folder(path: Path, modality: str | None) -> Content:
    """A file per utterance, in folders or not, or what ``emobench data import`` wrote.

    The id is the path below `path`, without suffix.
    """
    if (path / "ids.json").is_file():
        return _read_imported(path)
    top = sorted(p.name for p in path.iterdir() if p.is_dir() and not _is_litter(p.name))
    words = [name for name in top if name.lower() in MODALITY_WORDS]
    if len(words) > 1 or (words and modality):
        path = path / chosen_array(path, words, modality)
    files, others = _files(path)
    if not files:
        raise DataError(f"{path} is a folder without ID.npy files; those that are read: {KINDS}.")
    kinds = {f: kind_of(f) for f in files}
    files, aside = _of_one_form(files, kinds)
    others += aside
    ids = [f.relative_to(path).with_suffix("").as_posix() for f in files]
    twice = [name for name, n in Counter(ids).items() if n > 1]
    if twice:
        suffixes = sorted({f.suffix for f in files})
        raise DataError(
            f"{path} has several files of {listed(twice)} ({', '.join(suffixes)}). Keep one form, "
            "or name a folder with one."
        )
    if any(kinds[f] in TABLES for f in files):
        content = _tables(path, files, ids, kinds)
    else:
        content = _arrays(path, files, ids)
    told = content.told
    if others:
        content.told = lambda: [*told(), _others(others)]
    return content


def _is_litter(name: str) -> bool:
    return name.startswith(".") or is_litter(name) or is_litter_folder(name)


def _files(path: Path) -> tuple[list[Path], list[Path]]:
    """Files of features, and other files; what systems leave behind is neither."""
    found: list[Path] = []
    others: list[Path] = []
    for file in sorted(path.rglob("*")):
        if any(map(_is_litter, file.relative_to(path).parts)) or not file.is_file():
            continue
        kind = BY_SUFFIX.get(file.suffix.lower())
        readme = file.stem.lower() in ("readme", "license", "licence")
        (others if kind is None or readme or file.suffix == ".json" else found).append(file)
    if any(f.suffix != ".txt" for f in found):
        others += [f for f in found if f.suffix == ".txt"]
        found = [f for f in found if f.suffix != ".txt"]
    return found, others


def _of_one_form(files: list[Path], kinds: dict[Path, str]) -> tuple[list[Path], list[Path]]:
    """Tables or arrays, and the few files of the other form (``labels.csv`` beside arrays)."""
    tables = [f for f in files if kinds[f] in TABLES]
    arrays = [f for f in files if kinds[f] not in TABLES]
    few, many = sorted((tables, arrays), key=len)
    return (many, few) if FEW * len(few) <= len(many) else (files, [])


def _others(files: list[Path]) -> str:
    return f"{len(files):,} other files are no features: {listed(f.name for f in files)}."


def _arrays(path: Path, files: list[Path], ids: list[str]) -> Content:
    shapes = {name: named_shape(file)[1] for name, file in zip(ids, files, strict=True)}
    size = common_size(path, shapes)
    return Content(ids, size, lambda place: open_array(files[place]))


def _tables(path: Path, files: list[Path], ids: list[str], kinds: dict[Path, str]) -> Content:
    """Tables of one utterance each, or of several, each with its own ids."""
    found: dict[str, tuple[Path, int]] = {}
    columns: dict[tuple[str, ...], list[str]] = {}
    left: dict[str, list[str]] = {}
    unused: Counter[str] = Counter()
    total = used = 0
    told: dict[str, None] = {}
    kept: dict[Path, Content] = {}
    room = KEPT
    for file, own in zip(files, ids, strict=True):
        if kinds[file] not in TABLES:
            raise DataError(f"{path} has tables and other files ({file.name}); keep one form.")
        content = TABLES[kinds[file]](file, None, True)
        several = len(content.ids) > 1 or content.ids[0] != Path(own).name
        for place, name in enumerate(content.ids if several else [own]):
            if name in found:
                raise DataError(
                    f"{path} has utterances more than once: {name} ({found[name][0].name}, "
                    f"{file.name})."
                )
            found[name] = (file, place)
        if content.columns:
            columns.setdefault(tuple(content.columns[0]), []).append(own)
            for reason, names in content.columns[1].items():
                known = left.setdefault(reason, [])
                known += [n for n in names if n not in known]
        if content.rows:
            total, used = total + content.rows[0], used + content.rows[1]
            unused.update(content.rows[2])
        told |= dict.fromkeys(t for t in content.told() if not _is_counted(t))
        room -= sum(content.read(place).nbytes for place in range(len(content.ids)))
        if room > 0:
            kept[file] = content
        content.close()
    _refuse_columns(path, columns)
    size = len(next(iter(columns), ())) or 1
    sentences = [*left_out_sentences(left, []), *row_sentences(total, used, dict(unused))]
    sentences += list(told)[:MOST_TOLD]
    if len(told) > MOST_TOLD:
        sentences.append(f"{len(told) - MOST_TOLD} notes more on how single files were read.")
    places = list(found.values())

    def read(place: int) -> Array:
        file, row = places[place]
        return (kept.get(file) or TABLES[kinds[file]](file, None, True)).read(row)

    content = Content(list(found), size, read)
    content.told = lambda: sentences
    content.rows = (total, used, dict(unused))
    content.columns = (list(next(iter(columns), ())), left)
    return content


def _is_counted(sentence: str) -> bool:
    """Whether a sentence on one file is said for all of them together."""
    return sentence.startswith("left out: ") or "rows are used" in sentence


def _refuse_columns(path: Path, columns: dict[tuple[str, ...], list[str]]) -> None:
    if len(columns) < 2:
        return
    usual = max(columns, key=lambda names: len(columns[names]))
    odd = {n: names for names, files in columns.items() if names != usual for n in files}
    first, names = next(iter(odd.items()))
    differ = [n for n in (*names, *usual) if (n in names) != (n in usual)] or ["their order"]
    raise DataError(
        f"{path} has {len(usual)} features ({listed(usual)}) in most files, others in "
        f"{listed(odd)}: {first} differs in {listed(differ)}."
    )


def _read_imported(path: Path) -> Content:
    facts = about(path) if (path / ABOUT).is_file() else {}
    ids = json.loads((path / "ids.json").read_text(encoding="utf-8"))
    with _whole(path, facts):
        values = Ragged(path)
    check_counts(path, len(ids), {"offsets.npy": len(values)})

    def read(place: int) -> Array:
        with _whole(path, facts):
            return values[place]

    content = Content(ids, values.size, read)
    content.told = lambda: [*facts.get("notes", []), *facts.get("problems", [])]
    return content


@contextlib.contextmanager
def _whole(path: Path, facts: dict[str, Any]) -> Iterator[None]:
    """Say what mends an import that is damaged: nothing makes it again by itself."""
    try:
        yield
    except DamageError as error:
        why = str(error).removesuffix(AGAIN).strip()
        raise DataError(f"{why} {_import_again(path, facts)}") from None


def _import_again(folder: Path, facts: dict[str, Any]) -> str:
    source = facts.get("source_path") or facts.get("source") or "FILE"
    return (
        f"Import it again: `emobench data import {shlex.quote(str(source))} --as {folder.name} "
        "--replace`."
    )


def about(folder: Path) -> dict[str, Any]:
    """Say where imported features are from; see `emobench.intake.feature_import.about`."""
    try:
        found: dict[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise DataError(
            f"{folder} holds no imported features; `emobench data import FILE --as NAME` makes "
            "such a folder."
        ) from None
    if found.get("version") != VERSION:
        raise DataError(
            f"{folder} was written by another version of emobench. {_import_again(folder, found)}"
        )
    return found

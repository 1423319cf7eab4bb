"""The part of a results folder that one section is made of, as a results folder of its own.

No weights, no media, no texts, no tracebacks: predictions, specs, and what records say of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from emobench.disk.seal import sealed, unsealed
from emobench.errors import RequestError
from emobench.leaderboard.pedigree.sections import StoredSections
from emobench.leaderboard.results.corpus_state import SectionKey
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.submission.people import NUMBERED, names_of
from emobench.store.cell_reader import CellReader
from emobench.store.pack import BROKEN, PackedCell, write_pack
from emobench.store.records import CorpusRecord, GridRecord, Slot
from emobench.store.training_folder import TRAINING, read_training
from emobench.wording import counted

COLUMNS: Final = ("id", "label", "corpus", "speaker")
PREFIXES: Final = ("label_", "logit_", "look_", "present_", "weight_")
"""Columns of predictions that are taken along; no other could be anything but a text."""


def extract(root: Path, key: SectionKey, target: Path) -> tuple[str, ...]:
    """Write what a section is made of into the empty folder `target`; return what is to be said.

    Parameters
    ----------
    root
        The results folder.
    key
        Dataset, track and protocol.
    target
        Becomes a results folder, which every command reads.

    Raises
    ------
    RequestError
        A stored file is damaged.
    """
    sections = StoredSections(root)
    entries = sections.entries(key)
    numbered = _numbered(sections.results, entries)
    _write_grids(root, entries, target)
    _write_corpora(root, entries, numbered, target)
    for path in sorted((root / "plans").glob("*.json")):  # which comparisons were planned
        _write(target / "plans" / path.name, path.read_bytes())
    _write_trainings(root, entries, target)
    absent = _write_cells(root, entries, target, not numbered)
    notes = [
        f"{name}: {word or 'unit'}s are numbered, since their names may be people's; utterances "
        "keep their ids"
        for name, word in sorted(numbered.items())
    ]
    if absent:
        notes.append(f"{counted(absent, 'cell')} of the section had not been computed")
    if stale := sections.outdated(key):
        notes.append(f"left out, as the corpus has changed since: {', '.join(stale)}")
    return tuple(notes)


def _numbered(results: Results, entries: Iterable[ModelEntry]) -> dict[str, str]:
    """The corpora whose units are numbered, and what a unit of them is."""
    found: dict[str, str] = {}
    for entry in entries:
        own = entry.newest.dataset
        for target in {None, *(c.corpus for c in entry.conditions)}:
            names = names_of(results, entry.newest, target)
            if names.units and names.form == NUMBERED:
                found[target or own] = names.word
    return found


def _write_grids(root: Path, entries: Iterable[ModelEntry], target: Path) -> None:
    wanted = {(e.newest.subject, e.newest.identity) for e in entries}
    for path in sorted((root / "grids").glob("*.json")):
        content = path.read_bytes()
        grid = GridRecord.model_validate(unsealed(content))
        if (grid.subject, grid.identity) in wanted:
            _write(target / "grids" / path.name, content)


def _write_corpora(
    root: Path, entries: Iterable[ModelEntry], numbered: Mapping[str, str], target: Path
) -> None:
    datasets = {c.corpus for e in entries for c in e.conditions if c.corpus}
    records = {e.newest.corpus for e in entries}
    for record in filter(None, records):
        path = root / "corpora" / f"{record}.json"
        if path.is_file():
            datasets.add(CorpusRecord.model_validate(unsealed(path.read_bytes())).dataset)
    for kind, fields in (("corpora", ("dataset",)), ("transfers", ("source", "target"))):
        for path in sorted((root / kind).glob("*.json")):
            content = unsealed(path.read_bytes())
            if not all(content.get(name) in datasets for name in fields):
                continue
            if content[fields[-1]] in numbered:
                content = _without_names(content, numbered[content[fields[-1]]])
            _write(target / kind / path.name, sealed(content).encode())


def _without_names(content: dict[str, Any], word: str) -> dict[str, Any]:
    """A record whose units are numbered in the order of their names."""
    units = content.get("units", {})
    width = len(str(len(units)))
    names = {name: f"{word or 'unit'} {i:0{width}}" for i, name in enumerate(sorted(units), 1)}
    changed = content | {"units": {names[name]: ids for name, ids in units.items()}}
    if content.get("speakers") and isinstance(content["speakers"], list):
        changed["speakers"] = [f"speaker {i}" for i, _ in enumerate(content["speakers"], 1)]
    return changed


def _write_trainings(root: Path, entries: Iterable[ModelEntry], target: Path) -> None:
    for key in sorted({slot.training for e in entries for slot in e.slots if slot.training}):
        try:
            found = read_training(root / "trainings" / key)
        except BROKEN as error:
            raise _damaged(root / "trainings" / key, error) from None
        if found is None:
            continue
        record: dict[str, Any] = {"spec": found.spec}
        if found.report is not None:
            record["report"] = found.report
            split = root / "splits" / f"{found.report.get('split') or 'none'}.json"
            if split.is_file():
                _write(target / "splits" / split.name, split.read_bytes())
        else:
            record["failure"] = _reason(found.failure)
        _write(target / "trainings" / key / TRAINING, sealed(record).encode())


def _write_cells(root: Path, entries: Iterable[ModelEntry], target: Path, speakers: bool) -> int:
    """Write the cells of each training as one pack; return how many are not there."""
    reader, absent = CellReader(root), 0
    wanted: dict[str, dict[str, Slot]] = {}
    for entry in entries:
        for slot in entry.slots:
            if slot.cell and slot.training:
                wanted.setdefault(slot.training, {})[slot.cell] = slot
    for training, slots in sorted(wanted.items()):
        cells = []
        for key in sorted(slots):
            try:
                found = reader.cell(training, key)
                if found is None:
                    absent += 1
                    continue
                table = reader.table(found) if found.report is not None else None
            except BROKEN as error:
                raise _damaged(root / "trainings" / training, error) from None
            if table is not None:
                table = _plain(table, speakers)
            failure = None if found.report is not None else _reason(found.failure)
            cells.append(PackedCell(key, found.spec, found.report, failure, table=table))
        if cells:
            folder = target / "trainings" / training
            folder.mkdir(parents=True, exist_ok=True)
            write_pack(folder, cells, target)
    if reader.broken:
        raise RequestError(f"{next(iter(reader.broken))}; run the same command again first.")
    return absent


def _plain(table: pa.Table, speakers: bool) -> pa.Table:
    """The columns that a certificate may hold, without what pandas wrote beside them."""
    kept = [
        name
        for name in table.column_names
        if (name in COLUMNS and (speakers or name != "speaker")) or name.startswith(PREFIXES)
    ]
    return table.select(kept).replace_schema_metadata(None)


def _reason(failure: Mapping[str, Any] | None) -> dict[str, Any]:
    """Why something failed, without a traceback, which names paths of the machine."""
    return {"reason": str((failure or {}).get("reason", "no reason stored"))}


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _damaged(path: Path, error: Exception) -> RequestError:
    return RequestError(f"{path} cannot be read ({error}); emobench results verify says more.")

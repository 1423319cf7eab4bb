"""The cells of a certificate: whose they are, what they show, and on which utterances."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from emobench.digest import canonical_digest
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.reader import Results
from emobench.modality import ordered
from emobench.store.cell_reader import CellReader, StoredCell
from emobench.store.records import Condition, Slot, SplitRecord, TrainingReport

PRESENT: Final = "present_"


@dataclass(frozen=True)
class TestPart:
    """The test utterances of a fold, as its cells have them.

    Parameters
    ----------
    ids
        Sorted; one can occur several times where a flawed split repeats it.
    labels
        ``[N]`` or ``[N, C]``, in the order of `ids`.
    cell
        The first cell that has them.
    """

    ids: tuple[str, ...]
    labels: NDArray[np.int64]
    cell: str


@dataclass
class CellFacts:
    """What all cells of a section say, gathered in one pass.

    Parameters
    ----------
    masks
        Corpus tested on and condition to the masks that were shown: utterance to the letters of
        its modalities, by a digest of that; more than one where models see different inputs.
    parts
        Split and corpus to fold to the test utterances.
    faults
        What contradicts itself, a sentence each.
    cells
        Cell to its training, condition, number of predictions and a digest of every bit of them.
    specless
        Cells and trainings without a spec, whose names nothing binds.
    splits
        Digest to the ids of a fold's parts, and to the trainings that saw them, where they were
        kept.
    """

    masks: dict[str, dict[str, dict[str, dict[str, str]]]] = field(default_factory=dict)
    parts: dict[str, dict[str, TestPart]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    cells: dict[str, tuple[str, str, int, str]] = field(default_factory=dict)
    specless: int = 0
    splits: dict[str, tuple[SplitRecord, list[str]]] = field(default_factory=dict)


def cell_facts(results: Results, section: Section) -> CellFacts:
    """Read every cell of a section once."""
    found, reader = CellFacts(), CellReader(results.root)
    known: dict[bytes, tuple[str, dict[str, str]]] = {}
    trainings: dict[str, Mapping[str, Any]] = {}
    for entry, slot, condition in _asked(section):
        if not slot.cell or not slot.training:
            continue
        if slot.training not in trainings:
            trainings[slot.training] = _training(results, slot.training, found)
        _check_slot(slot, trainings[slot.training], entry, found)
        stored = reader.cell(slot.training, slot.cell)
        if stored is None:
            continue
        _check_spec(stored, slot, condition, found)
        table = reader.table(stored) if stored.report is not None else None
        if table is None:
            continue
        found.cells[slot.cell] = (slot.training, condition.name, len(table), _digest(table))
        _check_columns(slot, table, stored, found)
        tested = condition.corpus or entry.newest.dataset
        _add_part(found, slot, condition, tested, table)
        _check_tested(results, found, slot, condition, table)
        name, shown = _shown(table, known)
        found.masks.setdefault(tested, {}).setdefault(condition.name, {}).setdefault(name, shown)
    return found


def _asked(section: Section) -> Iterator[tuple[ModelEntry, Slot, Condition]]:
    for entry in section.all_entries:
        conditions = {one.name: one for one in entry.conditions}
        for slot in entry.slots:
            yield entry, slot, conditions[slot.condition]


def _training(results: Results, key: str, found: CellFacts) -> Mapping[str, Any]:
    spec = results.training_spec(key)
    if not spec:
        found.specless += 1
    elif canonical_digest(spec, compact=True) != key:
        found.faults.append(f"training {key}: its spec is not the one that its name is made of")
    _add_split(results, key, found)
    return spec


def _add_split(results: Results, key: str, found: CellFacts) -> None:
    """Note which utterances a training saw, if that was kept; its name has to be their digest."""
    report = results.training(key)
    digest = report.split if isinstance(report, TrainingReport) else ""
    if digest not in found.splits:
        split = results.split(digest)
        if split is None:
            return
        found.splits[digest] = (split, [])
        if split.digest != digest:
            found.faults.append(f"split {digest} holds other utterances than its name is made of")
    found.splits[digest][1].append(key)


def _check_slot(slot: Slot, spec: Mapping[str, Any], entry: ModelEntry, found: CellFacts) -> None:
    """Hold the place of a cell in its grid against the spec of its training."""
    stated = {"seed": slot.seed, "fold": slot.fold, "dataset": entry.newest.dataset}
    for name, value in stated.items():
        if spec and spec.get(name) != value:
            found.faults.append(
                f"{entry.label}, cell {slot.cell}: the grid says {name} {value}, the spec of its "
                f"training {spec.get(name)}"
            )


def _check_spec(stored: StoredCell, slot: Slot, condition: Condition, found: CellFacts) -> None:
    spec = stored.spec
    if not spec:
        found.specless += 1
        return
    if canonical_digest(spec, compact=True) != stored.key:
        found.faults.append(f"cell {stored.key}: its spec is not the one that its name is made of")
    if spec.get("training") != slot.training:
        found.faults.append(f"cell {stored.key} is of training {spec.get('training')}")
    said = spec.get("condition", {})
    present = None if condition.present is None else [*condition.present]
    if said.get("present") != present or said.get("rate") != condition.rate:
        found.faults.append(
            f"cell {stored.key}: its spec shows {said.get('present')} at rate {said.get('rate')}, "
            f"and condition {condition.name} shows {present} at rate {condition.rate}"
        )


def _check_columns(slot: Slot, table: pa.Table, stored: StoredCell, found: CellFacts) -> None:
    stated = (stored.report or {}).get("n")
    if stated is not None and stated != len(table):
        found.faults.append(
            f"cell {slot.cell} has {len(table)} predictions, its report says {stated}"
        )
    present = stored.spec.get("condition", {}).get("present") if stored.spec else None
    for name in table.column_names:
        modality = name.removeprefix(PRESENT)
        if modality == name or present is None or modality in present:
            continue
        if np.asarray(table[name].to_numpy(), dtype=bool).any():
            found.faults.append(f"cell {slot.cell} shows {modality}, which its condition hides")


def _add_part(
    found: CellFacts, slot: Slot, condition: Condition, tested: str, table: pa.Table
) -> None:
    """Compare the utterances of a cell and their labels with those of its fold's other cells."""
    ids = table["id"].to_numpy().astype(np.str_)
    names = [n for n in table.column_names if n == "label" or n.startswith("label_")]
    labels = np.stack([np.asarray(table[n].to_numpy(), np.int64) for n in names], axis=1)
    order = np.lexsort((*labels.T, ids))
    one = TestPart(tuple(ids[order].tolist()), labels[order], slot.cell or "")
    # A flawed split has other utterances, or labels, with every seed; a corpus has other classes
    # where those in common with another are asked for.
    split = f"{slot.split}, seed {slot.seed}" if slot.split else ""
    classes = condition.classes or condition.corpus or ""
    place = ", ".join(filter(None, (tested, split, slot.report, classes and f"classes {classes}")))
    first = found.parts.setdefault(place, {}).setdefault(str(slot.fold), one)
    if first is one or (first.ids == one.ids and np.array_equal(first.labels, one.labels)):
        return
    found.faults.append(_difference(first, one))


def _check_tested(
    results: Results, found: CellFacts, slot: Slot, condition: Condition, table: pa.Table
) -> None:
    """Hold the utterances of a cell against the test part of its training's fold."""
    report = results.training(slot.training)
    digest = report.split if isinstance(report, TrainingReport) else ""
    if digest not in found.splits or condition.corpus or condition.classes:
        return
    foreign = set(table["id"].to_pylist()) - set(found.splits[digest][0].test)
    if foreign:
        found.faults.append(
            f"cell {slot.cell} tests {min(foreign)!r}, which is not in the test part of its fold"
        )


def _difference(first: TestPart, one: TestPart) -> str:
    if first.ids != one.ids:
        other = sorted(set(first.ids) ^ set(one.ids))
        what = f" ({other[0]!r} is in one alone)" if other else ""
        return f"cells {first.cell} and {one.cell} are of one fold and other utterances{what}"
    (row, *_) = np.flatnonzero((first.labels != one.labels).any(axis=1))
    return (
        f"utterance {one.ids[row]!r} has the label {first.labels[row].tolist()} in cell "
        f"{first.cell} and {one.labels[row].tolist()} in cell {one.cell}"
    )


def _digest(table: pa.Table) -> str:
    """Digest of the names, types and values of all columns."""
    digest = hashlib.sha256()
    for name in table.column_names:
        column = table[name].combine_chunks()
        digest.update(f"{name}:{column.type}:{len(column)}\n".encode())
        values = column.to_numpy(zero_copy_only=False)
        if values.dtype == object:
            digest.update("\0".join(map(str, values.tolist())).encode())
        else:
            digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()[:20]


def _shown(
    table: pa.Table, known: dict[bytes, tuple[str, dict[str, str]]]
) -> tuple[str, dict[str, str]]:
    """A digest of what was shown, and utterance to a letter for each modality of it."""
    names = ordered(n.removeprefix(PRESENT) for n in table.column_names if n.startswith(PRESENT))
    columns = [np.asarray(table[f"{PRESENT}{n}"].to_numpy(), dtype=bool) for n in names]
    ids = table["id"].to_numpy().astype(np.str_)
    digest = hashlib.blake2b("\n".join([*names, *ids.tolist()]).encode(), digest_size=16)
    for column in columns:
        digest.update(column.tobytes())
    if (name := digest.digest()) not in known:
        shown: dict[str, str] = defaultdict(str)
        for i, utterance in enumerate(ids.tolist()):
            shown[utterance] = "".join(n[0] for n, c in zip(names, columns, strict=True) if c[i])
        known[name] = (canonical_digest(shown)[:12], dict(shown))
    return known[name]

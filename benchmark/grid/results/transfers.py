"""The record of each pair of corpora that a run transfers between."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from emobench.corpus.leakage.overlap import overlap
from emobench.corpus.preparation.extract import Prepared, prepared
from emobench.corpus.split import split
from emobench.corpus.transfer.view import shared_inputs, target_rows, tested_rows
from emobench.digest import canonical_digest
from emobench.discovery.representations import stamped
from emobench.errors import Skip
from emobench.grid.plan.jobs import EvaluationTarget, Job
from emobench.grid.plan.plan import Plan
from emobench.grid.results.grid_table import write_dated
from emobench.store.records import TransferRecord
from emobench.store.store import Store


def write_transfers(store: Store, plan: Plan) -> None:
    """Write what each pair of corpora of `plan` shares; both corpora are prepared already."""
    corpora = {g.corpus.request.label: prepared(g.corpus) for g in plan.grids}
    pairs: dict[tuple[str, str, str], tuple[EvaluationTarget, list[Job]]] = {}
    for job, target in _transfer_cells(plan):
        key = (job.corpus.label, job.policy.name, target.request.label)
        pairs.setdefault(key, (target, []))[1].append(job)
    newest = _newest(store) if pairs else {}
    for (source, _, tested), (target, jobs) in pairs.items():
        record = _record(corpora[source], corpora[tested], target, jobs)
        place = (record.source, record.split, record.target)
        # A record that is the newest already stays as it is, and with it the page.
        if newest.get(place) != canonical_digest(record.content()):
            write_dated(store, "transfers", record)


def _newest(store: Store) -> dict[tuple[str, str, str], str]:
    """Corpus trained on, split and corpus tested on, to the key of the newest stored record."""
    found: list[tuple[str, tuple[str, str, str], str]] = []
    for path in sorted((store.root / "transfers").glob("*.json")):
        with contextlib.suppress(OSError, ValueError):
            one = TransferRecord.model_validate_json(path.read_bytes())
            found.append((one.created, (one.source, one.split, one.target), path.stem))
    return {place: key for _, place, key in sorted(found)}


def _transfer_cells(plan: Plan) -> Iterator[tuple[Job, EvaluationTarget]]:
    """Job and test corpus of every cell that is tested on another corpus."""
    for job in plan.jobs.values():
        for cell in job.cells.values():
            target = cell.target
            if target and target.classes and target.request.label != job.corpus.label:
                yield job, target


def _record(
    source: Prepared, tested: Prepared, target: EvaluationTarget, jobs: list[Job]
) -> TransferRecord:
    policy = jobs[0].policy
    by_speaker = any(
        cell.condition.standardise == "speaker" and cell.target == target
        for job in jobs
        for cell in job.cells.values()
    )
    parts = split(source.corpus, policy, 0)
    rows = target_rows(tested.corpus)
    known = rows[np.asarray(target.theirs)[tested.corpus.labels[rows]] >= 0]
    used = np.concatenate([parts.train, parts.dev])
    shown, trained = tested_rows(source, used, tested, known)
    record = TransferRecord(
        source=source.corpus.request.label,
        split=policy.name,
        target=tested.corpus.request.label,
        classes=target.classes,
        labels={
            "source": _names(source, target.places, target.classes),
            "target": _names(tested, target.theirs, target.classes),
        },
        other_classes=len(rows) - len(known),
        trained_on=len(trained),
        forms=_forms(source, tested),
        representations=_representations(tested, jobs),
        **asdict(overlap(source, parts.train, tested, shown)),
    )
    more: dict[str, Any] = {}
    if unit := tested.corpus.dataset.card.unit:
        more |= {"unit": unit, "units": tested.corpus.units}
    if by_speaker:
        counts = tested.corpus.table["speaker"].astype(str).iloc[rows].value_counts()
        more |= {"voices": len(counts), "fewest": int(counts.min())}
    # Only what is set is stored: other records keep their names.
    return record.model_copy(update=more)


def _names(
    one: Prepared, places: tuple[int, ...], classes: tuple[str, ...]
) -> dict[str, str | None]:
    """Own class to common class, None for a class without counterpart."""
    own = one.corpus.classes
    return {c: classes[i] if i >= 0 else None for c, i in zip(own, places, strict=True)}


def _forms(
    source: Prepared, target: Prepared
) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Modality to its forms in either corpus."""
    theirs = target.corpus.sources
    return {m: (tuple(s), tuple(theirs.get(m, ()))) for m, s in source.corpus.sources.items()}


def _representations(target: Prepared, jobs: list[Job]) -> dict[str, tuple[str, ...]]:
    """Modality to the representations that the models of `jobs` read on `target`."""
    found: dict[str, set[str]] = {}
    for job in jobs:
        try:
            shared = shared_inputs(job.inputs, target.corpus)
        except Skip:  # the model reads nothing of this corpus, so none of its cells is tested on it
            continue
        for modality, names in shared.items():
            found.setdefault(modality, set()).update(map(stamped, names))
    return {modality: tuple(sorted(names)) for modality, names in found.items()}

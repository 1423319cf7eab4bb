"""What is stored of each pair of corpora that a run transfers between."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import numpy as np

from emobench.corpus.leakage.overlap import overlap
from emobench.corpus.prepared.extract import Prepared, prepared
from emobench.corpus.split import split
from emobench.corpus.transfer.view import shared_inputs, target_rows, tested_rows
from emobench.errors import Skip
from emobench.grid.plan.jobs import EvaluationTarget, Job
from emobench.grid.plan.plan import Plan
from emobench.store.store import Store


def write_transfers(store: Store, plan: Plan) -> None:
    """Write, for each pair of corpora of `plan`, what they share; both are prepared."""
    corpora = {g.corpus.request.label: prepared(g.corpus) for g in plan.grids}
    pairs: dict[tuple[str, str, str], tuple[EvaluationTarget, list[Job]]] = {}
    for job in plan.jobs.values():
        source = job.corpus.label
        for cell in job.cells.values():
            ground = cell.ground
            if ground is None or not ground.classes or ground.request.label == source:
                continue
            key = (source, job.policy.name, ground.request.label)
            pairs.setdefault(key, (ground, []))[1].append(job)
    for (source, policy, target), (ground, jobs) in pairs.items():
        record = _record(corpora[source], corpora[target], ground, jobs)
        record |= {"source": source, "split": policy, "target": target}
        digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:20]
        record["created"] = datetime.now(UTC).isoformat()
        store.write_record("transfers", digest, record)


def _record(
    source: Prepared, target: Prepared, ground: EvaluationTarget, jobs: list[Job]
) -> dict[str, Any]:
    parts = split(source.corpus, jobs[0].policy, 0)
    rows = target_rows(target.corpus)
    known = rows[np.asarray(ground.theirs)[target.corpus.labels[rows]] >= 0]
    used = np.concatenate([parts.train, parts.dev])
    tested, trained = tested_rows(source, used, target, known)
    return {
        "classes": ground.classes,
        "labels": {
            "source": _names(source, ground.places, ground.classes),
            "target": _names(target, ground.theirs, ground.classes),
        },
        "other_classes": len(rows) - len(known),
        "trained_on": len(trained),
        "forms": _forms(source, target),
        "representations": _representations(target, jobs),
        **asdict(overlap(source, parts.train, target, tested)),
    }


def _names(
    one: Prepared, places: tuple[int, ...], classes: tuple[str, ...]
) -> dict[str, str | None]:
    """Own class to common class, None for one without counterpart."""
    own = one.corpus.classes
    return {c: classes[i] if i >= 0 else None for c, i in zip(own, places, strict=True)}


def _forms(source: Prepared, target: Prepared) -> dict[str, list[list[str]]]:
    """Modality to the forms in which both corpora have it."""
    theirs = target.corpus.sources
    return {m: [list(s), list(theirs.get(m, ()))] for m, s in source.corpus.sources.items()}


def _representations(target: Prepared, jobs: list[Job]) -> dict[str, list[str]]:
    """Modality to what the models of `jobs` read of it on `target`."""
    found: dict[str, set[str]] = {}
    for job in jobs:
        try:
            shared = shared_inputs(job.inputs, target.corpus)
        except Skip:  # it reads nothing there, so none of its cells is tested there
            continue
        for modality, names in shared.items():
            found.setdefault(modality, set()).update(names)
    return {modality: sorted(names) for modality, names in found.items()}

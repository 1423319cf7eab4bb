"""What a run writes beside its predictions: which rows a table has, and what the corpus is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import numpy as np

import emobench
from emobench.contract.verdicts import read_verdict
from emobench.corpus.corpus import Corpus
from emobench.corpus.leakage.duplicates import Duplicates
from emobench.corpus.prepared.extract import Prepared
from emobench.corpus.split import SplitPolicy, class_counts, split
from emobench.grid.plan.plan import Grid, identity
from emobench.grid.results.leakage import audits
from emobench.interface.protocol import Condition
from emobench.store.store import Store


def write_grid(store: Store, grid: Grid, corpus_key: str) -> None:
    """Write the record from which the leaderboard makes the rows of one model."""
    protocol = grid.protocol
    record: dict[str, Any] = {
        "format": 1,
        "emobench": emobench.__version__,
        "model": grid.candidate.label,
        "variant": grid.candidate.variant,
        "track": grid.track,
        "dataset": grid.corpus.request.label,
        "split": _split_name(grid),
        "identity": identity(grid),
        "corpus": corpus_key,
        "protocol": protocol.card.name,
        "model_card": asdict(grid.candidate.card) | {"inputs": grid.candidate.inputs},
        "contract": _contract(grid),
        "config": {} if grid.candidate.card.kind == "reference" else grid.candidate.config,
        "protocol_card": asdict(protocol.card),
        "regimes": [asdict(r) for r in grid.regimes],
        "conditions": [_told(c, grid) for c in grid.conditions],
        "summaries": [asdict(s) for s in protocol.summaries(grid.setting)],
        "contrasts": [asdict(c) for c in protocol.contrasts(grid.setting)],
        "audits": audits(grid),
        "rows": [asdict(r) for r in grid.rows],
    }
    key = _digest(record)
    record["created"] = datetime.now(UTC).isoformat()
    store.write_record("grids", key, record)


def _split_name(grid: Grid) -> str:
    """The split policy; imported masks make a setting of its own, never ranked with others."""
    masks = f"masks {grid.masks.digest[:8]}" if grid.masks else ""
    if not masks or not any(c.drawn in grid.masks.kept for c in grid.conditions if c.rate):  # type: ignore[union-attr]
        return grid.policy.name
    return masks if grid.policy.name == "standard" else f"{grid.policy.name}, {masks}"


def _told(condition: Condition, grid: Grid) -> dict[str, Any]:
    """A condition; where masks were imported, with their digest in its description."""
    found = asdict(condition)
    if grid.masks and condition.drawn in grid.masks.kept:
        found["description"] += f"; masks imported, digest {grid.masks.digest[:16]}"
    return found


def _contract(grid: Grid) -> dict[str, Any] | None:
    """What ``emobench check`` found of the model; None for one that is built in."""
    one, cache = grid.candidate, grid.corpus.request.folders.cache
    found = read_verdict(cache, one.entry, one.options, one.variant, grid.track.split("+")[0])
    return asdict(found) if found is not None else None


def write_corpus(
    store: Store, target: Prepared, policy: SplitPolicy, found: list[Duplicates]
) -> str:
    """Write what the corpus is, how it is split and what was wrong with it; return its key.

    `found`: per fold, the test utterances that are in train as well.
    """
    corpus = target.corpus
    card = corpus.dataset.card
    first = split(corpus, policy, 0)
    speakers = {
        part: sorted(set(corpus.table["speaker"].iloc[rows]))
        for part, rows in asdict(first).items()
    }
    record: dict[str, Any] = {
        "dataset": corpus.request.label,
        "card": asdict(card) | {"split": policy.describe(corpus)},
        "modalities": corpus.modalities,
        "absent": {m: f"no {m} files here" for m in card.modalities if m not in corpus.modalities},
        "classes": corpus.classes,
        "utterances": len(corpus.table),
        "available": {
            m: int(n) for m, n in zip(corpus.modalities, target.available.sum(axis=0), strict=True)
        },
        "folds": policy.folds,
        "unusable": int((~target.available.any(axis=1)).sum()),
        "counts": _counts(target, policy),
        "speakers": {part: len(names) for part, names in speakers.items()},
        "shared_speakers": None
        if card.anonymous
        else len(set(speakers["train"]) & set(speakers["test"])),
        "copies": [_copies(corpus, fold, one) for fold, one in enumerate(found)],
        "problems": [asdict(p) for p in target.problems],
        "digest": corpus.digest,
    }
    if corpus.multilabel:  # the counts of classes do not add up to utterances
        record |= {"multilabel": True, "sizes": _sizes(target, policy)}
    key = _digest(record)
    store.write_record("corpora", key, record)
    return key


def _copies(corpus: Corpus, fold: int, found: Duplicates) -> dict[str, Any]:
    return {
        "fold": fold,
        "tested": found.tested,
        "exact": {m: len(rows) for m, rows in found.exact.items()},
        "alike": {m: len(rows) for m, rows in found.alike.items()},
        "whole": [corpus.ids[row] for row in found.whole],
    }


def _sizes(target: Prepared, policy: SplitPolicy) -> list[dict[str, Any]]:
    """Usable utterances by fold and split."""
    usable = np.asarray(target.available.any(axis=1))
    return [
        {"fold": fold, "split": part, "n": int(usable[rows].sum())}
        for fold in range(policy.folds)
        for part, rows in asdict(split(target.corpus, policy, fold)).items()
    ]


def _counts(target: Prepared, policy: SplitPolicy) -> list[dict[str, Any]]:
    """Usable utterances by fold, split and class; of a joint corpus also by member."""
    corpus = target.corpus
    usable = np.asarray(target.available.any(axis=1))
    members, names = corpus.members, corpus.member_names
    truth = corpus.labels
    counts: list[dict[str, Any]] = []
    for fold in range(policy.folds):
        for part, rows in asdict(split(corpus, policy, fold)).items():
            for number in range(max(1, len(names))):
                here = rows[usable[rows] & (members[rows] == number)]
                labels = class_counts(truth[here], len(corpus.classes))
                which = {"corpus": names[number]} if names else {}
                counts.extend(
                    {"fold": fold, "split": part, "label": c, "n": int(n)} | which
                    for c, n in zip(corpus.classes, labels, strict=True)
                )
    return counts


def _digest(record: dict[str, Any]) -> str:
    text = json.dumps(record, sort_keys=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()[:20]

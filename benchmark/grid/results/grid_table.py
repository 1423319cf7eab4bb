"""The record of one model's grid: the rows of its table, and the cells of each row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import emobench
from emobench.contract.verdicts import read_verdict
from emobench.digest import canonical_digest
from emobench.discovery.card_numbers import filled
from emobench.grid.plan.plan import ModelGrid, identity
from emobench.grid.results.grid_json import GridTable
from emobench.grid.results.leakage import LeakageAudits
from emobench.interface.protocol import Condition
from emobench.store.records import FORMAT, Contract, GridRecord, Record
from emobench.store.store import Store


def grid_table(grid: ModelGrid, corpus_key: str, audits: LeakageAudits) -> GridTable:
    """Return the record of a grid, from which the leaderboard makes a model's rows."""
    candidate, protocol = grid.candidate, grid.protocol
    record = GridRecord(
        format=FORMAT,
        emobench=emobench.__version__,
        model=candidate.label,
        variant=candidate.variant,
        track=grid.track,
        dataset=grid.corpus.request.label,
        split=split_name(grid),
        identity=identity(grid),
        corpus=corpus_key,
        protocol=protocol.card.name,
        model_card=replace(filled(candidate.entry), inputs=candidate.stated_inputs),
        contract=_contract(grid),
        config={} if candidate.card.closed_form else candidate.config,
        protocol_card=protocol.card,
        regimes=tuple(grid.regimes),
        conditions=tuple(_with_masks_digest(c, grid) for c in grid.conditions),
        summaries=tuple(protocol.summaries(grid.setting)),
        contrasts=tuple(protocol.contrasts(grid.setting)),
        audits=audits.of(grid),
        rows=(),
    )
    if grid.search is not None:
        more = {field: candidate.config[field] for field in grid.search.space}
        update = {"search": grid.search, "config": {**record.config, **more}}
        record = record.model_copy(update=update)
    if features := candidate.described_features:
        record = record.model_copy(update={"features": features})
    return GridTable(record, grid.rows)


def write_dated(store: Store, kind: str, record: Record) -> None:
    """Write a record with the time of writing. The time is no part of its key."""
    key = canonical_digest(record.content())
    dated = record.model_copy(update={"created": datetime.now(UTC).isoformat()})
    store.write_record(kind, key, dated)


def split_name(grid: ModelGrid) -> str:
    """Name of the split policy; imported masks make it a separate setting with its own ranks."""
    masks = grid.masks
    if not masks or not any(c.drawn in masks.kept for c in grid.conditions if c.rate):
        return grid.policy.name
    name = f"masks {masks.digest[:8]}"
    return name if grid.policy.name == "standard" else f"{grid.policy.name}, {name}"


def _with_masks_digest(condition: Condition, grid: ModelGrid) -> Condition:
    """The condition, with the digest of imported masks in its description."""
    if grid.masks is None or condition.drawn not in grid.masks.kept:
        return condition
    note = f"; masks imported, digest {grid.masks.digest[:16]}"
    return replace(condition, description=condition.description + note)


def _contract(grid: ModelGrid) -> Contract | None:
    """Verdict of ``emobench check`` on the model; None for a built-in model."""
    candidate, cache = grid.candidate, grid.corpus.request.folders.cache
    track = grid.track.split("+")[0]
    found = read_verdict(cache, candidate.entry, candidate.options, candidate.variant, track)
    return Contract(state=found.state, failed=found.failed) if found is not None else None

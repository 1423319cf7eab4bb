"""Records of grids: one model under one protocol on one corpus, with the place of every cell."""

from __future__ import annotations

from typing import Any

from emobench.store.records.corpora import Audit
from emobench.store.records.declarations import (
    StoredCondition,
    StoredContrast,
    StoredModelCard,
    StoredProtocolCard,
    StoredRegime,
    StoredSummary,
)
from emobench.store.records.record import Record
from emobench.store.records.searches import Search


class Slot(Record):
    """One (regime, condition, fold, seed) of a grid and where its results lie.

    `report` names a flaw in how the predictions are summed up; not stored where there is none.
    """

    regime: str
    condition: str
    fold: int = 0
    seed: int = 0
    training: str | None = None
    cell: str | None = None
    skipped: str | None = None
    variant: str = ""
    split: str = ""
    report: str = ""


class Contract(Record):
    """Verdict of ``emobench check`` on a model: ``passed``, ``failed`` or ``unchecked``."""

    state: str
    failed: tuple[str, ...] = ()


class GridRecord(Record):
    """One model under one protocol on one corpus, with the place of every cell.

    `identity` digests model source, settings and corpus, which must not be mixed in a row.
    `corpus` is the key of the corpus's own record. `search` says how a tuned model's settings were
    chosen; None for a preset. `features` says what the representations are that are not emobench's,
    or whose licence binds somebody; not stored where there are none.
    """

    format: int
    created: str = ""
    emobench: str = ""
    model: str
    variant: str = "corrected"
    track: str = "controlled"
    dataset: str
    split: str = "standard"
    identity: str
    corpus: str | None = None
    protocol: str
    model_card: StoredModelCard
    contract: Contract | None = None
    config: dict[str, Any] = {}
    protocol_card: StoredProtocolCard
    regimes: tuple[StoredRegime, ...]
    conditions: tuple[StoredCondition, ...]
    summaries: tuple[StoredSummary, ...] = ()
    contrasts: tuple[StoredContrast, ...] = ()
    audits: tuple[Audit, ...] = ()
    search: Search | None = None
    features: dict[str, str] = {}
    rows: tuple[Slot, ...]

    @property
    def subject(self) -> tuple[str, ...]:
        """Model, protocol, corpus and setting of the grid, without its time and identity."""
        return (self.model, self.variant, self.track, self.dataset, self.split, self.protocol)

"""The records stored beside predictions, as typed data for both writers and readers.

Regimes, conditions and cards are stored as the interface's own dataclasses. Nothing here imports
torch. Unknown keys are ignored, and fields that an older file lacks have defaults.
"""

from __future__ import annotations

from emobench.interface.card import Card as ModelCard
from emobench.interface.card import DatasetCard, ProtocolCard, PublishedSetting
from emobench.interface.protocol import (
    Condition,
    Contrast,
    Corruption,
    Regime,
    Replacement,
    Summary,
)
from emobench.store.records.corpora import (
    Audit,
    AuditClass,
    ClipProblem,
    CorpusRecord,
    Count,
    FoldCopies,
    Size,
    TransferRecord,
)
from emobench.store.records.grids import Contract, GridRecord, Slot
from emobench.store.records.plans import (
    AMENDMENT,
    DEPARTURE,
    FREEZE,
    PLANS,
    PlanKey,
    PlanPair,
    PlanPlace,
    PlanRecord,
    PlanRow,
    plan_digest,
)
from emobench.store.records.record import FORMAT, Record
from emobench.store.records.searches import Search, SearchResult, TrialScore
from emobench.store.records.trainings import (
    CellReport,
    Epoch,
    Failure,
    SplitRecord,
    TrainingReport,
)

__all__ = [
    "AMENDMENT", "DEPARTURE", "FORMAT", "FREEZE", "PLANS", "Audit", "AuditClass", "CellReport",
    "ClipProblem", "Condition", "Contract", "Contrast", "CorpusRecord", "Corruption", "Count",
    "DatasetCard", "Epoch", "Failure", "FoldCopies", "GridRecord", "ModelCard", "PlanKey",
    "PlanPair", "PlanPlace", "PlanRecord", "PlanRow", "ProtocolCard", "PublishedSetting", "Record",
    "Regime", "Replacement", "Search", "SearchResult", "Size", "Slot", "SplitRecord", "Summary",
    "TrainingReport", "TransferRecord", "TrialScore", "plan_digest",
]  # fmt: skip

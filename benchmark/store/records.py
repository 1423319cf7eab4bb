"""The records stored beside predictions, as typed data for both writers and readers.

Regimes, conditions and cards are stored as the interface's own dataclasses. Nothing here imports
torch. Unknown keys are ignored, and fields that an older file lacks have defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, ValidatorFunctionWrapHandler, WrapValidator

from emobench.errors import RequestError
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

__all__ = [
    "FORMAT", "Audit", "AuditClass", "CellReport", "ClipProblem", "Condition", "Contract",
    "Contrast", "CorpusRecord", "Corruption", "Count", "DatasetCard", "Epoch", "Failure",
    "FoldCopies", "GridRecord", "ModelCard", "ProtocolCard", "PublishedSetting", "Record",
    "Regime", "Replacement", "Search", "SearchResult", "Size", "Slot", "Summary",
    "TrainingReport", "TransferRecord", "TrialScore",
]  # fmt: skip

FORMAT = 1
"""The version of the grid records that this emobench writes and reads."""


class Record(BaseModel):
    """Base of every stored record.

    Fields that the writer does not set are not stored. So a new field does not change the content,
    and with it the name, of records that do not use it.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, protected_namespaces=())

    def content(self) -> dict[str, Any]:
        """Return the fields that were set, as plain data for JSON."""
        return self.model_dump(mode="json", exclude_unset=True)


def _with_defaults(**defaults: Any) -> WrapValidator:
    """Read an interface dataclass; fields that an older writer did not know get `defaults`."""

    def read(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler({**defaults, **value} if isinstance(value, Mapping) else value)
        except RequestError as error:  # the dataclass itself refuses a value
            raise ValueError(str(error)) from error

    return WrapValidator(read)


StoredRegime = Annotated[Regime, _with_defaults(description="")]
StoredCondition = Annotated[Condition, _with_defaults(description="")]
StoredSummary = Annotated[Summary, _with_defaults(description="", reduce="mean", conditions=())]
StoredContrast = Annotated[Contrast, _with_defaults(description="")]
StoredModelCard = Annotated[ModelCard, _with_defaults(title="", inputs={})]
StoredProtocolCard = Annotated[ProtocolCard, _with_defaults(title="", question="", method="")]
NO_CARD = DatasetCard(name="", title="", classes=(), modalities=(), licence="", obtain="", split="")
StoredDatasetCard = Annotated[
    DatasetCard,
    _with_defaults(name="", title="", classes=(), modalities=(), licence="", obtain="", split=""),
]


class Slot(Record):
    """One (regime, condition, fold, seed) of a grid and where its results lie."""

    regime: str
    condition: str
    fold: int = 0
    seed: int = 0
    training: str | None = None
    cell: str | None = None
    skipped: str | None = None
    variant: str = ""
    split: str = ""


class Count(Record):
    """Utterances of one class in one split of one fold."""

    fold: int = 0
    split: str
    label: str
    n: int
    corpus: str = ""


class Size(Record):
    """Utterances of one part of one fold, for corpora whose class counts do not add up."""

    fold: int = 0
    split: str
    n: int


class ClipProblem(Record):
    """A clip that could not be used unchanged, and the remedy."""

    clip: str
    problem: str
    policy: str = ""


class FoldCopies(Record):
    """Test utterances of one fold with duplicates in train.

    `exact` counts exact duplicates by modality, `alike` exact and near duplicates; `whole` has the
    ids of test utterances with a duplicate of every modality.
    """

    fold: int = 0
    tested: int = 0
    exact: dict[str, int] = {}
    alike: dict[str, int] = {}
    whole: tuple[str, ...] = ()


class CorpusRecord(Record):
    """A corpus as it was when the cells were computed.

    Parameters
    ----------
    absent
        Modalities of the complete corpus that are not here, and why.
    available
        Modality to the utterances that have it.
    unusable
        Utterances without any modality.
    counts, sizes
        Usable utterances by class; by part alone, where class counts do not add up.
    shared_speakers
        Speakers in both train and test; None for a corpus without speaker names.
    copies
        Test utterances with duplicates in train, by fold.
    problems
        Clips that could not be used unchanged.
    doubts
        Sentences on why scores may not mean what they seem to; not stored where there are none.
    units
        Unit (see the card's ``unit``) to the ids of its utterances, for units of more than one. Not
        stored where the card names none; records from before it was kept have none either.
    """

    dataset: str
    digest: str = ""
    folds: int = 1
    card: StoredDatasetCard = NO_CARD
    modalities: tuple[str, ...] = ()
    absent: dict[str, str] = {}
    utterances: int = 0
    available: dict[str, int] = {}
    classes: tuple[str, ...] = ()
    counts: tuple[Count, ...] = ()
    multilabel: bool = False
    sizes: tuple[Size, ...] = ()
    speakers: dict[str, int] = {}
    shared_speakers: int | None = None
    representations: tuple[str, ...] = ()
    copies: tuple[FoldCopies, ...] = ()
    problems: tuple[ClipProblem, ...] = ()
    doubts: tuple[str, ...] = ()
    unusable: int = 0
    units: dict[str, tuple[str, ...]] = {}

    @property
    def copied(self) -> frozenset[str]:
        """Ids of test utterances with a duplicate in train in every modality that they have."""
        return frozenset(name for fold in self.copies for name in fold.whole)

    @property
    def members(self) -> tuple[str, ...]:
        """The members of a joint corpus that have test utterances; empty for fewer than two."""
        tested = (c.corpus for c in self.counts if c.split == "test" and c.n and c.corpus)
        names = tuple(dict.fromkeys(tested))
        return names if len(names) > 1 else ()

    @property
    def incomplete(self) -> dict[str, int]:
        """Number of utterances with a modality, for each modality that some utterances lack."""
        return {m: n for m, n in self.available.items() if n < self.utterances}


class AuditClass(Record):
    """Counts of one class of an audited split: test rows, twins in train, rows per utterance."""

    label: str
    tested: int = 0
    twins: int = 0
    copied: float = 1.0


class Audit(Record):
    """Train-test duplicates of a split, flawed or ``honest``, over all folds.

    `twins` are the ids of test rows with a twin in train, `chosen_on` counts those with one in
    dev; `sizes` are the parts of the first fold; `swapped` names two exchanged classes.
    """

    flaw: str
    tested: int = 0
    twins: tuple[str, ...] = ()
    chosen_on: int = 0
    sizes: dict[str, int] = {}
    classes: tuple[AuditClass, ...] = ()
    swapped: tuple[str, ...] = ()


class TransferRecord(Record):
    """Overlap of the corpus of a training and the corpus of its test.

    Parameters
    ----------
    classes
        The common classes.
    other_classes, trained_on
        Test utterances left out: their class has no counterpart, or training used their recording.
    forms
        Modality to its forms in either corpus.
    representations
        Modality to the representations that models read in both.
    speakers, spoken
        Speakers of the tested corpus who are in train too, and their test utterances; None if a
        corpus has no speaker names.
    exact, alike
        Test utterances with exact duplicates in train, and with exact or near ones, by modality.
    unit, units
        What is drawn independently in the tested corpus, and its utterances; see `CorpusRecord`.
    """

    source: str
    split: str = "standard"
    target: str
    created: str = ""
    classes: tuple[str, ...] = ()
    labels: dict[str, dict[str, str | None]] = {}
    other_classes: int = 0
    trained_on: int = 0
    tested: int = 0
    forms: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    representations: dict[str, tuple[str, ...]] = {}
    speakers: tuple[str, ...] | None = None
    spoken: int = 0
    exact: dict[str, int] = {}
    alike: dict[str, int] = {}
    unit: str = ""
    units: dict[str, tuple[str, ...]] = {}


class Contract(Record):
    """Verdict of ``emobench check`` on a model: ``passed``, ``failed`` or ``unchecked``."""

    state: str
    failed: tuple[str, ...] = ()


class TrialScore(Record):
    """A trial of a search: a configuration, and what it scored on dev.

    Parameters
    ----------
    trial
        Its number; 0 is the preset.
    values
        The searched fields that are in play, with the trial's values.
    score
        Best dev macro-F1 that it reached, averaged over inner folds; None if it failed.
    looks
        Looks at dev that it made.
    stopped
        Whether successive halving stopped it before its end.
    failed
        Why it has no score.
    """

    trial: int
    values: dict[str, Any] = {}
    score: float | None = None
    looks: int | None = None
    stopped: bool = False
    failed: str = ""


class SearchResult(Record):
    """The trials for one training (regime, split, fold), and the trial that was chosen."""

    regime: str
    fold: int = 0
    split: str = ""
    chosen: int = 0
    trials: tuple[TrialScore, ...] = ()


class Search(Record):
    """How a grid's hyper-parameters were chosen on dev.

    Parameters
    ----------
    trials
        Trials for each training.
    halving
        Whether successive halving stopped trials early.
    inner
        Inner folds on which each trial was trained; 0: the fold's own train and dev parts.
    space
        Searched field to its range, in words; empty for a model without a search space.
    default
        Name of the same model with its preset.
    results
        A result for each searched training.
    """

    trials: int
    halving: bool = False
    inner: int = 0
    space: dict[str, str] = {}
    default: str = ""
    results: tuple[SearchResult, ...] = ()


class GridRecord(Record):
    """One model under one protocol on one corpus, with the place of every cell.

    `identity` digests model source, settings and corpus, which must not be mixed in a row.
    `corpus` is the key of the corpus's own record. `search` says how a tuned model's settings were
    chosen; None for a preset.
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
    rows: tuple[Slot, ...]

    @property
    def subject(self) -> tuple[str, ...]:
        """Model, protocol, corpus and setting of the grid, without its time and identity."""
        return (self.model, self.variant, self.track, self.dataset, self.split, self.protocol)


class Epoch(Record):
    """What was measured at one look at dev, or after one pass over the train split.

    Parameters
    ----------
    epoch
        Number of the look, from 1 over all stages.
    stage
        Stage of the training; empty for one of a single stage.
    updates, passes
        Optimiser updates of this stage so far, and whole passes over the train split.
    learning_rate
        Learning rate of the last update.
    train_loss
        Mean loss since the last look; None where such means cannot be compared.
    losses
        The same by named term, for models whose loss has several.
    parts
        What a model notes about its parts.
    seconds
        Time since the last look.
    """

    model_config = ConfigDict(extra="allow")

    epoch: int
    stage: str = ""
    updates: int | None = None
    passes: int | None = None
    learning_rate: float | None = None
    train_loss: float | None = None
    losses: dict[str, float | None] = {}
    dev_macro_f1: float | None = None
    dev_loss: float | None = None
    dev_accuracy: float | None = None
    parts: dict[str, Any] = {}
    seconds: float | None = None


class TrainingReport(Record):
    """The cost and the course of a training."""

    params: int | None = None
    train_seconds: float | None = None
    epochs: tuple[Epoch, ...] = ()
    best_epoch: int | None = None
    dev_macro_f1: float | None = None
    device: str = ""


class CellReport(Record):
    """Cost of predicting a cell, the missing rate that its masks reached, and its findings.

    `findings` measures how like the real inputs the generated inputs are; empty without any.
    """

    predict_seconds: float | None = None
    n: int | None = None
    missing_rate: float | None = None
    findings: dict[str, float | None] = {}


class Failure(Record):
    """Why a training or a cell has no result."""

    reason: str = "no reason stored"
    traceback: str = ""

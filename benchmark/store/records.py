"""The stored records, as typed data: grids, cards, corpora and reports."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

FORMAT = 1
"""The version of the grid tables that this leaderboard reads."""


class Record(BaseModel):
    """Base of every stored record; keys that are not known yet are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, protected_namespaces=())


class Regime(Record):
    """How models were trained."""

    name: str
    description: str = ""
    drop: float = 0.0
    rate: float = 0.0
    present: tuple[str, ...] | None = None
    single: bool = False
    auxiliary: bool = True
    fill: str = "native"


class Replacement(Record):
    """What stood in the place of one modality's real input."""

    modality: str
    by: str
    sources: tuple[str, ...] = ()
    generator: str = ""


class Corruption(Record):
    """What was damaged, and how much: severity 1 to 5."""

    kind: str
    severity: int


class Condition(Record):
    """What the test inputs looked like."""

    name: str
    description: str = ""
    present: tuple[str, ...] | None = None
    rate: float = 0.0
    fill: str = "native"
    frames: float = 0.0
    replace: Replacement | None = None
    corruption: Corruption | None = None
    corpus: str | None = None
    classes: str | None = None
    role: str = ""


class Summary(Record):
    """One number over several conditions."""

    name: str
    description: str = ""
    reduce: Literal["mean", "min"] = "mean"
    conditions: tuple[str, ...] = ()


class Contrast(Record):
    """A difference between two rows of one model: `first` minus `second`."""

    name: str
    description: str = ""
    first: tuple[str, str]
    second: tuple[str, str]


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


class PublishedSetting(Record):
    """A result as its authors report it, and how they got it."""

    corpus: str
    split_text: str = ""
    measure: str = "macro_f1"
    claimed: float | None = None
    source: str = ""
    split: str = ""
    modalities: tuple[str, ...] = ()
    options: dict[str, str] = {}
    blocked: str = ""


class ModelCard(Record):
    """What a model says of itself."""

    name: str
    title: str = ""
    authors: str = ""
    year: int | None = None
    venue: str = ""
    link: str = ""
    licence: str = ""
    kind: str = "own"
    inputs: dict[str, Any] = {}
    requires: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    deterministic: bool = False
    claims: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()
    settings: tuple[PublishedSetting, ...] = ()


class ProtocolCard(Record):
    """What a protocol says of itself."""

    name: str
    title: str = ""
    question: str = ""
    method: str = ""
    show: str = "conditions"


class DatasetCard(Record):
    """What a corpus says of itself."""

    name: str = ""
    title: str = ""
    authors: str = ""
    year: int | None = None
    link: str = ""
    licence: str = ""
    obtain: str = ""
    split: str = ""
    metric: str = ""
    folds: int = 1
    defects: tuple[str, ...] = ()
    anonymous: bool = False
    canonical: dict[str, str] = {}

    @property
    def renamed(self) -> dict[str, str]:
        """The classes whose common class has another name."""
        return {own: common for own, common in self.canonical.items() if own != common}


class Count(Record):
    """Utterances of one class in one split of one fold."""

    fold: int = 0
    split: str
    label: str
    n: int
    corpus: str = ""


class Size(Record):
    """Utterances of one part of one fold, where classes do not add up to them."""

    fold: int = 0
    split: str
    n: int


class Problem(Record):
    """A clip that could not be used as it is, and what was done about it."""

    clip: str
    problem: str
    policy: str = ""


class Copies(Record):
    """Test utterances of one fold that stand in train too.

    Modality to their number in `exact`, and in `alike` with those that only look or read alike;
    `whole`: ids of those that have a copy of every modality.
    """

    fold: int = 0
    tested: int = 0
    exact: dict[str, int] = {}
    alike: dict[str, int] = {}
    whole: tuple[str, ...] = ()


class Corpus(Record):
    """What was really there when the cells were computed."""

    dataset: str
    card: DatasetCard = DatasetCard()
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
    copies: tuple[Copies, ...] = ()
    problems: tuple[Problem, ...] = ()
    unusable: int = 0

    @property
    def copied(self) -> frozenset[str]:
        """Ids of test utterances of which train has a copy in every modality that they have."""
        return frozenset(name for fold in self.copies for name in fold.whole)

    @property
    def members(self) -> tuple[str, ...]:
        """The members of a joint corpus that have test utterances, empty if not two or more."""
        tested = (c.corpus for c in self.counts if c.split == "test" and c.n and c.corpus)
        names = tuple(dict.fromkeys(tested))
        return names if len(names) > 1 else ()

    @property
    def incomplete(self) -> dict[str, int]:
        """Utterances that have it, for each modality that not all have."""
        return {m: n for m, n in self.available.items() if n < self.utterances}


class AuditClass(Record):
    """One class of an audited split: test rows, those with a twin in train, rows per utterance."""

    label: str
    tested: int = 0
    twins: int = 0
    copied: float = 1.0


class Audit(Record):
    """What a split with a flaw (``honest``: without) puts on both sides, over all folds.

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


class Transfer(Record):
    """What a corpus that was trained on and another that is tested share.

    Parameters
    ----------
    classes
        The common ones.
    other_classes, trained_on
        Test utterances left out: of a class without counterpart, and recordings trained on.
    forms
        Modality to the forms in which either has it.
    representations
        Modality to what models read of it in both.
    speakers, spoken
        Names in the tested corpus that train has too, and test utterances by them; None where
        one of the corpora names nobody.
    exact, alike
        Modality to test utterances that stand in train, exactly, and with those that are alike.
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


class Contract(Record):
    """What ``emobench check`` found of a model: ``passed``, ``failed`` or ``unchecked``."""

    state: str
    failed: tuple[str, ...] = ()


class Grid(Record):
    """One request: a model under a protocol on a corpus, with the place of every cell."""

    format: int
    created: str
    model: str
    variant: str = "corrected"
    track: str = "controlled"
    dataset: str
    split: str = "standard"
    identity: str
    corpus: str | None = None
    protocol: str
    model_card: ModelCard
    contract: Contract | None = None
    config: dict[str, Any] = {}
    protocol_card: ProtocolCard
    regimes: tuple[Regime, ...]
    conditions: tuple[Condition, ...]
    summaries: tuple[Summary, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    audits: tuple[Audit, ...] = ()
    rows: tuple[Slot, ...]

    @property
    def subject(self) -> tuple[str, ...]:
        """What this grid is about, apart from when and with which identity it was run."""
        return (self.model, self.variant, self.track, self.dataset, self.split, self.protocol)


class Epoch(Record):
    """One pass over the train split."""

    epoch: int
    train_loss: float | None = None
    dev_macro_f1: float | None = None


class TrainingReport(Record):
    """What a training cost and how it went."""

    params: int | None = None
    train_seconds: float | None = None
    epochs: tuple[Epoch, ...] = ()
    best_epoch: int | None = None
    device: str = ""


class CellReport(Record):
    """What predicting one cell cost, the missing rate that its masks reached, and what was found.

    `findings`: how like the real inputs generated ones were; empty where nothing was generated.
    """

    predict_seconds: float | None = None
    n: int | None = None
    missing_rate: float | None = None
    findings: dict[str, float | None] = {}


class Failure(Record):
    """Why a training or a cell has no result."""

    reason: str = "no reason stored"

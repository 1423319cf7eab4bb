"""Records of corpora: their sizes, units and problems, audited splits, and what two share."""

from __future__ import annotations

from emobench.store.records.declarations import NO_CARD, StoredDatasetCard
from emobench.store.records.record import Record
from emobench.wording import EVERYBODY, NOBODY, SOME, UNKNOWN


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
    named
        Whose speakers the corpus names, ``some`` or ``nobody``; not stored where it is everybody.
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
    named: str = ""

    @property
    def people(self) -> str:
        """Whose speakers are named: `EVERYBODY`, `SOME`, `NOBODY`, or `UNKNOWN` of old records."""
        if self.named:
            return self.named
        if not self.card.anonymous:
            return EVERYBODY
        if not self.card.unit:
            return UNKNOWN
        return SOME if self.card.unit == "speaker" else NOBODY

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
    voices, fewest
        Where test recordings are standardised by speaker: tested speakers, and the recordings of
        the one who has fewest.
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
    voices: int = 0
    fewest: int = 0

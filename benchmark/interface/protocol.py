"""The protocol interface: regimes, conditions, and how they are summed up."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from emobench.errors import RequestError, unknown
from emobench.interface.card import Card, ProtocolCard
from emobench.modality import MODALITIES

FILLS = ("native", "zero", "train_mean", "learned", "generate")
"""Fills for a missing modality; see `Condition.fill`."""

GENERATORS = ("model", "ridge", "neighbours")
"""Generators of a modality: the model itself, or a generator of the harness."""

SHOWS = ("conditions", "summaries", "contrasts", "transfer", "claims")
"""Values of `ProtocolCard.show`."""

ROLES = (
    *("real", "subset", "rate"),
    *("honest", "flawed", "paper", "corrected"),
    *("transfer", "in_corpus"),
    *("generated", "control", "absent"),
)
"""Roles of a condition in its protocol; see `Condition.role`."""

REPORTS = ("best_of_seeds", "f1_arguments_swapped")
"""Flaws in how stored predictions are summed up; see `Trial.report`."""

STANDARDISATIONS = ("source", "corpus", "speaker")
"""Whose mean and scale features are standardised with; see `Condition.standardise`."""

REPLACEMENTS = ("generated", "train_mean", "zero", "other", "noise")
"""Replacements of a modality's input; see `Replacement.by`."""


def _check_shown(present: tuple[str, ...] | None, where: str) -> None:
    if present is None:
        return
    if isinstance(present, str) or not present:
        raise RequestError(f"The {where}: present is a tuple of modalities, got {present!r}.")
    for modality in present:
        if modality not in MODALITIES:
            raise unknown(f"modality in the {where}", modality, MODALITIES)


def _check_share(value: float, name: str, where: str) -> None:
    if not 0 <= value < 1:
        raise RequestError(f"The {where}: {name} must be at least 0 and below 1, got {value}.")


@dataclass(frozen=True)
class Regime:
    """How a training treats modalities.

    Parameters
    ----------
    name, description
        The word in the tables, and what it means in a sentence.
    drop
        Probability with which each modality of each utterance is erased, drawn anew every
        epoch, at least one modality kept.
    rate
        Missing rate in training, drawn anew every epoch, at least one modality kept.
    present
        The only modalities shown in training and dev, or None for all.
    single
        Every utterance shows a single modality, always the same, drawn from a hash of its id, as
        if each modality came from another corpus.
    auxiliary
        Whether training uses the utterances of auxiliary corpora. If not, the others are
        repeated, so that an epoch has as many optimiser steps.
    fill
        ``native``, or ``learned``: a vector per representation, trained with the model, replaces
        a missing modality in training and test.
    standardise
        ``source``: features are standardised with mean and scale of the train part. ``speaker``:
        with those of the same speaker's recordings, without their labels, within each part.
    """

    name: str
    description: str
    drop: float = 0.0
    rate: float = 0.0
    present: tuple[str, ...] | None = None
    single: bool = False
    auxiliary: bool = True
    fill: str = "native"
    standardise: str = "source"

    def __post_init__(self) -> None:
        _check_shown(self.present, f"regime {self.name}")
        _check_share(self.drop, "drop", f"regime {self.name}")
        _check_share(self.rate, "rate", f"regime {self.name}")
        if self.fill not in ("native", "learned"):
            raise unknown(f"fill of the regime {self.name}", self.fill, ("native", "learned"))
        if self.standardise not in (known := ("source", "speaker")):
            raise unknown(f"standardisation of the regime {self.name}", self.standardise, known)

    @property
    def draws(self) -> bool:
        """Whether the regime draws the shown modalities anew every epoch."""
        return self.drop > 0 or self.rate > 0


@dataclass(frozen=True)
class Replacement:
    """A replacement of one modality's real input.

    Parameters
    ----------
    modality
        Whose input is replaced, in every test utterance that has it.
    by
        ``generated`` (from `sources`), ``train_mean``, ``zero`` (of the features before
        standardisation), ``other`` (the real input of another test utterance) or ``noise``
        (generated from noise in the place of all other modalities).
    sources
        The modalities that a generator sees.
    generator
        A name in `GENERATORS`, if the input is generated.
    """

    modality: str
    by: str
    sources: tuple[str, ...] = ()
    generator: str = ""


SEVERITIES: Final = (1, 2, 3, 4, 5)
"""Severities of a corruption, from mild to severe."""


@dataclass(frozen=True)
class Corruption:
    """A corruption of the recording or the words of one modality.

    Parameters
    ----------
    kind
        A name in `emobench.corruption`.
    severity
        1 (mild) to 5.
    """

    kind: str
    severity: int


@dataclass(frozen=True)
class Condition:
    """A test condition: how the test inputs are changed.

    Parameters
    ----------
    name, description
        The word in the tables, and what it means in a sentence.
    present
        The only modalities shown, or None for all that `rate` does not erase.
    rate
        Missing rate: the share of (utterance, modality) pairs that are erased, at least one
        modality per utterance kept.
    frames
        Share of the time steps of every modality that are erased, drawn from a hash.
    fill
        What replaces a missing modality: ``native`` (nothing; the model sees it as absent),
        ``zero`` and ``train_mean`` (as long as train's median; the model sees the modality as
        present), ``learned`` (see `Regime.fill`) or ``generate`` (the output of the model's own
        `generate`).
    replace
        Replacement of one modality's input.
    corruption
        Corruption of the recordings or words, before representations are extracted.
    corpus
        Label of another corpus of the request, whose test utterances replace those of this corpus
        and are scored on the common classes; or of this corpus, also scored on the common classes.
    classes
        With `corpus`: label of the corpus that defines the common classes.
    standardise
        With another `corpus`: whose mean and scale its features are standardised with. ``source``:
        those learned in training; ``corpus``: those of all its tested recordings; ``speaker``:
        those of each tested speaker's own. The last two see test recordings, never labels.
    role
        Role in the protocol, one of `ROLES`, by which the page selects the rows of its tables. The
        role "" appears in the tables by condition only.

        ``real``
            the complete inputs: the main table, rate 0 and severity 0;
        ``subset``, ``rate``
            some modalities only; a share missing at random (the subset chart and the curve);
        ``honest``, ``flawed``
            the corpus's own split, and a split with a flaw (the leakage audit);
        ``paper``, ``honest``, ``corrected``
            a published result under its own protocol, on the honest split, and with the model's
            defects mended (the claims; the nth of each belongs to the nth result that the
            model's card has on the corpus);
        ``transfer``, ``in_corpus``
            another corpus's test, and the own test on the classes in common with it (the matrix);
        ``generated``, ``control``, ``absent``
            a modality generated, replaced by an input that is not generated, and erased.
    """

    name: str
    description: str
    present: tuple[str, ...] | None = None
    rate: float = 0.0
    frames: float = 0.0
    fill: str = "native"
    replace: Replacement | None = None
    corruption: Corruption | None = None
    corpus: str | None = None
    classes: str | None = None
    role: str = ""
    standardise: str = "source"

    def __post_init__(self) -> None:
        _check_shown(self.present, f"condition {self.name}")
        _check_share(self.rate, "rate", f"condition {self.name}")
        _check_share(self.frames, "frames", f"condition {self.name}")
        if self.fill not in FILLS:
            raise unknown(f"fill of the condition {self.name}", self.fill, FILLS)
        if self.standardise not in STANDARDISATIONS:
            raise unknown(
                f"standardisation of the condition {self.name}", self.standardise, STANDARDISATIONS
            )

    @property
    def drawn(self) -> str:
        """Name of the exported masks: it depends on the rate and not on the fill."""
        return f"missing_{self.rate}"

    def elsewhere(self, dataset: str) -> bool:
        """Whether the test corpus is another corpus than `dataset`."""
        return self.corpus is not None and self.corpus != dataset


@dataclass(frozen=True)
class Trial:
    """A training, and a condition under which it is tested.

    Parameters
    ----------
    regime, condition
        Their names are those of the row in the tables. If a protocol changes the training, the
        condition's name says the change.
    split
        A flaw of the split that a published system had, one of `emobench.FLAWS`, or "" for the
        corpus's own, honest split; or the honest counterpart of a flaw, of `emobench.COUNTERPARTS`.
    report
        A flaw in how the stored predictions are summed up, one of `emobench.REPORTS`, or "". The
        predictions are those of the same trial without it.
    options
        Hyper-parameters that this trial sets, as a user types them.
    variant
        The model's variant, or "" for the requested variant.
    skip
        Why this trial is skipped here, or "".
    skip_subject
        The first words of that sentence if they name the model, else "". Lines that name the model
        already omit them.
    """

    regime: Regime
    condition: Condition
    split: str = ""
    report: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    variant: str = ""
    skip: str = ""
    skip_subject: str = ""


@dataclass(frozen=True)
class Target:
    """Another corpus of a request, as a protocol sees it.

    Parameters
    ----------
    name
        Its label.
    modalities
        Its modalities on this machine.
    classes
        The classes in common with the corpus of the training.
    reason
        Why no model can be transferred to it, or "".
    members
        Of a joint corpus.
    """

    name: str
    modalities: tuple[str, ...]
    classes: tuple[str, ...] = ()
    reason: str = ""
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Setting:
    """The corpus and the model that a protocol plans for.

    Parameters
    ----------
    modalities
        The corpus's modalities.
    corpus
        The corpus's label.
    sources
        Modality to the sources (recordings or features) on this machine.
    others
        The other corpora of the request.
    members
        Of a joint corpus.
    auxiliary
        Whether its train split has auxiliary utterances.
    multilabel
        Whether an utterance can have several classes.
    model
        The model's card, or None if the protocol plans for no particular model.
    track
        ``controlled`` or ``published``.
    """

    modalities: tuple[str, ...]
    corpus: str = ""
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    others: tuple[Target, ...] = ()
    members: tuple[str, ...] = ()
    auxiliary: bool = False
    multilabel: bool = False
    model: Card | None = None
    track: str = "controlled"


@dataclass(frozen=True)
class Summary:
    """One number per model and regime, over several conditions.

    Parameters
    ----------
    name, description
        Column head, and what it averages in a sentence.
    reduce
        ``"mean"`` or ``"min"``.
    conditions
        Names of the conditions that are reduced.
    """

    name: str
    description: str
    reduce: str
    conditions: tuple[str, ...]


@dataclass(frozen=True)
class Contrast:
    """A difference between two rows of one model, with its interval: `first` minus `second`.

    Parameters
    ----------
    name, description
        Column head, and what it says in a sentence.
    first, second
        (regime, condition) of each.
    """

    name: str
    description: str
    first: tuple[str, str]
    second: tuple[str, str]


class Protocol(ABC):
    """A named list of trainings and conditions, without any training code.

    A subclass sets `card` and implements `regimes` and `conditions`; then each regime is tested
    under each condition. Or it overrides `trials` and lists the pairs itself.

    Parameters
    ----------
    options
        Keyword options as typed after the name: ``NAME:key=value``.
    """

    card: ClassVar[ProtocolCard]
    Options: ClassVar[type[Any] | None] = None
    """A frozen dataclass of options, or None. Options may add trials, but not change any."""

    def __init__(self, options: Any = None) -> None:
        self.options = options if options is not None or self.Options is None else self.Options()

    def regimes(self, setting: Setting) -> Sequence[Regime]:
        """Return the ways in which models are trained."""
        raise NotImplementedError(f"{type(self).__name__} implements neither regimes nor trials")

    def conditions(self, setting: Setting) -> Sequence[Condition]:
        """Return the test conditions."""
        raise NotImplementedError(f"{type(self).__name__} implements neither conditions nor trials")

    def trials(self, setting: Setting) -> Sequence[Trial]:
        """Return every training and condition; by default each regime under each condition."""
        conditions = self.conditions(setting)
        return [Trial(r, c) for r in self.regimes(setting) for c in conditions]

    def summaries(self, setting: Setting) -> Sequence[Summary]:
        """Return the summary columns."""
        return []

    def contrasts(self, setting: Setting) -> Sequence[Contrast]:
        """Return the differences that answer the protocol's question."""
        return []

    def joins(self, corpora: Sequence[str]) -> Sequence[tuple[str, ...]]:
        """Return groups of the request's `corpora`, by label, to be joined and trained on too."""
        return []

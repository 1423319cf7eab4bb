"""Cards: how a model, a corpus or a protocol describes itself, as plain data.

A card is written as a literal, so that ``emobench list`` can read it from the source without
importing the file (and with it torch).
"""

from __future__ import annotations

from dataclasses import dataclass, field

CANONICAL = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
"""The classes that corpora have in common, in the order of a joint corpus's logits."""

TRACKS = ("controlled", "published")
"""``controlled``: all models read the same representations; ``published``: their own."""

VARIANTS = ("corrected", "as_published")
"""A model without, or with, the defects of its authors' release."""

PRESETS = {"controlled": "compact", "published": "published"}
"""Track to the name of its hyper-parameters, a key of `Model.presets`."""


@dataclass(frozen=True)
class PublishedSetting:
    """A published result, and the setting in which its authors obtained it.

    Parameters
    ----------
    corpus
        Our name of the corpus.
    split
        Its split: one of `emobench.FLAWS`, or "" for the corpus's own.
    split_text
        The authors' split in a sentence.
    measure
        ``accuracy``, ``macro_f1``, ``weighted_f1`` or ``uar``.
    claimed
        The number, between 0 and 1; None if they report none.
    modalities
        The modalities that they used.
    options
        Options of the corpus and the model that the setting needs, ``corpus.key`` or ``model.key``.
    source
        Place of the number in the publication.
    blocked
        Why nobody can run the setting; "" if it can be run.
    """

    corpus: str
    split_text: str
    measure: str
    claimed: float | None
    source: str
    split: str = ""
    modalities: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    blocked: str = ""


@dataclass(frozen=True)
class Card:
    """A model's description of itself.

    Parameters
    ----------
    name
        The name that a user types.
    title, authors, year, venue, link
        The publication.
    licence
        Licence of the authors' own code (ours is always a new implementation).
    kind
        ``"published"``, ``"reference"`` (a row every leaderboard carries) or ``"own"``.
    inputs
        Per modality the representations of the controlled track. ``"a|b"`` takes the first
        that the corpus has. A modality that the corpus lacks is left out.
    published_inputs
        The same for the published track; empty when the model has no such track.
    requires
        Modalities without which the model cannot predict at all. A corpus or a condition
        that has none of them gives a skipped cell.
    variants
        ``"corrected"`` and, where the authors' release is kept, ``"as_published"``.
    deterministic
        Every seed gives the same result, so a single seed is run.
    claims
        What the authors report, on which corpus and split, one sentence each.
    deviations
        Where this implementation differs from the source, and why, one sentence each.
    known_failures
        Checks of the contract suite that the ``as_published`` variant fails, each with the reason.
    ablations
        The model's switchable parts: name to the options, as typed, that switch a part
        off or change it (``{"no_gate": {"gate": "false"}}``).
    settings
        Settings of publications, for reproducing their results.
    paper_regimes
        Names of the regimes that correspond to the training of the publication, the closest one
        first; empty if unknown.
    paper_regime_note
        How they correspond, in a sentence.
    claimed_contributions
        Modality to its share of the decisions as the authors report it, between 0 and 1.
    rows
        Further configurations that belong beside the default one wherever all models, or those of
        a wildcard, are named: what is different, in words, to the options as typed.
    """

    name: str
    title: str
    inputs: dict[str, tuple[str, ...]]
    authors: str = ""
    year: int = 0
    venue: str = ""
    link: str = ""
    licence: str = ""
    kind: str = "own"
    published_inputs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    variants: tuple[str, ...] = ("corrected",)
    deterministic: bool = False
    claims: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()
    known_failures: dict[str, str] = field(default_factory=dict)
    ablations: dict[str, dict[str, str]] = field(default_factory=dict)
    settings: tuple[PublishedSetting, ...] = ()
    paper_regimes: tuple[str, ...] = ()
    paper_regime_note: str = ""
    claimed_contributions: dict[str, float] = field(default_factory=dict)
    rows: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def closed_form(self) -> bool:
        """Whether it is solved at once: a reference row that has neither epochs nor seeds.

        The other reference rows, the networks without a paper, are trained like any model.
        """
        return self.kind == "reference" and self.deterministic


@dataclass(frozen=True)
class DatasetCard:
    """A corpus's description of itself.

    Parameters
    ----------
    name, title, authors, year, link
        The corpus and its publication.
    licence
        Terms of use, as published.
    obtain
        Where and how to get it, and its layout under the data directory.
    classes
        Label names, in the order of the logits.
    modalities
        The modalities of the complete corpus.
    folds
        Number of standard folds; 1 for a fixed split.
    split
        The standard split in a sentence.
    fold_by
        The table's column that ``--folds`` keeps apart: ``speaker`` or ``group``.
    unit
        What a value of the column `fold_by` is: ``speaker``, ``dialogue``, ``video``, ``session``,
        … These are what is drawn independently of each other when such a corpus is recorded, so
        intervals are over them. Without it they are over utterances, and the page says so.
    metric
        The measure that papers on this corpus rank by.
    defects
        Known defects and what the loader does about each, one sentence each.
    default
        Whether this corpus is used when the user names none.
    canonical
        Class to one of `CANONICAL`, by which corpora with other class names are joined. A class
        that is not listed has no counterpart.
    suffixes
        Endings of files that each are a corpus: a typed path with such an ending means this
        corpus with its option ``path``.
    disjoint
        Columns of the table (``speaker``, ``group``) whose values the standard split keeps within
        one part each. A split that has a value in two parts is refused.
    anonymous
        The corpus does not name its speakers, or not all: the column ``speaker`` does not identify
        persons. With the unit ``speaker`` it names some, else nobody.
    drawn
        The loader draws the standard split, the corpus has none. Duplicates in both train and test
        are then an error, not a property of the corpus.
    multilabel
        An utterance can have any number of classes. Its ``label`` is their names joined by ``|``,
        in the order of `classes`, and empty if it has none.
    counts
        Utterances of the complete corpus: part (``train``, ``dev``, ``test``, or ``all`` where the
        standard split is made of folds) to class to number. ``emobench data verify`` compares.
    downloads
        Files that anybody may download without a signature: (address, checksum ``sha256:…`` or
        ``md5:…``, file or folder under the corpus's folder). The address can be pooch's
        ``doi:…/file``, whose checksum the archive itself publishes: then ``""``. Empty where a
        form must be signed; `obtain` says where.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    modalities: tuple[str, ...]
    licence: str
    obtain: str
    split: str
    authors: str = ""
    year: int = 0
    link: str = ""
    folds: int = 1
    fold_by: str = "speaker"
    unit: str = ""
    metric: str = "macro_f1"
    defects: tuple[str, ...] = ()
    default: bool = False
    canonical: dict[str, str] = field(default_factory=dict)
    suffixes: tuple[str, ...] = ()
    disjoint: tuple[str, ...] = ()
    anonymous: bool = False
    drawn: bool = False
    multilabel: bool = False
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    downloads: tuple[tuple[str, str, str], ...] = ()

    @property
    def renamed(self) -> dict[str, str]:
        """Class to common class, for the classes whose names differ."""
        return {own: common for own, common in self.canonical.items() if own != common}


@dataclass(frozen=True)
class ProtocolCard:
    """A protocol's description of itself: its name, its question and its method.

    Parameters
    ----------
    name
        The name that a user types.
    title, question, method
        Its title, the question that it asks, and how it answers.
    show
        First table on the page: ``conditions`` (a score per condition), ``summaries``,
        ``contrasts``, or ``transfer`` (a corpus-by-corpus matrix).
    """

    name: str
    title: str
    question: str
    method: str
    show: str = "conditions"

"""Cards: how a model, a corpus or a protocol describes itself, as plain data.

A card is written as a literal, so that ``emobench list`` can read it from the source without
importing the file (and with it torch).
"""

from __future__ import annotations

from dataclasses import dataclass, field

CANONICAL = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
"""The classes that corpora have in common, in the order of a joint corpus's logits."""

TRACKS = ("controlled", "published")
"""Every model on the same representations, or each on those of its publication."""

VARIANTS = ("corrected", "as_published")
"""A model as it should be, or with the defects of its authors' release."""

PRESETS = {"controlled": "compact", "published": "published"}
"""Track to the name of the hyper-parameters (see `Model.presets`) that a model has on it."""


@dataclass(frozen=True)
class PublishedSetting:
    """A result as its authors report it, and the setting in which they got it.

    Parameters
    ----------
    corpus
        The corpus, by our name.
    split
        Its split: one of `emobench.FLAWS`, or "" for the corpus's own.
    split_text
        What the authors did, in a sentence.
    measure
        ``accuracy``, ``macro_f1``, ``weighted_f1`` or ``uar``.
    claimed
        The number, between 0 and 1; None where they report none.
    modalities
        Those that they used.
    options
        Options of the corpus and the model that the setting needs, ``corpus.key`` or ``model.key``.
    source
        Where the number is printed.
    blocked
        Why it cannot be run by anybody, where that is so; else "".
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
        What the user types.
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
        The seed changes nothing, so one seed is run.
    claims
        What the authors report, on which corpus and split, one sentence each.
    deviations
        Where this implementation differs from the source, and why, one sentence each.
    known_failures
        Checks of the contract suite that the ``as_published`` variant fails, each with the reason.
    ablations
        The model's switchable parts: name to the options that switch it off or change it, as they
        are typed (``{"no_gate": {"gate": "false"}}``).
    settings
        The papers' own settings, whose results can be reproduced.
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
        Where and how one gets it, and how it must lie under the data directory.
    classes
        Label names, in the order of the logits.
    modalities
        Those that the complete corpus has.
    folds
        Number of standard folds; 1 for a fixed split.
    split
        The standard split in a sentence.
    fold_by
        The table's column that ``--folds`` keeps apart: ``speaker`` or ``group``.
    metric
        The measure that papers on this corpus rank by.
    defects
        Known defects and what the loader does about each, one sentence each.
    default
        Taken when no corpus is named.
    canonical
        Class to one of `CANONICAL`, by which corpora with other class names are joined. A class
        that is left out has no counterpart there.
    suffixes
        Endings of files that are a corpus by themselves: whoever types such a path gets this
        corpus with its option ``path``.
    disjoint
        Columns of the table of which the standard split promises that no value stands in two
        parts: ``speaker``, ``group``. A split that breaks the promise is refused.
    anonymous
        Nobody is named: the column ``speaker`` does not say who is the same person.
    drawn
        The standard split is drawn by the loader, not the corpus's own: copies of a recording in
        both train and test are then an error and not a finding.
    multilabel
        Any number of classes can hold for an utterance. Its ``label`` then is their names joined
        by ``|``, in the order of `classes`, and empty where none holds.
    counts
        Utterances of the complete corpus: part (``train``, ``dev``, ``test``, or ``all`` where the
        standard split is made of folds) to class to number. ``emobench data verify`` compares.
    downloads
        What may be fetched without signing anything: (address, checksum ``sha256:…`` or
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
        """The classes whose common class has another name."""
        return {own: common for own, common in self.canonical.items() if own != common}


@dataclass(frozen=True)
class ProtocolCard:
    """What a protocol says of itself: its name, its question and how it answers.

    Parameters
    ----------
    name
        What the user types.
    title, question, method
        What it is called, what it asks, and how it answers.
    show
        What the page shows first: ``conditions`` (a score per condition), ``summaries``,
        ``contrasts``, or ``transfer`` (a corpus-by-corpus matrix).
    """

    name: str
    title: str
    question: str
    method: str
    show: str = "conditions"

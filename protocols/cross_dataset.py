"""Transfer: models are trained on one corpus and tested on others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from emobench import (
    STANDARDISATIONS,
    Condition,
    Protocol,
    ProtocolCard,
    Regime,
    Setting,
    Target,
    Trial,
    unknown,
)

ALONE = "it needs a second corpus: --dataset A,B"
FULL = Regime("full", "trained with every modality that an utterance has")
BY_SPEAKER = Regime(
    "standardised_by_speaker",
    "trained with every modality; features are standardised with mean and scale of each speaker's "
    "own recordings of the same part, without labels",
    standardise="speaker",
)
HOW = {
    "source": "",
    "corpus": "; features standardised with mean and scale of all its tested recordings, without "
    "labels (transductive)",
    "speaker": "; features standardised with mean and scale of each tested speaker's own "
    "recordings, without labels (transductive)",
}
"""Standardisation to its words in a condition's description."""


@dataclass(frozen=True)
class CrossDatasetOptions:
    """Tests beside all pairs of corpora."""

    leave_one_out: bool = False
    """Train on all corpora but one, joined, and test on the one left out, for each of them."""
    standardise: str = "source"
    """Whose mean and scale: source, corpus, speaker; several joined by +, or all."""

    def __post_init__(self) -> None:
        for name in self.standardise.split("+"):
            if name not in (*STANDARDISATIONS, "all"):
                raise unknown("standardisation", name, (*STANDARDISATIONS, "all"))

    @property
    def ways(self) -> tuple[str, ...]:
        """The chosen standardisations; that of the source, which others are held against, first."""
        chosen = self.standardise.split("+")
        every = "all" in chosen
        return tuple(s for s in STANDARDISATIONS if s == "source" or every or s in chosen)


class CrossDataset(Protocol):
    """The own test, every other corpus's test, and the own one on common classes.

    Labels go through the common classes (``canonical`` on a corpus's card). Predictions are
    restricted to the classes that both corpora have: the probabilities of classes that mean the
    same are added up, and a class without counterpart cannot be chosen. Test utterances of such a
    class are left out. Rows:

    ``full``
        the corpus's own test with all its classes, as under `full_modalities`;
    ``B``
        the test part of the corpus B (all of it where it has folds), on the common classes;
    ``in_corpus[B]``
        the own test on the classes in common with B, to compare with the transfer from B.
    ``B[by corpus]``
        with ``standardise=corpus``: the same model; B's features have mean 0 and scale 1 over B.
    ``B[by speaker]``
        with ``standardise=speaker``: a second training, in the regime ``standardised_by_speaker``,
        in which each speaker's features have mean 0 and scale 1 in training and in every test.
    """

    card: ClassVar[ProtocolCard] = ProtocolCard(
        name="cross_dataset",
        title="Trained on one corpus, tested on others",
        question="What is left of a model on a corpus that it was not trained on?",
        method="One training per corpus serves every test. Labels go through common classes; the "
        "decision is restricted to those that both corpora have: probabilities of classes that "
        "mean the same are added up, and utterances of other classes are left out. Vocabulary, "
        "mean and scale stay as learned on the corpus that was trained on, unless a row says that "
        "features are standardised by corpus or by speaker. Of a corpus with a "
        "fixed split its test part is tested, of one with folds all of it, from the first fold's "
        "training; recordings that were trained on are left out.",
        show="transfer",
    )
    Options = CrossDatasetOptions

    def trials(self, setting: Setting) -> list[Trial]:
        """Return the own test, and two tests for each other corpus, for each standardisation."""
        own = Condition("full", "its own test, all classes", setting.modalities, role="real")
        others = [t for t in setting.others if _has_no_overlap(setting, t)]
        found = [Trial(FULL, own, skip="" if others else ALONE)]
        for target in others:
            found += self._tests(setting, target)
        if others and "speaker" in self.options.ways:
            found.append(Trial(BY_SPEAKER, own))
        return found

    def _tests(self, setting: Setting, target: Target) -> Iterator[Trial]:
        """The tests on one other corpus."""
        here = _in_corpus(setting, target)
        for way in self.options.ways:
            regime = BY_SPEAKER if way == "speaker" else FULL
            # A joint corpus is tested member by member, not as a whole.
            if not (self.options.leave_one_out and target.members):
                yield Trial(regime, _there(target, way), skip=target.reason)
            if way != "corpus":
                yield Trial(regime, here, skip=target.reason)

    def joins(self, corpora: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the corpora that are joined for leave-one-corpus-out."""
        if not self.options.leave_one_out or len(corpora) < 3:
            return []
        return [tuple(c for c in corpora if c != left_out) for left_out in corpora]


def _has_no_overlap(setting: Setting, target: Target) -> bool:
    """Whether the trained and the tested corpus have no member in common."""
    ours = set(setting.members or (setting.corpus,))
    return not ours & set(target.members or (target.name,))


def _there(target: Target, way: str) -> Condition:
    shared = ", ".join(target.classes)
    return Condition(
        target.name if way == "source" else f"{target.name}[by {way}]",
        f"the test utterances of {target.name}; common classes: {shared}{HOW[way]}",
        corpus=target.name,
        role="transfer",
        standardise=way,
    )


def _in_corpus(setting: Setting, target: Target) -> Condition:
    shared = ", ".join(target.classes)
    return Condition(
        f"in_corpus[{target.name}]",
        f"its own test, on the classes in common with {target.name}: {shared}",
        corpus=setting.corpus,
        classes=target.name,
        role="in_corpus",
    )

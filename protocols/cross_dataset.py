"""Transfer: models are trained on one corpus and tested on others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from emobench import Condition, Protocol, ProtocolCard, Regime, Setting, Target, Trial

ALONE = "it needs a second corpus: --dataset A,B"


@dataclass(frozen=True)
class CrossDatasetOptions:
    """Tests beside all pairs of corpora."""

    leave_one_out: bool = False
    """Train on all corpora but one, joined, and test on the one left out, for each of them."""


class CrossDataset(Protocol):
    """One regime; the own test, every other corpus's test, and the own one on common classes.

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
    """

    card: ClassVar[ProtocolCard] = ProtocolCard(
        name="cross_dataset",
        title="Trained on one corpus, tested on others",
        question="What is left of a model on a corpus that it was not trained on?",
        method="One training per corpus serves every test. Labels go through common classes; the "
        "decision is restricted to those that both corpora have: probabilities of classes that "
        "mean the same are added up, and utterances of other classes are left out. Vocabulary, "
        "mean and scale stay as learned on the corpus that was trained on. Of a corpus with a "
        "fixed split its test part is tested, of one with folds all of it, from the first fold's "
        "training; recordings that were trained on are left out.",
        show="transfer",
    )
    Options = CrossDatasetOptions

    def trials(self, setting: Setting) -> list[Trial]:
        """Return the own test, and two tests for each other corpus."""
        regime = Regime("full", "trained with every modality that an utterance has")
        own = Condition("full", "its own test, all classes", setting.modalities, role="real")
        others = [t for t in setting.others if _has_no_overlap(setting, t)]
        found = [Trial(regime, own, skip="" if others else ALONE)]
        for target in others:
            there, here = _conditions(setting, target)
            # A joint corpus is tested member by member, not as a whole.
            wanted = [here] if self.options.leave_one_out and target.members else [there, here]
            found += [Trial(regime, condition, skip=target.reason) for condition in wanted]
        return found

    def joins(self, corpora: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the corpora that are joined for leave-one-corpus-out."""
        if not self.options.leave_one_out or len(corpora) < 3:
            return []
        return [tuple(c for c in corpora if c != left_out) for left_out in corpora]


def _has_no_overlap(setting: Setting, target: Target) -> bool:
    """Whether the trained and the tested corpus have no member in common."""
    ours = set(setting.members or (setting.corpus,))
    return not ours & set(target.members or (target.name,))


def _conditions(setting: Setting, target: Target) -> tuple[Condition, Condition]:
    name = target.name
    shared = ", ".join(target.classes)
    return (
        Condition(
            name,
            f"the test utterances of {name}; common classes: {shared}",
            corpus=name,
            role="transfer",
        ),
        Condition(
            f"in_corpus[{name}]",
            f"its own test, on the classes in common with {name}: {shared}",
            corpus=setting.corpus,
            classes=name,
            role="in_corpus",
        ),
    )

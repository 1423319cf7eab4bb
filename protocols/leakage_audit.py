"""Leakage audit: one model under the honest split and under flawed splits of a corpus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from emobench import (
    COUNTERPARTS,
    FLAWS,
    REPORTS,
    Condition,
    Contrast,
    Protocol,
    ProtocolCard,
    Regime,
    Setting,
    Trial,
    unknown,
)

HONEST = "honest"
AUDITED = (*FLAWS, *REPORTS)
"""Every flaw that is priced: of splits and trainings, then of how predictions are summed up."""

DESCRIPTIONS = {
    "oversampled_before_split": "every class is first copied up to the size of the largest, and "
    "only then split into train and test: copies of one utterance stand on both sides",
    "random_clips": "parts of the same size, drawn at random by class, so that speakers, sessions, "
    "dialogues or sequences stand on both sides",
    "twin_takes": "every utterance comes twice, whole and without its voice (without its last "
    "modality where there is no voice), and these are drawn at random: a take and its twin can "
    "stand on both sides",
    "selected_on_test": "the honest split, with the checkpoint chosen on the test part",
    "scaler_on_all": "the honest split, with standardisation, vocabularies and other fitted "
    "representations learned from train, dev and test together",
    "swapped_labels": "the honest split, with two label columns exchanged in train and dev, as by "
    "a loader that has their order wrong: disgust and fear, or the two rarest classes",
    "video_averaged": "the honest split, with the labels of every utterance averaged over its "
    "video, dialogue or other group, test labels included: all classes that hold anywhere in it, "
    "or its commonest class where one holds",
    "best_epoch_on_test_per_measure": "the honest split, with the test part looked at after every "
    "epoch and each measure taken from the epoch that is best for it",
    "few_shot_random_folds": "eight rows per class, drawn anew for every seed, learned from in "
    "folds that are drawn at random, without regard to speakers; held against the same recipe on "
    "the corpus's own folds",
    "best_of_seeds": "the honest predictions, with the maximum over seeds in place of their mean",
    "f1_arguments_swapped": "the honest predictions, with truth and prediction exchanged in the "
    "weighted F1, which then weighs classes by how often they are predicted",
}
"""Flaw to its description, a sentence part."""

FAIR = {
    "few_shot_own_split": "eight rows per class, drawn anew for every seed, of the train part "
    "of the corpus's own split: the honest counterpart of `few_shot_random_folds`",
}
"""Honest counterpart to its description."""


@dataclass(frozen=True)
class Chosen:
    """Which flaws are audited.

    Parameters
    ----------
    flaws
        Names joined by ``+``, or ``all``.
    """

    flaws: str = "all"

    def __post_init__(self) -> None:
        for name in self.names:
            if name not in AUDITED:
                raise unknown("flaw", name, AUDITED)

    @property
    def names(self) -> tuple[str, ...]:
        """The chosen flaws; ``all`` gives them in the order of `AUDITED`."""
        return AUDITED if self.flaws == "all" else tuple(self.flaws.split("+"))


class LeakageAudit(Protocol):
    """One regime; the honest split, and one condition for each flaw.

    A flaw of `emobench.FLAWS` has trainings of its own, and where it needs one an honest
    counterpart with the same recipe. One of `emobench.REPORTS` sums up the honest predictions.
    """

    card: ClassVar[ProtocolCard] = ProtocolCard(
        name="leakage_audit",
        title="What published flaws are worth",
        question="By how much does each flaw of a published evaluation raise the score?",
        method="The same model is trained and tested once on the honest split and once under each "
        "flaw. The inflation is the flawed score less the honest one; where both are tested on the "
        "same utterances its interval is paired, elsewhere the two are resampled independently. "
        "Flaws of the report need no training: they sum up the honest predictions otherwise. A "
        "test row has a duplicate in train where train holds the same utterance, or one that is "
        "equal in every modality that both have. Scores under a flaw are shown to be distrusted.",
        show="contrasts",
    )

    Options: ClassVar[type[Any] | None] = Chosen
    options: Chosen

    def trials(self, setting: Setting) -> list[Trial]:
        """Return the honest trial, then one per flaw."""
        regime = Regime("full", "trained with every modality that an utterance has")
        honest = Condition(HONEST, "the corpus's own split", setting.modalities, role="honest")
        return [
            Trial(regime, honest),
            *(trial for flaw in self.options.names for trial in _trials(regime, flaw, setting)),
        ]

    def contrasts(self, setting: Setting) -> list[Contrast]:
        """Return the inflation of each flaw."""
        return [
            Contrast(
                flaw, f"inflation: {DESCRIPTIONS[flaw]}; less the honest score",
                ("full", flaw), ("full", COUNTERPARTS.get(flaw, HONEST)),
            )
            for flaw in self.options.names
        ]  # fmt: skip


def _trials(regime: Regime, flaw: str, setting: Setting) -> Iterator[Trial]:
    """The trial of a flaw, and before it that of its counterpart where it has one."""
    if name := COUNTERPARTS.get(flaw):
        fair = Condition(name, FAIR[name], setting.modalities, role="honest")
        yield Trial(regime, fair, split=name)
    if flaw in REPORTS:
        yield Trial(regime, _flawed(flaw, setting), report=flaw)
    else:
        yield Trial(regime, _flawed(flaw, setting), split=flaw)


def _flawed(flaw: str, setting: Setting) -> Condition:
    return Condition(flaw, DESCRIPTIONS[flaw], setting.modalities, role="flawed")

"""A protocol of a user's own, written for emobench 0.1.0, with something of everything."""

from __future__ import annotations

from typing import ClassVar

from emobench import (
    Condition,
    Contrast,
    Corruption,
    Protocol,
    ProtocolCard,
    Regime,
    Replacement,
    Setting,
    Summary,
    Trial,
    subset_name,
)

FULL = Regime("full", "missingness never seen in training")
DROP = Regime("modality_dropout", "modalities erased with probability 0.3", drop=0.3)


class ThreeQuestions(Protocol):
    """Absent, damaged and replaced inputs, a flawed split, and a contrast."""

    card: ClassVar[ProtocolCard] = ProtocolCard(
        name="three_questions",
        title="Three questions at once",
        question="What is left when inputs are absent, damaged or replaced?",
        method="Two regimes, a few conditions, one flawed split.",
        show="contrasts",
    )

    def trials(self, setting: Setting) -> list[Trial]:
        everything = Condition("full", "all modalities", setting.modalities)
        one = setting.modalities[-1]
        conditions = [
            everything,
            Condition(subset_name((one,), setting.modalities), f"{one} alone", (one,)),
            Condition("missing_0.3", "three in ten missing", rate=0.3),
            Condition("mean", "the train mean of the last", replace=Replacement(one, "train_mean")),
            Condition("noise", "white noise", corruption=Corruption("noise", 3)),
        ]
        found = [Trial(regime, c) for regime in (FULL, DROP) for c in conditions]
        leaky = Condition("leaky", "utterances drawn at random")
        return [*found, Trial(FULL, leaky, split="random_clips")]

    def summaries(self, setting: Setting) -> list[Summary]:
        return [Summary("worst", "worst of two", "min", ("full", "missing_0.3"))]

    def contrasts(self, setting: Setting) -> list[Contrast]:
        return [
            Contrast("dropout", "worth of dropout", ("modality_dropout", "full"), ("full", "full"))
        ]

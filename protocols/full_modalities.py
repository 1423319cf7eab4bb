"""Everything present in training and in the test: the ordinary score."""

from __future__ import annotations

from typing import ClassVar

from emobench import Condition, Protocol, ProtocolCard, Regime, Setting


class FullModalities(Protocol):
    """One regime, one condition."""

    card: ClassVar[ProtocolCard] = ProtocolCard(
        name="full_modalities",
        title="All modalities present",
        question="What does a model score when nothing is missing?",
        method="Trained and tested with every modality that an utterance has.",
    )

    def regimes(self, setting: Setting) -> list[Regime]:
        """Return the one regime."""
        return [Regime("full", "trained with every modality that an utterance has")]

    def conditions(self, setting: Setting) -> list[Condition]:
        """Return the one condition."""
        return [
            Condition(
                "full",
                "tested with every modality that an utterance has",
                setting.modalities,
                role="real",
            )
        ]

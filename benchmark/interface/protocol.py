"""The protocol interface: regimes, conditions and how they are summed up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from emobench.interface.card import ProtocolCard


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
    """

    name: str
    description: str
    drop: float = 0.0


@dataclass(frozen=True)
class Condition:
    """What the test inputs look like.

    Parameters
    ----------
    name, description
        The word in the tables, and what it means in a sentence.
    present
        The only modalities shown, or None for those that the rate leaves.
    rate
        Missing rate: the share of (utterance, modality) pairs that are erased, at least one
        modality per utterance kept.
    """

    name: str
    description: str
    present: tuple[str, ...] | None = None
    rate: float = 0.0


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


class Protocol(ABC):
    """A named list of regimes and conditions, without any training code."""

    card: ClassVar[ProtocolCard]

    @abstractmethod
    def regimes(self) -> list[Regime]:
        """Return the ways in which models are trained."""

    @abstractmethod
    def conditions(self, modalities: tuple[str, ...]) -> list[Condition]:
        """Return the test conditions for a corpus that has these `modalities`."""

    def summaries(self, modalities: tuple[str, ...]) -> list[Summary]:
        """Return the summary columns for a corpus that has these `modalities`."""
        return []

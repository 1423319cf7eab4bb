"""The description of a corruption, and the donors that it needs from the rest of a corpus."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.interface.protocol import SEVERITIES


@dataclass(frozen=True)
class Donors:
    """Donor voices and words of other utterances for a corruption; read when needed.

    Parameters
    ----------
    voices
        Waveforms ``[N]`` of other speakers, always the same ones in the same order.
    words
        Words of other utterances, always the same ones in the same order.
    """

    voices: Callable[[], Sequence[NDArray[np.float32]]]
    words: Callable[[], Sequence[str]]


Damage = Callable[[Any, float, np.random.Generator, Donors], Any]
"""``(media, amount, rng, donors)`` to media of the same form; changes nothing in place."""


@dataclass(frozen=True)
class CorruptionKind:
    """One kind of corruption in five severities.

    Parameters
    ----------
    name, title
        The name to type, and a phrase for the damage that continues "tested with".
    modality
        The modality that is damaged.
    sources
        The sources that it can damage; empty for a swap, which can swap any.
    amounts
        Severity 1 to 5, in `unit`.
    unit
        Unit of the amounts, as it is written after a number.
    origin
        Where the amounts come from.
    apply
        The function that damages media; None for a swap, which changes test batches.
    relative
        Whether it damages the relation between modalities, which needs two of them.
    version
        Raise it when the output changes.
    """

    name: str
    title: str
    modality: str
    sources: tuple[str, ...]
    amounts: tuple[float, float, float, float, float]
    unit: str
    origin: str
    apply: Damage | None = None
    relative: bool = False
    version: int = 1

    @property
    def swaps(self) -> bool:
        """Whether it changes test batches, and no recording."""
        return self.apply is None

    def amount(self, severity: int) -> float:
        """Amount at `severity`, in `unit`."""
        return self.amounts[SEVERITIES.index(severity)]

    def describe(self, severity: int) -> str:
        """Describe the damage at `severity`: the title and the amount."""
        return f"{self.title} ({self.amount(severity):g} {self.unit})"

    def why_not(self, sources: Mapping[str, tuple[str, ...]]) -> str:
        """Say why it cannot be done to a corpus, or "" if it can.

        Parameters
        ----------
        sources
            Modality to its available recordings or features, the first being the source that models
            read.
        """
        here = sources.get(self.modality, ())
        if not here:
            return f"the corpus has no {self.modality} here"
        if self.relative and len(sources) < 2:
            return (
                f"{self.name} is about how modalities go together, and the corpus has "
                f"{self.modality} alone"
            )
        if not self.swaps and here[0] not in self.sources:
            what = " or ".join(self.sources).replace("_", " ")
            return f"{self.name} damages {what}; here {self.modality} comes as {here[0]}"
        return ""

    def damage(
        self, media: Any, severity: int, rng: np.random.Generator, donors: Donors
    ) -> NDArray[Any] | str:
        """Return damaged media; `media` stay as they are."""
        if self.apply is None:
            raise ValueError(f"{self.name} changes batches, not media")
        damaged: NDArray[Any] | str = self.apply(media, self.amount(severity), rng, donors)
        return damaged

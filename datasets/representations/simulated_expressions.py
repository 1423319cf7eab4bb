"""The class that a modality of a simulated utterance expresses, for the `oracle` row alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench import Representation

Array = NDArray[np.float32]


class SimulatedExpression(Representation):
    """The class that one modality expresses, one-hot."""

    standardise = False
    reference_only = True
    needs = "a simulated corpus, whose generating process is known"

    def extract(self, media: Any) -> Array:
        """Return the one-hot row that the corpus hands out, ``[1, C]``."""
        return np.asarray(media, dtype=np.float32)


def _expression(modality: str, who: str) -> type[SimulatedExpression]:
    """Define the representation of what a modality expresses, named like its source."""
    name = f"expressed_{modality}"
    body = {"name": name, "modality": modality, "source": name}
    body |= {"__doc__": f"What the {who} express, one-hot ``[1, C]``.", "__module__": __name__}
    return type(name, (SimulatedExpression,), body)


expressed_text = _expression("text", "words")
expressed_audio = _expression("audio", "sounds of the voice")
expressed_vision = _expression("vision", "movements of the face")

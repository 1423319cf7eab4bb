"""What a modality of a simulated utterance expresses, for the `oracle` row alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench import Representation

Array = NDArray[np.float32]


class _Expressed(Representation):
    standardise = False
    reference_only = True
    needs = "a simulated corpus, whose generating process is known"

    def extract(self, media: Any) -> Array:
        """Return the one-hot row that the corpus hands out, ``[1, C]``."""
        return np.asarray(media, dtype=np.float32)


class ExpressedText(_Expressed):
    """What the words express, one-hot ``[1, C]``."""

    name = "expressed_text"
    modality = "text"
    source = "expressed_text"


class ExpressedAudio(_Expressed):
    """What the voice expresses, one-hot ``[1, C]``."""

    name = "expressed_audio"
    modality = "audio"
    source = "expressed_audio"


class ExpressedVision(_Expressed):
    """What the face expresses, one-hot ``[1, C]``."""

    name = "expressed_vision"
    modality = "vision"
    source = "expressed_vision"

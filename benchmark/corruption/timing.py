"""One modality late against the others: nothing at its beginning, and its end cut off."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.corpus.media import SILENCE
from emobench.corruption.kind import Others
from emobench.interface.dataset import FRAME_RATE, SAMPLE_RATE


def late_audio(
    wave: NDArray[np.float32], seconds: float, rng: np.random.Generator, others: Others
) -> NDArray[np.float32]:
    """Begin with `seconds` of silence, but no more than leaves half of the recording, heard."""
    steps = min(round(seconds * SAMPLE_RATE), len(wave) // 2)
    while steps and np.abs(wave[: len(wave) - steps]).max() < SILENCE:
        steps //= 2
    return _late(wave, steps)


def late_vision(
    frames: NDArray[np.uint8], seconds: float, rng: np.random.Generator, others: Others
) -> NDArray[np.uint8]:
    """Begin with `seconds` of black frames, but no more than half of the clip."""
    return _late(frames, min(round(seconds * FRAME_RATE), len(frames) // 2))


def _late(values: NDArray[Any], steps: int) -> NDArray[Any]:
    moved = np.zeros_like(values)
    moved[steps:] = values[: len(values) - steps]
    return moved

"""One modality delayed against the others; its end is cut off.

The gap at the beginning is filled with what a recording holds before anybody speaks or moves:
background noise, or the first frame. Digital silence or black frames would be a second damage, and
a larger one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emobench.corpus.preparation.clips import SILENCE
from emobench.corruption.corruption import Donors
from emobench.interface.dataset import FRAME_RATE, SAMPLE_RATE

FRAME = 400
"""Samples of a stretch whose level is measured, 25 ms."""

QUIET = 0.1
"""The share of stretches that are taken for background."""


def late_audio(
    wave: NDArray[np.float32], seconds: float, rng: np.random.Generator, donors: Donors
) -> NDArray[np.float32]:
    """Begin with `seconds` of noise as loud as the recording's own background.

    At least half of the recording stays. Where the half that stays would be silent, the delay is
    shortened until a voice is heard.
    """
    steps = min(round(seconds * SAMPLE_RATE), len(wave) // 2)
    while steps and np.abs(wave[: len(wave) - steps]).max() < SILENCE:
        steps //= 2
    noise = rng.standard_normal(len(wave))[:steps] * _background(wave)
    return np.concatenate([noise.astype(np.float32), wave[: len(wave) - steps]])


def late_vision(
    frames: NDArray[np.uint8], seconds: float, rng: np.random.Generator, donors: Donors
) -> NDArray[np.uint8]:
    """Hold the first frame for `seconds`, but no more than half of the clip."""
    steps = min(round(seconds * FRAME_RATE), len(frames) // 2)
    return np.concatenate([np.repeat(frames[:1], steps, axis=0), frames[: len(frames) - steps]])


def _background(wave: NDArray[np.float32]) -> float:
    """Root mean square of the quietest stretches."""
    whole = wave[: len(wave) // FRAME * FRAME].astype(np.float64).reshape(-1, FRAME)
    return float(np.quantile(np.sqrt((whole**2).mean(axis=1)), QUIET))

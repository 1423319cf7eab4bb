"""Made-up recordings in the layout that a new corpus's file expects, to try it on."""

from __future__ import annotations

import wave
from itertools import product
from pathlib import Path

import numpy as np

from emobench.randomness import toy_stream

SPEAKERS = ("anna", "ben", "carla", "david", "eva", "fred", "greta", "hugo")
CLASSES = {
    "angry": (220.0, 0.5, "stop it now"),
    "happy": (330.0, 0.3, "what a lovely day"),
    "sad": (110.0, 0.08, "she is gone"),
}
"""Pitch in Hz, loudness and words of each class."""

TAKES = ("01", "02")
RATE = 16_000


def write_recordings(folder: Path) -> int:
    """Write a WAV and a text for each speaker, class and take; return how many.

    A recording is half a second of four harmonics whose pitch and loudness tell the class.
    """
    folder.mkdir()
    every = list(product(SPEAKERS, CLASSES, TAKES))
    for number, (speaker, label, take) in enumerate(every):
        generator = toy_stream(number, 3)
        pitch, loudness, words = CLASSES[label]
        pitch *= generator.uniform(0.9, 1.1)
        times = np.arange(RATE // 2) / RATE
        tone = sum(np.sin(2 * np.pi * pitch * h * times) / h for h in range(1, 5))
        noisy = loudness * tone / 2 + 0.01 * generator.standard_normal(len(times))
        name = f"{speaker}_{label}_{take}"
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes((np.clip(noisy, -1, 1) * 32767).astype("<i2").tobytes())
        (folder / f"{name}.txt").write_text(f"{words} {speaker}\n", encoding="utf-8")
    return len(every)

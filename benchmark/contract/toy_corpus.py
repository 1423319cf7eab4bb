"""The toy corpus for checks: small, made in memory, with the class in every signal.

72 utterances of 12 speakers in four classes. Words, pitch and loudness, the orientation of a
pattern and the action units all depend on the class, so that 32 utterances can be learned by
heart from any one modality. Lengths are ragged; in every part some utterances lack a modality.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench.interface.card import DatasetCard
from emobench.interface.dataset import FACE_SIZE, FRAME_RATE, SAMPLE_RATE, Dataset
from emobench.modality import MODALITIES
from emobench.randomness import toy_stream

CLASSES = ("anger", "happiness", "neutral", "sadness")
PARTS = {"train": 48, "dev": 12, "test": 12}
PER_SPEAKER = 6
LACKING = 6
"""One utterance in this number lacks one or two modalities."""
SHORTEST = 0.06
"""Seconds of the first utterance of each part, just above the harness's limit for empty clips."""
TRUTHFUL = 0.9
"""Share of utterances in which a modality expresses the label."""

WORDS = {
    "anger": ("furious", "hate", "stop", "enough", "liar"),
    "happiness": ("wonderful", "love", "great", "sunny", "party"),
    "neutral": ("table", "tuesday", "report", "office", "corner"),
    "sadness": ("lost", "alone", "miss", "tears", "gone"),
}
COMMON = ("i", "you", "the", "it", "is", "was", "and", "so")
PITCH = (110.0, 165.0, 235.0, 330.0)
"""Hz of each class."""
LOUDNESS = (0.5, 0.3, 0.15, 0.08)
UNITS = 8
"""Action units; two are raised in each class."""


class ToyCorpus(Dataset):
    """The corpus of the contract suite, which has no files."""

    card: DatasetCard = DatasetCard(
        name="made",
        title="Made for the contract suite",
        classes=CLASSES,
        modalities=MODALITIES,
        licence="none needed",
        obtain="It is made when it is opened.",
        split="Speakers apart: 8 for train, 2 for dev, 2 for test.",
    )

    def utterances(self) -> pd.DataFrame:
        """Return 72 rows; ``lacks`` names what an utterance lacks, ``seconds`` its length."""
        rows: list[dict[str, Any]] = []
        for part, count in PARTS.items():
            for i in range(count):
                generator = toy_stream(len(rows), 1)
                seconds = SHORTEST if i == 0 else float(generator.uniform(0.3, 1.0))
                speaker = f"speaker {len(rows) // PER_SPEAKER}"
                rows.append(
                    {
                        "id": f"{part}-{i:02d}",
                        "speaker": speaker,
                        "group": speaker,
                        "label": CLASSES[i % len(CLASSES)],
                        "split": part,
                        "number": len(rows),
                        "seconds": round(seconds, 2),
                        "lacks": _lacking(len(rows)),
                    }
                )
        return pd.DataFrame(rows)

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return every source that representations start from, simulated ones included."""
        return {
            "text": ("transcript", "expressed_text"),
            "audio": ("waveform", "expressed_audio"),
            "vision": ("frames", "action_units", "expressed_vision"),
        }

    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | None:
        """Make one utterance's `source`, the same at every call."""
        modality = next(m for m, names in self.sources().items() if source in names)
        if modality in row["lacks"].split("+"):
            return None
        kind = CLASSES.index(row["label"])
        generator = toy_stream(int(row["number"]), 2, MODALITIES.index(modality))
        if source.startswith("expressed_"):
            return _expressed(kind, generator)
        make: dict[str, Callable[..., Any]] = {
            "transcript": _transcript,
            "waveform": _waveform,
            "frames": _frames,
            "action_units": _action_units,
        }
        made: str | NDArray[Any] = make[source](kind, float(row["seconds"]), generator)
        return made

    def generating_process(self) -> NDArray[np.float64]:
        """Joint probability ``[C, C, C, C]`` of (label, text, audio, vision expressed)."""
        count = len(CLASSES)
        told = np.full((count, count), (1 - TRUTHFUL) / (count - 1))
        np.fill_diagonal(told, TRUTHFUL)
        joint: NDArray[np.float64] = np.einsum("yt,ya,yv->ytav", told, told, told) / count
        return joint


def _lacking(position: int) -> str:
    """Modalities that the utterance at `position` lacks, joined by ``+``; patterns alternate."""
    patterns = ("text", "audio", "vision", "text+audio", "text+vision", "audio+vision")
    turn, place = divmod(position, LACKING)
    return patterns[turn % len(patterns)] if place == LACKING - 1 else ""


def _expressed(kind: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """One-hot ``[1, C]``."""
    shown = kind
    if generator.random() >= TRUTHFUL:
        shown = (kind + int(generator.integers(1, len(CLASSES)))) % len(CLASSES)
    return np.eye(len(CLASSES), dtype=np.float32)[[shown]]


def _transcript(kind: int, seconds: float, generator: np.random.Generator) -> str:
    """Every other word tells the class; one word if the utterance is the shortest."""
    count = 1 + round(8 * seconds) if seconds > SHORTEST else 1
    own = WORDS[CLASSES[kind]]
    return " ".join(str(generator.choice(own if i % 2 == 0 else COMMON)) for i in range(count))


def _waveform(kind: int, seconds: float, generator: np.random.Generator) -> NDArray[np.float32]:
    """Four harmonics and noise, ``[N]`` at 16 kHz."""
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    pitch = PITCH[kind] * generator.uniform(0.95, 1.05)
    wave = sum(np.sin(2 * np.pi * pitch * h * times) / h for h in range(1, 5))
    wave = LOUDNESS[kind] * wave / 2 + 0.01 * generator.standard_normal(len(times))
    return np.asarray(wave, dtype=np.float32)


def _count(seconds: float) -> int:
    return max(1, round(seconds * FRAME_RATE))


def _frames(kind: int, seconds: float, generator: np.random.Generator) -> NDArray[np.uint8]:
    """Stripes whose orientation tells the class, and noise: ``[T, 48, 48]``."""
    angle = np.pi * kind / len(CLASSES)
    y, x = np.mgrid[:FACE_SIZE, :FACE_SIZE]
    along = (x * np.cos(angle) + y * np.sin(angle)) / 8
    phases = generator.uniform(0, 1, (_count(seconds), 1, 1))
    stripes = 128 + 70 * np.sin(2 * np.pi * (along[None] + 0.1 * phases))
    noisy = stripes + 15 * generator.standard_normal(stripes.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def _action_units(kind: int, seconds: float, generator: np.random.Generator) -> NDArray[np.float32]:
    """Intensities 0 to about 3, ``[T, 8]``."""
    raised = np.repeat(np.eye(len(CLASSES)), UNITS // len(CLASSES), axis=1)[kind]
    noise = generator.standard_normal((_count(seconds), UNITS))
    return np.asarray(2 * raised + 0.3 * np.abs(noise), dtype=np.float32)

"""A corpus of a user's own, written for emobench 0.1.0: numbers and words made by a rule."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench import SAMPLE_RATE, Dataset, DatasetCard

WORDS = {
    "angry": "stop that noise at once",
    "happy": "what a lovely day this is",
    "sad": "nobody came to see me again",
}


class HouseCalls(Dataset):
    """Sixty calls of ten people; every person uses every class twice."""

    card: ClassVar[DatasetCard] = DatasetCard(
        name="house_calls",
        title="Calls made by a rule",
        classes=("angry", "happy", "sad"),
        modalities=("text", "audio", "vision"),
        licence="none",
        obtain="It is made when it is read.",
        split="Six people train, two dev, two test.",
        canonical={"angry": "angry", "happy": "happy", "sad": "sad"},
        disjoint=("speaker",),
    )

    def utterances(self) -> pd.DataFrame:
        parts = ["train"] * 6 + ["dev"] * 2 + ["test"] * 2
        rows = [
            (f"{person}-{label}-{turn}", f"p{person}", f"d{person}", label, part)
            for person, part in enumerate(parts)
            for label in WORDS
            for turn in range(2)
        ]
        return pd.DataFrame(rows, columns=["id", "speaker", "group", "label", "split"])

    def sources(self) -> dict[str, tuple[str, ...]]:
        return {"text": ("transcript",), "audio": ("waveform",), "vision": ("action_units",)}

    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | None:
        person, label, turn = str(row["id"]).split("-")
        kind = list(WORDS).index(label)
        if source == "transcript":
            return " ".join(WORDS[label].split()[: 3 + int(turn)]) + f" {person}"
        if source == "waveform":
            time = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
            pitch = 110 + 60 * kind + 5 * int(person)
            return (0.3 * np.sin(2 * np.pi * pitch * time)).astype(np.float32)
        if int(person) == 9 and turn == "1":
            return None
        steps = np.arange(3 + int(turn))[:, None]
        return (np.sin(steps + kind) + 0.1 * int(person) * np.ones((1, 4))).astype(np.float32)

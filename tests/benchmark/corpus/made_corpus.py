"""A corpus that a test fills as it likes: one table, and one file per utterance and source."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench import ClipError, Dataset, DatasetCard


class Made(Dataset):
    """Reads ``made/table.csv`` and ``made/ID.SOURCE.npy``; writes down every reading."""

    card: DatasetCard = DatasetCard(
        name="made",
        title="made by a test",
        classes=("a", "b", "c"),
        modalities=("text", "audio", "vision"),
        licence="none",
        obtain="The test makes it.",
        split="As the table says.",
    )

    @property
    def root(self) -> Path:
        return self.folders.data / "made"

    def utterances(self) -> pd.DataFrame:
        return pd.read_csv(self.root / "table.csv", dtype=str)

    def sources(self) -> dict[str, tuple[str, ...]]:
        known = (
            ("text", "transcript"), ("audio", "waveform"), ("vision", "action_units"),
            ("vision", "frames"),
        )  # fmt: skip
        return {m: (s,) for m, s in known if next(self.root.glob(f"*.{s}.npy"), None)}

    def files(self) -> Iterable[Path]:
        return sorted(self.root.glob("*.npy"))

    def doubts(self, utterances: pd.DataFrame) -> list[str]:
        path = self.root / "doubts.txt"
        return path.read_text().splitlines() if path.is_file() else []

    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | None:
        with (self.folders.data / "readings.log").open("a") as log:
            log.write(f"{source} {row['id']}\n")
        path = self.root / f"{row['id']}.{source}.npy"
        if not path.is_file():
            return None
        values = np.load(path)
        if values.dtype == object or values.shape == (0, 0):
            raise ClipError(f"{path.name} cannot be read")
        return str(values) if source == "transcript" else values

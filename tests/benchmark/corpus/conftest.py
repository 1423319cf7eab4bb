"""A corpus that a test fills as it likes, and a pool that works in this process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emobench import Folders
from emobench.corpus.corpus import Corpus, CorpusRequest, open_corpus
from emobench.corpus.preparation.extract import Prepared, prepare
from emobench.discovery.registry import from_path

DATASET = Path(__file__).parent / "made_corpus.py"
SOURCES = {
    "text": "transcript", "audio": "waveform", "vision": "action_units", "frames": "frames",
}  # fmt: skip
PARTS = ("train", "train", "dev", "test")


class HerePool:
    """Runs what is submitted at once, in this process."""

    count = 1

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(work(*args))
        return future


class Maker:
    """Collects utterances, writes them, opens and prepares them."""

    def __init__(self, folder: Path) -> None:
        self.folders = Folders(folder / "data", folder / "cache")
        self.root = self.folders.data / "made"
        self.root.mkdir(parents=True)
        self.rows: list[dict[str, str]] = []

    def add(self, split: str | None = None, label: str | None = None, **media: Any) -> str:
        """Add an utterance; `media` by modality, ``[]`` for a clip that cannot be read.

        ``vision`` are action units, ``frames`` faces.
        """
        number = len(self.rows)
        name = f"u{number:03d}"
        row = {
            "id": name,
            "speaker": f"s{number % 9}",
            "group": f"s{number % 9}",
            "label": label or "abc"[number % 3],
            "split": split or PARTS[number % 4],
        }
        self.rows.append(row)
        for modality, value in media.items():
            if value is not None:
                broken = isinstance(value, list) and not value
                array = np.zeros((0, 0)) if broken else np.asarray(value)
                np.save(self.root / f"{name}.{SOURCES[modality]}.npy", array)
        return name

    def corpus(self) -> Corpus:
        pd.DataFrame(self.rows).to_csv(self.root / "table.csv", index=False)
        return open_corpus(CorpusRequest(from_path("dataset", DATASET)[0], (), self.folders))

    def prepared(self, *names: str, pool: Any = None) -> Prepared:
        return prepare(self.corpus(), names, pool or HerePool())

    def readings(self) -> Counter[str]:
        """How often each source was read."""
        log = self.folders.data / "readings.log"
        lines = log.read_text().splitlines() if log.is_file() else []
        return Counter(line.split()[0] for line in lines)


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], Maker]:
    """``make(NAME)`` starts an empty corpus in a folder of that name."""
    return lambda name: Maker(tmp_path / name)


@pytest.fixture
def maker(make: Callable[[str], Maker]) -> Maker:
    return make("one")


@pytest.fixture
def pool() -> HerePool:
    return HerePool()

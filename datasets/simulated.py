"""The built-in corpus: emotional utterances whose generating process is known.

A measuring instrument rather than a study of people: since P(label, expressed emotions) is known
exactly, so is the best score that any model can reach under every condition. Confusions of emotions
are measured on CREMA-D's raters for voice and face, and chosen by us for words
(`emobench.datasets.simulation.perception`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench import DataError, Dataset, DatasetCard, Folders
from emobench.datasets.simulation.options import Options as SimulatedOptions
from emobench.datasets.simulation.perception import (
    CLASSES,
    ambiguities,
    confusion_tables,
    joint_probability,
    label_prior,
)
from emobench.datasets.simulation.plan import split_of_speakers
from emobench.datasets.simulation.store import Corpus, fingerprint, generate


class Simulated(Dataset):
    """Simulated utterances with words, a voice and a face."""

    card: DatasetCard = DatasetCard(
        name="simulated",
        title="Simulated emotional utterances with a known generating process",
        authors="emobench; voice and face confusions from CREMA-D (Cao et al. 2014)",
        link="https://doi.org/10.1109/TAFFC.2014.2336244",
        classes=("anger", "disgust", "fear", "happiness", "neutral", "sadness"),
        canonical={
            "anger": "angry",
            "disgust": "disgust",
            "fear": "fear",
            "happiness": "happy",
            "neutral": "neutral",
            "sadness": "sad",
        },
        modalities=("text", "audio", "vision"),
        licence=(
            "Generated on this machine, no terms; the two confusion tables are aggregated from "
            "CREMA-D's votes (Open Database License 1.0)."
        ),
        obtain="Nothing to obtain: it is generated into the cache when it is first used.",
        split="Speakers apart: 40 train, 10 dev and 20 test speakers of 70.",
        unit="speaker",
        metric="macro_f1",
        defects=(
            "Simulated signals are simpler than recordings: a score ranks what architectures "
            "make of known evidence, it does not predict their score on people.",
            "The confusion table of the words is a design choice, not a measurement.",
            "Voice and face are confused as CREMA-D's raters did when they had the one without "
            "the other, and, without redundancy, independently of each other.",
        ),
        default=True,
    )
    Options: ClassVar[type[Any] | None] = SimulatedOptions

    def __init__(self, folders: Folders, options: SimulatedOptions | None = None) -> None:
        super().__init__(folders, options or SimulatedOptions())
        self.card = replace(type(self).card, split=_split_sentence(self.options))
        self._corpus: Corpus | None = None

    def _opened(self, progress: Callable[[str, int, int], None] | None = None) -> Corpus:
        """Return the corpus, generated if need be."""
        if self._corpus is None:
            self._corpus = Corpus(generate(self.options, self.folders.cache, progress))
        return self._corpus

    def prepare(self, progress: Callable[[str, int, int], None] | None = None) -> None:
        """Generate the corpus unless the cache has it."""
        self._opened(progress)

    def utterances(self) -> pd.DataFrame:
        """Return the table; beyond the usual columns ``expressed_text``, ``expressed_audio``,
        ``expressed_vision`` (class names, empty where absent) and ``text``.
        """
        return self._opened().table.copy()

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return the sources; the oracle alone may read ``expressed_*``."""
        return {
            "text": ("transcript", "expressed_text"),
            "audio": ("waveform", "expressed_audio"),
            "vision": ("frames", "expressed_vision"),
        }

    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | None:
        """Read a transcript, ``waveform`` [N], ``frames`` [T, 48, 48] or ``expressed_*`` [1, 6]."""
        if source == "transcript":
            return str(row["text"]) or None
        if source == "waveform":
            return self._opened().waveform(row["id"])
        if source == "frames":
            return self._opened().frames(row["id"])
        if source in ("expressed_text", "expressed_audio", "expressed_vision"):
            expressed = row[source]
            return _one_hot(expressed) if expressed else None
        raise DataError(f"The corpus 'simulated' has no source {source!r}.")

    def fingerprint(self) -> str:
        """Return the options and the generator's version."""
        return fingerprint(self.options)

    def generating_process(self) -> NDArray[np.float64]:
        """Return the exact P(label, text, audio, vision expressed) as [6, 6, 6, 6].

        Of a speaker whom nobody knows: where some are read more easily, the mean over all levels.
        """
        options = self.options
        prior = label_prior(options.imbalance)
        levels = ambiguities(options.ambiguity, options.speaker_ease)
        each = [joint_probability(prior, confusion_tables(a), options.redundancy) for a in levels]
        return each[0] if len(each) == 1 else np.mean(each, axis=0)


def _one_hot(name: str) -> NDArray[np.float32]:
    """Return a class as [1, 6]."""
    row = np.zeros((1, len(CLASSES)), dtype=np.float32)
    row[0, CLASSES.index(name)] = 1.0
    return row


def _split_sentence(options: SimulatedOptions) -> str:
    """Describe the split in a sentence, with the number of speakers."""
    parts = split_of_speakers(options.speakers)
    train, dev, test = (int((parts == part).sum()) for part in ("train", "dev", "test"))
    return (
        f"Speakers apart: {train} train, {dev} dev and {test} test speakers of {options.speakers}."
    )

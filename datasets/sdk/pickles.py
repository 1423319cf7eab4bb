"""Pickles that lie beside the SDK's files: MMSA's, and that of CMU-MOSEI's sentiments.

They have features and sentiments, no emotions and mostly no times, so that their utterances must
first be joined to the SDK's segments (`numbering`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench import DataError, Parts, unpack_parts
from emobench.datasets.sdk.numbering import Match, match, read_ids

NAMES = {("text", 300): "glove_300", ("audio", 74): "covarep_74", ("vision", 35): "facet"}
"""Modality and width to the source; features of another width are ``MODALITY_features``."""

TRANSCRIPT = "transcript"
TEXT = "raw_text"
SENTIMENTS = ("regression_labels", "labels")
SPLIT = {"train": "train", "valid": "dev", "val": "dev", "dev": "dev", "test": "test"}
"""Parts as pickles call them, and as we do."""

Progress = Callable[[str, int, int], None]


class SdkPickles:
    """Pickles that give the modalities whose files of the SDK are absent.

    A modality is taken whole from the first pickle that has it. Pickles are read when they are
    first needed, and kept unpacked.

    Parameters
    ----------
    root
        The corpus's folder.
    names
        Files that may be there, the preferred one first.
    modalities
        Modalities to take from pickles.
    cache
        Folder of unpacked pickles.
    """

    def __init__(
        self, root: Path, names: tuple[str, ...], modalities: tuple[str, ...], cache: Path
    ) -> None:
        self.paths = tuple(p for p in (root / n for n in names) if p.is_file())
        self._wanted = modalities
        self._cache = cache
        self._used: list[_Pickle] | None = None

    def unpack(self, progress: Progress | None = None) -> None:
        """Read and unpack the pickles that are needed, unless the cache has them.

        Raises
        ------
        DataError
            A pickle is damaged, wants to call something, or is of another layout.
        """
        if self._used is not None:
            return
        wanted, used = self._wanted, []
        for path in self.paths:
            if wanted:
                parts = unpack_parts(path, wanted, self._cache, progress)
                pickle = _Pickle(path, parts, wanted)
                wanted = tuple(m for m in wanted if m not in pickle.sources)
                used += [pickle] if pickle.sources else []
        self._used = used

    @property
    def _pickles(self) -> list[_Pickle]:
        self.unpack()
        assert self._used is not None
        return self._used

    @cached_property
    def _by_source(self) -> dict[str, _Pickle]:
        return {s: p for p in self._pickles for names in p.sources.values() for s in names}

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Modality to the sources that come from pickles."""
        return {m: names for p in self._pickles for m, names in p.sources.items()}

    def files(self) -> tuple[Path, ...]:
        """The pickles that may be read: none if no modality is wanted of them."""
        return self.paths if self._wanted else ()

    def join(self, segments: pd.DataFrame) -> None:
        """Find out which segment each utterance of the pickles is; see `match`."""
        for pickle in self._pickles:
            if pickle.match is None:
                pickle.match = match(pickle.path, pickle.utterances, segments)

    def corpus(self) -> pd.DataFrame:
        """Take the one pickle as a corpus of its own.

        Returns
        -------
        pandas.DataFrame
            ``id``, ``group`` (video), ``split``, ``sentiment``, by video and number.

        Raises
        ------
        DataError
            It has nothing of any modality, no sentiments, or no train, valid and test.
        """
        if not self._pickles:
            raise DataError(
                f"{self.paths[0]} has none of {', '.join(self._wanted)}, and no raw_text."
            )
        (pickle,) = self._pickles
        table = pickle.utterances
        pickle.match = Match({i: i for i in table["id"]}, ())
        table["split"] = [SPLIT.get(part) for part in pickle.parts.part]
        absent = [part for part in ("train", "dev", "test") if part not in set(table["split"])]
        if absent:
            raise DataError(
                f"{pickle.path} has no utterance in {' and '.join(absent)}; it needs 'train', "
                "'valid' and 'test'."
            )
        unknown = table["id"][table["sentiment"].isna()]
        if len(unknown):
            raise DataError(
                f"{pickle.path} has no sentiment (regression_labels) of {len(unknown)} of "
                f"{len(table)} utterances: {_listed(unknown)}."
            )
        table = table.rename(columns={"video": "group"})
        table = table.sort_values(["group", "number" if "number" in table else "start"])
        return table[["id", "group", "split", "sentiment"]].reset_index(drop=True)

    def told(self, ids: pd.Series) -> list[str]:
        """Say where modalities come from, how they were joined, and which `ids` are absent."""
        return [sentence for pickle in self._pickles for sentence in pickle.told(ids)]

    def __contains__(self, source: str) -> bool:
        return source in self._by_source

    def read(self, source: str, segment: str) -> str | NDArray[np.float32] | None:
        """Read text, or features ``[T, D]``, of a segment that was joined; None if it has none."""
        return self._by_source[source].read(source, segment)


class _Pickle:
    """One unpacked pickle, and the sources taken from it."""

    def __init__(self, path: Path, parts: Parts, modalities: tuple[str, ...]) -> None:
        self.path = path
        self.match: Match | None = None
        self.parts = parts
        found = {m: self._sources(m) for m in modalities}
        self.sources = {m: names for m, names in found.items() if names}

    def _sources(self, modality: str) -> tuple[str, ...]:
        names = (TRANSCRIPT,) if modality == "text" and any(self._texts.values()) else ()
        table = self.parts.features.get(modality)
        if table is None:
            return names
        return (*names, NAMES.get((modality, table.size), f"{modality}_features"))

    @cached_property
    def _texts(self) -> dict[str, str]:
        texts = self.parts.facts.get(TEXT, [])
        return {i: str(t).strip() for i, t in zip(self.parts.ids, texts, strict=False)}

    @property
    def utterances(self) -> pd.DataFrame:
        """Its ids, split into fields, and ``sentiment``."""
        table = read_ids(self.path, self.parts.ids)
        known = next((f for f in SENTIMENTS if f in self.parts.facts), None)
        values = self.parts.facts[known] if known else None
        table["sentiment"] = pd.to_numeric(pd.Series(values, table.index), errors="coerce")
        table["sentiment"] = table["sentiment"].astype(float)
        return table

    def told(self, ids: pd.Series) -> list[str]:
        """Say which modalities it gives, how it was joined, and which `ids` are absent."""
        assert self.match is not None
        *others, last = self.sources
        what = f"{', '.join(others)} and {last}" if others else last
        told = [f"From {self.path.name}: {what}.", *self.match.told]
        count = "counts" if len(self.sources) == 1 else "count"
        absent = ids[~ids.isin(list(self.match.ids))]
        if len(absent):
            told.append(
                f"{self.path.name} has nothing of {len(absent):,} of {len(ids):,} segments "
                f"({_listed(absent)}); {what} {count} as absent there."
            )
        changed = {m: p for m, p in self.parts.problems.items() if m in self.sources}
        told += [f"{self.path.name}, {m}: {p}" for m, found in changed.items() for p in found]
        return told

    def read(self, source: str, segment: str) -> str | NDArray[np.float32] | None:
        """Read an utterance's values; None if it has none, or is not in the file."""
        assert self.match is not None
        utterance = self.match.ids.get(segment)
        if utterance is None:
            return None
        if source == TRANSCRIPT:
            return self._texts[utterance] or None
        modality = next(m for m, names in self.sources.items() if source in names)
        values = self.parts.features[modality][utterance]
        return values if len(values) else None


def _listed(ids: pd.Series) -> str:
    more = f" and {len(ids) - 10:,} more" if len(ids) > 10 else ""
    return ", ".join(ids[:10]) + more

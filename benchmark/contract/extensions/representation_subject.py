"""The subject of a representation's checks: its class, and what the toy corpus gives it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.contract.failure import ContractError, trying
from emobench.contract.fixture import contract_fixture
from emobench.corpus.preparation.clips import MIN_SECONDS, check_media
from emobench.discovery.own_representations import MARK, AnyRepresentation
from emobench.discovery.representations import representation, source_of
from emobench.errors import RequestError
from emobench.interface.dataset import FACE_SIZE, SAMPLE_RATE, ClipError
from emobench.interface.representation import FittedRepresentation

Make = Callable[[Any], Any]
"""What a representation makes of one item."""


class RepresentationSubject:
    """A representation on the toy corpus.

    Parameters
    ----------
    name
        Its whole name.

    Raises
    ------
    RequestError
        It starts from something that the toy corpus has not.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.kind: AnyRepresentation = representation(name)
        self.path = Path(inspect.getfile(inspect.getmro(self.kind)[MARK in name])).resolve()
        self.source = source_of(name)
        self.fitted = issubclass(self.kind, FittedRepresentation)
        if self.source not in contract_fixture().corpus.sources[self.modality]:
            raise RequestError(
                f"{self.own} starts from {self.source!r}, which the corpus made for checks has "
                f"not as {self.modality}: it cannot be checked."
            )

    @property
    def own(self) -> str:
        """Its name without digest and path."""
        return self.name.split(MARK)[0]

    @property
    def modality(self) -> str:
        """Its modality."""
        return self.kind.modality

    @property
    def label(self) -> str:
        """What is shown above the checks."""
        return f"{self.own} (representation of {self.modality})"

    @cached_property
    def media(self) -> list[Any]:
        """Of each utterance what its source gives; None where it is absent."""
        corpus = contract_fixture().corpus
        rows = [corpus.table.iloc[i] for i in range(len(corpus.table))]
        read = [corpus.dataset.read(row, self.source) for row in rows]
        return [None if one is None else check_media(one, self.source)[0] for one in read]

    @property
    def train(self) -> NDArray[np.int64]:
        """Rows of the train part that have the modality."""
        rows = contract_fixture().parts.train
        return rows[[self.media[i] is not None for i in rows]]

    @property
    def rows(self) -> list[int]:
        """All rows that have the modality."""
        return [i for i, one in enumerate(self.media) if one is not None]

    def basis(self, media: Any) -> Any:
        """What a fitted representation reads of a recording; for others the recording itself."""
        base = getattr(self.kind, "base", "transcript")
        if not self.fitted or base == "transcript":
            return media
        kind: Any = representation(base)
        return np.asarray(kind().extract(media), dtype=kind.dtype)  # as it is stored

    def items(self, rows: Any) -> list[Any]:
        """Fresh copies of what is given for `rows`."""
        found = [self.basis(self.media[int(i)]) for i in rows]
        return [one.copy() if isinstance(one, np.ndarray) else one for one in found]

    def maker(self, train: Any = None) -> Make:
        """What a new instance makes of an item, fitted on the rows `train` if it is fitted."""
        with trying("building it", self.path):
            instance: Any = self.kind()
        if not self.fitted:
            return self._tried(instance.extract, "extract")
        rows = self.train if train is None else train
        with trying(f"fitting it on {len(rows)} train utterances", self.path):
            instance.fit(self.items(rows))
        return self._tried(instance.transform, "transform")

    def _tried(self, action: Make, word: str) -> Make:
        def make(item: Any) -> Any:
            with trying(f"{word} of {shown(item)}", self.path):
                try:
                    return action(item)
                except ClipError as error:
                    raise ContractError(
                        f"{word} of {shown(item)}", f"it refused a clip that can be used: {error}"
                    ) from error

        return make

    def extremes(self) -> dict[str, Any]:
        """The shortest and the strangest media that a run can hand out, by what they are."""
        samples = round(MIN_SECONDS * SAMPLE_RATE)
        times = np.arange(samples) / SAMPLE_RATE
        face = np.full((1, FACE_SIZE, FACE_SIZE), 128, dtype=np.uint8)
        face[0, 0, 0] = 129
        click = np.zeros(SAMPLE_RATE, dtype=np.float32)
        click[100] = 0.5
        sources: dict[str, dict[str, Any]] = {
            "waveform": {
                "a voice of 0.05 s": np.sin(2 * np.pi * 150 * times).astype(np.float32) / 2,
                "a voice that is barely heard": np.full(SAMPLE_RATE, 2e-4, dtype=np.float32),
                "a click in silence": click,
                "a voice at full scale": np.sign(np.sin(300 * np.arange(8000) / 8000)).astype(
                    np.float32
                ),
            },
            "frames": {"one frame, nearly blank": face},
            "transcript": {
                "one letter": "a",
                "a text without a word": "?!…",
                "a text in another script": "嬉しい 😀",
                "a text of 1,000 words": "so it is " * 333,
            },
            "action_units": {"one step of zeros": np.zeros((1, 8), dtype=np.float32)},
        }
        return sources.get(self.source, {})


def shown(item: Any) -> str:
    """An item in words, for messages."""
    if isinstance(item, str):
        return f"the text {item[:20]!r}"
    return f"an array {getattr(item, 'shape', '')}"

"""The representation interface: one named form of one modality, as a sequence ``[T, D]``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


class Representation(ABC):
    """Turns a source (a waveform, frames, a transcript) into a sequence ``[T, D]``.

    A change of its output needs a new `version`: it is part of the cache's key.
    """

    name: ClassVar[str]
    modality: ClassVar[str]
    source: ClassVar[str]
    version: ClassVar[int] = 1
    standardise: ClassVar[bool] = True
    """Whether values are standardised per feature with statistics of the train split."""
    needs: ClassVar[str] = "files that the corpus does not have here"
    """What a corpus must have, in words that complete "it reads NAME, which needs ..."."""
    dtype: ClassVar[str] = "float32"
    """Type of the stored values; batches are always float32."""
    given: ClassVar[bool] = False
    """Whether these features come with the corpus. On the controlled track every model gets them if
    the corpus has no source for the model's own representations."""
    reference_only: ClassVar[bool] = False
    """Whether only reference rows may read it, because no recording shows what it shows."""
    discrete: ClassVar[bool] = False
    """Whether values are ids of words or characters, which cannot be averaged; 1 means unknown."""
    steps_per_second: ClassVar[float | None] = None
    """Steps that a second of the recording gives; None where that is not fixed."""
    licence: ClassVar[str] = ""
    """What binds whoever uses the values, if anything does; said wherever they are named."""
    packages: ClassVar[Mapping[str, str]] = {}
    """Packages that it imports when it is used, each with what ``pip install`` takes for it. Their
    versions are part of what the values are known by."""

    @abstractmethod
    def extract(self, media: Any) -> Array:
        """Return float32 ``[T, D]`` for one utterance; T may be 0 if the media are empty."""


class FittedRepresentation(ABC):
    """A representation that is fitted (a vocabulary, a projection) on the train split only."""

    name: ClassVar[str]
    modality: ClassVar[str]
    base: ClassVar[str]
    """The representation that it transforms, or ``transcript`` for the raw text."""
    version: ClassVar[int] = 1
    standardise: ClassVar[bool] = True
    needs: ClassVar[str] = "files that the corpus does not have here"
    given: ClassVar[bool] = False
    reference_only: ClassVar[bool] = False
    discrete: ClassVar[bool] = False
    steps_per_second: ClassVar[float | None] = None
    licence: ClassVar[str] = ""
    packages: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def fit(self, train: list[Any]) -> None:
        """Learn from the train split's items (texts, or base sequences ``[T, D]``)."""

    @abstractmethod
    def transform(self, item: Any) -> Array:
        """Return float32 ``[T, D]`` for one utterance."""

    def state(self) -> dict[str, Any]:
        """Return what `fit` learned, so that `emobench export` can write it.

        Arrays, numbers, texts, None, and lists and dictionaries (by text) of these. By default the
        instance's attributes; override both methods where these hold anything else.
        """
        return dict(vars(self))

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take what `state` of a fitted instance returned, in the place of `fit`."""
        vars(self).update(state)

    @property
    @abstractmethod
    def size(self) -> int:
        """Feature size D, or for ids the number of ids."""

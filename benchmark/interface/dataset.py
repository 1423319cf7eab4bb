"""The corpus interface: an utterance table, and the media behind each utterance."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench.errors import RequestError
from emobench.interface.card import DatasetCard

SAMPLE_RATE = 16_000
"""Hz of every waveform that a corpus hands out."""

FACE_SIZE = 48
"""Height and width in pixels of every face frame (FER2013's size)."""

FRAME_RATE = 5.0
"""Face frames per second."""


class ClipError(Exception):
    """A clip cannot be used (unreadable, empty, silent); the message says which and why."""


@dataclass(frozen=True)
class Noted:
    """Media that `Dataset.read` had to change, and a note on the change."""

    media: Any
    note: str


@dataclass(frozen=True)
class Folders:
    """The folders in which a corpus may read and write.

    Parameters
    ----------
    data
        The user's data directory; corpora lie in folders of it. Never written to.
    cache
        Folder of generated and prepared data.
    """

    data: Path
    cache: Path

    @property
    def imported(self) -> Path:
        """Folder into which ``emobench data import`` puts features, in a subfolder per name."""
        return self.cache / "imported"


@dataclass(frozen=True)
class ClipForm:
    """What a trained model knows of the clips that it is to classify.

    Parameters
    ----------
    classes
        Its classes, in the order of the logits.
    multilabel
        Whether a clip can have any number of them.
    sources
        Modality to the sources that it reads, all of which a clip needs to have the modality.
    names
        Source to the names of its D features in the order of the training, where they are known.
    """

    classes: tuple[str, ...]
    multilabel: bool
    sources: Mapping[str, tuple[str, ...]]
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Dataset(ABC):
    """A corpus in its official layout.

    The utterance table has one row per labelled utterance, in a stable order, with the columns
    ``id`` (unique str), ``speaker``, ``group`` (dialogue, video, session), ``label`` (class
    name) and, for a fixed split, ``split`` (``train``, ``dev``, ``test``); any others are the
    corpus's own.

    Parameters
    ----------
    folders
        Where to read and write.
    options
        Keyword options as typed after the name: ``NAME:key=value``.
    """

    card: DatasetCard
    """A literal in the class. An instance may set its own, if options change the description."""
    Options: ClassVar[type[Any] | None] = None
    """A frozen dataclass of options, or None."""

    def __init__(self, folders: Folders, options: Any = None) -> None:
        self.folders = folders
        self.options = options

    @classmethod
    def of_clips(cls, folders: Folders, options: Any, form: ClipForm) -> Dataset:
        """Return the loader of clips for a trained model: neither labels nor a split are needed.

        Its table has the usual columns, with an empty ``label`` where none is known, and labels as
        they were written; its sources are among those of `form`.

        Raises
        ------
        RequestError
            This corpus has no clips beside those that are labelled.
        """
        raise RequestError(f"{cls.card.name} holds labelled utterances alone, and no new clips.")

    @abstractmethod
    def utterances(self) -> pd.DataFrame:
        """Return the utterance table; raise `DataError` if files are absent or broken."""

    @abstractmethod
    def sources(self) -> dict[str, tuple[str, ...]]:
        """Modality to the sources on this machine, such as ``{"audio": ("waveform",)}``.

        The first source decides which utterances have the modality. Features that come with the
        corpus are listed first if every model is to get them, else after the other sources.

        Sources that representations know: ``transcript`` (str), ``waveform`` (float32 ``[N]``
        at `SAMPLE_RATE`), ``frames`` (uint8 ``[T, FACE_SIZE, FACE_SIZE]`` grey at
        `FRAME_RATE`), ``action_units`` (float32 ``[T, D]``).
        """

    @abstractmethod
    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | Noted | None:
        """Read one utterance's `source`; None if absent; raise `ClipError` if it is broken.

        Only features may be returned as `Noted`.
        """

    def feature_names(self, source: str) -> tuple[str, ...]:
        """Names of the D features of a source, in their order; none where they are not known.

        New clips whose files name their columns are then read in this order.
        """
        return ()

    def split(self, utterances: pd.DataFrame, fold: int) -> pd.Series:
        """Return ``train``, ``dev`` or ``test`` per row for the standard split's `fold`."""
        column: pd.Series = utterances["split"]
        return column

    def missing(self, utterances: pd.DataFrame) -> list[str]:
        """Ids of utterances that the complete corpus has and `utterances` lacks; reported."""
        return []

    def oddities(self, utterances: pd.DataFrame) -> list[str]:
        """Findings that ``emobench data verify`` reports beside its usual checks."""
        return []

    def doubts(self, utterances: pd.DataFrame) -> list[str]:
        """Findings because of which a score may not mean what the user thinks.

        ``emobench data verify``, ``emobench run`` and the leaderboard page say them. Each is a
        sentence that names the cause and what to do.
        """
        return []

    def inspected(self, utterances: pd.DataFrame) -> list[tuple[str, str]]:
        """Findings for which every file may be read once more, as ``emobench data verify`` does.

        Each is a verdict, ``ok`` or ``note``, and a sentence, such as how many rows have features.
        """
        return []

    def files(self) -> Iterable[Path]:
        """Every file on which `utterances` or `read` depends; the corpus is known by their content.

        It is called before `prepare`. A file may be listed twice; files that are absent are left
        out. A table of which `utterances` holds every value that is read need not be listed.
        """
        return ()

    def fingerprint(self) -> str:
        """Text that changes whenever `read` returns other data for equal `utterances` and `files`.

        It names versions of methods, such as face detection. A corpus that does not implement
        `files` has to cover the content of its files here.
        """
        return ""

    def prepare(self, progress: Callable[[str, int, int], None] | None = None) -> None:
        """Generate or unpack what `utterances` and `read` need; called once before them.

        `progress` takes the name of the step, the number done and the total.
        """

    def generating_process(self) -> NDArray[np.float64] | None:
        """Joint probability ``[C, C, C, C]`` of (label, text, audio, vision expressed).

        Known for a simulated corpus only; the `oracle` row is computed from it.
        """
        return None

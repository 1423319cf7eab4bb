"""CMU-MOSEI: sentences of online videos, six emotions at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench import DataError, Dataset, DatasetCard, Folders, unknown
from emobench.datasets.sdk import (
    Feature,
    SdkFolder,
    SdkPickles,
    fold_files,
    read_folds,
    read_labels,
)
from emobench.datasets.source_files import list_tree, told_of_litter

EMOTIONS = ("happy", "sad", "anger", "surprise", "disgust", "fear")
"""The SDK's order. Older arrays have another order, in which disgust and fear are exchanged."""

COLUMNS = ("sentiment", *EMOTIONS)
LABELS = ("CMU_MOSEI_Labels.csd", "CMU_MOSEI_All_Labels.csd")
FEATURES = (
    Feature("transcript", "text", 1, ("CMU_MOSEI_TimestampedWords.csd",)),
    Feature(
        "glove_300",
        "text",
        300,
        ("CMU_MOSEI_TimestampedWordVectors.csd", "CMU_MOSEI_TimestampedGloveVectors.csd"),
    ),
    Feature("covarep_74", "audio", 74, ("CMU_MOSEI_COVAREP.csd",)),
    Feature("facet", "vision", 35, ("CMU_MOSEI_VisualFacet42.csd",)),
    Feature("openface2_713", "vision", 713, ("CMU_MOSEI_VisualOpenFace2.csd",)),
)
PICKLES = ("aligned_50.pkl", "unaligned_50.pkl", "mosei_senti_data.pkl")
FOLDS = "cmu_mosei_std_folds.py"
FOLDS_FROM = "mmsdk/mmdatasdk/dataset/standard_datasets/CMU_MOSEI"
SEGMENTS = {"train": 16_326, "dev": 1_871, "test": 4_659}
READINGS = ("multi", "single")


@dataclass(frozen=True)
class CmuMoseiOptions:
    """Options of CMU-MOSEI."""

    labels: str = "multi"
    """multi: every emotion above 0 holds. single: the strongest one, and segments without
    emotion, or with several that are as strong, are dropped."""


class CmuMosei(Dataset):
    """22,856 segments of videos, six emotions of which any number can hold.

    Layout: the ``.csd`` files of the CMU multimodal SDK in ``cmu_mosei/``, and the standard
    folds. Labels and at least one of the feature files must be there; a pickle of the features can
    replace the feature files.
    """

    card: DatasetCard = DatasetCard(
        name="cmu_mosei",
        title="CMU-MOSEI, opinions and emotions in online videos",
        authors="Zadeh, Liang, Poria, Cambria and Morency",
        year=2018,
        link="https://aclanthology.org/P18-1208",
        licence="The SDK's terms: research; the videos are their makers'.",
        obtain="Download CMU_MOSEI_Labels.csd, CMU_MOSEI_TimestampedWords.csd, "
        "CMU_MOSEI_TimestampedWordVectors.csd, CMU_MOSEI_COVAREP.csd, CMU_MOSEI_VisualFacet42.csd "
        "and CMU_MOSEI_VisualOpenFace2.csd (of the features, those you want) with the CMU "
        "multimodal SDK (repository CMU-MultiComp-Lab/CMU-MultimodalSDK; addresses in "
        "mmsdk/mmdatasdk/dataset/standard_datasets/CMU_MOSEI/cmu_mosei.py) into "
        "DATA_DIR/cmu_mosei/, and put cmu_mosei_std_folds.py from the same folder there. "
        "Features of a modality of which none of these files is there are taken from a pickle "
        "beside them: MMSA's aligned_50.pkl or unaligned_50.pkl, or mosei_senti_data.pkl (the "
        "first one that has it). Labels and folds must be there all the same: such pickles have "
        "sentiments and no emotions.",
        classes=("happy", "sad", "anger", "surprise", "disgust", "fear"),
        canonical={
            "happy": "happy",
            "sad": "sad",
            "anger": "angry",
            "surprise": "surprise",
            "disgust": "disgust",
            "fear": "fear",
        },
        modalities=("text", "audio", "vision"),
        fold_by="group",
        unit="video",
        split="The SDK's standard folds by video: 2,249 in train, 300 in dev (valid), 678 in test. "
        "Speakers are not named; every video counts as one, so a person with several videos can "
        "be in both train and test.",
        metric="macro_f1",
        defects=(
            "An emotion is present if the mean of its ratings is above 0, as the SDK documents: "
            "one rater of three is enough.",
            "66 videos of the label file are in no fold (the authors call them unsupervised); "
            "they are dropped. Two test videos, 7l3BNtSE0xc and dZFV0lyedX4, have no labels.",
            "A few segments have values beyond [-3, 3] or [0, 3] (four ratings instead of three, "
            "the SDK's issue 8); kept, as only above 0 counts.",
            "Columns of older arrays stand in another order, disgust and fear among them; a label "
            "file that says so of itself is refused.",
            "Intervals of neighbouring segments overlap and some begin before 0; a segment has "
            "every row whose interval overlaps its own, so words at a border are in both.",
            "COVAREP has values that are not finite; these are read as 0.",
            "Some videos show no face, and some features lack videos: the modality then is absent.",
        ),
        multilabel=True,
    )
    Options: ClassVar[type[Any] | None] = CmuMoseiOptions

    def __init__(self, folders: Folders, options: CmuMoseiOptions | None = None) -> None:
        chosen = options or CmuMoseiOptions()
        super().__init__(folders, chosen)
        if chosen.labels not in READINGS:
            raise unknown("reading of cmu_mosei's labels", chosen.labels, READINGS)
        self._files = SdkFolder(self.root, FEATURES)
        lacking = tuple(m for m, found in self._files.sources().items() if not found)
        self._pickles = SdkPickles(self.root, PICKLES, lacking, self._notes)
        self._single = chosen.labels == "single"
        if self._single:
            self._describe(type(self).card.defects)

    def _describe(self, defects: tuple[str, ...]) -> None:
        """Complete the card for these options and these files."""
        self.card = dataclasses.replace(
            type(self).card, multilabel=not self._single, defects=defects
        )

    @property
    def root(self) -> Path:
        """The corpus's folder."""
        return self.folders.data / "cmu_mosei"

    @property
    def _notes(self) -> Path:
        return self.folders.cache / "cmu_mosei"

    def prepare(self, progress: Callable[[str, int, int], None] | None = None) -> None:
        """Unpack pickles, and count the values that are not finite, once per feature file."""
        self._pickles.unpack(progress)
        self._files.count_not_finite(self.folders.cache, progress)

    @cached_property
    def _labelled_segments(self) -> pd.DataFrame:
        """Every segment that has labels, with its ``split``, which is absent for some."""
        path = next((self.root / n for n in LABELS if (self.root / n).is_file()), None)
        if path is None and any((self.folders.data / n).is_file() for n in LABELS):
            raise DataError(
                f"{self.folders.data} is the corpus itself; it must be a folder called "
                "'cmu_mosei' in the folder that --data-dir names."
            )
        if path is None:
            raise DataError(f"{self.root} lacks {LABELS[0]}. {self.card.obtain}")
        folds = read_folds(self.root, FOLDS, FOLDS_FROM)
        segments = read_labels(path, COLUMNS)
        segments["id"] = segments["video"] + "[" + segments["segment"].astype(str) + "]"
        segments["split"] = segments["video"].map(folds)
        if segments["split"].isna().all():
            raise DataError(f"No video of {path} is in the standard folds of {self.root}.")
        return segments

    @property
    def _segments(self) -> pd.DataFrame:
        return self._labelled_segments.dropna(subset="split").reset_index(drop=True)

    def utterances(self) -> pd.DataFrame:
        """Return the segments by video and time; beyond the usual columns ``start``, ``end``
        (seconds in the video) and ``sentiment``.
        """
        segments = self._segments
        strength = segments[list(EMOTIONS)].to_numpy()
        table = pd.DataFrame(
            {
                "id": segments["id"],
                "speaker": segments["video"],
                "group": segments["video"],
                "label": _strongest(strength) if self._single else _present(strength),
                "split": segments["split"],
                "start": segments["start"],
                "end": segments["end"],
                "sentiment": segments["sentiment"],
            }
        )
        self._pickles.join(self._labelled_segments)
        self._describe((*type(self).card.defects, *self._defects(table, strength)))
        if self._single:
            table = table[table["label"] != ""].reset_index(drop=True)
        return table

    def _defects(self, table: pd.DataFrame, strength: NDArray[np.float64]) -> list[str]:
        """Defects that these files really have."""
        beyond = (np.abs(table["sentiment"]) > 3) | (strength < 0).any(1) | (strength > 3).any(1)
        told = []
        if beyond.any():
            ids = list(table["id"][beyond])
            more = f" and {len(ids) - 10} more" if len(ids) > 10 else ""
            told.append(f"Here, values beyond the bounds: {', '.join(ids[:10])}{more}.")
        labelled = self._labelled_segments
        no_fold = labelled["video"][labelled["split"].isna()].nunique()
        if no_fold:
            told.append(f"Here, in no fold: {no_fold} videos.")
        if self._single:
            nothing = int((strength <= 0).all(axis=1).sum())
            ties = int((table["label"] == "").sum()) - nothing
            told.append(
                f"labels=single: of {len(table):,} segments {nothing:,} without emotion and "
                f"{ties:,} whose strongest emotions are as strong are dropped."
            )
        return told + self._files.not_finite(self.folders.cache) + self._pickles.told(table["id"])

    def missing(self, utterances: pd.DataFrame) -> list[str]:
        """Say how many labelled segments of each part are not here."""
        here = self._segments["split"].value_counts()
        return [
            f"{part}: {total - here.get(part, 0)} of {total} segments"
            for part, total in SEGMENTS.items()
            if here.get(part, 0) < total
        ]

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return the features whose files are here, else the features of pickles."""
        return self._files.sources() | self._pickles.sources()

    def files(self) -> list[Path]:
        """Labels, folds, features, and pickles if a modality has no file of the SDK."""
        labels = [p for p in (self.root / n for n in LABELS) if p.is_file()][:1]
        folds = fold_files(self.root, FOLDS)
        return [*labels, *folds, *self._files.files(), *self._pickles.files()]

    def oddities(self, utterances: pd.DataFrame) -> list[str]:
        """Say what lies there that is not read."""
        return told_of_litter(list_tree(self.root, 0))

    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | None:
        """Read one segment's words or features."""
        if source in self._pickles:
            return self._pickles.read(source, row["id"])
        return self._files.read(source, row["group"], row["start"], row["end"])


def _present(strength: NDArray[np.float64]) -> list[str]:
    """Emotions above 0 of each row, joined by ``|``."""
    return [
        "|".join(e for e, holds in zip(EMOTIONS, row, strict=True) if holds) for row in strength > 0
    ]


def _strongest(strength: NDArray[np.float64]) -> list[str]:
    """The strongest emotion of each row; "" where there is none or more than one."""
    most = strength.max(axis=1, keepdims=True)
    alone = (most[:, 0] > 0) & ((strength == most).sum(axis=1) == 1)
    return [EMOTIONS[i] if one else "" for i, one in zip(strength.argmax(1), alone, strict=True)]

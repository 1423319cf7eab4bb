"""CMU-MOSI: sentences of film reviews in online videos, negative or positive."""

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

from emobench import DataError, Dataset, DatasetCard, Folders, draw_key, unknown, whole_npz
from emobench.datasets.sdk import (
    Feature,
    SdkFolder,
    SdkPickles,
    fold_files,
    read_folds,
    read_labels,
)
from emobench.datasets.source_files import list_tree, told_of_litter

LABELS = "CMU_MOSI_Opinion_Labels.csd"
FEATURES = (
    Feature("transcript", "text", 1, ("CMU_MOSI_TimestampedWords.csd",)),
    Feature(
        "glove_300",
        "text",
        300,
        ("CMU_MOSI_TimestampedWordVectors.csd", "CMU_MOSI_TimestampedWordVectors_1.1.csd"),
    ),
    Feature("covarep_74", "audio", 74, ("CMU_MOSI_COVAREP.csd",)),
    Feature("facet", "vision", 35, ("CMU_MOSI_Visual_Facet_42.csd",)),
    Feature(
        "openface2_713",
        "vision",
        713,
        ("CMU_MOSI_Visual_OpenFace_2.csd", "CMU_MOSI_OpenFace2.csd"),
    ),
    Feature(
        "vision_features",
        "vision",
        47,
        ("CMU_MOSI_Visual_Facet_41.csd", "CMU_MOSI_VisualFacet_4.1.csd"),
    ),
)
FOLDS = "cmu_mosi_std_folds.py"
FOLDS_FROM = "mmsdk/mmdatasdk/dataset/standard_datasets/CMU_MOSI"

PICKLES = ("aligned_50.pkl", "unaligned_50.pkl")
ARCHIVE = "cmu_mosi_utterances.npz"
ARRAYS = {"text_features": "text", "audio_features": "audio", "vision_features": "video"}
"""Source to the archive's array of utterance vectors."""

FACTS = ("ids", "video_id", "text_raw", "sentiment", "split")
DEV_VIDEOS = 10
READINGS = ("positive", "drop")
ZEROS = {
    "sdk": {"train": 53, "dev": 13, "test": 30},
    "archive": {"train": 53, "dev": 12, "test": 31},
}
"""Utterances of sentiment 0 in each part."""

TEXTS = ("transcript", "vectors")
ARCHIVE_COUNTS = {
    "train": {"negative": 651, "positive": 594},
    "dev": {"negative": 87, "positive": 115},
    "test": {"negative": 285, "positive": 467},
}
ARCHIVE_SPLIT = (
    "That of the archive of utterance vectors, on whose train part they were trained, not the "
    "SDK's standard folds: 62 videos in train and dev, 31 in test. Dev is ten of the 62, taken in "
    "the order of the SHA-256 of '0|' and the video's id."
)
PICKLE_SPLIT = "Train, valid (dev) and test of {}, which should be the SDK's standard folds."
ARCHIVE_DEFECTS = (
    "One vector per utterance and modality: nothing is left of the order in time.",
    "The vectors of text and face were trained on the labels of train and dev: a linear model over "
    "them has accuracies of .98 and .87 on dev, .76 and .52 on test. What is chosen on dev is not "
    "chosen on unseen data, and fusion leans on a face that says nothing on test. Nothing can be "
    "done; only the SDK's files are free of it.",
)


@dataclass(frozen=True)
class CmuMosiOptions:
    """Options of CMU-MOSI."""

    zero: str = "positive"
    """positive: sentiment 0 counts as positive, as in papers before 2019. drop: utterances of
    sentiment 0 are left out, as in many later papers."""
    text: str = "transcript"
    """Text of the archive or a pickle: transcript, or vectors (the file's own text features)."""


class CmuMosi(Dataset):
    """2,199 utterances of 93 videos in two classes.

    Layout: the ``.csd`` files of the CMU multimodal SDK and its standard folds in ``cmu_mosi/``;
    where there are none, ``cmu_mosi/cmu_mosi_utterances.npz`` with one vector per utterance and
    modality; where there is neither, a pickle of MMSA's. Beside the SDK's labels, such a pickle
    replaces feature files.
    """

    card: DatasetCard = DatasetCard(
        name="cmu_mosi",
        title="CMU-MOSI, opinions on films in online videos",
        authors="Zadeh, Zellers, Pincus and Morency",
        year=2016,
        link="https://arxiv.org/abs/1606.06259",
        licence="The SDK's terms: research; the videos are their makers'.",
        obtain="Download CMU_MOSI_Opinion_Labels.csd, CMU_MOSI_TimestampedWords.csd, "
        "CMU_MOSI_TimestampedWordVectors.csd, CMU_MOSI_COVAREP.csd, CMU_MOSI_Visual_Facet_42.csd "
        "and CMU_MOSI_Visual_OpenFace_2.csd (of the features, those you want) with the CMU "
        "multimodal SDK (repository CMU-MultiComp-Lab/CMU-MultimodalSDK; addresses in "
        "mmsdk/mmdatasdk/dataset/standard_datasets/CMU_MOSI/cmu_mosi.py) into DATA_DIR/cmu_mosi/, "
        "and put cmu_mosi_std_folds.py from the same folder there. Instead of these, "
        "DATA_DIR/cmu_mosi/cmu_mosi_utterances.npz may hold utterance vectors (arrays ids, "
        "video_id, text_raw, sentiment, split, text, audio, video). Without either, MMSA's "
        "aligned_50.pkl or unaligned_50.pkl (the first that is there) is enough in that folder; "
        "beside the SDK's labels, features of a modality of which no file is there are taken from "
        "it.",
        classes=("negative", "positive"),
        modalities=("text", "audio", "vision"),
        fold_by="group",
        unit="video",
        split="The SDK's standard folds by video: 52 in train, 10 in dev (valid), 31 in test. "
        "The 93 videos have 89 speakers who are not named; every video counts as one, so a person "
        "with two videos can be in both train and test.",
        metric="accuracy",
        defects=(
            "Sentiment, not emotion: its classes have no counterpart in other corpora.",
            "Sentiment 0 (96 utterances) counts as positive; zero=drop leaves them out. Scores of "
            "the two differ by 2 to 3 points and are not to be compared.",
            "Features have values that are not finite; these are read as 0.",
        ),
        counts={
            "train": {"negative": 552, "positive": 732},
            "dev": {"negative": 92, "positive": 137},
            "test": {"negative": 379, "positive": 307},
        },
    )
    Options: ClassVar[type[Any] | None] = CmuMosiOptions

    def __init__(self, folders: Folders, options: CmuMosiOptions | None = None) -> None:
        chosen = options or CmuMosiOptions()
        super().__init__(folders, chosen)
        if chosen.zero not in READINGS:
            raise unknown("reading of cmu_mosi's sentiment 0", chosen.zero, READINGS)
        if chosen.text not in TEXTS:
            raise unknown("text of cmu_mosi", chosen.text, TEXTS)
        self._form = self._found_form()
        self._files = SdkFolder(self.root, FEATURES if self._form == "sdk" else ())
        self._pickles = self._found_pickles()
        self._describe([])

    def _found_form(self) -> str:
        """Form of the corpus's files: ``sdk``, ``archive`` or ``pickle``."""
        if (self.root / LABELS).is_file():
            return "sdk"
        if self._archive_path.is_file():
            return "archive"
        return "pickle" if any((self.root / n).is_file() for n in PICKLES) else "sdk"

    def _found_pickles(self) -> SdkPickles:
        """The pickles, with the modalities to take from them."""
        names: tuple[str, ...] = PICKLES
        wanted = type(self).card.modalities
        if self._form == "sdk":
            wanted = tuple(m for m, found in self._files.sources().items() if not found)
        else:  # the archive is complete; a pickle can be the whole corpus
            names = tuple(n for n in PICKLES if (self.root / n).is_file())
            names = names[:1] if self._form == "pickle" else ()
        return SdkPickles(self.root, names, wanted, self._notes)

    def _describe(self, found: list[str]) -> None:
        """Complete the card for these options and these files."""
        card = type(self).card
        counts, split, defects = card.counts, card.split, card.defects
        if self._form == "pickle":
            split = PICKLE_SPLIT.format(self._pickles.paths[0].name)
        if self._form == "archive":
            counts, split = ARCHIVE_COUNTS, ARCHIVE_SPLIT
            defects = defects[:2] + ARCHIVE_DEFECTS
        if self.options.zero == "drop":
            zeros = ZEROS["archive" if self._form == "archive" else "sdk"]
            counts = {
                part: n | {"positive": n["positive"] - zeros[part]} for part, n in counts.items()
            }
        self.card = dataclasses.replace(
            card, counts=counts, split=split, defects=(*defects, *found)
        )

    @property
    def root(self) -> Path:
        """The corpus's folder."""
        return self.folders.data / "cmu_mosi"

    @property
    def _archive_path(self) -> Path:
        return self.root / ARCHIVE

    @property
    def _notes(self) -> Path:
        return self.folders.cache / "cmu_mosi"

    def prepare(self, progress: Callable[[str, int, int], None] | None = None) -> None:
        """Unpack pickles, and count the values that are not finite, once per feature file."""
        self._pickles.unpack(progress)
        if self._form == "sdk":
            self._files.count_not_finite(self.folders.cache, progress)

    def utterances(self) -> pd.DataFrame:
        """Return the utterances by video and time; beyond the usual columns ``sentiment``."""
        if self._form == "archive":
            table = self._from_archive()
        elif self._form == "pickle":
            table = self._pickles.corpus()
            self._describe(self._pickles.told(table["id"]))
        else:
            table = self._from_sdk()
            self._describe(
                self._files.not_finite(self.folders.cache) + self._pickles.told(table["id"])
            )
        if self.options.zero == "drop":
            table = table[table["sentiment"] != 0]
        table["label"] = np.where(table["sentiment"] < 0, "negative", "positive")
        table["speaker"] = table["group"]
        return table.reset_index(drop=True)

    def _from_sdk(self) -> pd.DataFrame:
        path = self.root / LABELS
        if not path.is_file():
            if any((self.folders.data / n).is_file() for n in (LABELS, ARCHIVE, *PICKLES)):
                raise DataError(
                    f"{self.folders.data} is the corpus itself; it must be a folder called "
                    "'cmu_mosi' in the folder that --data-dir names."
                )
            raise DataError(
                f"{self.root} has neither {LABELS} nor {ARCHIVE}, nor a pickle of MMSA's. "
                f"{self.card.obtain}"
            )
        folds = read_folds(self.root, FOLDS, FOLDS_FROM)
        segments = read_labels(path, ("sentiment",))
        lost = sorted(set(segments["video"]) - set(folds))
        if lost:
            more = f" and {len(lost) - 10} more" if len(lost) > 10 else ""
            raise DataError(
                f"Videos of {path} are in none of the standard folds of {self.root}: "
                f"{', '.join(lost[:10])}{more}. Take {FOLDS} of the SDK."
            )
        segments["id"] = segments["video"] + "[" + segments["segment"].astype(str) + "]"
        self._pickles.join(segments)
        return pd.DataFrame(
            {
                "id": segments["id"],
                "group": segments["video"],
                "split": segments["video"].map(folds),
                "sentiment": segments["sentiment"],
                "start": segments["start"],
                "end": segments["end"],
            }
        )

    def _from_archive(self) -> pd.DataFrame:
        arrays = self._arrays
        table = pd.DataFrame(
            {
                "id": self._words("ids"),
                "group": self._words("video_id"),
                "split": self._words("split"),
                "sentiment": arrays["sentiment"].astype(np.float64),
                "text": self._words("text_raw"),
                "row": range(len(arrays["ids"])),
            }
        )
        numbers = table["id"].str.extract(r"_(\d+)$")[0]
        odd = ~table["split"].isin(["train", "test"]) | ~np.isfinite(table["sentiment"])
        odd |= numbers.isna()
        if odd.any():
            names = ", ".join(map(repr, table["id"][odd][:10]))
            more = f" and {odd.sum() - 10} more" if odd.sum() > 10 else ""
            raise DataError(
                f"{self._archive_path}: ids must end with a number, split must be train or test "
                f"and sentiment finite; not so: {names}{more}."
            )
        table.loc[table["group"].isin(_dev_videos(table)), "split"] = "dev"
        # Utterances are numbered by time, but the archive sorts the numbers as text.
        order = table.assign(number=numbers.astype(int)).sort_values(["group", "number"]).index
        return table.loc[order].reset_index(drop=True)

    def _words(self, name: str) -> NDArray[np.str_]:
        """An array of the archive as text."""
        try:
            found = np.ascontiguousarray(self._arrays[name].astype(str))
            points = found.view(np.uint32)
            if ((points > 0x10FFFF) | ((points >= 0xD800) & (points <= 0xDFFF))).any():
                raise ValueError("it has code points that are none")
        except ValueError as error:  # bytes that are no text, too
            raise DataError(f"{self._archive_path}: {name} holds no text ({error}).") from None
        return found

    @cached_property
    def _arrays(self) -> dict[str, NDArray[Any]]:
        path = self._archive_path
        arrays = whole_npz(path)
        absent = [n for n in (*FACTS, *ARRAYS.values()) if n not in arrays]
        if absent:
            raise DataError(f"{path} lacks the arrays {', '.join(absent)}. {self.card.obtain}")
        number = len(arrays["ids"])
        for name in (*FACTS, *ARRAYS.values()):
            dimensions = 2 if name in ARRAYS.values() else 1
            if arrays[name].ndim != dimensions or len(arrays[name]) != number:
                raise DataError(
                    f"{path}: {name} has shape {arrays[name].shape}; it must have {number} rows "
                    f"and {dimensions} dimension{'s' if dimensions > 1 else ''}."
                )
        return arrays

    def missing(self, utterances: pd.DataFrame) -> list[str]:
        """Say how many utterances of each part are not here."""
        here = utterances["split"].value_counts()
        complete = {part: sum(classes.values()) for part, classes in self.card.counts.items()}
        return [
            f"{part}: {total - here.get(part, 0)} of {total} utterances"
            for part, total in complete.items()
            if here.get(part, 0) < total
        ]

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return the sources whose files are here."""
        if self._form != "archive":
            pickled = self._pickles.sources()
            if self.options.text == "vectors" and "text" in pickled:
                pickled["text"] = pickled["text"][::-1]
            return self._files.sources() | pickled
        return {
            "text": ("text_features", "transcript")
            if self.options.text == "vectors"
            else ("transcript", "text_features"),
            "audio": ("audio_features",),
            "vision": ("vision_features",),
        }

    def files(self) -> list[Path]:
        """The archive; or labels, folds, features and pickles, as far as they are read."""
        if self._form == "archive":
            return [self._archive_path]
        labels = [p for p in (self.root / LABELS,) if p.is_file()]
        folds = fold_files(self.root, FOLDS) if self._form == "sdk" else []
        return [*labels, *folds, *self._files.files(), *self._pickles.files()]

    def oddities(self, utterances: pd.DataFrame) -> list[str]:
        """Say what lies there that is not read."""
        return told_of_litter(list_tree(self.root, 0))

    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | None:
        """Read one utterance; the archive's vectors have one step."""
        if source in self._pickles:
            return self._pickles.read(source, row["id"])
        if self._form != "archive":
            return self._files.read(source, row["group"], row["start"], row["end"])
        if source == "transcript":
            return str(row["text"]) or None
        place = int(row["row"])
        return self._arrays[ARRAYS[source]][place : place + 1].astype(np.float32)


def _dev_videos(table: pd.DataFrame) -> list[str]:
    """Videos of train that become dev, the same on every machine."""
    videos = table["group"][table["split"] == "train"].unique()
    drawn = sorted(videos, key=draw_key)
    return drawn[:DEV_VIDEOS]

"""CK+, the Extended Cohn-Kanade dataset: faces from neutral to the height of an expression."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench import DataError, Dataset, DatasetCard, Folders, unknown
from emobench.datasets.media import VIDEO_VERSION, read_images
from emobench.datasets.source_files import Tree, list_tree, seen_instead, told_of_litter

EMOTIONS = ("anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise")
"""In the order of the corpus's codes, 1 to 7."""

IMAGES, LABELS, CROPPED = "cohn-kanade-images", "Emotion", "CK+48"
LABEL_FILE = re.compile(r"(S\d{3}_\d{3})_\d{8}_(?i:emotion\.txt)")
CROPPED_FILE = re.compile(r"(S\d{3}_\d{3})_\d{8}\.(?i:png)")
CROPPED_LENGTH = 3
FOLDS = 10
DEV_FOLDS = (1, 2)
SPLIT_OF_ONE = (
    "Ten subject-disjoint folds, as papers draw them: the labelled subjects here in the order of "
    "their numbers, the k-th (from 0) is tested in fold k mod 10; dev is the next fold's test part."
)
"""The split with the option ``dev_folds=1``."""


@dataclass(frozen=True)
class CkPlusOptions:
    """Options of CK+."""

    dev_folds: int = 2
    """Following folds whose test parts are dev, 2 or 1. One has about 33 sequences, too few to
    choose by; it was the dev part before it had two."""


class CkPlus(Dataset):
    """327 labelled sequences of 118 subjects, seven emotions; faces only, grey.

    Layout: the official ``ck_plus/cohn-kanade-images/S005/001/*.png`` with
    ``ck_plus/Emotion/S005/001/*_emotion.txt``; or, if that is not there, the widespread
    ``ck_plus/CK+48/anger/S010_004_00000017.png``, which keeps the last three pictures of each
    labelled sequence, cut to 48 x 48.

    An utterance is a sequence with all its pictures in order, from onset to apex: `FRAME_RATE`
    does not apply, the camera's own rate is kept. Faces are detected as in films.
    """

    card: DatasetCard = DatasetCard(
        name="ck_plus",
        title="CK+, posed facial expressions from onset to apex",
        authors="Lucey, Cohn, Kanade, Saragih, Ambadar and Matthews",
        year=2010,
        link="https://doi.org/10.1109/CVPRW.2010.5543262",
        licence="For research, by a signed agreement with the University of Pittsburgh.",
        obtain="Sign the agreement at jeffcohn.net/Resources and unpack extended-cohn-kanade-images"
        ".zip and Emotion_labels.zip so that DATA_DIR/ck_plus/cohn-kanade-images/S005/001/ and "
        "DATA_DIR/ck_plus/Emotion/S005/001/ exist. The folders of CK+48, of the same people and "
        "under the same agreement, are read from DATA_DIR/ck_plus/CK+48/.",
        classes=("anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise"),
        canonical={
            "anger": "angry", "disgust": "disgust", "fear": "fear", "happy": "happy",
            "sadness": "sad", "surprise": "surprise",
        },
        modalities=("vision",),
        folds=10,
        split="Ten subject-disjoint folds, as papers draw them: the labelled subjects here in the "
        "order of their numbers, the k-th (from 0) is tested in fold k mod 10; dev is the next "
        "two folds' test parts.",
        unit="subject",
        metric="accuracy",
        disjoint=("speaker",),
        drawn=True,
        defects=(
            "Pictures of one sequence are nearly the same: they are one utterance, so that no "
            "split can part them, and scores under splits of single pictures cannot be compared.",
            "266 of the 593 sequences have no emotion label and are not used.",
            "CK+48 lacks onsets: from there come three pictures near the apex of each sequence.",
            "Contempt has 18 sequences: a fold can have none of it in its test part.",
        ),
        counts={
            "all": {
                "anger": 45, "contempt": 18, "disgust": 59, "fear": 25, "happy": 69,
                "sadness": 28, "surprise": 83,
            },
        },
    )  # fmt: skip

    Options: ClassVar[type[Any] | None] = CkPlusOptions

    def __init__(self, folders: Folders, options: CkPlusOptions | None = None) -> None:
        super().__init__(folders, options or CkPlusOptions())
        chosen = self.options.dev_folds
        if chosen not in DEV_FOLDS:
            raise unknown("number of dev_folds of ck_plus", str(chosen), map(str, DEV_FOLDS))
        if chosen == 1:
            self.card = dataclasses.replace(self.card, split=SPLIT_OF_ONE)

    @property
    def root(self) -> Path:
        """The corpus's folder."""
        return self.folders.data / "ck_plus"

    def utterances(self) -> pd.DataFrame:
        """Return one row per labelled sequence; ``folder`` holds its pictures."""
        return self._table.copy()

    @cached_property
    def _table(self) -> pd.DataFrame:
        if (self.root / IMAGES).is_dir() or (self.root / LABELS).is_dir():
            found = self._official()
        elif (self.root / CROPPED).is_dir():
            found = self._cropped()
        else:
            raise DataError(self._absent())
        if not found:
            raise DataError(f"{self.root} holds no labelled sequence. {self.card.obtain}")
        return pd.DataFrame(
            [
                {
                    "id": name,
                    "speaker": name[:4],
                    "group": name[:4],
                    "label": label,
                    "folder": folder,
                }
                for name, (label, folder) in sorted(found.items())
            ]
        )

    def _absent(self) -> str:
        if (self.folders.data / IMAGES).is_dir() or (self.folders.data / CROPPED).is_dir():
            return (
                f"{self.folders.data} is the corpus itself; it must be a folder called 'ck_plus' "
                "in the folder that --data-dir names."
            )
        told = seen_instead(
            self.root, lambda path: re.match(r"S\d{3}_\d{3}_", path.name) is not None
        )
        return (
            f"{self.root} holds neither {IMAGES} and {LABELS} nor {CROPPED}. "
            f"{told}{self.card.obtain}"
        )

    def _official(self) -> dict[str, tuple[str, str]]:
        """Label and folder by sequence, from the label files."""
        for name in (IMAGES, LABELS):
            if not (self.root / name).is_dir():
                raise DataError(f"{self.root} lacks the folder {name}. {self.card.obtain}")
        found: dict[str, tuple[str, str]] = {}
        broken: list[str] = []
        tree = list_tree(self.root / LABELS, 2)
        for path in (p for p in tree.files if p.name.casefold().endswith("_emotion.txt")):
            fields = LABEL_FILE.fullmatch(path.name)
            name, label = fields.group(1) if fields else "", _label(path)
            if name != f"{path.parts[-3]}_{path.parts[-2]}":
                broken.append(f"{path} is not named after its folders")
            elif label is None:
                broken.append(f"{path} holds no number from 1 to {len(EMOTIONS)}")
            elif name in found:
                broken.append(f"{path} is a second label of {name}")
            else:
                found[name] = label, f"{IMAGES}/{path.parts[-3]}/{path.parts[-2]}"
        _refuse(broken)
        folders = [folder for _, folder in found.values()]
        if found and not any((self.root / folder).is_dir() for folder in folders):
            raise DataError(f"{self.root / IMAGES} has no picture of a labelled sequence.")
        return found

    def _cropped(self) -> dict[str, tuple[str, str]]:
        """Label and folder by sequence, from the folders of CK+48."""
        found: dict[str, tuple[str, str]] = {}
        broken: list[str] = []
        for path in list_tree(self.root / CROPPED, 1).of((".png",)):
            fields, label = CROPPED_FILE.fullmatch(path.name), path.parent.name.casefold()
            if label not in EMOTIONS:
                broken.append(f"{path} lies in no folder of an emotion ({', '.join(EMOTIONS)})")
                continue
            if fields is None:
                broken.append(f"{path} is not named as S010_004_00000017.png is")
                continue
            place = label, f"{CROPPED}/{path.parent.name}"
            if found.setdefault(fields.group(1), place) != place:
                broken.append(f"{path} is of a sequence that is {found[fields.group(1)][0]}")
        _refuse(broken)
        return found

    def _pictures(self, row: pd.Series) -> list[Path]:
        """Paths of a sequence's pictures in order."""
        return self._pictures_of.get((row["folder"].casefold(), row["id"]), [])

    @cached_property
    def _pictures_of(self) -> dict[tuple[str, str], list[Path]]:
        """Pictures by folder, in small letters, and sequence."""
        found: dict[tuple[str, str], list[Path]] = {}
        for tree in self._trees:
            for path in tree.of((".png",)):
                folder = path.parent.relative_to(self.root).as_posix().casefold()
                sequence = "_".join(path.name.split("_")[:2]).upper()
                found.setdefault((folder, sequence), []).append(path)
        return found

    def split(self, utterances: pd.DataFrame, fold: int) -> pd.Series:
        """Assign subjects to train, dev and test."""
        order = {subject: k for k, subject in enumerate(sorted(set(utterances["speaker"])))}
        place = utterances["speaker"].map(order) % FOLDS
        parts = pd.Series("train", index=utterances.index)
        following = [(fold + 1 + k) % FOLDS for k in range(self.options.dev_folds)]
        parts[place.isin(following)] = "dev"
        parts[place == fold] = "test"
        return parts

    def missing(self, utterances: pd.DataFrame) -> list[str]:
        """Say how many sequences of each class are absent, and which of CK+48 are incomplete."""
        here = Counter(utterances["label"])
        absent = [
            f"{label}: {count - here[label]} of {count} sequences"
            for label, count in self.card.counts["all"].items()
            if here[label] < count
        ]
        cropped = utterances[utterances["folder"].str.startswith(CROPPED)]
        lengths = {row["id"]: len(self._pictures(row)) for _, row in cropped.iterrows()}
        return absent + [
            f"{name}: {CROPPED_LENGTH - length} of {CROPPED_LENGTH} pictures"
            for name, length in lengths.items()
            if length < CROPPED_LENGTH
        ]

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return the single source."""
        return {"vision": ("frames",)}

    def fingerprint(self) -> str:
        """The method of face detection."""
        return str(VIDEO_VERSION)

    def files(self) -> list[Path]:
        """Pictures and labels, those of sequences without a label too."""
        return [p for tree in self._trees for p in tree.of((".png", ".txt"))]

    def oddities(self, utterances: pd.DataFrame) -> list[str]:
        """Say what lies there that is not read."""
        return told_of_litter(*self._trees)

    @property
    def _trees(self) -> list[Tree]:
        official = [f for f in (IMAGES, LABELS) if (self.root / f).is_dir()]
        return [list_tree(self.root / f, 2) for f in official or [CROPPED]]

    def read(self, row: pd.Series, source: str) -> NDArray[np.uint8] | None:
        """Read one sequence, uint8 ``[T, 48, 48]``; None if it has no picture here."""
        pictures = self._pictures(row)
        return read_images(pictures) if pictures else None


def _label(path: Path) -> str | None:
    """The emotion of a label file: a float, 1 to 7."""
    try:
        code = float(path.read_text())
    except ValueError:
        return None
    return EMOTIONS[int(code) - 1] if code in range(1, len(EMOTIONS) + 1) else None


def _refuse(broken: Sequence[str]) -> None:
    if broken:
        more = f" and {len(broken) - 10} more" if len(broken) > 10 else ""
        raise DataError(f"{'; '.join(broken[:10])}{more}. Unpack the corpus anew, unedited.")

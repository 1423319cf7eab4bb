"""FER2013, the facial expression challenge of ICML 2013: grey photographs of faces."""

from __future__ import annotations

import csv
import hashlib
import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench import (
    FACE_SIZE,
    DataError,
    Dataset,
    DatasetCard,
    Folders,
    file_digest,
    is_sound,
    patiently,
    sealed_folder,
)
from emobench.datasets.source_files import list_tree, seen_instead, told_of_litter

COLUMNS = ("emotion", "pixels", "Usage")
EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
SPLITS = {"Training": "train", "PublicTest": "dev", "PrivateTest": "test"}
COUNTS = {"train": 28_709, "dev": 3_589, "test": 3_589}
PIXELS = FACE_SIZE * FACE_SIZE
NAMES = ("fer2013.csv", "icml_face_data.csv")
"""Names under which the official file was given out."""

CHALLENGE, FER_PLUS = "train.csv", "fer2013new.csv"
PICTURES = (".jpg", ".jpeg", ".png")
CACHE_VERSION = 1
"""Raise it when the unpacked form of the same file changes."""

Progress = Callable[[str, int, int], None]


class Fer2013(Dataset):
    """35,887 faces, seven emotions.

    Layout: the official ``fer2013/fer2013.csv``, or ``fer2013/icml_face_data.csv`` of the same
    content.

    The CSV is unpacked once into the cache, under the digest of its content, and read back
    memory-mapped.
    """

    card: DatasetCard = DatasetCard(
        name="fer2013",
        title="FER2013, photographs of faces from the web",
        authors="Goodfellow, Erhan, Carrier, Courville, Mirza and others",
        year=2013,
        link="https://arxiv.org/abs/1307.0414",
        licence="None stated: images found on the web, given out for a research challenge.",
        obtain="Take fer2013.csv (in fer2013.tar.gz) from the Kaggle competition 'Challenges in "
        "Representation Learning: Facial Expression Recognition Challenge' and put it at "
        "DATA_DIR/fer2013/fer2013.csv.",
        classes=("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"),
        canonical={
            "angry": "angry",
            "disgust": "disgust",
            "fear": "fear",
            "happy": "happy",
            "sad": "sad",
            "surprise": "surprise",
            "neutral": "neutral",
        },
        modalities=("vision",),
        split="The official one: Training, PublicTest (dev) and PrivateTest (test). Nobody is "
        "named; every distinct image counts as one speaker, so pictures of one person can be in "
        "both train and test.",
        fold_by="group",
        unit="image",
        anonymous=True,
        metric="accuracy",
        defects=(
            "278 distinct images stand both in Training and in PrivateTest (387 and 288 rows), 270 "
            "both in Training and in PublicTest; kept, as the split is the official one. "
            "Identical images have the same speaker and group, so --folds keeps them together.",
            "105 more images of PrivateTest look like one in Training (difference hash, at most 2 "
            "of 64 bits; of 24 pairs looked at all were one photograph); kept.",
            "Of the 1,516 images that occur more than once, 57 carry different labels; kept.",
            "12 images (11 in Training, 1 in PublicTest) are all black; they count as absent.",
            "Labels are noisy: people agree with them in 65 +/- 5% of the images (Goodfellow et "
            "al. 2013).",
        ),
        counts={
            "train": {
                "angry": 3995,
                "disgust": 436,
                "fear": 4097,
                "happy": 7215,
                "sad": 4830,
                "surprise": 3171,
                "neutral": 4965,
            },
            "dev": {
                "angry": 467,
                "disgust": 56,
                "fear": 496,
                "happy": 895,
                "sad": 653,
                "surprise": 415,
                "neutral": 607,
            },
            "test": {
                "angry": 491,
                "disgust": 55,
                "fear": 528,
                "happy": 879,
                "sad": 594,
                "surprise": 416,
                "neutral": 626,
            },
        },
    )

    def __init__(self, folders: Folders, options: Any = None) -> None:
        super().__init__(folders, options)
        self._unpacked: Path | None = None
        self._pixels: NDArray[np.uint8] | None = None

    @property
    def path(self) -> Path:
        """The official file: the first that is there, else the one that is expected."""
        return next((p for p in self._paths if p.is_file()), self._paths[0])

    @property
    def _paths(self) -> list[Path]:
        """Where the official file can lie; its archive holds a folder of the same name."""
        root = self.folders.data / "fer2013"
        return [folder / name for name in NAMES for folder in (root, root / "fer2013")]

    def files(self) -> list[Path]:
        """The official file."""
        return [p for p in (self.path,) if p.is_file()]

    def oddities(self, utterances: pd.DataFrame) -> list[str]:
        """Say which file is read if there are several, and what is passed over."""
        told = told_of_litter(list_tree(self.folders.data / "fer2013", 1))
        others = [str(p) for p in self._paths if p.is_file() and p != self.path]
        return told + [f"{self.path} is read, {', '.join(others)} is not"] * bool(others)

    def prepare(self, progress: Progress | None = None) -> None:
        """Unpack the CSV unless the cache has it.

        Raises
        ------
        DataError
            The file is absent, or a row of it is broken.
        """
        target = self._home / f"{self._digest()[:16]}-v{CACHE_VERSION}"
        if not is_sound(target, progress):
            self._unpack(target, progress)
        self._unpacked = target

    def utterances(self) -> pd.DataFrame:
        """Return one row per image in the file's order; ``row`` counts from 0."""
        return pd.read_parquet(self._folder / "images.parquet")

    def missing(self, utterances: pd.DataFrame) -> list[str]:
        """Say how many images of each part are not in the file."""
        here = Counter(utterances["split"])
        return [
            f"{usage}: {COUNTS[part] - here[part]} of {COUNTS[part]} images"
            for usage, part in SPLITS.items()
            if here[part] < COUNTS[part]
        ]

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return the single source."""
        return {"vision": ("frames",)}

    def read(self, row: pd.Series, source: str) -> NDArray[np.uint8]:
        """Read one image, uint8 ``[1, 48, 48]``."""
        if self._pixels is None:
            path = self._folder / "pixels.npy"
            self._pixels = patiently(lambda: np.load(path, mmap_mode="r"))
        return np.array(self._pixels[row["row"]])[None]

    def _digest(self) -> str:
        """SHA-256 of the file, remembered in the cache."""
        try:
            return file_digest(self.path, self.folders.cache)
        except FileNotFoundError:
            raise DataError(self._absent()) from None

    @property
    def _home(self) -> Path:
        return self.folders.cache / "fer2013"

    @property
    def _folder(self) -> Path:
        if self._unpacked is None:
            self.prepare()
        assert self._unpacked is not None
        return self._unpacked

    def _absent(self) -> str:
        if (self.folders.data / self.path.name).is_file():
            return (
                f"{self.folders.data} is the corpus itself; it must be a folder called 'fer2013' "
                "in the folder that --data-dir names."
            )
        root = self.folders.data / "fer2013"
        told = _other_forms(root) or seen_instead(root, lambda path: path.name.casefold() in NAMES)
        return f"There is no file {self.path}. {told}{self.card.obtain}"

    def _unpack(self, target: Path, progress: Progress | None) -> None:
        """Write pixels and table into `target` in one step."""
        pixels = bytearray()
        images: list[tuple[str, str, str]] = []
        for label, split, image in _rows(self.path, progress):
            pixels += image
            # Nobody is named: identical images count as one person.
            images.append((hashlib.sha256(image).hexdigest()[:16], label, split))
        if not images:
            raise DataError(f"{self.path} has no image. {self.card.obtain}")
        faces = [f"face_{digest}" for digest, _, _ in images]
        table = pd.DataFrame(
            {
                "id": [f"image_{row:05d}" for row in range(len(images))],
                "speaker": faces,
                "group": faces,
                "label": [label for _, label, _ in images],
                "split": [split for _, _, split in images],
                "row": range(len(images)),
            }
        )
        self._check_counts(table)
        with sealed_folder(target) as scratch:
            shape = (-1, FACE_SIZE, FACE_SIZE)
            np.save(scratch / "pixels.npy", np.frombuffer(pixels, np.uint8).reshape(shape))
            table.to_parquet(scratch / "images.parquet", index=False)

    def _check_counts(self, table: pd.DataFrame) -> None:
        """Raise if there are more images than FER2013 has: scores would not be comparable."""
        here = Counter(table["split"])
        for usage, part in SPLITS.items():
            if here[part] > COUNTS[part]:
                raise DataError(
                    f"{self.path} has {here[part]} rows with Usage {usage}, FER2013 has "
                    f"{COUNTS[part]}: it is not the official file. {self.card.obtain}"
                )


def _other_forms(root: Path) -> str:
    """Sentences on other forms of the corpus that lie in `root`; "" if there are none."""
    told = []
    tree = list_tree(root, 3)
    pictures = [p for p in tree.of(PICTURES, *EMOTIONS) if p.parent != root]
    if pictures:
        folder = pictures[0].parent.parent
        parts = ", ".join(sorted({p.parent.parent.name for p in pictures}))
        told.append(
            f"There are {len(pictures):,} pictures in folders named after the emotions ({parts}). "
            "They do not say which are PublicTest and which PrivateTest (a folder 'test' of 7,178 "
            "pictures is both), so they are not the official split; run them as a corpus of your "
            "own: emobench run --folds 3 --dataset "
            f"{shlex.quote(str(folder.parent if folder != root else root))}."
        )
    names = {p.name.casefold(): p for p in tree.files}
    if FER_PLUS in names:
        told.append(
            f"{names[FER_PLUS]} holds the votes of FER+ without pictures, other labels than "
            "FER2013's; they are not read."
        )
    if CHALLENGE in names:
        told.append(
            f"{names[CHALLENGE]} is a part of the challenge's files: the training rows alone, "
            "without Usage and without the test labels; icml_face_data.csv of the same page has "
            "everything."
        )
    return "".join(f"{sentence} " for sentence in told)


def _rows(path: Path, progress: Progress | None) -> Iterator[tuple[str, str, bytes]]:
    """Yield label, split and pixels of every row, then raise if any of them was broken."""
    broken: list[str] = []
    what, total = f"unpacking {path.name}", sum(COUNTS.values())
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            header = [name.strip().casefold() for name in header]
            absent = [c for c in COLUMNS if c.casefold() not in header]
            if absent:
                raise DataError(
                    f"{path} lacks the column {', '.join(map(repr, absent))}; its first line must "
                    f"be {','.join(COLUMNS)}."
                )
            places = [header.index(c.casefold()) for c in COLUMNS]
            for number, fields in enumerate((f for f in reader if f), start=1):
                found = _row(fields, len(header), places)
                if isinstance(found, str):
                    broken.append(f"line {reader.line_num}: {found}")
                elif not broken:
                    yield found
                if progress and number % 1_000 == 0:
                    progress(what, min(number, total), total)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a UTF-8 CSV: {error}.") from None
    if broken:
        more = f" and {len(broken) - 10} more" if len(broken) > 10 else ""
        raise DataError(f"{path} has broken rows: {'; '.join(broken[:10])}{more}.")


def _row(fields: list[str], width: int, places: list[int]) -> tuple[str, str, bytes] | str:
    """Label, split and pixels of one row, or its error."""
    if len(fields) != width:
        return f"{len(fields)} fields instead of {width}"
    emotion, numbers, usage = (fields[place].strip() for place in places)
    if not emotion.isdecimal() or int(emotion) >= len(EMOTIONS):
        return f"unknown emotion {emotion!r} (0 to {len(EMOTIONS) - 1} are known)"
    if usage not in SPLITS:
        return f"unknown Usage {usage!r} ({', '.join(SPLITS)} are known)"
    try:
        pixels = bytes(map(int, numbers.split()))
    except ValueError:
        return "a pixel is not a whole number from 0 to 255"
    if len(pixels) != PIXELS:
        return f"{len(pixels)} pixels instead of {PIXELS}"
    return EMOTIONS[int(emotion)], SPLITS[usage], pixels

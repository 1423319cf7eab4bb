"""AFEW, Acted Facial Expressions in the Wild: clips of films, of the EmotiW challenges."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from emobench import DataError, Dataset, DatasetCard, draw_key
from emobench.datasets.media import VIDEO_VERSION, read_audio, read_video
from emobench.datasets.source_files import Tree, list_tree, seen_instead, told_of_litter

EMOTIONS = {
    "Angry": "angry", "Disgust": "disgust", "Fear": "fear", "Happy": "happy",
    "Neutral": "neutral", "Sad": "sad", "Surprise": "surprise",
}  # fmt: skip
COUNTS = {"Train_AFEW": 773, "Val_AFEW": 383}
SUFFIXES = (".avi", ".mp4")
DEV_SHARE = 5
"""One in so many train clips of each class is dev."""


class Afew(Dataset):
    """Clips of films with a voice and a face, seven emotions.

    Layout: ``afew/Train_AFEW/Angry/000046280.avi`` and ``afew/Val_AFEW/…`` likewise.
    """

    card: DatasetCard = DatasetCard(
        name="afew",
        title="AFEW, clips of films",
        authors="Dhall, Goecke, Lucey and Gedeon",
        year=2012,
        link="https://doi.org/10.1109/MMUL.2012.26",
        licence="For research, by an agreement with the organisers of EmotiW; the clips are "
        "copyrighted films.",
        obtain="Ask the organisers of EmotiW (cs.anu.edu.au/few) for AFEW and unpack it so "
        "that DATA_DIR/afew/Train_AFEW/Angry/ and DATA_DIR/afew/Val_AFEW/Angry/ hold the "
        "clips, *.avi.",
        classes=("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"),
        canonical={
            "angry": "angry", "disgust": "disgust", "fear": "fear", "happy": "happy",
            "neutral": "neutral", "sad": "sad", "surprise": "surprise",
        },
        modalities=("audio", "vision"),
        split="Test is the published validation set, as the labels of the published test set are "
        "kept by the organisers. Dev is a fifth of each class of the published train set, drawn by "
        "a hash of seed 0, class and file name; the rest is train.",
        fold_by="group",
        unit="clip",
        anonymous=True,
        metric="accuracy",
        defects=(
            "Neither people nor films are named in the clips' names: every clip counts as one "
            "speaker, and dev can share people and films with train.",
            "Papers that report the validation set often choose their checkpoint on it; here it is "
            "chosen on dev.",
        ),
    )  # fmt: skip

    @property
    def root(self) -> Path:
        """The corpus's folder."""
        return self.folders.data / "afew"

    def utterances(self) -> pd.DataFrame:
        """Return one row per clip: the published train set, then the validation set."""
        self._check_folders()
        train = [self._row("Train_AFEW", path) for path in self._clips("Train_AFEW")]
        test = [self._row("Val_AFEW", path) for path in self._clips("Val_AFEW")]
        table = pd.DataFrame([*train, *test])
        dev = _dev([row["id"] for row in train], [row["label"] for row in train])
        table["split"] = ["dev" if i in dev else "train" for i in table["id"][: len(train)]] + [
            "test"
        ] * len(test)
        return table

    def _check_folders(self) -> None:
        absent = [
            f"{part}/{emotion}"
            for part in COUNTS
            for emotion in EMOTIONS
            if not any(_emotion(p) == emotion for p in self._clips(part))
        ]
        if absent and any((self.folders.data / part).is_dir() for part in COUNTS):
            raise DataError(
                f"{self.folders.data} is the corpus itself; it must be a folder called 'afew' in "
                "the folder that --data-dir names."
            )
        if absent:
            told = seen_instead(self.root, lambda path: path.name.casefold().endswith(SUFFIXES))
            told = "" if any(map(self._clips, COUNTS)) else told
            raise DataError(
                f"{self.root} has no *.avi in {', '.join(absent)}. {told}{self.card.obtain}"
            )

    @cached_property
    def _trees(self) -> dict[str, Tree]:
        return {part: list_tree(self.root / part, 1) for part in COUNTS}

    def _clips(self, part: str) -> list[Path]:
        clips = self._trees[part].of(SUFFIXES)
        return [p for e in EMOTIONS for p in clips if _emotion(p) == e]

    def _row(self, part: str, path: Path) -> dict[str, Any]:
        name = f"{part.removesuffix('_AFEW').lower()}_{path.parent.name.lower()}_{path.stem}"
        return {
            "id": name,
            "speaker": name,
            "group": name,
            "label": path.parent.name.lower(),
            "clip": path.relative_to(self.root).as_posix(),
        }

    def missing(self, utterances: pd.DataFrame) -> list[str]:
        """Say how many clips of each published part are absent."""
        here = Counter(clip.split("/")[0] for clip in utterances["clip"])
        return [
            f"{part}: {count - here[part]} of {count} clips"
            for part, count in COUNTS.items()
            if here[part] < count
        ]

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return voice and face, both from the clips."""
        return {"audio": ("waveform",), "vision": ("frames",)}

    def fingerprint(self) -> str:
        """The method of face detection."""
        return str(VIDEO_VERSION)

    def files(self) -> list[Path]:
        """The clips."""
        return [path for part in COUNTS for path in self._clips(part)]

    def oddities(self, utterances: pd.DataFrame) -> list[str]:
        """Say what lies there that is not read."""
        clips = [p for tree in self._trees.values() for p in tree.of(SUFFIXES)]
        others = sorted(set(clips) - set(self.files()))
        return told_of_litter(*self._trees.values()) + [
            f"not read, as no folder of an emotion holds it: {len(others):,} files, such as {p}"
            for p in others[:1]
        ]

    def read(self, row: pd.Series, source: str) -> NDArray[Any]:
        """Read one clip."""
        path = self.root / row["clip"]
        return read_audio(path) if source == "waveform" else read_video(path)


def _emotion(path: Path) -> str:
    """The emotion after which a clip's folder is called, in any case."""
    return path.parent.name.capitalize()


def _dev(ids: list[str], labels: list[str]) -> set[str]:
    """Ids of a fifth of each class, at least one: those with the lowest hashes."""
    table = pd.DataFrame({"id": ids, "label": labels})
    table["draw"] = [draw_key(i) for i in ids]
    chosen: set[str] = set()
    for _, rows in table.sort_values("draw").groupby("label"):
        chosen.update(rows["id"][: max(1, round(len(rows) / DEV_SHARE))])
    return chosen

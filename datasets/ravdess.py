"""RAVDESS, the Ryerson Audio-Visual Database of Emotional Speech and Song: its speech part."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench import ClipError, DataError, Dataset, DatasetCard, read_csv
from emobench.datasets.media import read_audio, read_video

EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
STATEMENTS = {"01": "Kids are talking by the door.", "02": "Dogs are sitting by the door."}
FOLDS = (
    (1, 11, 20, 21),
    (4, 10, 12, 14),
    (8, 9, 19, 23),
    (3, 5, 7, 24),
    (2, 15, 16, 18),
    (6, 13, 17, 22),
)
"""Test actors of each fold, the six actor-disjoint folds of EmoBox."""

ACTORS = 24
AUDIO_SUFFIXES = (".wav", ".flac")


class Ravdess(Dataset):
    """1,440 spoken clips of 24 actors, eight emotions.

    Layout: ``ravdess/Actor_01`` to ``Actor_24`` with ``03-01-….wav`` (or FLAC) and, if one has
    them, ``01-01-….mp4``. Without videos, ``ravdess/action_units.csv`` gives one row of facial
    action units per clip.
    """

    card: ClassVar[DatasetCard] = DatasetCard(
        name="ravdess",
        title="RAVDESS, acted emotional speech",
        authors="Livingstone and Russo",
        year=2018,
        link="https://doi.org/10.5281/zenodo.1188976",
        licence="CC BY-NC-SA 4.0",
        obtain="Download Audio_Speech_Actors_01-24.zip and, for faces, Video_Speech_Actor_01.zip "
        "to _24.zip from Zenodo, record 1188976; unpack them so that "
        "DATA_DIR/ravdess/Actor_01/03-01-01-01-01-01-01.wav exists. Instead of the videos, "
        "DATA_DIR/ravdess/action_units.csv may hold one row of action units per clip (column clip, "
        "then one column per unit).",
        classes=(
            "neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised",
        ),
        canonical={
            "neutral": "neutral", "calm": "neutral", "happy": "happy", "sad": "sad",
            "angry": "angry", "fearful": "fear", "disgust": "disgust", "surprised": "surprise",
        },
        modalities=("text", "audio", "vision"),
        folds=6,
        split="Six actor-disjoint folds (those of EmoBox), four test actors each; dev is one woman "
        "and one man of the next two folds' test actors; the other 18 actors are train.",
        metric="accuracy",
        defects=(
            "Every emotion is spoken on the same two sentences: the text carries nothing.",
            "Video-only files (02-…) repeat the take of an audio-visual file: they are not read.",
            "In the action-unit table two clips of actor 7 carry the same values; both are kept.",
        ),
    )  # fmt: skip

    @property
    def root(self) -> Path:
        """The corpus's folder."""
        return self.folders.data / "ravdess"

    def utterances(self) -> pd.DataFrame:
        """Return one row per take, from the audio files."""
        if not self.root.is_dir():
            if (self.folders.data / "Actor_01").is_dir():
                raise DataError(
                    f"{self.folders.data} is the corpus itself; name the folder that holds "
                    "'ravdess' as --data-dir."
                )
            raise DataError(f"There is no folder {self.root}. {self.card.obtain}")
        files = [p for s in AUDIO_SUFFIXES for p in self.root.glob(f"Actor_*/03-01-*{s}")]
        if not files:
            raise DataError(
                f"{self.root} holds no speech clip Actor_XX/03-01-….wav (or .flac). "
                f"{self.card.obtain}"
            )
        rows = [self._row(p) for p in files]
        absent = sorted(set(range(1, ACTORS + 1)) - {int(r["speaker"][-2:]) for r in rows})
        if absent:
            raise DataError(
                f"{self.root} is incomplete: no speech clips of Actor_{absent[0]:02d}"
                f"{f' and {len(absent) - 1} others' if len(absent) > 1 else ''}. {self.card.obtain}"
            )
        table = pd.DataFrame(rows).sort_values(["id", "audio"], ignore_index=True)
        twice = table["audio"][table["id"].duplicated(keep=False)]
        if len(twice):
            raise DataError(
                f"{self.root} holds a clip twice: {' and '.join(twice[:2])}. Keep one of them."
            )
        return table

    def _row(self, path: Path) -> dict[str, Any]:
        fields = path.stem.split("-")
        if len(fields) != 7 or not all(f.isdigit() for f in fields):
            raise DataError(
                f"{path} is not named as in RAVDESS (MM-VC-EM-IN-ST-RE-AC, seven numbers)."
            )
        emotion, statement, actor = int(fields[2]), fields[4], int(fields[6])
        if not 1 <= emotion <= len(EMOTIONS) or statement not in STATEMENTS:
            raise DataError(f"{path} has an unknown emotion or statement code.")
        if not 1 <= actor <= ACTORS:
            raise DataError(f"{path} has an unknown actor; RAVDESS has 01 to {ACTORS}.")
        return {
            "id": path.stem,
            "speaker": f"actor_{actor:02d}",
            "group": f"actor_{actor:02d}",
            "label": EMOTIONS[emotion - 1],
            "text": STATEMENTS[statement],
            "audio": str(path.relative_to(self.root)),
            "bytes": path.stat().st_size,
        }

    def split(self, utterances: pd.DataFrame, fold: int) -> pd.Series:
        """Assign actors to train, dev and test."""
        actors = utterances["speaker"].str[-2:].astype(int)
        # Odd actors are men, even ones women; the second fold's test actors are all women.
        following = FOLDS[(fold + 1) % len(FOLDS)] + FOLDS[(fold + 2) % len(FOLDS)]
        dev = {min(a for a in following if a % 2), min(a for a in following if a % 2 == 0)}
        parts = pd.Series("train", index=utterances.index)
        parts[actors.isin(list(dev))] = "dev"
        parts[actors.isin(list(FOLDS[fold]))] = "test"
        return parts

    def missing(self, utterances: pd.DataFrame) -> list[str]:
        """Ids of the 1,440 takes that have no audio file here."""
        there = set(utterances["id"])
        every = (
            f"03-01-{emotion:02d}-{intensity:02d}-{statement}-{repetition:02d}-{actor:02d}"
            for actor in range(1, ACTORS + 1)
            for emotion in range(1, len(EMOTIONS) + 1)
            for intensity in ((1,) if emotion == 1 else (1, 2))
            for statement in STATEMENTS
            for repetition in (1, 2)
        )
        return [take for take in every if take not in there]

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return what is here; faces come from the videos, else from the action-unit table."""
        vision: tuple[str, ...] = ()
        if next(self.root.glob("Actor_*/01-01-*.mp4"), None):
            vision = ("frames",)
        elif self._units_path.is_file():
            vision = ("action_units",)
        return {"text": ("transcript",), "audio": ("waveform",), "vision": vision}

    def fingerprint(self) -> str:
        """Names and sizes of the videos, or the content of the action-unit table."""
        videos = sorted(self.root.glob("Actor_*/01-01-*.mp4"))
        if videos:
            return ";".join(f"{p.name}:{p.stat().st_size}" for p in videos)
        return self._units_path.read_text() if self._units_path.is_file() else ""

    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | None:
        """Read one take."""
        if source == "transcript":
            return str(row["text"])
        if source == "waveform":
            return read_audio(self.root / row["audio"])
        clip = f"01{row['id'][2:]}"
        if source == "frames":
            path = self.root / Path(row["audio"]).parent / f"{clip}.mp4"
            return read_video(path) if path.is_file() else None
        if clip in self._broken_units:
            raise ClipError(self._broken_units[clip])
        return self._units.get(clip)

    @property
    def _units_path(self) -> Path:
        return self.root / "action_units.csv"

    @cached_property
    def _unit_table(self) -> pd.DataFrame:
        return read_csv(self._units_path, ["clip"])

    @cached_property
    def _units(self) -> dict[str, NDArray[np.float32]]:
        """Action units ``[1, D]`` by audio-visual clip; NaN where one is not a number."""
        numbers = self._unit_table.drop(columns=["clip", "line"])
        values = numbers.apply(pd.to_numeric, errors="coerce").to_numpy(np.float32)
        return {clip: values[i : i + 1] for i, clip in enumerate(self._unit_table["clip"])}

    @cached_property
    def _broken_units(self) -> dict[str, str]:
        """What is wrong with a clip's row of the action-unit table."""
        lines = zip(self._unit_table["clip"], self._unit_table["line"], strict=True)
        return {
            clip: f"{self._units_path}, line {line}: not every action unit is a number"
            for clip, line in lines
            if not np.isfinite(self._units[clip]).all()
        }

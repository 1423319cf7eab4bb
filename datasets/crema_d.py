"""CREMA-D, the Crowd-sourced Emotional Multimodal Actors Dataset."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from emobench import DataError, Dataset, DatasetCard
from emobench.datasets.media import VIDEO_VERSION, read_audio, read_video
from emobench.datasets.source_files import Tree, list_tree, seen_instead, told_of_litter

EMOTIONS = {
    "ANG": "anger", "DIS": "disgust", "FEA": "fear", "HAP": "happy", "NEU": "neutral",
    "SAD": "sad",
}  # fmt: skip
SENTENCES = {
    "IEO": "It's eleven o'clock.",
    "TIE": "That is exactly what happened.",
    "IOM": "I'm on my way to the meeting.",
    "IWW": "I wonder what this is about.",
    "TAI": "The airplane is almost full.",
    "MTI": "Maybe tomorrow it will be cold.",
    "IWL": "I would like a new alarm clock.",
    "ITH": "I think I have a doctor's appointment.",
    "DFA": "Don't forget a jacket.",
    "ITS": "I think I've seen this before.",
    "TSI": "The surface is slick.",
    "WSI": "We'll stop in a couple of minutes.",
}
NAME = re.compile(r"(\d{4})_([A-Z]{3})_([A-Z]{3})_(LO|MD|HI|XX?)")
FIRST, LAST = 1001, 1091
FOLDS = 5
AUDIO, FILMS = "AudioWAV", "VideoFlash"
SOUNDS = (("AudioWAV", (".wav",)), ("AudioMP3", (".mp3",)))
"""Folders of sounds with their suffixes, the preferred one first."""

FILM_SUFFIXES = (".flv", ".mp4", ".avi")
DEPTH = 2


class CremaD(Dataset):
    """7,442 clips of 91 actors, six emotions as the actors intended them.

    Layout: ``crema_d/AudioWAV/1001_DFA_ANG_XX.wav`` and, optionally,
    ``crema_d/VideoFlash/1001_DFA_ANG_XX.flv`` (or MP4, AVI). The two folders can lie one folder
    deeper, and without ``AudioWAV`` the sounds of ``AudioMP3`` are read.
    """

    card: DatasetCard = DatasetCard(
        name="crema_d",
        title="CREMA-D, acted emotional sentences",
        authors="Cao, Cooper, Keutmann, Gur, Nenkova and Verma",
        year=2014,
        link="https://doi.org/10.1109/TAFFC.2014.2336244",
        licence="Open Database License 1.0",
        obtain="Clone github.com/CheyneyComputerScience/CREMA-D with Git LFS (git lfs install; git "
        "clone; git lfs pull) and move its folder AudioWAV and, for faces, VideoFlash so that "
        "DATA_DIR/crema_d/AudioWAV/1001_DFA_ANG_XX.wav exists.",
        classes=("anger", "disgust", "fear", "happy", "neutral", "sad"),
        canonical={
            "anger": "angry", "disgust": "disgust", "fear": "fear", "happy": "happy",
            "neutral": "neutral", "sad": "sad",
        },
        modalities=("text", "audio", "vision"),
        folds=5,
        split="Five actor-disjoint folds of our own, as no standard split keeps actors apart: "
        "actor 1001 + n is tested in fold n mod 5; dev is every second actor of the next fold's "
        "test actors (those with n div 5 even); the others are train.",
        unit="speaker",
        metric="accuracy",
        disjoint=("speaker",),
        drawn=True,
        defects=(
            "The label is the emotion that the actor was asked for, which raters often did not "
            "perceive.",
            "Every sentence is spoken in every emotion: the text carries nothing.",
            "1076_MTI_SAD_XX.wav is known to be silent; where it is, its audio counts as absent.",
            "Scores under splits that share actors between train and test, as EmoBox's does, "
            "cannot be compared with these.",
        ),
        counts={
            "all": {
                "anger": 1271, "disgust": 1271, "fear": 1271, "happy": 1271, "neutral": 1087,
                "sad": 1271,
            },
        },
    )  # fmt: skip

    @property
    def root(self) -> Path:
        """The corpus's folder."""
        return self.folders.data / "crema_d"

    def utterances(self) -> pd.DataFrame:
        """Return one row per audio file, by name."""
        files = self._sounds
        if not files:
            raise DataError(self._absent())
        broken = [f"{p.name}: {wrong}" for p in files if (wrong := _wrong(p))]
        if broken:
            more = f" and {len(broken) - 10} more" if len(broken) > 10 else ""
            raise DataError(
                f"{files[0].parent} has files that are not named as in CREMA-D "
                f"(ACTOR_SENTENCE_EMOTION_LEVEL.wav): {'; '.join(broken[:10])}{more}. Move them "
                "elsewhere."
            )
        names = Counter(p.stem for p in files)
        twice = next((p for p in files if names[p.stem] > 1), None)
        if twice:
            places = " and ".join(str(p) for p in files if p.stem == twice.stem)
            raise DataError(f"{self.root} holds a clip twice: {places}. Keep one of them.")
        return pd.DataFrame([self._row(p) for p in files])

    def _absent(self) -> str:
        if (self.folders.data / AUDIO).is_dir():
            return (
                f"{self.folders.data} is the corpus itself; it must be a folder called 'crema_d' "
                "in the folder that --data-dir names."
            )
        told = seen_instead(self.root, lambda path: NAME.match(path.name) is not None)
        return f"There is no {self.root / AUDIO}/*.wav. {told}{self.card.obtain}"

    @cached_property
    def _tree(self) -> Tree:
        return list_tree(self.root, DEPTH)

    @cached_property
    def _sounds(self) -> list[Path]:
        """Sounds of the first folder that has any, by name."""
        found = (self._tree.of(suffixes, folder) for folder, suffixes in SOUNDS)
        return sorted(next(filter(None, found), []), key=lambda p: (p.name, p))

    @cached_property
    def _sound(self) -> dict[str, Path]:
        return {p.stem: p for p in self._sounds}

    @cached_property
    def _films(self) -> dict[str, Path]:
        """Films by the clip's name; FLV, as released, before other forms."""
        found = self._tree.of(FILM_SUFFIXES, FILMS)
        order = sorted(found, key=lambda p: FILM_SUFFIXES.index(p.suffix.casefold()), reverse=True)
        return {p.stem: p for p in order}

    def _row(self, path: Path) -> dict[str, Any]:
        actor, sentence, emotion, _ = path.stem.split("_")
        return {
            "id": path.stem,
            "speaker": f"actor_{actor}",
            "group": f"actor_{actor}",
            "label": EMOTIONS[emotion],
            "text": SENTENCES[sentence],
        }

    def split(self, utterances: pd.DataFrame, fold: int) -> pd.Series:
        """Assign actors to train, dev and test."""
        number = utterances["speaker"].str.removeprefix("actor_").astype(int) - FIRST
        parts = pd.Series("train", index=utterances.index)
        following = number % FOLDS == (fold + 1) % FOLDS
        parts[following & (number // FOLDS % 2 == 0)] = "dev"
        parts[number % FOLDS == fold] = "test"
        return parts

    def missing(self, utterances: pd.DataFrame) -> list[str]:
        """Say how many clips of each emotion have no audio file here."""
        here = Counter(utterances["label"])
        return [
            f"{label}: {count - here[label]} of {count} clips"
            for label, count in self.card.counts["all"].items()
            if here[label] < count
        ]

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return text and audio, and faces if there are films."""
        return {
            "text": ("transcript",),
            "audio": ("waveform",),
            "vision": ("frames",) if self._films else (),
        }

    def fingerprint(self) -> str:
        """The method of face detection."""
        return str(VIDEO_VERSION) if self._films else ""

    def files(self) -> list[Path]:
        """The sounds and the films."""
        return [*self._sounds, *sorted(self._films.values())]

    def oddities(self, utterances: pd.DataFrame) -> list[str]:
        """Say what lies there that is not read."""
        told = told_of_litter(self._tree)
        if self._sounds and self._sounds[0].suffix.casefold() == ".mp3":
            told.append("sounds are those of AudioMP3, as AudioWAV has none")
        alone = sorted(set(self._films) - set(self._sound))
        if alone:
            told.append(
                f"not used, as no sound has their name: {len(alone):,} films, such as "
                f"{self._films[alone[0]].name}"
            )
        return told

    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | None:
        """Read one clip."""
        if source == "transcript":
            return str(row["text"])
        if source == "waveform":
            return read_audio(self._sound[str(row["id"])])
        path = self._films.get(str(row["id"]))
        return read_video(path) if path else None


def _wrong(path: Path) -> str | None:
    """The error in a file's name, or ""."""
    fields = NAME.fullmatch(path.stem)
    if fields is None:
        return "not four fields such as 1001_DFA_ANG_XX"
    actor, sentence, emotion, _ = fields.groups()
    if not FIRST <= int(actor) <= LAST:
        return f"unknown actor {actor} ({FIRST} to {LAST} are known)"
    if sentence not in SENTENCES:
        return f"unknown sentence {sentence} ({', '.join(SENTENCES)} are known)"
    if emotion not in EMOTIONS:
        return f"unknown emotion {emotion} ({', '.join(EMOTIONS)} are known)"
    return None

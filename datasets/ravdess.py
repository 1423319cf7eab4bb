"""RAVDESS, the Ryerson Audio-Visual Database of Emotional Speech and Song."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from emobench import (
    ClipError,
    DataError,
    Dataset,
    DatasetCard,
    Folders,
    RequestError,
    read_csv,
    unknown,
)
from emobench.datasets.media import VIDEO_VERSION, read_audio, read_video
from emobench.datasets.source_files import Tree, list_tree, seen_instead, told_of_litter

EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
SUNG = EMOTIONS[:6]
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
"""Men have odd numbers, women even ones."""

DEV_ACTORS = (2, 4)
SPLIT_OF_TWO = (
    "Six actor-disjoint folds (those of EmoBox), four test actors each; dev is one woman and one "
    "man of the next two folds' test actors; the other 18 actors are train."
)
"""The split with the option ``dev_actors=2``."""

SINGERS = tuple(a for a in range(1, ACTORS + 1) if a != 18)
VOCALS = {"speech": ("speech",), "song": ("song",), "both": ("speech", "song")}
CODES = {"speech": "01", "song": "02"}
ZENODO = "doi:10.5281/zenodo.1188976/"
AUDIO_SUFFIXES = (".wav", ".flac")
FILM_SUFFIXES = (".mp4",)
UNIT_CLIP = r"\d\d(?:-\d\d){6}"
DEPTH = 3
"""Folders below the corpus's own in which clips are looked for."""


@dataclasses.dataclass(frozen=True)
class RavdessOptions:
    """Which part of RAVDESS."""

    vocal: str = "speech"
    """speech (1,440 clips), song (1,012 clips of 23 actors, six emotions) or both."""
    dev_actors: int = 4
    """Actors of dev in each fold, 4 or 2. Two actors speak 120 clips, too few to choose by; they
    were the dev part before it had four."""


class Ravdess(Dataset):
    """1,440 spoken clips of 24 actors, eight emotions; on request 1,012 sung ones of six.

    Layout: ``ravdess/Actor_01`` to ``Actor_24`` with ``03-01-….wav`` (or FLAC; songs ``03-02-…``)
    and, optionally, ``01-01-….mp4`` (songs ``01-02-…``). Speech and song can lie together.
    Clips can also lie in ``ravdess`` itself or within the folders of the archives; a clip in
    ``Actor_XX`` is preferred to its copies elsewhere.
    Without videos, ``ravdess/action_units.csv`` gives one row of facial action units per clip.
    """

    card: DatasetCard = DatasetCard(
        name="ravdess",
        title="RAVDESS, acted emotional speech",
        authors="Livingstone and Russo",
        year=2018,
        link="https://doi.org/10.5281/zenodo.1188976",
        licence="CC BY-NC-SA 4.0",
        obtain="Download Audio_Speech_Actors_01-24.zip and, for faces, Video_Speech_Actor_01.zip "
        "to _24.zip from Zenodo, record 1188976 (for songs, the archives called Audio_Song and "
        "Video_Song); unpack them so that "
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
        split="Six actor-disjoint folds (those of EmoBox), four test actors each; dev is two women "
        "and two men of other folds' test actors, so that over the folds each actor is tested once "
        "and is dev once; the other 16 actors are train.",
        unit="speaker",
        metric="accuracy",
        disjoint=("speaker",),
        defects=(
            "Every emotion is spoken on the same two sentences: the text carries nothing.",
            "Video-only files (02-…) repeat the take of an audio-visual file: they are not read.",
            "Two clips of actor 7 (03-01-03-01-02-01-07 and -02-07) are one recording, voice and "
            "action units alike; both are kept.",
        ),
        counts={
            "all": {
                "neutral": 96, "calm": 192, "happy": 192, "sad": 192, "angry": 192,
                "fearful": 192, "disgust": 192, "surprised": 192,
            },
        },
        downloads=(
            ("doi:10.5281/zenodo.1188976/Audio_Speech_Actors_01-24.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_01.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_02.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_03.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_04.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_05.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_06.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_07.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_08.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_09.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_10.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_11.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_12.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_13.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_14.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_15.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_16.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_17.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_18.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_19.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_20.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_21.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_22.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_23.zip", "", "."),
            ("doi:10.5281/zenodo.1188976/Video_Speech_Actor_24.zip", "", "."),
        ),
    )  # fmt: skip
    Options: ClassVar[type[Any] | None] = RavdessOptions

    def __init__(self, folders: Folders, options: RavdessOptions | None = None) -> None:
        super().__init__(folders, options or RavdessOptions())
        chosen, dev = self.options.vocal, self.options.dev_actors
        if chosen not in VOCALS:
            raise RequestError(
                f"Option 'vocal' of the dataset ravdess is {chosen!r}; known: {', '.join(VOCALS)}."
            )
        if dev not in DEV_ACTORS:
            raise unknown("number of dev_actors of ravdess", str(dev), map(str, DEV_ACTORS))
        self.vocals = VOCALS[chosen]
        if chosen != "speech":
            self.card = _card(self.card, self.vocals)
        if dev == 2:
            self.card = dataclasses.replace(self.card, split=SPLIT_OF_TWO)

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
            told = seen_instead(self.root, _is_clip)
            raise DataError(f"There is no folder {self.root}. {told}{self.card.obtain}")
        rows = [row for vocal in self.vocals for row in self._rows(vocal)]
        table = pd.DataFrame(rows).sort_values(["id", "audio"], ignore_index=True)
        twice = table["audio"][table["id"].duplicated(keep=False)]
        if len(twice):
            raise DataError(
                f"{self.root} holds a clip twice: {' and '.join(twice[:2])}. Keep one of them."
            )
        return table

    def _rows(self, vocal: str) -> list[dict[str, Any]]:
        """Rows of all spoken or all sung takes."""
        files = self._kept(f"03-{CODES[vocal]}-", AUDIO_SUFFIXES)
        if not files:
            code = CODES[vocal]
            told = seen_instead(self.root, lambda p: _is_clip(p) and p.name[3:5] == code)
            raise DataError(
                f"{self.root} holds no {vocal} clip Actor_XX/03-{CODES[vocal]}-….wav (or .flac). "
                f"{told}{self.card.obtain}"
            )
        rows = [self._row(p, _emotions(vocal)) for p in files]
        absent = sorted(set(_actors(vocal)) - {int(r["speaker"][-2:]) for r in rows})
        if absent:
            raise DataError(
                f"{self.root} is incomplete: no {vocal} clips of Actor_{absent[0]:02d}"
                f"{f' and {len(absent) - 1} others' if len(absent) > 1 else ''}. {self.card.obtain}"
            )
        return rows

    def _row(self, path: Path, emotions: tuple[str, ...]) -> dict[str, Any]:
        fields = path.stem.split("-")
        if len(fields) != 7 or not all(f.isdigit() for f in fields):
            raise DataError(
                f"{path} is not named as in RAVDESS (MM-VC-EM-IN-ST-RE-AC, seven numbers)."
            )
        emotion, statement, actor = int(fields[2]), fields[4], int(fields[6])
        if not 1 <= emotion <= len(emotions) or statement not in STATEMENTS:
            raise DataError(f"{path} has an unknown emotion or statement code.")
        if not 1 <= actor <= ACTORS:
            raise DataError(f"{path} has an unknown actor; RAVDESS has 01 to {ACTORS}.")
        return {
            "id": path.stem,
            "speaker": f"actor_{actor:02d}",
            "group": f"actor_{actor:02d}",
            "label": emotions[emotion - 1],
            "text": STATEMENTS[statement],
            "audio": str(path.relative_to(self.root)),
        }

    def split(self, utterances: pd.DataFrame, fold: int) -> pd.Series:
        """Assign actors to train, dev and test."""
        actors = utterances["speaker"].str[-2:].astype(int)
        dev = _dev_pair(fold) if self.options.dev_actors == 2 else _dev_actors(fold)
        parts = pd.Series("train", index=utterances.index)
        parts[actors.isin(dev)] = "dev"
        parts[actors.isin(list(FOLDS[fold]))] = "test"
        return parts

    def missing(self, utterances: pd.DataFrame) -> list[str]:
        """Ids of the takes that have no audio file here."""
        there = set(utterances["id"])
        return [take for vocal in self.vocals for take in _takes(vocal) if take not in there]

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return the sources here; faces come from the videos, else from the action-unit table."""
        vision: tuple[str, ...] = ()
        if self._videos:
            vision = ("frames",)
        elif self._units_path.is_file():
            vision = ("action_units",)
        return {"text": ("transcript",), "audio": ("waveform",), "vision": vision}

    def oddities(self, utterances: pd.DataFrame) -> list[str]:
        """Say what lies there that is not read."""
        codes = tuple(f"{kind}-{CODES[v]}-" for kind in ("01", "03") for v in self.vocals)
        clips = [
            p for p in self._tree.of((*AUDIO_SUFFIXES, *FILM_SUFFIXES)) if p.name.startswith(codes)
        ]
        copies = sorted(set(clips) - set(self.files()))
        told = f"not read, as the same take lies in Actor_XX: {len(copies):,} clips, such as"
        return told_of_litter(self._tree) + [
            f"{told} {p.relative_to(self.root)}" for p in copies[:1] if self._sounds
        ]

    def files(self) -> list[Path]:
        """The clips, and the table of action units unless films stand in its place."""
        films = list(self._videos.values())
        units = [] if films else [self._units_path]
        return [*self._sounds, *films, *(p for p in units if p.is_file())]

    def fingerprint(self) -> str:
        """The method of face detection."""
        return str(VIDEO_VERSION) if self._videos else ""

    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | None:
        """Read one take."""
        if source == "transcript":
            return str(row["text"])
        if source == "waveform":
            return read_audio(self.root / row["audio"])
        clip = f"01{row['id'][2:]}"
        if source == "frames":
            path = self._videos.get(clip)
            return read_video(path) if path else None
        if clip in self._broken_units:
            raise ClipError(self._broken_units[clip])
        return self._units.get(clip)

    def feature_names(self, source: str) -> tuple[str, ...]:
        """The names of the action units, from the table's header."""
        if source != "action_units":
            return ()
        return tuple(str(c).strip() for c in self._unit_table if c not in ("clip", "line"))

    @cached_property
    def _tree(self) -> Tree:
        return list_tree(self.root, DEPTH)

    def _kept(self, beginning: str, suffixes: tuple[str, ...]) -> list[Path]:
        """Clips of that beginning; of a take in several folders the one in ``Actor_XX``."""
        clips = [p for p in self._tree.of(suffixes) if p.name.startswith(beginning)]
        folders = {folder for folder in {p.parent for p in clips} if self._is_usual(folder)}
        usual = {p.stem for p in clips if p.parent in folders}
        return [p for p in clips if p.parent in folders or p.stem not in usual]

    def _is_usual(self, folder: Path) -> bool:
        """Whether a folder is ``ravdess/Actor_XX``."""
        return folder.parent == self.root and folder.name.casefold().startswith("actor_")

    @cached_property
    def _sounds(self) -> list[Path]:
        return [p for v in self.vocals for p in self._kept(f"03-{CODES[v]}-", AUDIO_SUFFIXES)]

    @cached_property
    def _videos(self) -> dict[str, Path]:
        """Films by their clip's name."""
        return {
            p.stem: p for v in self.vocals for p in self._kept(f"01-{CODES[v]}-", FILM_SUFFIXES)
        }

    @property
    def _units_path(self) -> Path:
        return self.root / "action_units.csv"

    @cached_property
    def _unit_table(self) -> pd.DataFrame:
        """The table of action units; its clips can be written as files, with folder and suffix."""
        table = read_csv(self._units_path, ["clip"])
        names = table["clip"].map(lambda text: text.strip().replace("\\", "/").split("/")[-1])
        names = names.str.replace(r"\.\w+$", "", regex=True)
        odd = ~names.str.fullmatch(UNIT_CLIP) | names.duplicated(keep=False)
        if odd.any():
            lines = zip(table["line"][odd][:10], table["clip"][odd][:10], strict=True)
            places = ", ".join(f"line {line}: {clip!r}" for line, clip in lines)
            more = f" and {odd.sum() - 10} more" if odd.sum() > 10 else ""
            raise DataError(
                f"{self._units_path}: each row needs a clip of its own, such as "
                f"01-01-01-01-01-01-01; not so: {places}{more}."
            )
        return table.assign(clip=names)

    @cached_property
    def _units(self) -> dict[str, NDArray[np.float32]]:
        """Action units ``[1, D]`` by audio-visual clip; NaN where a unit is not a number."""
        numbers = self._unit_table.drop(columns=["clip", "line"])
        values = numbers.apply(pd.to_numeric, errors="coerce").to_numpy(np.float32)
        return {clip: values[i : i + 1] for i, clip in enumerate(self._unit_table["clip"])}

    @cached_property
    def _broken_units(self) -> dict[str, str]:
        """The error in a clip's row of the action-unit table."""
        lines = zip(self._unit_table["clip"], self._unit_table["line"], strict=True)
        return {
            clip: f"{self._units_path}, line {line}: not every action unit is a number"
            for clip, line in lines
            if not np.isfinite(self._units[clip]).all()
        }


def _is_clip(path: Path) -> bool:
    return re.match(r"0[1-3](-\d\d){6}\.\w+$", path.name) is not None


def _emotions(vocal: str) -> tuple[str, ...]:
    return SUNG if vocal == "song" else EMOTIONS


def _actors(vocal: str) -> tuple[int, ...]:
    return SINGERS if vocal == "song" else tuple(range(1, ACTORS + 1))


def _dev_actors(fold: int) -> list[int]:
    """Two men and two women; over the folds each actor is dev once, never in its test fold."""
    tested = [a for actors in FOLDS for a in actors]
    men, women = [a for a in tested if a % 2], [a for a in tested if a % 2 == 0]
    # By test fold, in twos: two places on, no two of either list belong to the fold itself.
    start = 2 * ((fold + 2) % len(FOLDS))
    return men[start : start + 2] + women[start : start + 2]


def _dev_pair(fold: int) -> list[int]:
    """The first man and the first woman of the next two folds, as it was before."""
    # The second fold's test actors are all women.
    following = FOLDS[(fold + 1) % len(FOLDS)] + FOLDS[(fold + 2) % len(FOLDS)]
    return [min(a for a in following if a % 2 == sex) for sex in (1, 0)]


def _takes(vocal: str) -> Iterator[str]:
    """Ids of all takes of RAVDESS."""
    for actor in _actors(vocal):
        for emotion in range(1, len(_emotions(vocal)) + 1):
            for intensity in (1,) if emotion == 1 else (1, 2):
                for statement in STATEMENTS:
                    for repetition in (1, 2):
                        yield (
                            f"03-{CODES[vocal]}-{emotion:02d}-{intensity:02d}-{statement}-"
                            f"{repetition:02d}-{actor:02d}"
                        )


def _card(speech: DatasetCard, vocals: tuple[str, ...]) -> DatasetCard:
    """The card for the chosen option."""
    takes = [int(take.split("-")[2]) for vocal in vocals for take in _takes(vocal)]
    classes = EMOTIONS if "speech" in vocals else SUNG
    songs = (f"{ZENODO}Video_Song_Actor_{actor:02d}.zip" for actor in SINGERS)
    archives = (f"{ZENODO}Audio_Song_Actors_01-24.zip", *songs)
    return dataclasses.replace(
        speech,
        title=f"RAVDESS, acted emotional {' and '.join(vocals)}",
        classes=classes,
        canonical={c: speech.canonical[c] for c in classes},
        defects=(
            *speech.defects,
            "Actor 18 has no songs: without speech, dev of the third fold has three actors.",
        ),
        counts={"all": {c: takes.count(i) for i, c in enumerate(classes, start=1)}},
        downloads=(
            *(speech.downloads if "speech" in vocals else ()),
            *((address, "", ".") for address in archives),
        ),
    )

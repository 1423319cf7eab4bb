"""MELD, the Multimodal EmotionLines Dataset: utterances of a television series."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from emobench import DataError, Dataset, DatasetCard, map_labels, read_csv
from emobench.datasets.media import VIDEO_VERSION, read_audio, read_video
from emobench.datasets.source_files import Tree, list_tree, seen_instead, told_of_litter

COLUMNS = (
    "Sr No.", "Utterance", "Speaker", "Emotion", "Sentiment", "Dialogue_ID", "Utterance_ID",
    "Season", "Episode", "StartTime", "EndTime",
)  # fmt: skip
FILES = {"train": "train_sent_emo.csv", "dev": "dev_sent_emo.csv", "test": "test_sent_emo.csv"}
CLIPS = {
    "train": "train_splits",
    "dev": "dev_splits_complete",
    "test": "output_repeated_splits_test",
}
FILM_SUFFIXES = (".mp4", ".avi", ".mkv", ".mov", ".webm", ".m4v", ".flv")
SOUND_SUFFIXES = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a")
CLIP = re.compile(r"dia\d+_utt\d+", re.IGNORECASE)
DEPTH = 2
"""Folders below that of a split in which its clips are looked for."""

EMOTIONS = ("neutral", "joy", "surprise", "anger", "sadness", "disgust", "fear")


class Meld(Dataset):
    """13,708 utterances, seven emotions.

    Layout: the three official CSVs in ``meld/``; the optional clips are in
    ``meld/train_splits``, ``meld/dev_splits_complete`` and ``meld/output_repeated_splits_test`` as
    ``dia{D}_utt{U}.mp4`` (or another form of film), there or in a folder within. Sounds of that
    name (WAV, FLAC, MP3 …) give the voice, before those of the films.
    """

    card: DatasetCard = DatasetCard(
        name="meld",
        title="MELD, conversations of a television series",
        authors="Poria, Hazarika, Majumder, Naik, Cambria and Mihalcea",
        year=2019,
        link="https://affective-meld.github.io",
        licence="GPL-3.0 (annotations); the clips are copyrighted television",
        obtain="Take train_sent_emo.csv, dev_sent_emo.csv and test_sent_emo.csv from the folder "
        "data/MELD of the repository declare-lab/MELD and put them into DATA_DIR/meld/; for audio "
        "and faces, unpack MELD.Raw.tar.gz (link on the project page) there too, so that "
        "DATA_DIR/meld/train_splits/dia0_utt0.mp4 exists.",
        classes=("neutral", "joy", "surprise", "anger", "sadness", "disgust", "fear"),
        canonical={
            "neutral": "neutral",
            "joy": "happy",
            "surprise": "surprise",
            "anger": "angry",
            "sadness": "sad",
            "disgust": "disgust",
            "fear": "fear",
        },
        modalities=("text", "audio", "vision"),
        folds=1,
        fold_by="group",
        unit="dialogue",
        split="The official split. Speakers and episodes are shared between train and test.",
        metric="weighted_f1",
        defects=(
            "95.8% of the test utterances are by speakers who are in train, and 12.7% of the test "
            "texts occur word for word in train; kept, as the split is the official one.",
            "Dialogue 60 is absent from the train CSV; nothing can be done.",
            "The clips train dia125_utt3 and dev dia110_utt7 are known to be corrupt; where they "
            "cannot be read, audio and vision count as absent.",
            "Texts hold Windows-1252 characters (U+0091 to U+0097); they are read as the quotes "
            "and dashes they stand for.",
        ),
        counts={
            "train": {
                "neutral": 4710,
                "joy": 1743,
                "surprise": 1205,
                "anger": 1109,
                "sadness": 683,
                "disgust": 271,
                "fear": 268,
            },
            "dev": {
                "neutral": 470,
                "joy": 163,
                "surprise": 150,
                "anger": 153,
                "sadness": 111,
                "disgust": 22,
                "fear": 40,
            },
            "test": {
                "neutral": 1256,
                "joy": 402,
                "surprise": 281,
                "anger": 345,
                "sadness": 208,
                "disgust": 68,
                "fear": 50,
            },
        },
    )

    @property
    def root(self) -> Path:
        """The corpus's folder."""
        return self.folders.data / "meld"

    def utterances(self) -> pd.DataFrame:
        """Return train, dev and test in the official order."""
        absent = [n for n in FILES.values() if not (self.root / n).is_file()]
        if absent and (self.folders.data / absent[0]).is_file():
            raise DataError(
                f"{self.folders.data} is the corpus itself; it must be a folder called 'meld' in "
                "the folder that --data-dir names."
            )
        if absent:
            told = seen_instead(self.root, lambda path: path.name.casefold() in absent)
            raise DataError(f"{self.root} lacks {', '.join(absent)}. {told}{self.card.obtain}")
        return pd.concat([self._part(part) for part in FILES], ignore_index=True)

    def _part(self, part: str) -> pd.DataFrame:
        path = self.root / FILES[part]
        table = read_csv(path, COLUMNS)
        labels = map_labels(table, "Emotion", {e: e for e in EMOTIONS}, path)
        for column in ("Dialogue_ID", "Utterance_ID"):
            broken = table[~table[column].str.fullmatch(r"\d{1,18}")]
            if len(broken):
                places = ", ".join(
                    f"line {line}: {value!r}"
                    for line, value in zip(broken["line"][:10], broken[column][:10], strict=True)
                )
                more = f" and {len(broken) - 10} more" if len(broken) > 10 else ""
                raise DataError(f"{path}: {column} must be a number; not so: {places}{more}.")
            table[column] = table[column].map(lambda digits: str(int(digits)))
        name = "dia" + table["Dialogue_ID"] + "_utt" + table["Utterance_ID"]
        return pd.DataFrame(
            {
                "id": f"{part}_" + name,
                "speaker": table["Speaker"],
                "group": f"{part}_dia" + table["Dialogue_ID"],
                "label": labels,
                "split": part,
                "text": table["Utterance"].map(_characters),
                "clip": f"{CLIPS[part]}/" + name + ".mp4",
            }
        )

    def oddities(self, utterances: pd.DataFrame) -> list[str]:
        """Name the dialogues that are absent from the numbering."""
        found = []
        for part in FILES:
            groups = utterances.loc[utterances["split"] == part, "group"]
            here = {int(name.removeprefix(f"{part}_dia")) for name in groups}
            gaps = sorted(set(range(max(here) + 1)) - here)
            if gaps:
                numbers = ", ".join(map(str, gaps))
                found.append(f"{part} has no dialogue {numbers} (numbers go to {max(here)})")
        return found + self._told_of_clips()

    def _told_of_clips(self) -> list[str]:
        """Say which clips are read, if there are several forms, and what is not read."""
        told = told_of_litter(list_tree(self.root, 0), *self._trees.values())
        files = [p for t in self._trees.values() for p in t.of((*FILM_SUFFIXES, *SOUND_SUFFIXES))]
        others = sorted(set(files) - set(self.files()))
        if others:
            told.append(
                f"not read, as it is a second clip or not called dia{{D}}_utt{{U}}: "
                f"{len(others):,} files, such as {others[0].relative_to(self.root)}"
            )
        if any(self._sounds.values()) and any(self._films.values()):
            told.append("there are films and sounds: voices are read from the sounds")
        return told

    def files(self) -> list[Path]:
        """The three tables and the clips."""
        tables = [p for p in (self.root / name for name in FILES.values()) if p.is_file()]
        clips = [*self._films.values(), *self._sounds.values()]
        return [*tables, *(path for part in clips for path in sorted(part.values()))]

    @cached_property
    def _trees(self) -> dict[str, Tree]:
        """The files of each split's folder, by the folder's name."""
        return {folder: list_tree(self.root / folder, DEPTH) for folder in CLIPS.values()}

    @cached_property
    def _films(self) -> dict[str, dict[str, Path]]:
        return {folder: _by_name(tree.of(FILM_SUFFIXES)) for folder, tree in self._trees.items()}

    @cached_property
    def _sounds(self) -> dict[str, dict[str, Path]]:
        return {folder: _by_name(tree.of(SOUND_SUFFIXES)) for folder, tree in self._trees.items()}

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return text, and audio and faces if the clips are here.

        Raises
        ------
        DataError
            Clips of some splits are here and of others are not.
        """
        films = self._is_whole(self._films, "films")
        voices = {f: self._sounds[f] or self._films[f] for f in CLIPS.values()}
        heard = self._is_whole(voices, "clips")
        return {
            "text": ("transcript",),
            "audio": ("waveform",) if heard else (),
            "vision": ("frames",) if films else (),
        }

    def _is_whole(self, clips: dict[str, dict[str, Path]], what: str) -> bool:
        """Whether there are clips of every split; raise if there are of some only."""
        empty = [folder for folder, found in clips.items() if not found]
        if empty and len(empty) < len(CLIPS):
            there = [folder for folder in clips if folder not in empty]
            raise DataError(
                f"{self.root} has {what} in {' and '.join(there)}, but none called "
                f"dia0_utt0{'.mp4' if what == 'films' else '.mp4 or .wav'} in "
                f"{' and '.join(empty)}. Unpack those too, or move the {what} of the other splits "
                "away to run without them."
            )
        return not empty

    def fingerprint(self) -> str:
        """The method of face detection."""
        return str(VIDEO_VERSION) if any(self._films.values()) else ""

    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | None:
        """Read one utterance."""
        if source == "transcript":
            return str(row["text"])
        folder, name = str(row["clip"]).removesuffix(".mp4").split("/")
        film = self._films[folder].get(name)
        if source == "waveform":
            voice = self._sounds[folder].get(name, film)
            return read_audio(voice) if voice else None
        return read_video(film) if film else None


def _by_name(clips: list[Path]) -> dict[str, Path]:
    """Clips by ``dia{D}_utt{U}``; of several the one in the outer folder, then the first."""
    named = [p for p in clips if CLIP.fullmatch(p.stem)]
    order = sorted(named, key=lambda p: (len(p.parts), p), reverse=True)
    return {p.stem.casefold(): p for p in order}


def _characters(text: str) -> str:
    """Read C1 control characters as the Windows-1252 characters that they stand for."""
    return "".join(_character(c) if "\x80" <= c <= "\x9f" else c for c in text)


def _character(control: str) -> str:
    return control.encode("latin-1").decode("cp1252", errors="replace")

"""MELD, the Multimodal EmotionLines Dataset: utterances of a television series."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from emobench import DataError, Dataset, DatasetCard, map_labels, read_csv
from emobench.datasets.media import VIDEO_VERSION, read_audio, read_video

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
EMOTIONS = ("neutral", "joy", "surprise", "anger", "sadness", "disgust", "fear")


class Meld(Dataset):
    """13,708 utterances, seven emotions.

    Layout: the three official CSVs in ``meld/``; the optional clips are in
    ``meld/train_splits``, ``meld/dev_splits_complete`` and ``meld/output_repeated_splits_test`` as
    ``dia{D}_utt{U}.mp4``.
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
            raise DataError(f"{self.root} lacks {', '.join(absent)}. {self.card.obtain}")
        return pd.concat([self._part(part) for part in FILES], ignore_index=True)

    def _part(self, part: str) -> pd.DataFrame:
        path = self.root / FILES[part]
        table = read_csv(path, COLUMNS)
        labels = map_labels(table, "Emotion", {e: e for e in EMOTIONS}, path)
        for column in ("Dialogue_ID", "Utterance_ID"):
            broken = table[~table[column].str.fullmatch(r"\d+")]
            if len(broken):
                places = ", ".join(
                    f"line {line}: {value!r}"
                    for line, value in zip(broken["line"][:10], broken[column][:10], strict=True)
                )
                more = f" and {len(broken) - 10} more" if len(broken) > 10 else ""
                raise DataError(f"{path}: {column} must be a number; not so: {places}{more}.")
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
        return found

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return text, and audio and faces if the clips are here.

        Raises
        ------
        DataError
            Clips of some splits are here and of others are not.
        """
        empty = [f for f in CLIPS.values() if not next((self.root / f).glob("*.mp4"), None)]
        if empty and len(empty) < len(CLIPS):
            raise DataError(
                f"{self.root} has clips for some splits, but none in {' and '.join(empty)}. Unpack "
                "those too, or move the others away to run on text alone."
            )
        clips = not empty
        return {
            "text": ("transcript",),
            "audio": ("waveform",) if clips else (),
            "vision": ("frames",) if clips else (),
        }

    def fingerprint(self) -> str:
        """Names and sizes of the clips, and the method of face detection."""
        clips = sorted(p for f in CLIPS.values() for p in (self.root / f).glob("*.mp4"))
        if not clips:
            return ""
        return f"{VIDEO_VERSION};" + ";".join(f"{p.name}:{p.stat().st_size}" for p in clips)

    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | None:
        """Read one utterance."""
        if source == "transcript":
            return str(row["text"])
        path = self.root / row["clip"]
        if not path.is_file():
            return None
        return read_audio(path) if source == "waveform" else read_video(path)


def _characters(text: str) -> str:
    """Read C1 control characters as the Windows-1252 characters that they stand for."""
    return "".join(_character(c) if "\x80" <= c <= "\x9f" else c for c in text)


def _character(control: str) -> str:
    return control.encode("latin-1").decode("cp1252", errors="replace")

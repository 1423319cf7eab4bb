"""SemEval-2018 Task 1 E-c, English: tweets with any number of eleven emotions."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pandas as pd

from emobench import DataError, Dataset, DatasetCard
from emobench.datasets.source_files import list_tree, seen_instead, told_of_litter

EMOTIONS = (
    "anger", "anticipation", "disgust", "fear", "joy", "love", "optimism", "pessimism",
    "sadness", "surprise", "trust",
)  # fmt: skip
COLUMNS = ("ID", "Tweet", *EMOTIONS)
FILES = {
    "train": "2018-E-c-En-train.txt",
    "dev": "2018-E-c-En-dev.txt",
    "test": "2018-E-c-En-test-gold.txt",
}
UNGRADED = "2018-E-c-En-test.txt"
REPORTED = {"train": 6_838, "dev": 886, "test": 3_259}
"""Tweets of each part, as the task's authors report them."""


class SemEval2018Ec(Dataset):
    """Tweets with eleven emotions, any number of which can hold.

    Layout: ``semeval_2018_ec/2018-E-c-En-train.txt``, ``…-dev.txt`` and ``…-test-gold.txt``, tab
    separated and unquoted.
    """

    card: DatasetCard = DatasetCard(
        name="semeval_2018_ec",
        title="SemEval-2018 Task 1 E-c, emotions in English tweets",
        authors="Mohammad, Bravo-Marquez, Salameh and Kiritchenko",
        year=2018,
        link="https://competitions.codalab.org/competitions/17751",
        licence="For research; not to be redistributed.",
        obtain="Take SemEval2018-Task1-all-data.zip from the task's page (CodaLab competition "
        "17751) and put 2018-E-c-En-train.txt, 2018-E-c-En-dev.txt and 2018-E-c-En-test-gold.txt "
        "of its folder English/E-c into DATA_DIR/semeval_2018_ec/.",
        classes=(
            "anger", "anticipation", "disgust", "fear", "joy", "love", "optimism", "pessimism",
            "sadness", "surprise", "trust",
        ),
        canonical={
            "anger": "angry", "disgust": "disgust", "fear": "fear", "joy": "happy",
            "sadness": "sad", "surprise": "surprise",
        },
        modalities=("text",),
        multilabel=True,
        split="The official one, reported to have 6,838 train, 886 dev and 3,259 test tweets. "
        "Nobody is named: every distinct text counts as one speaker.",
        fold_by="group",
        unit="tweet",
        anonymous=True,
        metric="macro_f1",
        defects=(
            "Papers rank by the Jaccard index over tweets; macro-F1 is the task's third measure.",
            "Who wrote a tweet is not published, so one person can be in both train and test.",
            "Tweets of exactly the same text are kept; they have the same speaker and group, so "
            "--folds keeps them together.",
            "Tweets on which no emotion holds are kept, with an empty label; they are not the "
            "class neutral.",
        ),
    )  # fmt: skip

    @property
    def root(self) -> Path:
        """The corpus's folder."""
        return self.folders.data / "semeval_2018_ec"

    def utterances(self) -> pd.DataFrame:
        """Return train, dev and test in the official order."""
        absent = [name for name in FILES.values() if not (self.root / name).is_file()]
        if absent:
            raise DataError(self._absent(absent))
        return pd.concat([self._part(part) for part in FILES], ignore_index=True)

    def _absent(self, files: list[str]) -> str:
        if (self.folders.data / files[0]).is_file():
            return (
                f"{self.folders.data} is the corpus itself; it must be a folder called "
                "'semeval_2018_ec' in the folder that --data-dir names."
            )
        ungraded = (
            f" {UNGRADED} is the ungraded form of the test, without labels, and cannot stand in."
            if FILES["test"] in files and (self.root / UNGRADED).is_file()
            else ""
        )
        told = seen_instead(
            self.root, lambda path: path.name.casefold() in map(str.casefold, files)
        )
        return f"{self.root} lacks {', '.join(files)}.{ungraded} {told}{self.card.obtain}"

    def _part(self, part: str) -> pd.DataFrame:
        rows = _rows(self.root / FILES[part])
        writers = [f"text_{hashlib.sha256(r[1].encode()).hexdigest()[:16]}" for r in rows]
        return pd.DataFrame(
            {
                "id": [f"{part}_{r[0]}" for r in rows],
                "speaker": writers,
                "group": writers,
                "label": [_label(r[2:]) for r in rows],
                "split": part,
                "text": [r[1] for r in rows],
            }
        )

    def missing(self, utterances: pd.DataFrame) -> list[str]:
        """Say how many tweets of each part are not in its file."""
        here = Counter(utterances["split"])
        return [
            f"{FILES[part]}: {count - here[part]} of {count} tweets"
            for part, count in REPORTED.items()
            if here[part] < count
        ]

    def oddities(self, utterances: pd.DataFrame) -> list[str]:
        """Say how many texts occur more than once, and how many tweets have no emotion."""
        repeated = utterances[utterances["group"].duplicated(keep=False)].groupby("group")
        labels = repeated["label"].nunique()
        return [
            *told_of_litter(list_tree(self.root, 0)),
            f"{len(labels):,} texts stand more than once, {(labels > 1).sum():,} of them with "
            "different labels",
            f"{(utterances['label'] == '').sum():,} tweets have no emotion",
        ]

    def files(self) -> list[Path]:
        """The three official files."""
        return [p for p in (self.root / name for name in FILES.values()) if p.is_file()]

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return the single source."""
        return {"text": ("transcript",)}

    def read(self, row: pd.Series, source: str) -> str:
        """Read one tweet."""
        return str(row["text"])


def _rows(path: Path) -> list[list[str]]:
    """Fields of every row, checked.

    No CSV reader is used: quotes are part of a tweet, and so are characters that `str.splitlines`
    and some
    CSV readers take for the end of a line.
    """
    try:
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as UTF-8: {error}. Take it anew.") from None
    fields = [line.removesuffix("\r").split("\t") for line in lines]
    if tuple(fields[0]) != COLUMNS:
        raise DataError(
            f"{path}: its first line must be {', '.join(COLUMNS)}, separated by tabs; it is "
            f"{', '.join(fields[0])[:200]!r}."
        )
    rows = [(n, row) for n, row in enumerate(fields[1:], start=2) if row != [""]]
    if rows and all(set(row[2:]) == {"NONE"} for _, row in rows):
        raise DataError(
            f"{path} is the ungraded form of the test: every label is NONE. Put the file of that "
            "name from the same archive in its place, the one with 0 and 1."
        )
    broken = [f"line {n}: {wrong}" for n, row in rows if (wrong := _wrong(row))]
    if broken:
        more = f" and {len(broken) - 10} more" if len(broken) > 10 else ""
        raise DataError(
            f"{path} has broken rows: {'; '.join(broken[:10])}{more}. Take the file anew, unedited."
        )
    return [row for _, row in rows]


def _wrong(row: list[str]) -> str | None:
    """The error in a row, or ""."""
    if len(row) != len(COLUMNS):
        return f"{len(row)} fields instead of {len(COLUMNS)}"
    for emotion, value in zip(EMOTIONS, row[2:], strict=True):
        if value not in ("0", "1"):
            return f"{emotion} is {value!r}, not 0 or 1"
    return None


def _label(values: list[str]) -> str:
    return "|".join(e for e, value in zip(EMOTIONS, values, strict=True) if value == "1")

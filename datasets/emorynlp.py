"""EmoryNLP emotion detection: utterances of a television series, seven emotions of its own."""

from __future__ import annotations

import ast
import html
from pathlib import Path

import pandas as pd

from emobench import DataError, Dataset, DatasetCard, map_labels, read_csv
from emobench.datasets.source_files import list_tree, seen_instead, told_of_litter

COLUMNS = (
    "Utterance", "Speaker", "Emotion", "Scene_ID", "Utterance_ID", "Season", "Episode",
    "Start_Time", "End_Time",
)  # fmt: skip
PARTS = ("train", "dev", "test")
FILES = {part: f"emorynlp_{part}_final.csv" for part in PARTS}
EMOTIONS = ("Joyful", "Mad", "Neutral", "Peaceful", "Powerful", "Sad", "Scared")
NUMBERS = ("Season", "Episode", "Scene_ID", "Utterance_ID")


class EmoryNlp(Dataset):
    """9,489 utterances, seven emotions. Layout: the three official CSVs in ``emorynlp/``."""

    card: DatasetCard = DatasetCard(
        name="emorynlp",
        title="EmoryNLP, conversations of a television series",
        authors="Zahiri and Choi",
        year=2018,
        link="https://arxiv.org/abs/1708.04299",
        licence="GPL-3.0 (repository of the three CSVs); the transcripts are copyrighted "
        "television",
        obtain="Take emorynlp_train_final.csv, emorynlp_dev_final.csv and emorynlp_test_final.csv "
        "from the repository declare-lab/MELD and put them into DATA_DIR/emorynlp/.",
        classes=("Joyful", "Mad", "Neutral", "Peaceful", "Powerful", "Sad", "Scared"),
        canonical={
            "Joyful": "happy", "Mad": "angry", "Neutral": "neutral", "Sad": "sad",
            "Scared": "fear",
        },
        modalities=("text",),
        fold_by="group",
        unit="scene",
        split="The official split by episodes: 77 in train, 11 in dev, 9 in test. Speakers are "
        "shared between the parts.",
        metric="weighted_f1",
        defects=(
            "The same series as MELD, with other labels: but for case and punctuation, 26% of the "
            "texts of five words or more also stand in MELD. 15% of MELD's test texts of that "
            "length are in train here, 16% of the test texts here in MELD's train: scores of a "
            "model trained on both are too high.",
            "88.2% of the test utterances are by speakers who are in train, and 16.9% of the test "
            "texts occur word for word in train; kept, as the split is the official one.",
            "The authors' release has 12,606 utterances, these CSVs have 9,489 of them: within the "
            "scenes 2,952 utterance numbers are skipped, and 787 of 827 scenes have a gap. Nothing "
            "can be done.",
            "61 utterances have several speakers; these count as one speaker of that name. 81 are "
            "by '#ALL#'.",
            "1,382 utterances end at the same time as the next one, and 58 last for more than 30 "
            "seconds: the times do not cut the film well. They are not used.",
            "One text holds an HTML entity (&ndash;); it is read as the dash it stands for.",
        ),
        counts={
            "train": {
                "Joyful": 1677, "Mad": 785, "Neutral": 2485, "Peaceful": 638, "Powerful": 551,
                "Sad": 474, "Scared": 941,
            },
            "dev": {
                "Joyful": 205, "Mad": 97, "Neutral": 322, "Peaceful": 82, "Powerful": 70,
                "Sad": 51, "Scared": 127,
            },
            "test": {
                "Joyful": 217, "Mad": 86, "Neutral": 288, "Peaceful": 111, "Powerful": 96,
                "Sad": 70, "Scared": 116,
            },
        },
        downloads=(
            (
                "https://raw.githubusercontent.com/declare-lab/MELD/"
                "a0e0589835bd5204c3b1e2fcbc852f181e2086ea/emorynlp_train_final.csv",
                "sha256:462c66c333783adb801836d12d1424f48489bef4fb8ddfec7fbb2f08ce8211d5",
                "emorynlp_train_final.csv",
            ),
            (
                "https://raw.githubusercontent.com/declare-lab/MELD/"
                "a0e0589835bd5204c3b1e2fcbc852f181e2086ea/emorynlp_dev_final.csv",
                "sha256:20edc9d5917fe705b17b849f7f288e495d4132a60353a6247c3800445bdf8734",
                "emorynlp_dev_final.csv",
            ),
            (
                "https://raw.githubusercontent.com/declare-lab/MELD/"
                "a0e0589835bd5204c3b1e2fcbc852f181e2086ea/emorynlp_test_final.csv",
                "sha256:dbc4b5638acd12c92a5f48def829e04f1c765cddffb4eedbe34216312e0d2d78",
                "emorynlp_test_final.csv",
            ),
        ),
    )  # fmt: skip

    @property
    def root(self) -> Path:
        """The corpus's folder."""
        return self.folders.data / "emorynlp"

    def utterances(self) -> pd.DataFrame:
        """Return train, dev and test in the official order; ids as in the authors' release."""
        absent = [n for n in FILES.values() if not (self.root / n).is_file()]
        if absent and (self.folders.data / absent[0]).is_file():
            raise DataError(
                f"{self.folders.data} is the corpus itself; it must be a folder called 'emorynlp' "
                "in the folder that --data-dir names."
            )
        if absent:
            told = seen_instead(self.root, lambda path: path.name.casefold() in absent)
            raise DataError(f"{self.root} lacks {', '.join(absent)}. {told}{self.card.obtain}")
        return pd.concat([self._part(part) for part in PARTS], ignore_index=True)

    def _part(self, part: str) -> pd.DataFrame:
        path = self.root / FILES[part]
        table = read_csv(path, COLUMNS)
        labels = map_labels(table, "Emotion", {e: e for e in EMOTIONS}, path)
        for column in NUMBERS:
            _refuse(table, column, table[column].str.fullmatch(r"\d+"), "a number", path)
        speakers = table["Speaker"].map(_names)
        names = "a list of names such as ['Ross Geller']"
        _refuse(table, "Speaker", speakers.map(bool), names, path)
        numbers = {column: table[column].str.zfill(2) for column in NUMBERS}
        # Scenes are counted from 1 in every episode, episodes in every season.
        scene = "s" + numbers["Season"] + "_e" + numbers["Episode"] + "_c" + numbers["Scene_ID"]
        return pd.DataFrame(
            {
                "id": scene + "_u" + table["Utterance_ID"].str.zfill(3),
                "speaker": speakers.map(" and ".join),
                "group": scene,
                "label": labels,
                "split": part,
                "text": table["Utterance"].map(html.unescape),
            }
        )

    def missing(self, utterances: pd.DataFrame) -> list[str]:
        """Say how many utterances of each part are not in its file."""
        here = utterances["split"].value_counts()
        complete = {part: sum(classes.values()) for part, classes in self.card.counts.items()}
        return [
            f"{part}: {total - here.get(part, 0)} of {total} utterances"
            for part, total in complete.items()
            if here.get(part, 0) < total
        ]

    def oddities(self, utterances: pd.DataFrame) -> list[str]:
        """Say what lies there that is not read."""
        return told_of_litter(list_tree(self.root, 0))

    def files(self) -> list[Path]:
        """The three official files."""
        return [p for p in (self.root / name for name in FILES.values()) if p.is_file()]

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return the single source."""
        return {"text": ("transcript",)}

    def read(self, row: pd.Series, source: str) -> str:
        """Read one utterance's text."""
        return str(row["text"])


def _names(literal: str) -> list[str]:
    """Sorted names of a Python list that was written as text; none if it is no such list."""
    try:
        names = ast.literal_eval(literal)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    whole = isinstance(names, list) and all(isinstance(n, str) and n for n in names)
    return sorted(names) if whole else []


def _refuse(table: pd.DataFrame, column: str, right: pd.Series, what: str, path: Path) -> None:
    """Raise an error with line and value of up to ten rows that are wrong in `column`."""
    broken = table[~right]
    if len(broken):
        places = ", ".join(
            f"line {line}: {value!r}"
            for line, value in zip(broken["line"][:10], broken[column][:10], strict=True)
        )
        more = f" and {len(broken) - 10} more" if len(broken) > 10 else ""
        raise DataError(f"{path}: {column} must be {what}; not so: {places}{more}.")

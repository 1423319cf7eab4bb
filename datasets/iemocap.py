"""IEMOCAP, the Interactive Emotional Dyadic Motion Capture database: ten actors, five sessions."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
from numpy.typing import NDArray

from emobench import DataError, Dataset, DatasetCard, Folders, unknown
from emobench.datasets.media import read_audio
from emobench.datasets.source_files import Tree, list_tree, seen_instead, told_of_litter

SESSIONS = (1, 2, 3, 4, 5)
RELEASE = "IEMOCAP_full_release"
CODES = ("ang", "dis", "exc", "fea", "fru", "hap", "neu", "oth", "sad", "sur", "xxx")
"""Every label of the release; ``xxx`` marks that the raters did not agree."""

SETTINGS = {
    4: {"ang": "ang", "hap": "hap", "exc": "hap", "neu": "neu", "sad": "sad"},
    6: {c: c for c in ("hap", "sad", "neu", "ang", "exc", "fru")},
    8: {c: c for c in ("ang", "exc", "fea", "fru", "hap", "neu", "sad", "sur")},
}
"""Number of classes to the release's labels that are read, with the class of each."""

METRICS = {4: "uar", 6: "weighted_f1", 8: "macro_f1"}
COUNTS = {
    "ang": 1103, "exc": 1041, "fea": 40, "fru": 1849, "hap": 595, "neu": 1708, "sad": 1084,
    "sur": 107,
}  # fmt: skip
CANONICAL = {
    "ang": "angry", "exc": "happy", "fea": "fear", "hap": "happy", "neu": "neutral",
    "sad": "sad", "sur": "surprise",
}  # fmt: skip
FOUR_CLASS_SESSIONS = {1: 1085, 2: 1023, 3: 1151, 4: 1031, 5: 1241}
"""Utterances of the four-class setting in each session of the complete release."""

SUMMARY = re.compile(
    r"\[(\d+(?:\.\d+)?) - (\d+(?:\.\d+)?)\]\s+(\S+)\s+(\w+)\s+\[\s*[-\d.]+(?:,\s*[-\d.]+){2}\s*\]"
)
TRANSCRIPT = re.compile(r"(\S+)\s+\[[^\]]*\]:\s*(.*)")
UTTERANCE = re.compile(r"(Ses0([1-5])[FM]_\w+)_([FM])\w+")


@dataclass(frozen=True)
class IemocapOptions:
    """Options of IEMOCAP."""

    classes: int = 4
    """4 (ang, hap with exc, neu, sad), 6 (hap, sad, neu, ang, exc, fru) or 8 (those six, fea and
    sur)."""


class Iemocap(Dataset):
    """5,531 utterances in four classes; six and eight classes by the option ``classes``.

    Layout: ``iemocap/IEMOCAP_full_release/Session1`` to ``Session5`` as released (or the sessions
    in ``iemocap/``). Only ``dialog/EmoEvaluation``, ``dialog/transcriptions`` and
    ``sentences/wav`` are read.
    """

    card: DatasetCard = DatasetCard(
        name="iemocap",
        title="IEMOCAP, acted and improvised dialogues",
        authors="Busso, Bulut, Lee, Kazemzadeh, Mower Provost, Kim, Chang, Lee and Narayanan",
        year=2008,
        link="https://sail.usc.edu/iemocap",
        licence="An agreement with the University of Southern California: research only, no "
        "passing on.",
        obtain="Sign the form at https://sail.usc.edu/iemocap/iemocap_release.htm, unpack the "
        "release so that DATA_DIR/iemocap/IEMOCAP_full_release/Session1/dialog/EmoEvaluation "
        "exists.",
        classes=("ang", "hap", "neu", "sad"),
        canonical={"ang": "angry", "hap": "happy", "neu": "neutral", "sad": "sad"},
        modalities=("text", "audio"),
        folds=5,
        fold_by="group",
        unit="session",
        split="Leave one session out: fold k tests session k, dev is the session after it (after "
        "the fifth the first), the other three are train. Dev is a whole session since one "
        "speaker of a session would leave the partner's half of the same dialogues in train. "
        "Papers that choose on the test session, or train on four, are not comparable.",
        metric="uar",
        defects=(
            "Happy (hap) holds happiness and excitement (exc) in the four-class setting, as in "
            "the papers; classes=6 and classes=8 keep them apart.",
            "2,507 of the 10,039 utterances have no label that the raters agreed on (xxx) and "
            "three are oth: dropped.",
            "Disgust (dis) has 2 utterances: too few for five folds, so the eight classes are "
            "those without it; papers that write of nine count it.",
            "Papers with six classes count 7,433 utterances, the release's six labels have 7,380.",
            "Fear has 40 utterances: in the eight-class setting scores of it mean little.",
            "Scripted dialogues are spoken by every pair of actors, so their texts stand in train "
            "and in test; kept.",
            "Sounds stand in the transcripts in brackets, such as [LAUGHTER]; kept.",
            "The films show both speakers side by side, one recorded view per half: vision is "
            "left out.",
        ),
        counts={"all": {"ang": 1103, "hap": 1636, "neu": 1708, "sad": 1084}},
    )
    Options: ClassVar[type[Any] | None] = IemocapOptions

    def __init__(self, folders: Folders, options: IemocapOptions | None = None) -> None:
        chosen = options or IemocapOptions()
        super().__init__(folders, chosen)
        if chosen.classes not in SETTINGS:
            raise unknown("number of classes of iemocap", str(chosen.classes), map(str, SETTINGS))
        if chosen.classes != IemocapOptions.classes:
            classes = tuple(SETTINGS[chosen.classes])
            self.card = dataclasses.replace(
                type(self).card,
                classes=classes,
                canonical={c: CANONICAL[c] for c in classes if c in CANONICAL},
                counts={"all": {c: COUNTS[c] for c in classes}},
                metric=METRICS[chosen.classes],
            )

    @property
    def root(self) -> Path:
        """The folder of the five sessions."""
        home = self.folders.data / "iemocap"
        unpacked = home / RELEASE
        if (unpacked / RELEASE / "Session1").is_dir():  # into a folder of the archive's name
            return unpacked / RELEASE
        return unpacked if unpacked.is_dir() else home

    def utterances(self) -> pd.DataFrame:
        """Return the utterances of the classes by session, dialogue and time.

        ``dialogue`` is the dialogue's name; a group is a session, so that folds made by group
        share no speaker.
        """
        self._look()
        rows = [row for session in SESSIONS for row in self._session(session)]
        table = pd.DataFrame(rows).sort_values(["dialogue", "start", "id"], ignore_index=True)
        texts = {i: text for session in SESSIONS for i, text in self._texts(session)}
        table["text"] = table["id"].map(texts).fillna("")
        return table

    def _look(self) -> None:
        """Raise if a session is absent."""
        absent = [s for s in SESSIONS if not next(self._evaluations(s), None)]
        if not absent:
            return
        data = self.folders.data
        if (data / RELEASE).is_dir() or (data / "Session1").is_dir():
            raise DataError(
                f"{data} is the corpus itself; it must be a folder called 'iemocap' in the folder "
                "that --data-dir names."
            )
        wanted = ", ".join(f"Session{s}/dialog/EmoEvaluation/Ses*.txt" for s in absent)
        names = tuple(f"Ses0{session}" for session in absent)
        told = seen_instead(
            data / "iemocap",
            lambda path: path.name.startswith(names) and path.parent.name == "EmoEvaluation",
        )
        raise DataError(f"{self.root} lacks {wanted}. {told}{self.card.obtain}")

    def _evaluations(self, session: int) -> Iterator[Path]:
        return (self.root / f"Session{session}/dialog/EmoEvaluation").glob("Ses*.txt")

    def _session(self, session: int) -> Iterator[dict[str, Any]]:
        """Yield a session's utterances of the classes, then raise if any line was broken."""
        broken: list[str] = []
        wanted = SETTINGS[self.options.classes]
        for path in sorted(self._evaluations(session)):
            for number, line in enumerate(_lines(path), start=1):
                if not line.startswith("["):
                    continue
                row = _summary(line, path.stem, session)
                if isinstance(row, str):
                    broken.append(f"{path.name}, line {number}: {row}")
                elif row["label"] in wanted:
                    yield row | {"label": wanted[row["label"]]}
        if broken:
            more = f" and {len(broken) - 10} more" if len(broken) > 10 else ""
            raise DataError(
                f"{self.root / f'Session{session}/dialog/EmoEvaluation'} has broken lines: "
                f"{'; '.join(broken[:10])}{more}. Unpack the release again."
            )

    def _texts(self, session: int) -> Iterator[tuple[str, str]]:
        folder = self.root / f"Session{session}/dialog/transcriptions"
        for path in sorted(folder.glob("Ses*.txt")):
            for line in _lines(path):
                found = TRANSCRIPT.fullmatch(line)
                if found:
                    yield found[1], found[2].strip()

    def split(self, utterances: pd.DataFrame, fold: int) -> pd.Series:
        """Test one session, choose on the next, train on the other three."""
        sessions = utterances["group"].str.removeprefix("session_").astype(int)
        parts = pd.Series("train", index=utterances.index)
        parts[sessions == SESSIONS[(fold + 1) % len(SESSIONS)]] = "dev"
        parts[sessions == SESSIONS[fold]] = "test"
        return parts

    def missing(self, utterances: pd.DataFrame) -> list[str]:
        """Say how many of each session's utterances in the four-class setting are not here."""
        four = utterances[utterances["label"].isin(list(SETTINGS[4]))]
        here = four["group"].value_counts()
        return [
            f"Session {s}: {total - here.get(f'session_{s}', 0)} of {total} utterances of ang, "
            "exc, hap, neu and sad"
            for s, total in FOUR_CLASS_SESSIONS.items()
            if here.get(f"session_{s}", 0) < total
        ]

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return the sources whose files are here."""
        texts = next(self.root.glob("Session*/dialog/transcriptions/Ses*.txt"), None)
        return {
            "text": ("transcript",) if texts else (),
            "audio": ("waveform",) if self._waves else (),
        }

    def files(self) -> list[Path]:
        """Labels, transcripts and sounds of the sessions."""
        texts = [
            path
            for session in SESSIONS
            for folder in ("dialog/EmoEvaluation", "dialog/transcriptions")
            for path in sorted((self.root / f"Session{session}" / folder).glob("Ses*.txt"))
        ]
        return [*texts, *self._waves.values()]

    def oddities(self, utterances: pd.DataFrame) -> list[str]:
        """Say what lies there that is not read."""
        return told_of_litter(*self._text_trees, *self._trees)

    @property
    def _text_trees(self) -> list[Tree]:
        folders = ("dialog/EmoEvaluation", "dialog/transcriptions")
        return [list_tree(self.root / f"Session{s}" / f, 0) for s in SESSIONS for f in folders]

    @cached_property
    def _trees(self) -> list[Tree]:
        return [list_tree(self.root / f"Session{s}/sentences/wav", 1) for s in SESSIONS]

    @cached_property
    def _waves(self) -> dict[tuple[str, str], Path]:
        """Sounds by dialogue and utterance, in small letters."""
        return {
            (p.parent.name.casefold(), p.stem.casefold()): p
            for tree in self._trees
            for p in tree.of((".wav",))
        }

    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | None:
        """Read one utterance."""
        if source == "transcript":
            return str(row["text"]) or None
        path = self._waves.get((row["dialogue"].casefold(), row["id"].casefold()))
        return read_audio(path) if path else None


def _lines(path: Path) -> list[str]:
    try:
        # The raters' remarks beside the labels are not all ASCII; they are not read.
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from None


def _summary(line: str, dialogue: str, session: int) -> dict[str, Any] | str:
    """One utterance's row, or the error in its line."""
    found = SUMMARY.fullmatch(line.strip())
    if not found:
        return f"{line.strip()[:60]!r} is not [start - end], utterance, emotion, [V, A, D]"
    start, _, name, code = found.groups()
    if code not in CODES:
        return f"unknown emotion {code!r} ({', '.join(CODES)} are known)"
    parts = UTTERANCE.fullmatch(name)
    if not parts or parts[1] != dialogue or int(parts[2]) != session:
        return f"{name!r} is no utterance of {dialogue} in session {session}"
    return {
        "id": name,
        "speaker": f"session_{session}_{parts[3]}",
        "group": f"session_{session}",
        "label": code,
        "dialogue": dialogue,
        "start": float(start),
    }

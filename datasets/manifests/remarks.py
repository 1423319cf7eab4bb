"""What a manifest's card says of it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from emobench.datasets.manifests.classes import names_in

NO_SPEAKER = (
    "The file names no speaker: one person can be in both train and test, which makes scores "
    "higher than for unknown people."
)


def title(path: Path, table: pd.DataFrame) -> str:
    """The file's name, the number of utterances, the languages."""
    languages = sorted(set(table["language"]) - {""})
    named = f" ({', '.join(languages)})" if languages else ""
    return f"{path.resolve().name or path}, {len(table)} utterances{named}"


def unit_word(table: pd.DataFrame, speaker_known: bool, group_known: bool) -> str:
    """What the rows are gathered by: speakers, else groups, else the recordings they are of."""
    if speaker_known or group_known:
        return "speaker" if speaker_known else "group"
    return "recording" if table["group"].duplicated().any() else "utterance"


def unread(columns: list[str]) -> list[str]:
    """Name the columns that were not read."""
    if not columns:
        return []
    return [f"Columns that mean nothing here were not read: {', '.join(columns)}."]


def unmapped(table: pd.DataFrame, classes: tuple[str, ...], canonical: dict[str, str]) -> list[str]:
    """Name the classes without a common class, and count their utterances."""
    left = [c for c in classes if c not in canonical]
    if not left:
        return []
    count = int(table["label"].map(lambda text: not set(names_in(text)) - set(left)).sum())
    return [
        f"No common class for {', '.join(left)} ({count} of {len(table)} utterances): they are "
        "left out where corpora are compared or joined."
    ]

"""The public table ``leaderboard.csv`` as a data frame."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

TEXTS: Final = (
    "model", "variant", "track", "dataset", "protocol", "regime", "condition", "status", "reason",
    "best_single", "tuned", "default_model",
)  # fmt: skip
"""Columns that hold text, in which nothing is read as a number or as missing."""

COUNTS: Final = ("n_seeds", "n_test", "params", "rank_first", "rank_last")
"""Columns that hold whole numbers."""


def score_frame(table: Path) -> pd.DataFrame:
    """Return the rows of a ``leaderboard.csv``, with its columns and its numbers.

    Parameters
    ----------
    table
        The file.
    """
    # A model can be called "nan" or "None": only numbers are read as missing.
    frame = pd.read_csv(table, dtype=str, keep_default_na=False)
    for name in frame.columns:
        if name not in TEXTS:
            numbers = pd.to_numeric(frame[name].replace("", None))
            frame[name] = numbers.astype("Int64" if name in COUNTS else "float64")
    return frame

"""The public table as a data frame."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from emobench.leaderboard.frames.scores import COUNTS, TEXTS, score_frame


def test_every_value_of_the_file_is_in_the_frame(page: Path) -> None:
    path = page.with_name("leaderboard.csv")
    frame = score_frame(path)
    with path.open() as file:
        rows = list(csv.DictReader(file))
    assert len(frame) == len(rows) > 50
    for name in frame.columns:
        for found, text in zip(frame[name], (row[name] for row in rows), strict=True):
            if name in TEXTS:
                assert found == text
            elif text == "":
                assert pd.isna(found)
            else:
                assert found == float(text)
    assert {str(frame[name].dtype) for name in COUNTS} == {"Int64"}


def test_a_model_can_be_called_nan(page: Path, tmp_path: Path) -> None:
    text = page.with_name("leaderboard.csv").read_text()
    (tmp_path / "leaderboard.csv").write_text(text.replace("\nalpha_net,", "\nnan,"))
    frame = score_frame(tmp_path / "leaderboard.csv")
    assert (frame["model"] == "nan").sum() > 5
    assert frame["reason"].notna().all()

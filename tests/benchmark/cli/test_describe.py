"""``emobench data describe``, and a sheet with vectors in its cells, as a person types it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

Cli = Any
SHEET = "MELD.xlsx:audio_vectors=V1|V3|V4:vision_vectors=A2:text=Utterance:label=Emotion"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a sheet as EmoXFormer's authors have it: three classes, 45 rows."""
    draw = np.random.default_rng(0)
    book = openpyxl.Workbook()
    book.active.append(["Utterance", "V1", "V3", "V4", "A2", "Emotion"])
    for i in range(45):
        cells = [str(draw.normal(i % 3, 0.3, n).round(4).tolist()) for n in (6, 3, 2, 5)]
        book.active.append([f"This is number {i}.", *cells, ("anger", "joy", "sadness")[i % 3]])
    book.save(tmp_path / "MELD.xlsx")
    return tmp_path


def test_a_sheet_is_described_with_figures(cli: Cli, folder: Path) -> None:
    outcome = cli("data", "describe", SHEET, "--output", "seen", "--jobs", 1, cwd=folder)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    said = " ".join(outcome.stdout.split())
    assert "Drawn here, for MELD.xlsx has no column split" in said
    assert "joy 9 (33.3%)" in said or "joy 10 (" in said
    assert "speakers not named" in said
    assert "audio_features: 45 utterances of 1 to 1 steps" in said
    assert "11 features a step" in said
    assert "audio_features, all 45 utterances that have it; PCA fitted on" in said
    drawn = {p.name for p in (folder / "seen").iterdir()}
    assert drawn >= {"classes.png", "pca_audio_features.png", "pca_vision_features.png"}
    assert "pca_tokens.png" not in drawn


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--representation", "mfcc"], "Unknown representation of MELD.xlsx"),
        (["--representation", "mffc"], "Unknown representation 'mffc'. Did you mean 'mfcc'?"),
        (["--fold", "1"], "has 1 fold, 0 to 0"),
        (["--format", "pdf"], "Unknown form of figures 'pdf'. Known: png, svg"),
        (["--output", "MELD.xlsx"], "--output MELD.xlsx is a file"),
    ],
)
def test_nonsense_is_refused(cli: Cli, folder: Path, arguments: list[str], why: str) -> None:
    outcome = cli("data", "describe", SHEET, "--jobs", 1, *arguments, cwd=folder)
    assert outcome.returncode == 2
    assert why in " ".join(outcome.stderr.split())
    assert not (folder / "description").exists()


@pytest.mark.slow
def test_a_sheet_is_verified_and_run(cli: Cli, folder: Path) -> None:
    seen = cli("data", "verify", SHEET, "--jobs", 1, cwd=folder)
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert "45 utterances: text in 45, audio in 45, vision in 45" in seen.stdout
    assert "names no speaker" in seen.stdout
    done = cli(
        "run", "--dataset", SHEET, "--models", "late_fusion,emoxformer", "--epochs", 1, "--seeds",
        1, "--protocol", "full_modalities", "--results", "r", "--jobs", 1, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    table = pd.read_csv(folder / "r" / "leaderboard" / "leaderboard.csv")
    assert set(table["status"]) == {"done"}
    assert table.loc[table["model"] == "late_fusion", "accuracy"].item() > 0.8

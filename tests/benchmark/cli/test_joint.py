"""Joint corpora and auxiliary ones from the command line, with worker processes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from emobench.store.cell_reader import CellReader

ONE = "simulated:seed=1:size=84:speakers=7"
TWO = "simulated:seed=2:size=84:speakers=7"
JOINT = f"text={ONE}+audio={TWO}"
MAIN = f"{ONE}+auxiliary(text={TWO})"


@pytest.fixture(scope="module")
def results(cli: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A joint corpus, and one with an auxiliary corpus in its train."""
    folder = tmp_path_factory.mktemp("joint") / "results"
    fixed = ("run", "--models", "majority,text_only", "--jobs", 1, "--results", folder)
    for words in (
        ("--protocol", "missing_modality", "--dataset", JOINT),
        ("--protocol", "full_modalities", "--dataset", ONE, "--auxiliary", f"text={TWO}"),
    ):
        outcome: subprocess.CompletedProcess[str] = cli(*fixed, *words)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return folder


@pytest.fixture(scope="module")
def table(results: Path) -> pd.DataFrame:
    return pd.read_csv(results / "leaderboard" / "leaderboard.csv")


@pytest.mark.slow
def test_the_joint_corpus_and_its_members_have_their_rows(table: pd.DataFrame) -> None:
    rows = table[(table["condition"] == "full") & (table["regime"] == "full")]
    counts = rows[rows["model"] == "text_only"].set_index("dataset")["n_test"].to_dict()
    assert counts == {
        JOINT: 48, f"{JOINT}[{ONE}]": 24, f"{JOINT}[{TWO}]": 24, MAIN: 24,
    }  # fmt: skip


@pytest.mark.slow
def test_a_subset_is_scored_where_it_is(table: pd.DataFrame) -> None:
    text = table[(table["condition"] == "text") & (table["model"] == "text_only")]
    text = text[text["regime"] == "full"].set_index("dataset")
    assert text.loc[JOINT, "n_test"] == text.loc[f"{JOINT}[{ONE}]", "n_test"] == 24
    assert text.loc[f"{JOINT}[{TWO}]", "status"] == "skipped"
    rates = table[table["condition"] == "missing_0.3"]
    assert set(rates["status"]) == {"skipped"}


@pytest.mark.slow
def test_auxiliary_rows_are_in_no_test(results: Path) -> None:
    reader = CellReader(results)
    stored = [reader.table(cell).to_pandas() for cell in reader.every()]
    added = [t for t in stored if set(t["corpus"]) == {ONE} and len(t) == 24]
    assert len(added) == 2
    assert not any(table["id"].str.contains("/").any() for table in added)


@pytest.mark.slow
def test_the_page_names_the_members(results: Path) -> None:
    html = (results / "leaderboard" / "index.html").read_text().replace("<wbr>", "")
    assert "Each corpus apart" in html
    assert f"{TWO} (n = 24)" in html
    assert "Train also has 48 utterances of" in html


def test_a_bad_member_is_one_sentence_and_status_two(cli: Any, tmp_path: Path) -> None:
    outcome = cli("run", "--models", "majority", "--auxiliary", "text=simulatd", cwd=tmp_path)
    assert outcome.returncode == 2
    assert outcome.stderr.startswith("error: Unknown dataset 'simulatd'. Did you mean")
    assert not (tmp_path / "results").exists()

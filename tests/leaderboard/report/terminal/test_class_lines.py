from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench.errors import RequestError
from emobench.leaderboard import class_reports
from emobench.leaderboard.results.board import read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.stored_rows import RowChoice

from ...conftest import CLASSES, REGIMES


def numbers(text: str, name: str) -> list[float]:
    (line,) = re.findall(rf"^ *{name} +(.*)$", text, re.MULTILINE)
    return [float(word) for word in line.split()]


def test_a_report_for_each_regime_with_the_scores_of_the_page(stored: Path) -> None:
    texts = class_reports(stored, RowChoice("alpha_net", dataset="simulated"))
    assert [text.splitlines()[0] for text in texts] == [
        f"alpha_net on simulated, controlled track, missing_modality, regime {name}, condition full"
        for name in ("full", "modality_dropout")
    ]
    board = read_board(Results(stored), only=["alpha_net"])
    section = next(s for s in board.sections if s.dataset == "simulated")
    row = section.rows["alpha_net"]["full", "full"]
    assert row.score is not None
    averages = {name: numbers(texts[0], name) for name in ("accuracy", "macro avg", "weighted avg")}
    assert averages["accuracy"] == [pytest.approx(row.score.values["accuracy"], abs=6e-4), 90]
    assert averages["macro avg"][2] == pytest.approx(row.score.values["macro_f1"], abs=6e-4)
    assert averages["weighted avg"][2] == pytest.approx(row.score.values["weighted_f1"], abs=6e-4)
    assert [line.split()[0] for line in texts[0].splitlines()[4:10]] == list(CLASSES)
    assert "mean over the seeds 0, 1, each scored alone." in texts[0]


def test_one_seed_one_regime_one_condition(stored: Path) -> None:
    choice = RowChoice("oracle", "simulated", "missing_modality", "full", "text")
    (text,) = class_reports(stored, choice, seed=0)
    assert "regime full, condition text" in text
    assert text.rstrip().endswith("seed 0.")


def test_the_folds_are_pooled(stored: Path) -> None:
    text = class_reports(stored, RowChoice("alpha_net", "folded", regime="full"))[0]
    assert "the test utterances of 3 folds are pooled" in text
    assert numbers(text, "accuracy")[1] == 120


def test_seeds_that_are_not_complete_are_left_out_and_said(stored: Path) -> None:
    choice = RowChoice("alpha_net", "simulated", regime="full", condition="text")
    (text,) = class_reports(stored, choice)  # its seed 1 failed
    assert "seed 0." in text
    assert "The row is failed (NaN in logits)." in text
    with pytest.raises(RequestError, match=r"seed 1 does not have all its predictions.*: 0"):
        class_reports(stored, choice, seed=1)


def test_what_cannot_be_reported_says_why(stored: Path) -> None:
    with pytest.raises(RequestError, match="Did you mean 'alpha_net'"):
        class_reports(stored, RowChoice("alpha_nett"))
    with pytest.raises(RequestError, match="Unknown stored condition 'txt'"):
        class_reports(stored, RowChoice("alpha_net", condition="txt"))
    with pytest.raises(RequestError, match="Unknown stored regime 'fool'"):
        class_reports(stored, RowChoice("alpha_net", regime="fool"))
    with pytest.raises(RequestError, match=r"condition full: failed \(loss diverged\)"):
        class_reports(stored, RowChoice("gamma_net"))
    choice = RowChoice("text_only", "simulated", condition="audio")
    with pytest.raises(RequestError, match=r"skipped \(needs text\)"):
        class_reports(stored, choice)


def test_a_class_that_is_never_true_is_named(writer: Callable[..., Any], made: Any) -> None:
    small = writer(n=3, subsets=(), rates=(), regimes=REGIMES[:1])
    small.grid(made("net", "own", {"text": 1.0}))
    (text,) = class_reports(small.root, RowChoice("net"))
    absent = [name for name in CLASSES if numbers(text, name)[3] == 0]
    assert absent
    assert f"macro avg leaves out what is never true here: {', '.join(absent)}." in text


def test_rows_on_a_corpus_that_has_changed_are_refused(
    writer: Callable[..., Any], made: Any
) -> None:
    small = {"subsets": (), "rates": (), "n": 20, "regimes": REGIMES[:1]}
    old, new = writer(state="one", **small), writer(state="two", **small)
    old.grid(made("net", "own", {"text": 1.0}))
    new.created = "2026-02-02T03:04:05+00:00"
    new.grid(made("majority", "reference"))
    with pytest.raises(RequestError, match="corpus that has changed since: run it again"):
        class_reports(old.root, RowChoice("net"))
    assert len(class_reports(old.root, RowChoice("majority"))) == 1


def test_the_commands_read_stored_predictions_without_torch(stored: Path) -> None:
    words = ["alpha_net", "--dataset", "folded", "--regime", "full", "--results", str(stored)]
    code = (
        "import sys\nfrom emobench.cli.app import app\n"
        "for command in ('report', 'samples'):\n"
        f"    app([command, *{words}], standalone_mode=False)\n"
        "print(sorted({'torch', 'matplotlib'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "weighted avg" in done.stdout
    assert "5 of 120 test utterances (drawn with seed 0)" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"

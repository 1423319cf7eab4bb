"""The command line, a file and Python end in the same digests and the same table."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

import emobench
from emobench.store.cell_reader import CellReader

MEASURED = ["train_seconds", "predict_ms_per_utterance"]
"""Columns that say how long a training took, which no two trainings share."""


def digests(folder: Path) -> dict[str, set[str]]:
    """The names of all trainings, cells and records of a results folder: digests of specs."""
    results = folder / "results"
    found = {
        kind: {path.name for path in (results / kind).iterdir()}
        for kind in ("trainings", "grids", "corpora")
    }
    return found | {"cells": {cell.key for cell in CellReader(results).every()}}


def table(folder: Path) -> Path:
    return folder / "results" / "leaderboard" / "leaderboard.csv"


def test_the_digests_are_the_same(ways):
    expected = digests(ways.command)
    assert {kind: len(names) for kind, names in expected.items()} == {
        "trainings": 4, "grids": 2, "corpora": 1, "cells": 50
    }  # fmt: skip
    assert digests(ways.file) == expected
    assert digests(ways.python) == expected


def test_the_tables_are_the_same_but_for_the_time_that_trainings_took(ways):
    first, *others = (
        pd.read_csv(table(folder), dtype=str).drop(columns=MEASURED)
        for folder in (ways.command, ways.file, ways.python)
    )
    assert len(first) == 2 * 2 * 14
    for other in others:
        pd.testing.assert_frame_equal(first, other)


def test_on_the_same_results_the_tables_are_equal_to_the_byte(ways, at, cli):
    """Each way finds everything done, whichever way did it, and renders the same."""
    expected = table(ways.command).read_bytes()
    before = {p: p.stat().st_mtime_ns for p in (ways.command / "results").glob("trainings/*/*")}

    def by_file() -> str:
        return cli("run", ways.command / "study.toml").stdout

    def by_python() -> str:
        with at(ways.command):
            request = ways.result.request.grids[0]
            again = emobench.run(models=request.models, **{**OF_PYTHON, "seeds": request.seeds})
        assert (again.done, again.skipped, again.failed) == (50, 6, 0)
        return "nothing to compute"

    for way in (by_file, by_python):
        shutil.rmtree(ways.command / "results" / "leaderboard")
        assert "nothing to compute" in way()
        assert table(ways.command).read_bytes() == expected
    after = {p: p.stat().st_mtime_ns for p in (ways.command / "results").glob("trainings/*/*")}
    assert after == before


OF_PYTHON = {
    "protocol": "missing_modality",
    "dataset": "simulated:size=126:speakers=7",
    "epochs": 1,
    "executor": "in_process",
}


def test_python_says_what_the_command_says(ways):
    lines = [line for line in ways.printed.splitlines() if "warning" in line]
    assert any("mine.py was not checked as it stands" in line for line in lines)
    *_, last = ways.printed.splitlines()
    assert last == f"The leaderboard is at {ways.result.page}"


def test_each_way_prints_the_others(ways, cli, at):
    with at(ways.python):
        printed = ways.result.request.toml
        command = ways.result.request.command
        (ways.python / "printed.toml").write_text(printed)
        place = {"emobench": type("", (), {"run": lambda **options: options})}
        options = eval(ways.result.request.python, place)
    assert options["models"] == ["mine.py", "majority"]
    assert cli("run", ways.python / "printed.toml", "--print-toml").stdout == printed
    words = command.split()[2:]
    assert cli("run", *words, "--print-toml", cwd=ways.python).stdout == printed
    assert cli("run", "study.toml", "--print-toml", cwd=ways.python).stdout == printed
    again = cli("run", ways.python / "printed.toml")
    assert "nothing to compute" in again.stdout


@pytest.mark.slow
def test_two_grids_of_a_file_are_what_two_commands_are(cli, make):
    """With a search and folds, in one page and with one exit status."""
    alone, together = make("alone"), make("together")
    fixed = ("--dataset", "simulated:size=126:speakers=7", "--executor", "in_process")
    fixed += ("--protocol", "full_modalities")
    grids = (
        ("--models", "mine.py,majority", "--seeds", 2, "--epochs", 1, "--tune", 2),
        ("--models", "mine.py", "--seeds", 1, "--epochs", 1, "--folds", 3, "--track", "published"),
    )
    for words in grids:
        done = cli("run", *fixed, *words, cwd=alone)
        assert done.returncode == 0, done.stdout + done.stderr
    (together / "study.toml").write_text(
        'dataset = "simulated:size=126:speakers=7"\nexecutor = "in_process"\nepochs = 1\n'
        'protocol = "full_modalities"\n'
        '[[grid]]\nmodels = ["mine.py", "majority"]\nseeds = 2\ntune = 2\n'
        '[[grid]]\nmodels = "mine.py"\nseeds = 1\nfolds = 3\ntrack = "published"\n'
    )
    done = cli("run", together / "study.toml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("The leaderboard is at") == 1
    assert digests(together) == digests(alone)
    first, second = (
        pd.read_csv(table(folder), dtype=str).drop(columns=MEASURED) for folder in (alone, together)
    )
    pd.testing.assert_frame_equal(first, second)

"""What is taken away from a page leads back to the same results."""

from __future__ import annotations

import shlex
import shutil

import pytest


@pytest.mark.slow
def test_the_command_of_a_section_finds_everything_done(cli, tmp_path):
    results = tmp_path / "results"
    asked = ("--models", "majority,late_fusion,mlp:hidden=8", "--protocol", "full_modalities")
    fixed = ("--dataset", "simulated:size=126:speakers=7", "--epochs", 2, "--jobs", 1)
    run = cli("run", *asked, *fixed, "--seeds", 2, "--results", results)
    assert run.returncode == 0, run.stdout + run.stderr
    page = cli("leaderboard", "--results", results, "--take-away")
    folder = results / "leaderboard" / "take-away"
    assert str(folder) in page.stdout
    (script,) = folder.glob("*/run.sh")
    lines = [line for line in script.read_text().splitlines() if not line.startswith("#")]
    (words,) = map(shlex.split, lines)
    assert words[:2] == ["emobench", "run"]
    again = cli(*words[1:], "--results", results, "--dry-run")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "to do: 0 trainings, 0 cells" in again.stdout, again.stdout
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(results / "corpora", elsewhere / "corpora")
    other = cli(*words[1:], "--results", elsewhere, "--dry-run")
    assert "to do: 0 trainings, 0 cells" not in other.stdout


@pytest.mark.slow
def test_a_number_of_a_real_run_follows_from_its_cells(cli, finished):
    results, _ = finished
    here = "simulated:size=126:speakers=7/missing_modality/controlled/modality_dropout"
    for number in (
        "missing_0.5/late_fusion/macro_f1", "missing_0.7/late_fusion/macro_f1-over-majority",
        "summary:mean over rates/late_fusion/accuracy", "full/mlp:epochs=2/ece",
        "full/mlp:epochs=2/macro_f1-over-best_single",
    ):  # fmt: skip
        done = cli("why", f"{here}/{number}", "--results", results)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.splitlines()[-1] == "equal to 1e-12"

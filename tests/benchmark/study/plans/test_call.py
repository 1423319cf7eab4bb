"""A small study is planned, run, changed and amended, as somebody would type it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import emobench
from emobench import RequestError

STUDY = """
dataset = "simulated:size=126:speakers=7"
protocol = "full_modalities"
seeds = 1
executor = "in_process"

[plan]
contrasts = ["against late_fusion", ["text_only", "audio_only"]]
margin = 0.05

[[grid]]
models = ["late_fusion", "mine.py", "text_only", "audio_only"]
epochs = 1
"""


@pytest.fixture(scope="module")
def folder(make, cli) -> Path:
    """A folder with a study that was planned and then run."""
    place: Path = make("planned")
    (place / "study.toml").write_text(STUDY)
    tried = cli("plan", "study.toml", "--dry-run", cwd=place)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert "nothing was written" in tried.stdout
    assert not (place / "results").exists()
    before = cli("run", "study.toml", "--dry-run", cwd=place)
    assert "the plan of study.toml is not frozen" in before.stdout
    done = cli("plan", "study.toml", cwd=place)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mine:epochs=1 − late_fusion (1 seed)" in done.stdout
    assert "text_only − audio_only (1 seed)" in done.stdout
    assert "2 planned comparisons of macro_f1 (Holm over all 2, level .05)" in done.stdout
    assert "warning: mine:epochs=1 with one seed" in done.stdout
    assert "no result of it is stored yet" in done.stdout
    run = cli("run", "study.toml", cwd=place)
    assert run.returncode == 0, run.stdout + run.stderr
    assert ": 2 planned comparisons\n" in run.stdout
    assert "2 of 2 planned comparisons there" in run.stdout
    assert "departs" not in run.stdout
    return place


@pytest.mark.slow
def test_the_page_parts_what_was_planned(folder: Path, cli) -> None:
    text = (folder / "results" / "leaderboard" / "leaderboard.md").read_text()
    assert "before any of its results was stored here" in text
    assert "Nothing that is stored departs from it." in text
    assert "Planned before any result:" in text
    assert "Exploratory, not planned:" in text
    plan = json.loads((folder / "results" / "leaderboard" / "plan.json").read_text())
    assert plan["before_results"] is True
    assert [one["first"] for one in plan["comparisons"]] == ["mine:epochs=1", "text_only"]
    told = cli("compare", "text_only", "audio_only", cwd=folder).stdout
    assert "planned, p" in told
    other = cli("compare", "text_only", "late_fusion", cwd=folder).stdout
    assert "not planned: exploratory" in other
    (one,) = json.loads(cli("compare", "text_only", "audio_only", "--json", cwd=folder).stdout)
    assert one["planned"] is True
    assert one["planned_comparisons"] == 2
    whole = cli("results", "verify", "results", cwd=folder)
    assert whole.returncode == 0, whole.stdout


@pytest.mark.slow
def test_freezing_twice_says_so_and_another_plan_needs_a_reason(folder: Path, cli, at) -> None:
    again = cli("plan", "study.toml", cwd=folder)
    assert again.returncode == 0
    assert "nothing of it has changed" in again.stdout
    file = folder / "study.toml"
    try:
        file.write_text(STUDY.replace("margin = 0.05", "margin = 0.2"))
        with at(folder), pytest.raises(RequestError, match=r"margin 0.05 became 0.2"):
            emobench.plan("study.toml")
    finally:
        file.write_text(STUDY)


@pytest.mark.slow
def test_whatever_was_changed_after_the_freeze_is_named(folder: Path, cli) -> None:
    file, model = folder / "study.toml", folder / "mine.py"
    source = model.read_text()
    try:
        file.write_text(STUDY.replace("seeds = 1", "seeds = 2"))
        model.write_text(source + "\n# another one\n")
        run = cli("run", "study.toml", cwd=folder)
        assert "this run departs from it:" in run.stdout
        assert "seeds 1 became 2" in run.stdout
        assert "the file of mine was changed" in run.stdout
        text = (folder / "results" / "leaderboard" / "leaderboard.md").read_text()
        assert "by another study.toml: seeds 1 became 2" in text
        assert "the file of mine:epochs=1 was changed" in text
        assert "mine:epochs=1 has 2 seeds: the 1 planned seed alone are compared" in text
        amended = cli("plan", "study.toml", "--amend", "a reviewer asked", cwd=folder)
        assert amended.returncode == 0, amended.stderr
        assert "this is no plan before results" in amended.stdout
        cli("leaderboard", cwd=folder)
        text = (folder / "results" / "leaderboard" / "leaderboard.md").read_text()
        assert "after results (a reviewer asked)" in text
        assert "before any of its results was stored here" in text
    finally:
        file.write_text(STUDY)
        model.write_text(source)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("contrasts", "said"),
    [
        ('["against late_fusoin"]', "Did you mean 'late_fusion'"),
        ('[["mine.py", "mine"]]', "are the same row"),
        ('["against text_only"]', ""),
    ],
)
def test_contrasts_that_name_no_rows_are_refused(
    folder: Path, cli, tmp_path: Path, contrasts: str, said: str
) -> None:
    (tmp_path / "mine.py").write_text((folder / "mine.py").read_text())
    old = '["against late_fusion", ["text_only", "audio_only"]]'
    (tmp_path / "other.toml").write_text(STUDY.replace(old, contrasts))
    done = cli("plan", "other.toml", "--dry-run", cwd=tmp_path)
    assert (done.returncode, said in done.stderr) == (2 if said else 0, True)


@pytest.mark.slow
def test_a_plan_after_results_is_none_before_them(folder: Path, cli, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(folder, tmp_path / "late")
    shutil.rmtree(tmp_path / "late" / "results" / "plans")
    done = cli("plan", "study.toml", cwd=tmp_path / "late")
    assert done.returncode == 0, done.stderr
    assert "this is no plan before results" in done.stdout
    cli("leaderboard", cwd=tmp_path / "late")
    text = (tmp_path / "late" / "results" / "leaderboard" / "leaderboard.md").read_text()
    assert "**after results: " in text
    assert "It is no plan before results" in text
    assert "Planned after results existed:" in text

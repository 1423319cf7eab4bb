"""``emobench new-model``: the file passes the check as it stands (test_own_models runs it)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from emobench import RequestError
from emobench.cli.new_model import new_model_command
from emobench.contract import CHECKS, run_suite, subjects

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def made(cli, tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("made")
    return folder / "my_model.py", cli("new-model", "my_model", cwd=folder)


def test_it_is_short_it_teaches_and_says_what_to_type_next(made):
    path, outcome = made
    assert outcome.returncode == 0, outcome.stderr
    lines = path.read_text().splitlines()
    assert len(lines) <= 60
    assert sum(line.lstrip().startswith("#") for line in lines) >= 3
    assert "$" not in path.read_text()
    assert outcome.stdout.splitlines()[-2:] == [
        "  emobench check my_model.py",
        "  emobench run --models my_model.py,late_fusion",
    ]


def test_it_passes_every_check_as_it_stands(made):
    (subject,) = subjects(str(made[0]))
    verdicts = {r.check: r.verdict for r in run_suite(subject)}
    assert verdicts == {**dict.fromkeys(CHECKS, "passed"), "generate": "not applicable"}


@pytest.mark.slow
def test_it_learns(made):
    (subject,) = subjects(str(made[0]))
    model = subject.build()
    session = subject.session(model)
    model.fit(session)
    assert session.dev_score(model)[0] > 0.8


def test_it_keeps_to_the_projects_style(made):
    command = [sys.executable, "-m", "ruff", "check", "--config", ROOT / "pyproject.toml", made[0]]
    linted = subprocess.run(command, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


def test_every_name_gives_a_file_that_can_be_loaded(tmp_path):
    for name in ("model", "config", "x", "_private", "_", "CamelCase", "mlp_2", "_2x"):
        new_model_command(name, tmp_path)
        (subject,) = subjects(str(tmp_path / f"{name}.py"))
        assert subject.label == f"{name} (corrected)"
        assert subject.build() is not None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("my-model", "'my-model' cannot name a model: use letters, digits and underscores"),
        ("2fast", "cannot name a model"),
        ("class", "cannot name a model"),
        ("modèle", "cannot name a model"),
        ("a/b", "cannot name a model"),
        ("", "cannot name a model"),
        ("new.py", "Leave out the .py."),
        ("all", "'all' means every model"),
        ("emotiwave", "There is a model 'emotiwave' already"),
        ("torch", "would hide the Python module 'torch'"),
        ("emobench", "would hide the Python module 'emobench'"),
        ("json", "would hide the Python module 'json'"),
    ],
)
def test_a_name_that_would_not_work_is_refused_with_the_reason(tmp_path, name, said):
    with pytest.raises(RequestError) as caught:
        new_model_command(name, tmp_path)
    assert said in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_stays_as_it_is(tmp_path):
    (tmp_path / "mine.py").write_text("precious")
    with pytest.raises(RequestError, match=r"mine.py is here already"):
        new_model_command("mine", tmp_path)
    assert (tmp_path / "mine.py").read_text() == "precious"


def test_the_command_line_refuses_in_one_sentence(cli):
    outcome = cli("new-model", "majority")
    assert outcome.returncode == 2
    assert outcome.stderr.startswith("error: There is a model 'majority' already")

"""A study is written in each of three ways, and read back the same."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer.main
from hypothesis import given, settings
from hypothesis import strategies as st

import emobench
from emobench import RequestError
from emobench.cli.app import _study, app
from emobench.study import options
from emobench.study.corpus import default_dataset
from emobench.study.file import read_study
from emobench.study.options import RunOptions
from emobench.study.request import Study
from emobench.study.validation import run_options

RUN: Any = typer.main.get_command(app)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00~"), min_size=1)
FILES = TEXT.map(lambda text: Path(text.replace("://", "")))
OF_KIND = {
    options.Words: TEXT,
    options.Text: TEXT,
    options.Number: st.integers(-3, 99),
    options.Flag: st.booleans(),
    options.File: FILES,
    options.Place: FILES.map(str),
    options.Several: st.lists(TEXT, max_size=3).map(tuple),
    options.Files: st.lists(TEXT, max_size=2).map(tuple),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Values of an option; of one that can be left out, None too."""
    for kind, values in OF_KIND.items():
        if hint == kind:
            return values
        if hint == kind | None:
            return st.none() | values
    raise AssertionError(f"no values for {hint}")


HINTS = get_type_hints(RunOptions, include_extras=True)
GRIDS = st.builds(
    RunOptions, **{f.name: values_of(HINTS[f.name]) for f in dataclasses.fields(RunOptions)}
)


def named(grid: RunOptions) -> RunOptions:
    """The grid with the corpus that it means."""
    return dataclasses.replace(grid, dataset=grid.dataset or default_dataset())


def typed(line: str) -> RunOptions:
    """The options that the command line reads from one line."""
    _, _, *words = shlex.split(line)
    (grid,) = _study(None, RUN.commands["run"].make_context("run", words)).grids
    return grid


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("studies").resolve()


@given(st.lists(GRIDS, min_size=1, max_size=2))
@settings(max_examples=20)
def test_what_is_printed_as_a_file_is_read_as_the_same_study(folder, grids):
    shared = {"results": grids[0].results, "callbacks": grids[0].callbacks}
    grids = [dataclasses.replace(grid, **shared) for grid in grids]
    study = Study(tuple(grids), folder)
    (folder / "study.toml").write_bytes(study.toml.encode())
    again = read_study(folder / "study.toml")
    assert again.grids == tuple(map(named, grids))
    assert again.toml == study.toml


@given(GRIDS)
@settings(max_examples=25)
def test_what_is_printed_as_a_command_is_read_as_the_same_grid(grid):
    command = Study((grid,), Path.cwd()).command
    assert typed(command) == grid


@given(GRIDS)
@settings(max_examples=25)
def test_what_is_printed_as_python_is_the_same_grid(grid):
    called: list[dict[str, Any]] = []
    place = {"emobench": type("", (), {"run": lambda **words: called.append(words)})}
    eval(Study((grid,), Path.cwd()).python, place)
    assert run_options(called[0]) == named(grid)


def test_names_are_printed_as_a_list_and_what_all_grids_share_once():
    first = RunOptions(models="mlp,late_fusion", seeds=2, epochs=1)
    second = dataclasses.replace(first, models="mine.py", protocol="ablation")
    assert Study((first, second), Path.cwd()).toml == (
        "# emobench run FILE; paths start from the folder of this file\n"
        'dataset = "simulated"\nseeds = 2\ntrack = "controlled"\nvariant = "corrected"\n'
        'epochs = 1\n\n[[grid]]\nmodels = ["mlp", "late_fusion"]\nprotocol = "missing_modality"\n'
        '\n[[grid]]\nmodels = "mine.py"\nprotocol = "ablation"\n'
    )


def test_the_commands_of_another_folder_enter_it_first(tmp_path):
    study = Study((RunOptions(models="mine.py"),), tmp_path)
    assert study.command.splitlines() == [f"cd {tmp_path}", "emobench run --models mine.py"]
    assert study.python.splitlines()[0] == f"os.chdir({str(tmp_path)!r})"


def test_a_file_with_a_comma_in_its_name_is_one_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a,b.py").write_text("")
    assert (
        'models = "a,b.py,mlp"'
        in Study((run_options({"models": ["a,b.py", "mlp"]}),), tmp_path).toml
    )


def test_grids_have_one_results_folder(tmp_path):
    with pytest.raises(RequestError, match="share one results folder"):
        Study((RunOptions(results="a"), RunOptions(results="b")), tmp_path)


def test_the_command_prints_the_file_and_trains_nothing(cli, tmp_path):
    done = cli("run", "--models", "mlp", "--seeds", 2, "--print-toml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (tmp_path / "study.toml").write_text(done.stdout)
    assert cli("run", "study.toml", "--print-toml", cwd=tmp_path).stdout == done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]
    assert isinstance(emobench.Study, type)

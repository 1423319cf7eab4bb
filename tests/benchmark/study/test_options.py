"""One type of request: the command, a file and Python have the same options."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
import typer.main

import emobench
from emobench import RequestError
from emobench.cli.app import app
from emobench.study.options import DEFAULTS, RunOptions
from emobench.study.validation import expected, run_options

FIELDS = [field.name for field in dataclasses.fields(RunOptions)]
COMMAND: Any = typer.main.get_command(app)
PARAMETERS: dict[str, click.Parameter] = {p.name: p for p in COMMAND.commands["run"].params}
PYTHON = inspect.signature(emobench.run).parameters

OF_THE_COMMAND = {"study", "dry_run", "print_toml", "quiet", "json", "offline"}
"""What says how the command is meant and changes no result: it has no place in a study."""


def test_every_option_is_in_the_command_in_a_file_and_in_python():
    assert set(PARAMETERS) - OF_THE_COMMAND == set(FIELDS)
    assert list(PYTHON) == FIELDS


@pytest.mark.parametrize("name", FIELDS)
def test_an_option_is_called_alike_and_has_one_default(name):
    assert PARAMETERS[name].opts[0] == "--" + name.replace("_", "-")
    of_command = run_options({name: PARAMETERS[name].default})
    assert getattr(of_command, name) == getattr(DEFAULTS, name)
    assert PYTHON[name].default == getattr(DEFAULTS, name)


@pytest.mark.parametrize("name", FIELDS)
def test_every_option_says_what_it_takes_where_it_is_given_something_else(name):
    with pytest.raises(RequestError) as raised:
        run_options({name: object()})
    assert str(raised.value).startswith(f"{name} takes {expected(name)}, <object")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"seeds": True}, "seeds takes a whole number, True is none."),
        ({"seeds": 2.0}, "seeds takes a whole number, 2.0 is none."),
        ({"seeds": "2"}, "seeds takes a whole number, '2' is none."),
        ({"seeds": None}, "seeds takes a whole number, None is none."),
        ({"watch": 1}, "watch takes true or false, 1 is none."),
        ({"models": ["mlp", 3]}, "models takes a name or a list of names, ['mlp', 3] is none."),
        ({"models": Path}, "Path is a class. Save it in a file, and name the file."),
        ({"sedes": 2}, "Unknown option 'sedes'. Did you mean 'seeds'?"),
    ],
)
def test_a_value_of_another_kind_is_refused(values, said):
    with pytest.raises(RequestError) as raised:
        run_options(values)
    assert said in str(raised.value)


def test_every_fault_has_a_sentence():
    with pytest.raises(RequestError) as raised:
        run_options({"seeds": "two", "watch": "yes", "sedes": 2})
    lines = str(raised.value).splitlines()
    assert [line.split()[0] for line in lines] == ["seeds", "watch", "Unknown"]


def test_lists_paths_and_numbers_of_numpy_are_what_the_command_has_as_text():
    found = run_options(
        {"models": [Path("a/mine.py"), "mlp"], "seeds": np.int64(2), "encoder": "text=x"}
    )
    assert found.models == "a/mine.py,mlp"
    assert type(found.seeds) is int
    assert found.encoder == ("text=x",)
    assert run_options({"data_dir": "~/corpora"}).data_dir == Path.home() / "corpora"
    assert run_options({"results": "s3://bucket//x"}).address == "s3://bucket//x"
    assert run_options({"results": Path("a")}).address is None

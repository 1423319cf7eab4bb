"""`emobench.load` takes what the commands take, under the same names."""

from __future__ import annotations

import inspect

import pytest

import emobench
from emobench import RequestError
from emobench.cli.inference.commands import export, predict

OWN = {
    "predict": {"result", "clips", "out", "bad_clips", "replace", "quiet"},
    "export": {"result", "out", "push_to_hub", "public", "quiet"},
}
"""What a command takes beside the choice of a trained model."""


@pytest.mark.parametrize("command", [predict, export])
def test_parameters_are_the_options_of_the_commands(command):
    options = set(inspect.signature(command).parameters) - OWN[command.__name__]
    assert set(inspect.signature(emobench.load).parameters) == options | {"source"}


def test_a_folder_without_results_is_one_sentence(tmp_path):
    with pytest.raises(RequestError, match="There is no folder"):
        emobench.load(tmp_path / "nowhere")
    with pytest.raises(RequestError, match="Nothing stored in"):
        emobench.load(tmp_path)

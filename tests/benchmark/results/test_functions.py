"""Functions on results folders return what ``emobench results`` prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import emobench
from emobench import RequestError

REQUEST = (
    *("--models", "majority,text_only", "--protocol", "full_modalities", "--seeds", 1),
    *("--dataset", "simulated:size=84:speakers=7"),
)


@pytest.fixture(scope="module")
def folder(cli, tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("held")
    done = cli("run", *REQUEST, cwd=home)
    assert done.returncode == 0, done.stdout + done.stderr
    return home / "results"


@pytest.mark.slow
def test_an_inventory_is_that_of_the_command(cli, folder):
    found = emobench.results.inventory(folder)
    assert json.loads(cli("results", "list", folder, "--json").stdout)["subjects"] == (
        found.frame.to_dict("records")
    )
    assert set(found.frame["model"]) == {"majority", "text_only"}
    assert (found.trainings, found.cells, found.failed_cells) == (2, 2, 0)
    assert emobench.results.failures(folder).empty


@pytest.mark.slow
def test_folders_are_merged_and_contradictions_named(folder, tmp_path):
    done = emobench.results.merge([folder, folder], tmp_path / "all")
    assert (done.copied["trainings"], done.conflicts, done.broken) == (2, [], [])
    assert emobench.results.inventory(tmp_path / "all").trainings == 2
    with pytest.raises(RequestError, match="cannot be merged into itself"):
        emobench.results.merge([folder], folder)
    assert not emobench.results.migrate(folder).trainings


@pytest.mark.slow
def test_what_is_exported_is_valid(folder, tmp_path):
    out = tmp_path / "public"
    done = emobench.results.export(out, folder, models="text_only")
    assert done.results == 1
    assert done.predictions == len(
        emobench.open_results(folder).predictions("text_only", regime="full")
    )
    (verdict,) = emobench.results.validate(out)
    assert verdict.status(False) == 0
    (verdict,) = emobench.results.validate(tmp_path / "nowhere")
    assert verdict.status(False) == 2


def test_a_folder_without_results_is_refused(tmp_path):
    for function in (emobench.results.inventory, emobench.results.failures):
        with pytest.raises(RequestError, match="holds no results; name the folder of --results"):
            function(tmp_path)

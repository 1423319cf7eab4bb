"""The notebooks run from their first cell to their last, offline, and show what they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "docs" / "notebooks"
SCRIPTS = sorted(NOTEBOOKS.glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_its_page_shows_tables_and_pictures(
    script, website, shared_cache, tmp_path
):
    notebook = website.notebooks.executed(script, shared_cache)
    kinds = {
        kind for cell in notebook.cells for output in cell.get("outputs", ())
        for kind in output.get("data", {})
    }  # fmt: skip
    assert {"text/html", "image/png"} <= kinds
    text = website.notebooks.page(notebook, script.stem, tmp_path)
    pictures = list(tmp_path.glob("*.png"))
    assert pictures
    assert all(f"]({picture.name})" in text for picture in pictures)
    assert "<table" in text
    assert str(Path.home()) not in text
    assert "/tmp/" not in text


def test_there_are_two_and_none_is_stored_with_outputs():
    assert {path.stem for path in SCRIPTS} == {"first_grid", "missing_modality_study"}
    assert not list(NOTEBOOKS.glob("*.ipynb"))


def test_a_page_shows_each_kind_of_output(website, tmp_path):
    nbformat = pytest.importorskip("nbformat")
    new = nbformat.v4
    outputs = [
        new.new_output("stream", text="\x1b[31mred\x1b[0m\n"),
        new.new_output("execute_result", {"text/html": "<table>\n\n<tr></table>"}),
        new.new_output("display_data", {"image/png": "aGk="}),
        new.new_output("execute_result", {"text/plain": "{1: 2}"}),
    ]
    notebook = new.new_notebook(
        cells=[new.new_markdown_cell("# Title"), new.new_code_cell("x", outputs=outputs)]
    )
    text = website.notebooks.page(notebook, "one", tmp_path)
    assert text.startswith("# Title\n\n*This page is a notebook: [download it](one.ipynb)")
    assert "\nred\n" in text
    assert "<table>\n<tr></table>" in text
    assert "](one-1-2.png)" in text
    assert (tmp_path / "one-1-2.png").read_bytes() == b"hi"
    assert "{1: 2}" in text


def test_a_notebook_is_one_for_jupyter_too():
    jupytext = pytest.importorskip("jupytext")
    for script in SCRIPTS:
        notebook = jupytext.read(script)
        assert notebook.cells[0].cell_type == "markdown"
        assert json.loads(jupytext.writes(notebook, "ipynb"))["nbformat"] == 4

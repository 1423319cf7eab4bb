"""docs/formats.md says the columns and keys that there are."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

import emobench
from emobench.conditions.mask_set import read_masks, write_masks
from emobench.datasets.manifests.columns import KNOWN
from emobench.datasets.manifests.label_map import COLUMNS
from emobench.errors import DataError
from emobench.leaderboard.report.csv_table import columns
from emobench.study.options import RunOptions

TEXT = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def named(title: str) -> list[str]:
    """What stands in the first column of a section's table, in its order."""
    heads = re.findall(r"^\| ((?:`[^`]+`(?:, )?)+) \|", section(title), re.MULTILINE)
    return [name for head in heads for name in re.findall(r"`([^`]+)`", head)]


def test_the_columns_of_the_table_of_scores_are_in_its_order():
    assert named("The table of scores") == list(columns())


def test_the_keys_of_a_study_are_the_options():
    keys = named("A study")
    assert len(keys) == len(set(keys))
    assert set(keys) == {field.name for field in dataclasses.fields(RunOptions)}


def test_the_columns_of_a_corpus_are_those_that_are_read():
    assert set(named("A corpus as a table")) == set(KNOWN)


def test_the_common_classes_and_the_columns_that_name_them():
    text = section("Common classes")
    assert all(f"`{name}`" in text for name in (*COLUMNS, *emobench.CANONICAL))


def test_a_mask_set_has_the_keys_and_the_form_of_the_example(tmp_path):
    (example,) = re.findall(r"^```json\n(.*?)^```", section("Masks"), re.DOTALL | re.MULTILINE)
    shown = json.loads(example)
    kept = {"missing_0.3": {"a1": [True, True], "a2": [True, False]}}
    digest = write_masks(tmp_path / "masks.json", "interviews", ["text", "audio"], kept)
    assert shown == json.loads((tmp_path / "masks.json").read_text())
    assert shown["digest"] == digest
    assert named("Masks") == list(shown)


def test_a_changed_mask_set_is_refused_as_it_says(tmp_path):
    (example,) = re.findall(r"^```json\n(.*?)^```", section("Masks"), re.DOTALL | re.MULTILINE)
    assert "is refused" in section("Masks")
    (tmp_path / "masks.json").write_text(example.replace('"t"}', '"a"}'))
    with pytest.raises(DataError, match="changed"):
        read_masks(tmp_path / "masks.json")

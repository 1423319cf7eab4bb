"""docs/numbers.md explains every kind of number, in the words of the code, with its function."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from emobench.leaderboard.pedigree import address, formulas
from emobench.leaderboard.pedigree.page_number import COSTS
from emobench.leaderboard.statistics.measures import MEASURES

TEXT = (Path(__file__).parents[2] / "docs" / "numbers.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([^`]+)` \| (.+) \| \[[^]]+\]\(#[\w-]+\) \|$", TEXT, re.MULTILINE))
NAMES = sorted(set(re.findall(r"`(emobench\.[\w.]+)`", TEXT)))
BODY = TEXT.partition("## Scores")[2]
SECTIONS = re.findall(r"^###? (.+)\n((?:(?!^##).*\n?)*)", f"## Scores{BODY}", re.MULTILINE)


def test_every_measure_and_cost_is_explained_in_the_words_of_why():
    words = formulas.SOURCES | formulas.COST_WORDS
    assert set(words) == {m.name for m in MEASURES} | set(COSTS)
    assert {name: ROWS.get(name) for name in words} == dict(words)


def test_every_relation_is_explained_in_the_words_of_why():
    relations = {f"-{name}": words for name, words in address.RELATIONS.items()}
    assert {name: ROWS.get(name) for name in relations} == relations


def test_parts_reductions_and_the_best_single_modality_are_explained():
    others = {
        *("@MEMBER", f"@{address.WITHOUT_COPIES}", f"over-{address.BEST_SINGLE}"),
        *(f"{address.SUMMARY}NAME", f"{address.CONTRAST}NAME"),
    }
    known = {m.name for m in MEASURES} | set(COSTS) | {f"-{r}" for r in address.RELATIONS}
    assert set(ROWS) == others | known


@pytest.mark.parametrize("name", NAMES)
def test_a_function_that_it_names_is_there(name):
    module, _, attribute = name.rpartition(".")
    assert hasattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize(("title", "text"), SECTIONS, ids=[title for title, _ in SECTIONS])
def test_every_section_names_the_function_that_computes_it(title, text):
    if text.strip():  # a heading above others
        assert re.search(r"`emobench\.[\w.]+`", text), title

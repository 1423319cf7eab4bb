"""Counts and long lists in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.wording import and_more, counted


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((1, "cell"), "1 cell"),
        ((0, "cell"), "0 cells"),
        ((1200, "cell"), "1,200 cells"),
        ((1, "matrix", "matrices"), "1 matrix"),
        ((2, "matrix", "matrices"), "2 matrices"),
    ],
)
def test_counts_agree_with_their_noun(words: tuple[int, str], text: str) -> None:
    assert counted(*words) == text


def test_a_long_list_ends_in_the_number_of_the_rest() -> None:
    assert and_more(["a", "b", "c"], 3) == "a, b, c"
    assert and_more(["a", "b", "c"], 1) == "a and 2 more"
    assert and_more({"a": 0, "b": 1}, 1, "; ") == "a and 1 more"
    assert and_more([], 3) == ""


@given(st.lists(st.from_regex(r"[a-z]+", fullmatch=True), max_size=9), st.integers(1, 9))
def test_named_and_unnamed_add_up(names: list[str], shown: int) -> None:
    listed, _, rest = and_more(names, shown).partition(" and ")
    named = listed.split(", ") if listed else []
    assert named == names[:shown]
    assert len(named) + int(rest.removesuffix(" more") or 0) == len(names)

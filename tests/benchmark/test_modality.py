from __future__ import annotations

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench import MODALITIES, ordered, subset_name

SUBSETS = list(chain.from_iterable(combinations(MODALITIES, k) for k in (1, 2, 3)))


@given(st.lists(st.sampled_from(MODALITIES)))
def test_ordered_has_the_fixed_order_each_once(some):
    assert ordered(some) == tuple(m for m in ("text", "audio", "vision") if m in some)


def test_unknown_modalities_are_left_out():
    assert ordered(["smell", "audio"]) == ("audio",)


@pytest.mark.parametrize("subset", SUBSETS)
def test_a_subset_is_named_by_what_is_present_whatever_its_order(subset):
    expected = "full" if len(subset) == 3 else "+".join(subset)
    assert subset_name(reversed(subset), MODALITIES) == expected


def test_full_means_all_that_the_corpus_has():
    assert subset_name(["audio"], ["audio"]) == "full"
    assert subset_name(["vision", "audio"], ["audio", "vision"]) == "full"

"""Stratified draws: sizes as asked, every class in proportion, nothing lost."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emobench.corpus.leakage.stratified_draw import proportional_sizes, stratified_draw
from emobench.randomness import sample_stream


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.data())
def test_parts_have_their_sizes_and_each_class_in_proportion(
    classes: list[int], data: st.DataObject
) -> None:
    strata = np.array(classes, dtype=np.int64)
    sizes = data.draw(st.lists(st.integers(0, len(classes) // 3), max_size=3))
    parts = stratified_draw(strata, sizes, sample_stream(["x"], "a"))
    assert [len(p) for p in parts] == [*sizes, len(strata) - sum(sizes)]
    assert sorted(np.concatenate(parts)) == list(range(len(strata)))
    whole = np.bincount(strata, minlength=4) / len(strata)
    for part in parts:
        # The shares of all classes round at both ends of a part.
        apart = np.abs(np.bincount(strata[part], minlength=4) - whole * len(part))
        assert apart.max() <= len(set(classes))


def test_another_sample_is_drawn_otherwise() -> None:
    strata = np.repeat([0, 1, 2], [60, 30, 10])
    one, other = (
        stratified_draw(strata, [20, 50], sample_stream([name], "a"))[0] for name in ("x", "y")
    )
    assert not np.array_equal(one, other)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=6), st.integers(0, 300))
def test_sizes_in_proportion_add_up(shares: list[int], count: int) -> None:
    whole = max(1, sum(shares))
    sizes = proportional_sizes(shares, whole, count)
    assert sum(sizes) == (count if sum(shares) else 0)
    for share, size in zip(shares, sizes, strict=True):
        assert abs(size - share * count / whole) <= 1

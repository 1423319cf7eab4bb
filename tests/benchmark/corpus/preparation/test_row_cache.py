"""Rows that are kept in memory are the rows that would be read, and no more than the budget."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.corpus.preparation.fit import Feature
from emobench.corpus.preparation.row_cache import Budget, RowCache
from emobench.ragged_array import Ragged, RaggedWriter

SIZE = 3


@pytest.fixture(scope="module", params=["float32", "float16"])
def feature(request, tmp_path_factory):
    """Twelve utterances of 0 to 11 steps, standardised by two groups."""
    rng = np.random.default_rng(1)
    folder = tmp_path_factory.mktemp("rows")
    writer = RaggedWriter(folder, request.param)
    for steps in range(12):
        writer.append(rng.normal(size=(steps, SIZE)))
    writer.close()
    mean, scale = rng.normal(size=(2, 2, SIZE)).astype(np.float32)
    return Feature("made", Ragged(folder), SIZE, mean, scale, groups=np.arange(12) % 2)


def expected(feature, rows, lengths):
    """What the definition says, row by row."""
    values = np.zeros((len(rows), max(1, lengths.max(initial=1)), SIZE), np.float32)
    for i, (row, steps) in enumerate(zip(rows, lengths, strict=True)):
        values[i, :steps] = feature[int(row)][:steps]
    return values


batches = st.lists(
    st.lists(st.tuples(st.integers(0, 11), st.booleans()), max_size=9), min_size=1, max_size=5
)


@settings(max_examples=60)
@given(batches=batches, size=st.sampled_from([0, 100, 400, 10_000]))
def test_whatever_is_held_the_batch_is_the_same(feature, batches, size):
    budget = Budget(size)
    cache = RowCache(feature, budget)
    for batch in batches:
        rows = np.array([row for row, _ in batch], dtype=np.int64)
        lengths = np.where([kept for _, kept in batch], cache.lengths[rows], 0).astype(np.int64)
        found = cache.padded(rows, lengths)
        assert np.array_equal(found, expected(feature, rows, lengths))
        found[...] = np.nan  # a batch is its owner's: changing it must not change the next one
        assert budget.used <= size


def test_the_bytes_come_back_when_the_cache_is_gone(feature):
    budget = Budget(1 << 20)
    cache = RowCache(feature, budget)
    rows = np.arange(12)
    cache.padded(rows, cache.lengths)
    assert budget.used == int(cache.lengths.sum()) * SIZE * 4
    del cache
    gc.collect()
    assert budget.used == 0


@pytest.mark.parametrize("size", [0, 10_000])
def test_no_step_of_another_row_follows(feature, size):
    cache = RowCache(feature, Budget(size))
    rows = np.arange(1, 5)
    cache.padded(rows, cache.lengths[rows])
    with pytest.raises(ValueError, match="fewer steps"):
        cache.padded(rows, cache.lengths[rows] + 1)


def test_a_row_without_statistics_is_still_refused(feature):
    outside = Feature("made", feature.table, SIZE, feature.mean, feature.scale, np.full(12, -1))
    with pytest.raises(IndexError, match="in no group"):
        RowCache(outside, Budget(1 << 20)).padded(np.array([4]), np.array([4]))

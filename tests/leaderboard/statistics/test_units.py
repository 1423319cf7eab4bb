from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from emobench.leaderboard.statistics.metrics import confusion_matrix
from emobench.leaderboard.statistics.multilabel_metrics import class_matrices
from emobench.leaderboard.statistics.units import (
    BLOCKS,
    UnitNames,
    blocks,
    count_by_unit,
    units_of,
)


def test_an_utterance_that_is_not_named_is_its_own_unit() -> None:
    units = units_of(["a", "b", "c", "d"], {"a": "x", "c": "x", "d": "b"})
    assert len(units) == 3  # the speaker b is not the utterance b
    assert units.of[0] == units.of[2]
    assert len(set(units.of.tolist())) == 3


def test_the_key_tells_units_and_not_utterances() -> None:
    first = units_of(["a", "b", "c"], {"a": "x", "b": "y", "c": "x"})
    other = units_of(["d", "e"], {"d": "y", "e": "x"})
    assert first.key == other.key
    assert first.take(np.array([0, 2])).key != first.key
    assert units_of(["a"], {}).key != units_of(["a"], {"a": "a"}).key


def test_units_of_a_test_set_are_gathered_once() -> None:
    names = UnitNames("speaker", {"a": "x"})
    ids = np.array(["a", "b"])
    assert names.of("digest", ids) is names.of("digest", ids)


@pytest.mark.parametrize("n_units", [3, 40, 400])
@pytest.mark.parametrize("several", [False, True])
def test_counts_add_up_by_unit_and_by_weight(n_units: int, several: bool) -> None:
    generator = np.random.default_rng(n_units)
    n, classes = 1500, 4
    size = (n, classes) if several else (n,)
    truth = generator.integers(0, 2 if several else classes, size)
    predicted = generator.integers(0, 2 if several else classes, (2, *size))
    ids = [f"u{i}" for i in range(n)]
    of = generator.integers(0, n_units, n)
    units = units_of(ids, dict(zip(ids, map(str, of), strict=True)))
    counts = count_by_unit(truth, predicted, classes, units)
    weights = generator.integers(0, 3, (len(units), 5)).astype(np.float32)

    def by_hand(rows: np.ndarray) -> np.ndarray:
        if several:
            return np.stack([class_matrices(truth[rows], p[rows]) for p in predicted])
        return np.stack([confusion_matrix(truth[rows], p[rows], classes) for p in predicted])

    assert_array_equal(counts.total, by_hand(np.arange(n)))
    assert counts.multilabel is several
    assert_array_equal(counts.exchanged().total, np.swapaxes(counts.total, -1, -2))
    for seed in range(2):
        alone = counts.of_seed(seed)
        assert alone.multilabel is several
        assert alone.units is units
        assert_array_equal(alone.total, counts.total[seed : seed + 1])
        assert_array_equal(alone.weighted(weights), counts.weighted(weights)[:, seed : seed + 1])
    found = counts.weighted(weights)
    for r in range(5):
        again = np.repeat(np.arange(n), weights[units.of, r].astype(int))
        assert_array_equal(found[r], by_hand(again))
    left = counts.left_out()
    assert len(left) == (len(units) if len(units) <= BLOCKS else -(-len(units) // 2))
    member = blocks(units.key, len(units))
    assert_array_equal(left[1], by_hand(np.flatnonzero(member[units.of, 1] == 0)))


@pytest.mark.parametrize("n", [3, 200])
def test_classes_that_nobody_says_have_their_places(n: int) -> None:
    units = units_of([f"u{i}" for i in range(n)], {})
    truth, said = np.zeros(n, int), np.ones((2, n), int)
    total = count_by_unit(truth, said, 5, units).total
    assert total.shape == (2, 5, 5)
    assert_array_equal(total[0], confusion_matrix(truth, said[0], 5))
    one = units_of([f"u{i}" for i in range(n)], {f"u{i}": "x" for i in range(n)})
    assert_array_equal(count_by_unit(truth, said, 5, one).total, total)


def test_many_units_are_dealt_into_blocks_of_one_size() -> None:
    n = 2 * BLOCKS + 7
    member = blocks("key", n)
    assert_array_equal(member.sum(axis=1), np.ones(n))
    sizes = sorted(member.sum(axis=0).astype(int).tolist())
    assert set(sizes[1:]) == {3}
    assert sizes[0] == n % 3
    assert_array_equal(member, blocks("key", n))
    assert_array_equal(blocks("key", 5), np.eye(5))
    assert_array_equal(blocks("key", BLOCKS), np.eye(BLOCKS))
    assert_array_equal(blocks("key", 2 * BLOCKS).sum(axis=0), np.full(BLOCKS, 2))

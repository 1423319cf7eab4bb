"""The order in which utterances are batched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.training.sampling import (
    SAMPLERS,
    TrainRows,
    bucketed,
    evaluation_order,
)


def class_balanced(labels: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    rows = TrainRows(labels, np.zeros(len(labels), np.int64), np.ones(len(labels), np.int64))
    return SAMPLERS["class_balanced"](rows, 8, generator).utterances


def corpus_balanced(corpora: np.ndarray, size: int, seed: int) -> list[np.ndarray]:
    rows = TrainRows(np.zeros_like(corpora), corpora, np.ones_like(corpora))
    epoch = SAMPLERS["corpus_balanced"](rows, size, np.random.default_rng(seed))
    return [epoch.utterances[batch] for batch in epoch.batches]


LENGTHS = st.lists(st.integers(0, 300), min_size=1, max_size=150).map(np.array)


@given(lengths=LENGTHS, size=st.integers(1, 20), seed=st.integers(0, 9))
def test_an_epoch_sees_every_position_once_in_batches_of_the_size(
    lengths: np.ndarray, size: int, seed: int
) -> None:
    batches = list(bucketed(lengths, size, np.random.default_rng(seed)))
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))
    assert max(map(len, batches)) <= size + 1
    assert sum(len(b) != size for b in batches) <= 1


@given(lengths=LENGTHS, size=st.integers(2, 20), seed=st.integers(0, 9))
def test_no_batch_of_an_epoch_has_a_single_utterance_for_batch_normalisation(
    lengths: np.ndarray, size: int, seed: int
) -> None:
    batches = list(bucketed(lengths, size, np.random.default_rng(seed)))
    assert len(lengths) == 1 or min(map(len, batches)) > 1


@given(lengths=LENGTHS, size=st.integers(1, 20))
def test_evaluation_sees_every_position_once_by_length_and_always_alike(
    lengths: np.ndarray, size: int
) -> None:
    batches = list(evaluation_order(lengths, size))
    order = np.concatenate(batches)
    assert sorted(order) == list(range(len(lengths)))
    assert (np.diff(lengths[order]) >= 0).all()
    assert {len(b) for b in batches[:-1]} <= {size}
    np.testing.assert_array_equal(order, np.concatenate(list(evaluation_order(lengths, size))))


def test_the_same_seed_gives_the_same_epoch_and_the_next_epoch_is_another() -> None:
    lengths = np.arange(100) % 17

    def epochs(seed: int) -> list[list[int]]:
        generator = np.random.default_rng(seed)
        return [np.concatenate(list(bucketed(lengths, 8, generator))).tolist() for _ in range(2)]

    assert epochs(1) == epochs(1)
    assert epochs(1)[0] != epochs(1)[1]
    assert epochs(1)[0] != epochs(2)[0]


def test_batches_hold_utterances_of_like_length_but_not_always_the_same_mates() -> None:
    lengths = np.random.default_rng(0).integers(1, 500, 512)
    generator = np.random.default_rng(0)
    first, second = (list(bucketed(lengths, 16, generator)) for _ in range(2))
    spread = np.mean([np.ptp(lengths[b]) for b in first])
    assert spread < 0.3 * np.ptp(lengths)
    assert {frozenset(b.tolist()) for b in first} != {frozenset(b.tolist()) for b in second}
    # Buckets are shuffled: training does not go from short to long.
    middles = [lengths[b].mean() for b in first]
    assert abs(np.corrcoef(middles, range(len(middles)))[0, 1]) < 0.6


def test_class_balanced_draws_every_class_equally_and_only_what_is_there() -> None:
    labels = np.array([0] * 900 + [2] * 90 + [3] * 10)
    drawn = np.concatenate([class_balanced(labels, np.random.default_rng(s)) for s in range(10)])
    assert len(drawn) == 10 * len(labels)
    share = np.bincount(labels[drawn], minlength=4) / len(drawn)
    assert share == pytest.approx([1 / 3, 0, 1 / 3, 1 / 3], abs=0.02)
    # Within a class everyone is drawn: 10,000 draws of 90 for the second one.
    assert set(drawn[labels[drawn] == 2]) == set(range(900, 990))


@given(labels=st.lists(st.integers(0, 6), min_size=1, max_size=60).map(np.array))
def test_class_balanced_returns_positions(labels: np.ndarray) -> None:
    drawn = class_balanced(labels, np.random.default_rng(0))
    assert len(drawn) == len(labels)
    assert drawn.min() >= 0
    assert drawn.max() < len(labels)


CORPORA = st.lists(st.integers(0, 3), min_size=4, max_size=150).map(np.array)


@given(corpora=CORPORA, size=st.integers(4, 20), seed=st.integers(0, 9))
def test_each_batch_holds_equal_shares_of_every_corpus(
    corpora: np.ndarray, size: int, seed: int
) -> None:
    members = np.unique(corpora)
    batches = corpus_balanced(corpora, size, seed)
    assert sum(map(len, batches)) == len(corpora)
    for batch in batches:
        counts = [(corpora[batch] == c).sum() for c in members]
        assert max(counts) - min(counts) <= 1 + (len(batch) > size)


@given(corpora=CORPORA, seed=st.integers(0, 9))
def test_no_utterance_of_a_corpus_comes_again_before_all_have_come(
    corpora: np.ndarray, seed: int
) -> None:
    drawn = np.concatenate(corpus_balanced(corpora, 8, seed))
    for c in np.unique(corpora):
        times = np.bincount(drawn[corpora[drawn] == c], minlength=len(corpora))[corpora == c]
        assert times.max() - times.min() <= 1


@given(size=st.integers(2, 20), n=st.integers(2, 90), seed=st.integers(0, 9))
def test_a_single_corpus_is_drawn_uniformly_and_no_batch_has_one_utterance(
    size: int, n: int, seed: int
) -> None:
    zeros = np.zeros(n, dtype=int)
    batches = corpus_balanced(zeros, size, seed)
    assert sorted(np.concatenate(batches)) == list(range(n))
    assert min(map(len, batches)) > 1


@given(
    name=st.sampled_from(sorted(SAMPLERS)),
    n=st.integers(2, 90),
    size=st.integers(2, 20),
    seed=st.integers(0, 9),
)
def test_every_sampler_batches_all_that_it_has_drawn(
    name: str, n: int, size: int, seed: int
) -> None:
    number = np.arange(n)
    rows = TrainRows(number % 3, number % 2, number % 5 + 1)
    epoch = SAMPLERS[name](rows, size, np.random.default_rng(seed))
    assert set(epoch.utterances) <= set(number)
    batches = list(epoch.batches)
    assert max(map(len, batches)) <= size + 1
    assert min(map(len, batches)) > 1
    assert np.concatenate(batches).max() < len(epoch.utterances)
    assert len(np.concatenate(batches)) == len(epoch.utterances)


@pytest.mark.parametrize("size", [16, 32, 64, 128])
@pytest.mark.parametrize("count", [300, 1080])
def test_buckets_leave_the_batches_of_a_small_split_random(size: int, count: int) -> None:
    # Before, the pools were most of the split, and the same utterances met in every epoch.
    lengths = np.random.default_rng(1).integers(20, 120, count)
    generator = np.random.default_rng(2)

    def epoch() -> list[set[int]]:
        return [set(b.tolist()) for b in bucketed(lengths, size, generator)]

    first, second = epoch(), epoch()
    whole = [b for b in first if len(b) == size]
    best = [max(len(a & b) / len(a | b) for b in second) for a in whole]
    order = [generator.permutation(count) for _ in range(2)]
    parts = [[set(o[i : i + size].tolist()) for i in range(0, count, size)] for o in order]
    shuffled = [max(len(a & b) / len(a | b) for b in parts[1]) for a in parts[0] if len(a) == size]
    assert np.mean(best) < np.mean(shuffled) + 0.12

"""What is drawn of calibration, and the number beside it, come from the same bins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t

from emobench.leaderboard.statistics.calibration import reliability
from emobench.leaderboard.statistics.metrics import BINS, expected_calibration_error, probabilities
from emobench.leaderboard.statistics.multilabel_metrics import binary_calibration_error
from emobench.leaderboard.statistics.units import units_of


def made(seed: int, n: int, several: bool, n_seeds: int = 2) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, (n, 3)) if several else rng.integers(0, 4, n)
    size = 3 if several else 4
    return [((3 * rng.normal(size=(n, size))).astype(np.float32), truth) for _ in range(n_seeds)]


def named(n: int, per: int = 1) -> list[str]:
    return [f"u{i // per}" for i in range(n)]


@given(st.integers(0, 10_000), st.integers(1, 60), st.booleans(), st.integers(1, 5))
@settings(max_examples=15, deadline=None)
def test_the_gaps_of_the_bins_are_the_error_of_the_tables(
    seed: int, n: int, several: bool, per: int
) -> None:
    pairs = made(seed, n, several)
    units = units_of([f"i{i}" for i in range(n)], dict(zip([f"i{i}" for i in range(n)],
                     named(n, per), strict=True)))  # fmt: skip
    error = binary_calibration_error if several else expected_calibration_error
    found = reliability(pairs, units, "me")
    assert found.error.value == pytest.approx(np.mean([error(*p) for p in pairs]), abs=1e-12)
    assert found.counts.sum() == n * len(pairs) * (3 if several else 1)
    assert found.error.low <= found.error.value <= found.error.high


def test_every_bin_holds_the_answers_that_are_as_sure() -> None:
    pairs = made(3, 200, several=False)
    counts, sure, right = reliability(pairs, units_of(named(200), {}), "me").pooled()
    listed = [
        (row.max(), row.argmax() == true)
        for logits, truth in pairs
        for row, true in zip(probabilities(logits), truth, strict=True)
    ]
    for k in range(BINS):
        here = [one for one in listed if k / BINS < one[0] <= (k + 1) / BINS]
        assert counts[k] == len(here)
        if here:
            assert sure[k] == pytest.approx(np.mean([p for p, _ in here]))
            assert right[k] == pytest.approx(np.mean([hit for _, hit in here]))


def test_of_one_seed_the_excess_has_the_interval_of_a_mean() -> None:
    ((logits, truth),) = made(5, 80, several=False, n_seeds=1)
    found = reliability([(logits, truth)], units_of(named(80), {}), "me").excess
    chances = probabilities(logits)
    excess = chances.max(axis=1) - (chances.argmax(axis=1) == truth)
    half = t.ppf(0.975, 79) * excess.std(ddof=1) / np.sqrt(80)
    assert found.value == pytest.approx(excess.mean())
    assert (found.low, found.high) == pytest.approx((excess.mean() - half, excess.mean() + half))


def test_one_speaker_tells_nothing_of_others() -> None:
    names = named(30)
    units = units_of(names, dict.fromkeys(names, "s"))
    found = reliability(made(1, 30, several=False), units, "me")
    assert (found.error.low, found.error.high) == (0.0, 1.0)


def test_chance_is_what_true_probabilities_show() -> None:
    rng = np.random.default_rng(11)
    logits = (2 * rng.normal(size=(150, 4))).astype(np.float32)
    chances = probabilities(logits).cumsum(axis=1)
    truths = [(rng.random((150, 1)) > chances).sum(axis=1).clip(max=3) for _ in range(400)]
    shown = np.mean([expected_calibration_error(logits, truth) for truth in truths])
    units = units_of(named(150), {})
    told = {round(reliability([(logits, one)], units, "me").by_chance, 12) for one in truths[:3]}
    assert len(told) == 1  # it depends on the probabilities alone
    assert told.pop() == pytest.approx(shown, rel=0.06)

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.missingness import drop_probability, keep, missing_rate, random_mask


@given(st.integers(2, 6), st.floats(0.0, 0.999))
@settings(deadline=None)
def test_drop_probability_inverts_the_missing_rate(count, share):
    rate = share * (count - 1) / count
    p = drop_probability(rate, count)
    assert 0 <= p <= 1
    assert p - p**count / count == pytest.approx(rate, abs=1e-6)


@pytest.mark.parametrize(
    ("rate", "count", "p"),
    [
        (0.5, 1, 0),
        (0.5, 0, 0),
        (0.0, 3, 0),
        (-0.1, 3, 0),
        (0.7, 3, 1),
        (0.5, 2, 1),
        (0.9, 2, 1),
        (0.9, 4, 1),
        (0.75, 4, 1),
        (0.99, 6, 1),
    ],
)
def test_drop_probability_at_its_ends(rate, count, p):
    assert drop_probability(rate, count) == p


def test_without_a_rate_everything_is_there():
    available = np.array([[1, 1, 0], [0, 0, 0]], dtype=bool)
    values = np.zeros((2, 3))
    assert (random_mask(values, available, 0.0) == available).all()
    assert random_mask(values, available, 0.4).sum() == 1, "one is always kept, the first of equals"
    assert missing_rate(random_mask(values, available, 0.4), available) == 0.5


def test_keep_keeps_what_reaches_the_probability():
    kept = keep(np.array([[0.3, 0.2, 0.1]]), np.ones((1, 3), dtype=bool), 0.2)
    assert kept.tolist() == [[True, True, False]]


def test_missing_rate_counts_available_pairs_only():
    available = np.array([[1, 1, 0], [1, 1, 0]], dtype=bool)
    mask = np.array([[1, 0, 1], [1, 1, 1]], dtype=bool)
    assert missing_rate(mask, available) == 0.25
    assert missing_rate(np.zeros((2, 3), bool), np.zeros((2, 3), bool)) == 0

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest

from emobench.leaderboard.statistics.holm import adjusted


def closed(p: np.ndarray) -> list[float]:
    """Adjusted p-values of the closed test whose every intersection is tested by Bonferroni."""
    m = len(p)
    sets = [*chain.from_iterable(combinations(range(m), r) for r in range(1, m + 1))]
    return [max(min(1.0, len(s) * min(p[j] for j in s)) for s in sets if i in s) for i in range(m)]


@pytest.mark.parametrize("m", [1, 2, 5])
def test_it_is_the_closed_test_of_bonferroni(m: int) -> None:
    rng = np.random.default_rng(m)
    for _ in range(20):
        p = rng.random(m) ** 3
        assert adjusted(p) == pytest.approx(closed(p))


def test_equal_p_values_and_none() -> None:
    assert adjusted(np.array([0.02, 0.02])).tolist() == [0.04, 0.04]
    assert adjusted(np.array([])).tolist() == []

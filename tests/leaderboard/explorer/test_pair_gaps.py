from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.leaderboard.explorer.pair_gaps import gaps
from emobench.leaderboard.statistics.variance import Sampled, difference_of

sizes = st.lists(st.integers(1, 4), min_size=2, max_size=5)


def made(generator: np.random.Generator, owner: str, seeds: int, units: int) -> Sampled:
    effects = generator.normal(0, 0.2, (seeds, 1)) + generator.normal(0, 0.3, (seeds, units))
    return Sampled(float(generator.uniform(0, 1)), {(owner, f"on {units}"): effects})


def check(some: list[Sampled]) -> None:
    pairs = [(i, j) for i in range(len(some)) for j in range(len(some)) if i != j]
    found = gaps(some, pairs)
    for place, (i, j) in enumerate(pairs):
        told = difference_of(some[i], some[j]).interval(-1.0, 1.0)
        row = (found.values[place], found.lows[place], found.highs[place])
        assert row == pytest.approx((told.value, told.low, told.high), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(sizes, st.integers(1, 9), st.integers(0, 10_000), st.booleans())
def test_many_differences_are_what_each_is_alone(
    seeds: list[int], units: int, seed: int, is_quiet: bool
) -> None:
    generator = np.random.default_rng(seed)
    some = [made(generator, f"owner {i}", n, units) for i, n in enumerate(seeds)]
    if is_quiet:
        # A model that decides alike for every unit and seed, and the same once more.
        still = {("still", f"on {units}"): np.zeros((1, units))}
        some += [Sampled(0.5, still), Sampled(0.5, {("too", f"on {units}"): np.zeros((2, units))})]
    check(some)


def test_trainings_and_units_that_are_shared_are_paired_as_anywhere_else() -> None:
    generator = np.random.default_rng(1)
    one, other = made(generator, "net", 3, 6), made(generator, "net", 3, 6)
    several = Sampled(0.4, {**one.effects, ("else", "on 6"): generator.normal(0, 1, (2, 6))})
    check([one, other, several, made(generator, "elsewhere", 2, 5)])


def test_several_test_sets_are_kept_apart() -> None:
    generator = np.random.default_rng(2)
    check([made(generator, f"owner {i}", 2, units) for i, units in enumerate((6, 9, 6, 9, 1, 1))])


def test_no_pair_is_no_difference() -> None:
    assert gaps([], []).values.shape == (0,)

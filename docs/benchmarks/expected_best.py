"""How often intervals of the expected best score of a search contain it, and how biased it is.

Scores of trials are drawn from known distributions, folds correlated as trials with the same
settings are; what a search of n trials finds on average then follows from many draws. Two intervals
are compared, the smoothed bootstrap of `emobench.leaderboard.statistics.expected_best` and the same
without smoothing, and two estimators, without replacement and with it. Run it from the repository::

    python docs/benchmarks/expected_best.py --draws 400
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from emobench.leaderboard.statistics.expected_best import (
    REPLICATES,
    best_curve,
    best_replicates,
    expected_best,
)

Floats = NDArray[np.float64]
PRESET = 0.6


def _bell(z: Floats) -> Floats:
    return 0.6 + 0.05 * z


def _low(z: Floats) -> Floats:
    return 0.5 + 0.07 * z


def _capped(z: Floats) -> Floats:
    return 0.7 - 0.05 * np.exp(0.7 * z)


SHAPES: dict[str, tuple[Callable[[Floats], Floats], float]] = {
    "around the preset": (_bell, 0.0),
    "mostly below it": (_low, 0.0),
    "with a ceiling": (_capped, 0.0),
    "a fifth fails": (_bell, 0.2),
}
"""Name to how scores follow from a standard normal, and the share of trials that fail."""


def drawn(generator: np.random.Generator, shape: str, draws: int, folds: int, count: int) -> Floats:
    """Return scores ``[D, F, M]``: half of their variance is common to the folds of a trial."""
    transform, failing = SHAPES[shape]
    common = generator.standard_normal((draws, 1, count))
    own = generator.standard_normal((draws, folds, count))
    scores = transform((common + own) / np.sqrt(2))
    fails = generator.random((draws, 1, count)) < failing
    return np.where(fails, 0.0, scores)


def plain_replicates(preset: Floats, scores: Floats, generator: np.random.Generator) -> Floats:
    """Return ``[R, M + 1]`` without smoothing."""
    count = scores.shape[-1]
    places = generator.integers(0, count, (REPLICATES, count))
    start = np.broadcast_to(preset, (REPLICATES, len(preset)))
    return expected_best(start, np.moveaxis(scores[:, places], 0, 1)).mean(axis=1)


def with_replacement(preset: Floats, scores: Floats) -> Floats:
    """Return ``[M + 1]``: the preset and k trials drawn with replacement (Dodge et al. 2019)."""
    count = scores.shape[-1]
    ordered = np.maximum(np.sort(scores, axis=-1), preset[:, None]).mean(axis=0)
    shares = np.arange(count + 1) / count
    best = [float(np.diff(shares**k) @ ordered) for k in range(1, count + 1)]
    return np.array([preset.mean(), *best])


def measure(shape: str, folds: int, trials: int, draws: int) -> list[str]:
    """Return the cells of one line: by number of trials both coverages and both biases."""
    generator, count = np.random.default_rng(0), trials - 1
    preset = np.full(folds, PRESET)
    many = drawn(generator, shape, 40_000, folds, count)
    asked = [n for n in (2, 4, 8, 16, 32) if n <= trials]
    truth = {n: np.maximum(many[..., : n - 1].max(axis=-1), PRESET).mean() for n in asked}
    hits = np.zeros((2, len(asked)))
    bias = np.zeros((2, len(asked)))
    for i, scores in enumerate(drawn(generator, shape, draws, folds, count)):
        ours = best_curve(preset, scores, best_replicates(preset, scores, f"{shape} {i}"))
        plain = best_curve(preset, scores, plain_replicates(preset, scores, generator))
        other = with_replacement(preset, scores)
        for k, n in enumerate(asked):
            for row, curve in enumerate((ours, plain)):
                point = curve[n - 1]
                hits[row, k] += point.low - 1e-9 <= truth[n] <= point.high + 1e-9
            bias[0, k] += ours[n - 1].value - truth[n]
            bias[1, k] += other[n - 1] - truth[n]
    hits, bias = hits / draws, bias / draws
    return [
        f"{hits[0, k]:.2f} / {hits[1, k]:.2f} ({bias[0, k]:+.4f} / {bias[1, k]:+.4f})"
        for k in range(len(asked))
    ]


def main() -> None:
    """Print the table of the documentation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=400)
    draws = parser.parse_args().draws
    print("coverage of 95% intervals, smoothed / plain (bias without / with replacement)")
    for trials in (8, 16):
        for folds in (1, 6):
            print(f"\n{trials} trials, {folds} fold(s): 2, 4, 8, … trials")
            for shape in SHAPES:
                print(f"  {shape:<18}", *measure(shape, folds, trials, draws), sep="  ")


if __name__ == "__main__":
    main()

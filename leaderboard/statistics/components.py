"""Where the uncertainty of a difference comes from: the tested units, the seeds, and both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emobench.leaderboard.statistics.metrics import Floats
from emobench.leaderboard.statistics.variance import interaction, satterthwaite

ROUNDING: Final = 1e-12
"""Differences that are no larger than this, relative to what is subtracted, are rounding."""


@dataclass(frozen=True)
class SeedPart:
    """What the seeds of one model add to the uncertainty.

    Parameters
    ----------
    n
        Number of seeds.
    seeds
        Variance of a score between seeds on endlessly many units; 0 where there is one seed.
    both
        Variance of what one seed does on one unit beyond the effects of both; 0 likewise.
    is_fixed
        Whether the model is the same under every seed, so that one seed tells all.
    """

    n: int
    seeds: float
    both: float
    is_fixed: bool = False


@dataclass(frozen=True)
class Components:
    """A score or a difference with the variances behind it.

    Parameters
    ----------
    value
        The score or the difference.
    spread
        Variance over units of the mean over seeds: ``units`` and the part of the seeds in it.
    n_units
        Number of units U.
    sides
        The seeds of each model that takes part, one for a score and two for a difference.
    """

    value: float
    spread: float
    n_units: int
    sides: tuple[SeedPart, ...]

    @property
    def units(self) -> float:
        """Variance between units on endlessly many seeds, at least 0."""
        return max(0.0, self.spread - sum(one.both / one.n for one in self.sides))

    @property
    def seeds(self) -> float:
        """Variance between seeds, summed over the models."""
        return sum(one.seeds for one in self.sides)

    @property
    def both(self) -> float:
        """Variance of seeds × units, summed over the models."""
        return sum(one.both for one in self.sides)

    @property
    def one_seed(self) -> bool:
        """Whether a trained model has one seed, so that nobody knows the spread between seeds."""
        return any(one.n < 2 and not one.is_fixed for one in self.sides)

    def error(self, n_units: int | None = None, n_seeds: int | None = None) -> float:
        """Return the standard error, of these units and seeds or of other numbers of them.

        NaN with fewer than two units: then nothing is known of how units differ.
        """
        if self.n_units < 2:
            return float("nan")
        sides = self._sides(n_seeds)
        of_seeds = sum(one.seeds / one.n for one in sides)
        return float(np.sqrt(self._of_units(n_units or self.n_units, sides) + of_seeds))

    def degrees(self, n_units: int | None = None, n_seeds: int | None = None) -> float:
        """Return the degrees of freedom of `error`; 0 where that is not known.

        Notes
        -----
        Satterthwaite, "An approximate distribution of estimates of variance components",
        *Biometrics* 2 (1946): the error is a sum of mean squares, and each counts with its own
        degrees of freedom, units less one and seeds less one. The mean square between seeds is
        that of these units, of which `SeedPart.seeds` is what units cannot explain. Of the sizes
        that there are, it is `Sampled.freedom`.
        """
        units, sides = n_units or self.n_units, self._sides(n_seeds)
        if self.n_units < 2 or units < 2:
            return 0.0
        of_units = self._of_units(units, sides)
        error = of_units + sum(one.seeds / one.n for one in sides)
        if error == 0:
            return units - 1.0
        parts = [(of_units, units - 1.0)]
        for one in sides:
            if one.seeds and one.n > 1:
                both = one.both / units / one.n
                parts.append((one.seeds / one.n + both, one.n - 1.0))
                parts.append((both, (one.n - 1.0) * (units - 1)))
        return satterthwaite(error, sum(v**2 / n for v, n in parts), parts)

    def _sides(self, n_seeds: int | None) -> list[SeedPart]:
        return [replace(one, n=n_seeds or one.n) for one in self.sides]

    def _of_units(self, n_units: int, sides: Sequence[SeedPart]) -> float:
        """Variance of the mean over units, what seeds add to it included."""
        if all(one.n == own.n for one, own in zip(sides, self.sides, strict=True)):
            return self.spread / n_units
        return (self.units + sum(one.both / one.n for one in sides)) / n_units


def components_of(
    value: float, models: Sequence[Floats], n_units: int, fixed: Sequence[bool] = (False, False)
) -> Components:
    """Return the variances behind a score or a difference.

    Parameters
    ----------
    value
        The score, or the first model's less the second's.
    models
        Effects of one model, or of two whose units are paired and whose trainings are not:
        ``[S, B]`` each, how a seed and a block of units move the score.
    n_units
        Number of units U; more than B where units were left out in blocks.
    fixed
        Of each model, whether it is the same under every seed.

    Notes
    -----
    Two-way analysis of variance without replication, units and seeds both drawn at random: Searle,
    Casella and McCulloch, *Variance Components*, 1992; see also the references of `variance.py`.
    """
    signs = (1.0, -1.0)
    means = sum(s * effects.mean(axis=0) for s, effects in zip(signs, models, strict=False))
    means = np.asarray(means, np.float64)
    scale = n_units / len(means)  # a block of several units varies less than one unit
    spread = float(means.var(ddof=1)) * scale if len(means) > 1 else 0.0
    sides = tuple(
        replace(_side(effects, scale), is_fixed=same)
        for effects, same in zip(models, fixed, strict=False)
    )
    return Components(float(value), spread, n_units if len(means) > 1 else 1, sides)


def _side(effects: Floats, scale: float) -> SeedPart:
    size, n = effects.shape
    if size < 2 or n < 2:
        return SeedPart(size, 0.0, 0.0)
    both = float(interaction(effects))
    between = float(effects.mean(axis=1).var(ddof=1)) - both / n
    return SeedPart(size, max(0.0, between), both * scale)


@dataclass(frozen=True)
class PairErrors:
    """All differences of p models, ``[p, p]``: that of the row less that of the column.

    Parameters
    ----------
    gaps, errors, degrees
        The differences, their standard errors and their degrees of freedom; 0 on the diagonal, and
        an error of infinity where there is one unit alone.
    """

    gaps: NDArray[np.float64]
    errors: NDArray[np.float64]
    degrees: NDArray[np.float64]


def pair_errors(
    values: Sequence[float], models: Sequence[Floats], fixed: Sequence[bool] = ()
) -> PairErrors:
    """Return the differences of p models on the same units, with errors fit for a family of tests.

    Parameters
    ----------
    values
        The p scores.
    models
        Effects of each model, ``[S, B]``; the B blocks of units are the same for all.
    fixed
        Of each model, whether it is the same under every seed; empty: of none is it known.

    Notes
    -----
    A family tests each pair far out in the tail, where the two or four degrees of freedom of a
    pair's own seeds decide everything. So the spread between seeds is pooled over the models whose
    seeds differ at all, and a model counts with its own where that is larger, or with theirs if it
    has one seed alone. Units need no pooling: their differences are paired, and one seed more or
    less does not change how many there are.
    """
    p = len(values)
    n = models[0].shape[1] if p else 0
    shape = (p, p)
    if n < 2:
        return PairErrors(
            np.subtract.outer(values, values), np.full(shape, np.inf), np.zeros(shape)
        )
    means = np.array([effects.mean(axis=0) for effects in models])
    of_units = (means[:, None] - means[None]).var(axis=2, ddof=1) / n
    net, gross, freedom = _seed_variances(models, fixed or [False] * p)
    variance = of_units + net[:, None] + net
    over = of_units**2 / (n - 1)
    if freedom:
        over = over + (gross[:, None] + gross) ** 2 / freedom
    degrees = np.divide(variance**2, over, out=np.full(shape, n - 1.0), where=over > 0)
    # As in `satterthwaite`: what is taken off the seeds' part makes nothing less known.
    degrees = np.maximum(degrees, min(n - 1.0, freedom or np.inf))
    errors = np.sqrt(variance)
    np.fill_diagonal(errors, 0.0)
    np.fill_diagonal(degrees, 0.0)
    return PairErrors(np.subtract.outer(values, values), errors, degrees)


def _seed_variances(
    models: Sequence[Floats], fixed: Sequence[bool]
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """What seeds add to each model's variance, alone and with these units; degrees of freedom."""
    sizes = np.array([len(effects) for effects in models], dtype=np.float64)
    net, gross = np.zeros(len(models)), np.zeros(len(models))
    known = np.array([_seeds_differ(effects) for effects in models])
    if not known.any():
        return net, gross, 0
    for i, effects in enumerate(models):
        if known[i]:
            gross[i] = effects.mean(axis=1).var(ddof=1)
            net[i] = gross[i] - interaction(effects) / effects.shape[1]
    weights = sizes[known] - 1
    pooled_net = max(0.0, float(np.average(net[known], weights=weights)))
    pooled_gross = float(np.average(gross[known], weights=weights))
    moved = known | ((sizes == 1) & ~np.asarray(fixed))
    net = np.where(moved, np.maximum(net, pooled_net), 0.0) / sizes
    gross = np.where(moved, np.maximum(gross, pooled_gross), 0.0) / sizes
    return net, gross, int(weights.sum())


def _seeds_differ(effects: Floats) -> bool:
    """Whether any unit tells the seeds of a model apart by more than rounding."""
    largest = float(np.abs(effects).max(initial=0.0))
    return bool(np.ptp(effects, axis=0).max(initial=0.0) > ROUNDING * largest)

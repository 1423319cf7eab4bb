"""A number with its interval, computed once more from the cells of its rows.

The method is that of docs/statistics.md, "The method", written a second time: nothing here calls
the code that made the page's number, but for the names of units and the quantile of Student's t.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from emobench.leaderboard.pedigree.plain_scores import confusion, count_score, plain_score
from emobench.leaderboard.pedigree.raw_cells import RawCell
from emobench.leaderboard.statistics.bootstrap import LEVEL, Estimate
from emobench.leaderboard.statistics.units import blocks, units_of

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Counted:
    """The score of one row, counted anew.

    Parameters
    ----------
    value
        Mean over seeds.
    seeds
        Seed to its score.
    owner, units
        Whose trainings they are, and the key of the units: what equal ones share is paired.
    effects
        ``[S, B]`` by how much each seed and unit moves the score; None of a measure that has no
        interval.
    """

    value: float
    seeds: Mapping[int, float]
    owner: str
    units: str
    effects: Floats | None


def counted_row(
    seeds: Mapping[int, Sequence[RawCell]],
    measure: str,
    unit: Mapping[str, str],
    owner: str,
    classes: int,
    has_interval: bool = True,
) -> Counted:
    """Score the cells of a row.

    Parameters
    ----------
    seeds
        Seed to its cells, one per fold, cut down to the utterances that count.
    measure
        A measure by its column.
    unit
        Id to the name of its unit; an utterance that it lacks is its own.
    owner
        Whose trainings the seeds are.
    classes
        Number of classes.
    has_interval
        Whether other units would give another score that is known: not of calibration errors.

    Notes
    -----
    The folds of a seed are pooled before they are scored.
    """
    values, tables, key = {}, [], ""
    for seed, cells in seeds.items():
        truth = np.concatenate([cell.truth for cell in cells])
        decided = np.concatenate([cell.decisions for cell in cells])
        logits = np.concatenate([cell.logits for cell in cells])
        values[seed] = plain_score(measure, truth, decided, logits)
        units = units_of(np.concatenate([cell.ids for cell in cells]), unit)
        key = units.key
        size = max(classes, logits.shape[1])
        tables.append(confusion(truth, decided, units.of, size))
    value = sum(values.values()) / len(values)
    effects = _effects(tables, measure, key, value) if has_interval else None
    return Counted(value, values, owner, key, effects)


def _effects(tables: Sequence[Floats], measure: str, key: str, value: float) -> Floats:
    """Pseudo-value of every seed and block of units, less the score."""
    member = blocks(key, len(tables[0]))
    found = []
    for table in tables:
        whole = table.sum(axis=0)
        score = count_score(measure, whole)
        rest = [score]
        if member.shape[1] > 1:
            parts = (table[column > 0].sum(axis=0) for column in member.T)
            rest = [count_score(measure, whole - part) for part in parts]
        n = len(rest)
        found.append([n * score - (n - 1) * one - value for one in rest])
    return np.array(found)


def interval(
    value: float, terms: Sequence[tuple[float, Counted]], low: float, high: float
) -> Estimate:
    """Return a number with its 95% interval, cut off at `low` and `high`.

    Parameters
    ----------
    value
        The number.
    terms
        Its derivative by each row's score, and that row.
    low, high
        The least and the most that it can be.
    """
    error, freedom = spread(terms)
    reach = error * float(stdtrit(freedom, 0.5 + LEVEL / 2)) if error else 0.0
    return Estimate(value, max(low, value - reach), min(high, value + reach))


def spread(terms: Sequence[tuple[float, Counted]]) -> tuple[float, float]:
    """Return the standard error of a combination of scores, and its degrees of freedom."""
    tables: dict[tuple[str, str], Floats] = {}
    for factor, row in terms:
        assert row.effects is not None
        place = (row.owner, row.units)
        tables[place] = tables.get(place, 0.0) + factor * row.effects
    of_units: dict[str, Floats] = {}
    of_seeds: dict[str, Floats] = {}
    left: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for (owner, units), table in tables.items():
        of_units[units] = of_units.get(units, 0.0) + table.mean(axis=0)
        if len(table) > 1:
            of_seeds[owner] = of_seeds.get(owner, 0.0) + table.mean(axis=1)
            left[owner].append(_unexplained(table))
    parts = [_of_mean(values) for values in of_units.values()]
    for owner, values in of_seeds.items():
        more = _of_mean(values)
        if more[0] > sum(v for v, _ in left[owner]):
            parts += [more, *((-v, f) for v, f in left[owner])]
    variance = sum(v for v, _ in parts)
    if not np.isfinite(variance):
        return np.inf, 1.0
    below = sum(v**2 / f for v, f in parts if v)
    if not below > 0:
        return float(np.sqrt(variance)), np.inf
    least = min(f for v, f in parts if v > 0)
    return float(np.sqrt(variance)), max(variance**2 / below, least)


def _of_mean(values: Floats) -> tuple[float, float]:
    n = len(values)
    if n < 2:
        return np.inf, 1.0
    return float(np.sum((values - values.mean()) ** 2) / (n - 1) / n), n - 1.0


def _unexplained(table: Floats) -> tuple[float, float]:
    """Variance of the table's mean by what is neither its lines nor its columns."""
    n_seeds, n_units = table.shape
    freedom = float((n_seeds - 1) * (n_units - 1))
    if not freedom:
        return 0.0, 1.0
    lines, columns = table.mean(axis=1)[:, None], table.mean(axis=0)[None, :]
    rest = table - lines - columns + table.mean()
    return float(np.sum(rest * rest) / freedom / table.size), freedom

"""Whether ranks keep their level, and whether predicted power is the power that is observed.

Models decide about utterances of drawn speakers. A model is right where a sum of independent normal
parts lies above zero: its own level, what makes a speaker easy for every model and for this one,
how hard the utterance is, the training, the training on this speaker, and a rest. So the score over
all speakers and trainings there could be is known exactly: the normal probability of the level in
units of the whole spread. Run it from the repository::

    python docs/benchmarks/ranks_and_power.py ranks --draws 500
    python docs/benchmarks/ranks_and_power.py power --draws 500
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from emobench.leaderboard.statistics.bootstrap import bootstrap, unit_weights
from emobench.leaderboard.statistics.components import (
    Components,
    SeedPart,
    components_of,
    pair_errors,
)
from emobench.leaderboard.statistics.holm import adjusted
from emobench.leaderboard.statistics.power import power_of
from emobench.leaderboard.statistics.ranks import simultaneous_ranks
from emobench.leaderboard.statistics.units import UnitCounts, count_by_unit, units_of
from emobench.leaderboard.statistics.variance import Sampled, difference_of, sampled

MEASURE = "macro_f1"
CLASSES = 6


@dataclass(frozen=True)
class World:
    """Standard deviations of the normal parts, and the sizes of a draw.

    Parameters
    ----------
    speaker, taste
        How easy a speaker is for all models, and for one of them beyond that.
    utterance
        How hard an utterance is for all models.
    training, both
        What a training does everywhere, and on one speaker beyond that.
    wild
        What a training of the first models does, where that is more than of the others.
    speakers, utterances, seeds
        Speakers, utterances of each, and trainings of each model.
    """

    speaker: float = 0.4
    taste: float = 0.3
    utterance: float = 0.7
    training: float = 0.1
    both: float = 0.15
    wild: tuple[float, ...] = ()
    speakers: int = 20
    utterances: int = 20
    seeds: int = 3

    def trainings(self, n: int) -> tuple[float, ...]:
        """What a training of each of n models does everywhere."""
        return (*self.wild, *[self.training] * n)[:n]

    def spread(self, training: float) -> float:
        """Standard deviation of the whole sum."""
        parts = (self.speaker, self.taste, self.utterance, training, self.both)
        return float(np.sqrt(1 + sum(part**2 for part in parts)))

    def draw(self, scores: Sequence[float], number: int) -> list[UnitCounts]:
        """Draw speakers, utterances and trainings; return each model's counts by speaker.

        Parameters
        ----------
        scores
            True macro-F1 of each model.
        number
            Number of the draw: equal numbers give equal draws.
        """
        rng = np.random.default_rng([number, self.speakers, self.seeds, len(scores)])
        size = self.speakers * self.utterances
        truth = np.arange(size) % CLASSES  # every speaker says everything
        who = np.repeat(np.arange(self.speakers), self.utterances)
        names = [f"{number}/{i}" for i in range(size)]
        units = units_of(names, {name: f"{number}/{s}" for name, s in zip(names, who, strict=True)})
        shared = self.speaker * rng.normal(size=self.speakers)[who]
        shared = shared + self.utterance * rng.normal(size=size)
        found = []
        for score, training in zip(scores, self.trainings(len(scores)), strict=True):
            own = self.taste * rng.normal(size=self.speakers)[who]
            trained = training * rng.normal(size=(self.seeds, 1))
            apart = self.both * rng.normal(size=(self.seeds, self.speakers))[:, who]
            rest = rng.normal(size=(self.seeds, size))
            level = norm.ppf(score) * self.spread(training)
            is_right = level + shared + own + trained + apart + rest > 0
            wrong = (truth + rng.integers(1, CLASSES, is_right.shape)) % CLASSES
            found.append(count_by_unit(truth, np.where(is_right, truth, wrong), CLASSES, units))
        return found


def read(counts: Sequence[UnitCounts]) -> tuple[list[Sampled], list[NDArray[np.float64]]]:
    """Return each model's score with its effects, and the effects alone."""
    scores = [sampled(one, str(i))[MEASURE] for i, one in enumerate(counts)]
    return scores, [next(iter(score.effects.values())) for score in scores]


@dataclass(frozen=True)
class Level:
    """Shares of draws: two equal models share a rank, and a wrong statement was made.

    Parameters
    ----------
    shared
        Neither of the first two models, which are equal, is shown to be better.
    family
        Some model was called better than one that is as good or better, or a true rank lies outside
        of its range.
    uncorrected
        The same if each pair is decided by its own 95% interval.
    """

    shared: float
    family: float
    uncorrected: float


def rank_level(world: World, scores: Sequence[float], draws: int) -> Level:
    """Measure what ranks get wrong, with models whose true `scores` are known."""
    truth = np.subtract.outer(scores, scores)
    shared, family, uncorrected = [], [], []
    for number in range(draws):
        counts = world.draw(scores, number)
        found, effects = read(counts)
        drawn = np.array([bootstrap(one, str(i), MEASURE)[MEASURE] for i, one in enumerate(counts)])
        ranks = simultaneous_ranks(pair_errors([one.value for one in found], effects), drawn)
        shared.append(not (ranks.better[0, 1] or ranks.better[1, 0]))
        # A range leaves a true rank out only if a better model is called worse, or an equal one.
        family.append((ranks.better & (truth <= 0)).any())
        alone = np.zeros(truth.shape, dtype=bool)
        for i, one in enumerate(found):
            for k, other in enumerate(found):
                alone[i, k] = i != k and difference_of(one, other).interval().low > 0
        uncorrected.append((alone & (truth <= 0)).any())
        unit_weights.cache_clear()
    return Level(float(np.mean(shared)), float(np.mean(family)), float(np.mean(uncorrected)))


@dataclass(frozen=True)
class Chance:
    """How often a difference was found, and how often it was predicted to be.

    Parameters
    ----------
    predicted
        From the variances of this world: their means over all draws.
    single
        The 10th, 50th and 90th percentile of what single draws predict from their own variances.
    """

    gap: float
    predicted: float
    observed: float
    single: tuple[float, float, float]


def chance_of(world: World, gap: float, draws: int, base: float = 0.6) -> Chance:
    """Compare the power that each draw predicts with how often the difference is found."""
    parts, observed = [], []
    for number in range(draws):
        found, effects = read(world.draw([base + gap / 2, base - gap / 2], number))
        told = difference_of(*found)
        parts.append(components_of(told.value, effects, world.speakers))
        observed.append(told.p_value < 0.05 and told.value > 0)
    single = [power_of(gap, one.error(), one.degrees()) for one in parts]
    low, middle, high = np.quantile(single, [0.1, 0.5, 0.9])
    whole = mean_components(parts)
    predicted = power_of(gap, whole.error(), whole.degrees())
    return Chance(gap, predicted, float(np.mean(observed)), (low, middle, high))


def mean_components(parts: Sequence[Components]) -> Components:
    """Return components with the mean variances of `parts`, which all have the same sizes."""

    def mean(values: Iterable[float]) -> float:
        return float(np.mean([*values]))

    sides = tuple(
        SeedPart(sides[0].n, mean(one.seeds for one in sides), mean(one.both for one in sides))
        for sides in zip(*(one.sides for one in parts), strict=True)
    )
    spread = mean(one.spread for one in parts)
    return Components(mean(one.value for one in parts), spread, parts[0].n_units, sides)


def holm_level(world: World, scores: Sequence[float], draws: int) -> float:
    """Share of draws in which a true null hypothesis among contrasts with the last one falls."""
    wrong = []
    is_null = np.asarray(scores[:-1]) == scores[-1]
    for number in range(draws):
        found, _ = read(world.draw(scores, number))
        p = adjusted(np.array([difference_of(one, found[-1]).p_value for one in found[:-1]]))
        wrong.append((p[is_null] < 0.05).any())
    return float(np.mean(wrong))


SETTINGS = {
    "two equal models": (World(), (0.6,) * 2),
    "two, linear (no seeds)": (World(training=0, both=0), (0.6,) * 2),
    "two, unstable trainings": (World(training=0.3), (0.6,) * 2),
    "two, no speaker effects": (World(speaker=0, taste=0, training=0), (0.6,) * 2),
    "two, 100 speakers": (World(speakers=100, utterances=12), (0.6,) * 2),
    "six equal models": (World(), (0.6,) * 6),
    "six, three of them better": (World(), (0.6, 0.6, 0.6, 0.7, 0.7, 0.7)),
    "six, unstable trainings": (World(training=0.3), (0.6,) * 6),
    "six, one of them unstable": (World(wild=(0.4,)), (0.6,) * 6),
    "six, all but one unstable": (World(wild=(0.4,) * 5), (0.6,) * 6),
    "two, one seed, not counted": (World(seeds=1), (0.6,) * 2),
}
"""Settings of the rank table, the first one that of the issue: 20 speakers, 3 seeds."""

GAPS = (0.05, 0.08, 0.12)


def main() -> None:
    """Print one of the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", choices=("ranks", "power", "holm"))
    parser.add_argument("--draws", type=int, default=500, help="draws of speakers and trainings")
    chosen = parser.parse_args()
    if chosen.table == "ranks":
        print("| models | equal ones share a rank | a wrong statement | without correction |")
        print("|---|---|---|---|")
        for name, (world, scores) in SETTINGS.items():
            one = rank_level(world, scores, chosen.draws)
            print(f"| {name} | {one.shared:.1%} | {one.family:.1%} | {one.uncorrected:.1%} |")
    elif chosen.table == "holm":
        level = holm_level(World(), (0.6, 0.6, 0.6, 0.8, 0.6), chosen.draws)
        print(f"a true null hypothesis among four contrasts falls: {level:.1%}")
    else:
        print("| seeds | speakers | difference | predicted | observed | by single draws |")
        print("|---|---|---|---|---|---|")
        for seeds, speakers in ((3, 20), (1, 20), (3, 60)):
            world = replace(World(), seeds=seeds, speakers=speakers)
            world = replace(world, training=0.0) if seeds == 1 else world
            for gap in GAPS if speakers == 20 else (0.03, 0.05, 0.07):
                one = chance_of(world, gap, chosen.draws)
                low, middle, high = one.single
                print(
                    f"| {seeds} | {speakers} | {gap:.2f} | {one.predicted:.1%} "
                    f"| {one.observed:.1%} | {middle:.0%} ({low:.0%} to {high:.0%}) |"
                )


if __name__ == "__main__":
    main()

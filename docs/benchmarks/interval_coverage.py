"""How often 95% intervals contain the truth, measured where the truth is known.

Speakers are drawn from the generating process of the corpus `simulated`, in which some people are
read more easily than others. Two readers, one of all modalities and one of words and face, decide
from what is expressed; what each would score on all speakers and trainings there could be follows
from the process, exactly. Each draw makes new speakers and, for readers that are trained, new
trainings. Run it from the repository::

    python docs/benchmarks/interval_coverage.py --draws 500
    python docs/benchmarks/interval_coverage.py --draws 500 --seeds 3
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from emobench.datasets.simulation.options import Options
from emobench.datasets.simulation.perception import (
    CLASSES,
    ambiguities,
    confusion_tables,
    joint_probability,
    label_prior,
)
from emobench.datasets.simulation.plan import draw_plan
from emobench.leaderboard.statistics.bootstrap import Estimate, seed_weights, unit_weights
from emobench.leaderboard.statistics.measures import MEASURES, Measure
from emobench.leaderboard.statistics.units import UnitCounts, count_by_unit, units_of
from emobench.leaderboard.statistics.variance import difference_of, sampled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Pair = tuple[Estimate, Estimate]

READERS = {"first": (0, 1, 2), "second": (0, 2)}
"""Reader to the modalities that it reads: all of them, or words and face."""

STUDENTISED = 400
"""Replicates of the bootstrap-t, each with a jackknife of its own."""


@dataclass(frozen=True)
class World:
    """The process that speakers, trainings and decisions are drawn from.

    Parameters
    ----------
    ease
        By how much speakers differ: the corpus's option ``speaker_ease``.
    training
        Size of what differs between trainings; 0: the readers are not trained.
    """

    ease: float
    training: float

    @cached_property
    def joint(self) -> Floats:
        """P(label, text, audio, vision expressed) of a new speaker, ``[6, 6, 6, 6]``."""
        levels = ambiguities(1.0, self.ease)
        prior = label_prior(1.0)
        return np.mean([joint_probability(prior, confusion_tables(a), 0.0) for a in levels], axis=0)

    def decisions(self, reader: str, seeds: int, rng: np.random.Generator) -> Ints:
        """Decide every (text, audio, vision), ``[S, 6, 6, 6]``, in S new trainings.

        A training shifts the log posterior of each class by its own bias, and a little at each
        place.
        """
        unread = tuple(1 + m for m in range(3) if m not in READERS[reader])
        seen = np.broadcast_to(self.joint.sum(axis=unread, keepdims=True), self.joint.shape)
        bias = rng.normal(0, self.training, (seeds, len(CLASSES), 1, 1, 1))
        rough = rng.normal(0, self.training, (seeds, *self.joint.shape))
        scores: Ints = (np.log(seen + 1e-12) + bias + rough).argmax(axis=1)
        return scores

    def truth(self, reader: str, measure: Measure) -> float:
        """What a reader scores over all speakers and trainings there could be."""
        trainings = 4000 if self.training else 1
        chosen = self.decisions(reader, trainings, np.random.default_rng(0))
        each = [
            np.stack([(self.joint * (one == k)).sum(axis=(1, 2, 3)) for k in range(len(CLASSES))])
            for one in chosen
        ]
        return float(measure.of(np.stack(each).transpose(0, 2, 1), False).mean())


@dataclass(frozen=True)
class Sample:
    """One draw of speakers: each reader's counts by speaker, and by utterance."""

    by_speaker: tuple[UnitCounts, UnitCounts]
    by_utterance: tuple[UnitCounts, UnitCounts]


def draw(world: World, speakers: int, utterances: int, seeds: int, number: int) -> Sample:
    """Draw new speakers with `utterances` each, and new trainings of both readers."""
    size = speakers * utterances
    plan = draw_plan(Options(size=size, speakers=speakers, seed=number, speaker_ease=world.ease))
    place = {name: i for i, name in enumerate(CLASSES)}
    truth = plan["label"].map(place).to_numpy()
    seen = [plan[f"expressed_{m}"].map(place).to_numpy() for m in ("text", "audio", "vision")]
    ids = [f"{number}/{i}" for i in plan["id"]]
    named = dict(zip(ids, (f"{number}/{s}" for s in plan["speaker"]), strict=True))
    both = (units_of(ids, named), units_of(ids, {}))
    rng = np.random.default_rng([number, seeds])
    tables: list[list[UnitCounts]] = [[], []]
    for reader in READERS:
        decided = world.decisions(reader, seeds, rng)[:, seen[0], seen[1], seen[2]]
        for found, units in zip(tables, both, strict=True):
            found.append(count_by_unit(truth, decided, len(CLASSES), units))
    return Sample((tables[0][0], tables[0][1]), (tables[1][0], tables[1][1]))


def replicates(counts: UnitCounts, owner: str, measure: Measure) -> Floats:
    """Bootstrap replicates of one measure, ``[R]``."""
    scores = measure.of(counts.weighted(unit_weights(counts.units.key, len(counts.units))), False)
    return np.asarray((scores * seed_weights(owner, counts.shape[0])).sum(axis=1))


def percentile(value: float, drawn: Floats) -> Estimate:
    """The percentile interval."""
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(value, float(low), float(high))


def bias_corrected(value: float, drawn: Floats, effects: Floats) -> Estimate:
    """The BCa interval (Efron and Tibshirani 1993, equations 14.9 to 14.15).

    `effects`: a jackknife's pseudo-values less the value, by unit.
    """
    shift = stats.norm.ppf(np.clip(np.mean(drawn < value), 1e-3, 1 - 1e-3))
    centred = effects - effects.mean()
    bent = (centred**3).sum() / (6 * ((centred**2).sum() ** 1.5 + 1e-30))
    ends = shift + stats.norm.ppf([0.025, 0.975])
    low, high = np.quantile(drawn, stats.norm.cdf(shift + ends / (1 - bent * ends)))
    return Estimate(value, float(low), float(high))


def left_out_of_replicates(counts: UnitCounts, measure: Measure) -> tuple[Floats, Floats, Floats]:
    """Scores of replicates ``[R]``, and with each unit left out once more ``[R, U]``; weights."""
    weights = unit_weights(counts.units.key, len(counts.units))[:, :STUDENTISED]
    whole = counts.weighted(weights)
    each = np.asarray(counts.table).T.reshape(1, len(counts.units), *counts.shape)
    scores = measure.of(whole, False).mean(axis=-1)
    rest = np.stack([measure.of(one - each[0], False).mean(axis=-1) for one in whole])
    return scores, rest, weights.T.astype(np.float64)


def studentised(value: float, error: float, scores: Floats, rest: Floats, w: Floats) -> Estimate:
    """The bootstrap-t interval (Efron and Tibshirani 1993, section 12.5), over units alone."""
    n = w.shape[1]
    mean = (w * rest).sum(axis=1, keepdims=True) / n
    errors = np.sqrt((n - 1) / n * (w * (rest - mean) ** 2).sum(axis=1))
    t = (scores - value) / np.maximum(errors, 1e-12)
    high, low = np.quantile(t, [0.025, 0.975])
    return Estimate(value, value - float(low) * error, value - float(high) * error)


def intervals(sample: Sample, measure: Measure) -> dict[str, Callable[[], Pair]]:
    """Each candidate's intervals: of the first reader's score, of first minus second."""
    name = measure.name
    exact = [sampled(c, o)[name] for c, o in zip(sample.by_speaker, READERS, strict=True)]
    pair = (exact[0], difference_of(exact[0], exact[1]))

    def drawn(counts: tuple[UnitCounts, UnitCounts]) -> tuple[Floats, Floats]:
        one, two = (replicates(c, o, measure) for c, o in zip(counts, READERS, strict=True))
        return one, one - two

    def plain(counts: tuple[UnitCounts, UnitCounts]) -> Pair:
        both = drawn(counts)
        return percentile(pair[0].value, both[0]), percentile(pair[1].value, both[1])

    def corrected() -> Pair:
        both = drawn(sample.by_speaker)
        one, two = (next(iter(e.effects.values())).mean(axis=0) for e in exact)
        return (
            bias_corrected(pair[0].value, both[0], one),
            bias_corrected(pair[1].value, both[1], one - two),
        )

    def student() -> Pair:
        one, two = (left_out_of_replicates(c, measure) for c in sample.by_speaker)
        return (
            studentised(pair[0].value, pair[0].error, *one),
            studentised(pair[1].value, pair[1].error, one[0] - two[0], one[1] - two[1], one[2]),
        )

    found: dict[str, Callable[[], Pair]] = {
        "percentile, utterances (until now)": lambda: plain(sample.by_utterance),
        "percentile, speakers": lambda: plain(sample.by_speaker),
        "BCa, speakers": corrected,
        "bootstrap-t, speakers": student,
        "jackknife-t, speakers (used)": lambda: (
            pair[0].interval(0.0, 1.0),
            pair[1].interval(-1.0, 1.0),
        ),
    }
    if sample.by_speaker[0].shape[0] > 1:  # its replicates have no error of the seeds
        del found["bootstrap-t, speakers"]
    return found


@dataclass(frozen=True)
class Coverage:
    """How often a candidate's intervals held the truth, and their mean width: score, difference."""

    held: tuple[float, float]
    width: tuple[float, float]


def coverage(
    world: World,
    speakers: int = 20,
    utterances: int = 60,
    seeds: int = 1,
    draws: int = 500,
    measure: str = "macro_f1",
    only: tuple[str, ...] = ("",),
) -> dict[str, Coverage]:
    """Measure the coverage of candidates over `draws` draws of new speakers.

    `only`: parts of the names of the candidates that are wanted.
    """
    chosen = next(m for m in MEASURES if m.name == measure)
    first, second = (world.truth(reader, chosen) for reader in READERS)
    truths = np.array([first, first - second])
    ends: dict[str, list[list[list[float]]]] = {}
    for number in range(draws):
        sample = draw(world, speakers, utterances, seeds, number)
        for name, make in intervals(sample, chosen).items():
            if any(part in name for part in only):
                ends.setdefault(name, []).append([[e.low, e.high] for e in make()])
        unit_weights.cache_clear()
    found = {}
    for name, listed in ends.items():
        low, high = np.moveaxis(np.array(listed), 2, 0)
        held = ((low <= truths) & (truths <= high)).mean(axis=0)
        width = (high - low).mean(axis=0)
        found[name] = Coverage((held[0], held[1]), (width[0], width[1]))
    return found


def main() -> None:
    """Print the table of one setting."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=500, help="draws of new speakers")
    parser.add_argument("--speakers", type=int, default=20, help="test speakers of a draw")
    parser.add_argument("--utterances", type=int, default=60, help="utterances of a speaker")
    parser.add_argument("--seeds", type=int, default=1, help="trainings of each reader")
    parser.add_argument("--ease", type=float, default=1.0, help="the corpus's speaker_ease")
    parser.add_argument("--training", type=float, default=0.6, help="how trainings differ")
    parser.add_argument("--only", default="", help="part of the names of the intervals wanted")
    parser.add_argument("--measure", default="macro_f1", help="a measure of the leaderboard")
    chosen = parser.parse_args()
    world = World(chosen.ease, chosen.training if chosen.seeds > 1 else 0.0)
    found = coverage(
        world,
        chosen.speakers,
        chosen.utterances,
        chosen.seeds,
        chosen.draws,
        chosen.measure,
        (chosen.only,),
    )
    print("| intervals | score | difference | width, score | width, difference |")
    print("|---|---|---|---|---|")
    for name, one in found.items():
        print(
            f"| {name} | {one.held[0]:.1%} | {one.held[1]:.1%} "
            f"| {one.width[0]:.3f} | {one.width[1]:.3f} |"
        )


if __name__ == "__main__":
    main()

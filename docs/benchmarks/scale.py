"""How long a large grid takes on 1, 8 and 64 workers, in a simulation of the scheduler.

    python docs/benchmarks/scale.py
    python docs/benchmarks/scale.py --results results      # with the seconds of stored trainings
    python docs/benchmarks/scale.py --published 600        # another mean of a published training

The numbers of trainings, cells and searches are those that ``emobench run --models all --protocol
all --seeds 5 --tune 16 --halving --dry-run`` prints for the simulated corpus, per model, times the
models and corpora that are asked for. The scheduler is the real one's rule: the longest expected
job first, one job per worker, trials of a search in rungs that wait for each other, then what the
searches have chosen. Durations are drawn around each model's mean, and the scheduler knows the mean
alone.
"""

from __future__ import annotations

import argparse
import heapq
import random
from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from emobench.grid.search.rungs import rungs
from emobench.store.store import Store

SECONDS = {
    "avfusion": 40.0, "bilstm": 73.0, "cross_modal_attention": 57.0,
    "cross_modal_translation": 86.0, "emotiwave": 124.0, "emoxformer": 54.0,
    "late_fusion": 7.5, "mlp": 54.0, "tensor_fusion": 30.0,
    "audio_only": 4.5, "text_only": 0.1, "vision_only": 1.1,
}  # fmt: skip
"""Mean seconds of a training of each compact model on one core, over 280 stored trainings."""

ROWS = 15
"""Rows of ``--models all``, over which the counts below were summed."""

TRAININGS, CELLS, SEARCHES = 1074, 9998, 138
"""Distinct trainings with five seeds, their cells, and searches, of all rows on one corpus."""

ALONE = 1460
"""Trainings that the nine protocols need if nothing is shared."""

TRIALS = 16
SEEDS = 5
SPREAD = 0.35
"""Standard deviation of the logarithm of a duration around its model's mean: early stopping."""


class Cost(NamedTuple):
    """What is not training: seconds of the main process and of a worker.

    Parameters
    ----------
    dispatch
        Main process, per job: pickling, handing in, reporting.
    cell
        A worker, per cell: one forward pass over the test part, and writing it.
    start
        A worker, per job: opening what is not open yet. Ray keeps workers warm.
    fit
        Main process, per fold of a corpus: fitting what is learned from train, one after another.
    """

    dispatch: float = 0.003
    cell: float = 0.1
    start: float = 0.1
    fit: float = 1.5


class Outcome(NamedTuple):
    """A simulated run: hours of wall time, and the share of the workers' time that is work."""

    hours: float
    busy: float
    longest: float


def pooled(jobs: list[tuple[float, float]], workers: int, dispatch: float) -> tuple[float, float]:
    """Seconds until all jobs are done, and seconds of work.

    Parameters
    ----------
    jobs
        Expected and true duration of each.
    workers
        Number of workers.
    dispatch
        Seconds of the main process per job: it hands in one at a time.
    """
    free = [0.0] * workers
    heapq.heapify(free)
    ready = work = end = 0.0
    for _, seconds in sorted(jobs, reverse=True):
        start = max(heapq.heappop(free), ready)
        ready = start + dispatch if start == ready else ready + dispatch
        heapq.heappush(free, start + seconds)
        work += seconds
        end = max(end, start + seconds)
    return end, work


def simulate(
    means: list[float], corpora: int, workers: int, halving: bool, cost: Cost, seed: int = 0
) -> Outcome:
    """Run the whole study: presets, searches rung by rung, and what they have chosen.

    Parameters
    ----------
    means
        Mean seconds of a training of each model.
    corpora
        Number of corpora.
    workers
        Number of workers, each with a core or a GPU of its own.
    halving
        Whether searches stop the worse trials early.
    cost
        What is not training.
    seed
        Draws the durations.
    """
    draw = random.Random(seed)
    cells = CELLS / TRAININGS

    def job(mean: float, share: float = 1.0, tested: float = cells) -> tuple[float, float]:
        true = mean * draw.lognormvariate(-(SPREAD**2) / 2, SPREAD)
        extra = cost.start + tested * cost.cell
        return mean * share + extra, true * share + extra

    pairs = [mean for mean in means for _ in range(corpora)]
    presets = [job(m) for m in pairs for _ in range(round(TRAININGS / ROWS))]
    searched = [m for m in pairs for _ in range(round(SEARCHES / ROWS))]
    phases = [presets]
    done = 0.0
    for rung in rungs(TRIALS, halving):
        # A survivor goes on where it stopped, so a rung costs what it adds.
        phases.append([job(m, rung.share - done, 0) for m in searched for _ in range(rung.trials)])
        done = rung.share
    phases.append([job(m) for m in searched for _ in range(SEEDS)])
    wall = corpora * len(rungs(TRIALS, halving)) * cost.fit + corpora * 20 * cost.fit
    busy = 0.0
    for phase in phases:
        seconds, work = pooled(phase, workers, cost.dispatch)
        wall, busy = wall + seconds, busy + work
    longest = max(true for phase in phases for _, true in phase)
    return Outcome(wall / 3600, busy / (wall * workers), longest)


def stored_means(root: Path) -> dict[str, float]:
    """Mean seconds of the stored trainings of each model."""
    found: dict[str, list[float]] = defaultdict(list)
    for spec, report in Store(root).reports():
        if report.train_seconds:
            found[spec.model].append(report.train_seconds)
    return {model: fmean(seconds) for model, seconds in found.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=50)
    parser.add_argument("--corpora", type=int, default=10)
    parser.add_argument("--results", type=Path, default=None)
    parser.add_argument("--published", type=float, default=600.0)
    asked = parser.parse_args()
    known = stored_means(asked.results) if asked.results else SECONDS
    compact = [sorted(known.values())[i % len(known)] for i in range(asked.models)]
    published = [asked.published] * asked.models
    pairs = asked.models * asked.corpora
    print(
        f"{asked.models} models x {asked.corpora} corpora: {pairs * TRAININGS / ROWS:,.0f} "
        f"distinct trainings ({pairs * ALONE / ROWS:,.0f} without sharing), "
        f"{pairs * SEARCHES / ROWS:,.0f} searches of {TRIALS} trials, "
        f"{pairs * SEARCHES * SEEDS / ROWS:,.0f} trainings of their choices, "
        f"{pairs * (CELLS + SEARCHES * SEEDS * CELLS / TRAININGS) / ROWS:,.0f} cells"
    )
    print("| trainings | trials | 1 | 8 | 64 | busy at 64 | longest job |")
    print("|---|---|---|---|---|---|---|")
    for name, means in (("compact", compact), ("published", published)):
        for halving in (False, True):
            found = [simulate(means, asked.corpora, n, halving, Cost()) for n in (1, 8, 64)]
            hours = " | ".join(f"{one.hours:,.0f} h" for one in found)
            what = "halving" if halving else "all to the end"
            last = found[-1]
            print(f"| {name} | {what} | {hours} | {last.busy:.1%} | {last.longest / 60:.0f} min |")


if __name__ == "__main__":
    main()

"""What successive halving would have chosen, replayed from the trials of a full search.

    emobench run --models mlp --dataset simulated:size=420 --protocol full_modalities --tune 48
    python docs/benchmarks/halving.py results

Every trial of a full search has the dev score of each of its looks, so that a search with halving
can be replayed: which trials it would have stopped, what it would have chosen, and what that would
have cost. Each repetition draws some of the trials of one training anew.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

from emobench.grid.execution.training import best_of_stage
from emobench.grid.search.rungs import Rung, rungs
from emobench.interface.training_config import TrainingConfig
from emobench.store.training_folder import read_outcome


class Course(NamedTuple):
    """A whole trial: its looks, its dev score, and how many looks its budget holds."""

    looks: list[dict[str, object]]
    score: float
    config: TrainingConfig

    def at(self, rung: Rung) -> float:
        """Dev score that the search sees at `rung`."""
        paused = rung.looks(self.config)
        ended = not paused or len(self.looks) <= paused
        return self.score if ended else best_of_stage(self.looks, paused)

    def seconds(self, rung: Rung) -> float:
        """Time of the looks up to `rung`, the updates before them included."""
        paused = rung.looks(self.config) or len(self.looks)
        return sum(float(str(look["seconds"])) for look in self.looks[:paused])


def courses(results: Path) -> dict[str, list[Course]]:
    """The whole trials of a results folder, by training."""
    found: dict[str, list[Course]] = defaultdict(list)
    for name in sorted({path.stem for path in results.glob("trials/[!.]*")}):
        trial = read_outcome(results / "trials" / f"{name}.json", results / "trials" / name)
        if trial is None or trial.report is None or trial.spec["looks"]:
            continue
        report, spec = trial.report, trial.spec
        looks = [e for e in report["epochs"] if e.get("dev_macro_f1") is not None]
        training = spec["training"]
        shared = {k: training["config"][k] for k in ("looks", "epochs")}
        config = TrainingConfig(**shared)
        name = f"{training['model']} on {training['dataset']}, fold {training['fold']}"
        if looks:
            found[name].append(Course(looks, report["dev_macro_f1"], config))
    return found


def replayed(trials: list[Course]) -> tuple[float, float, bool]:
    """Dev score lost by halving, its share of the full cost, and whether the choice is the same."""
    stages = rungs(len(trials), halving=True)
    entrants, cost = [*range(len(trials))], 0.0
    for number, rung in enumerate(stages):
        before = stages[number - 1] if number else None
        cost += sum(
            trials[i].seconds(rung) - (trials[i].seconds(before) if before else 0.0)
            for i in entrants
        )
        entrants.sort(key=lambda i, r=rung: (-trials[i].at(r), i))  # type: ignore[misc]
        if number + 1 < len(stages):
            entrants = entrants[: stages[number + 1].trials]
    whole = sum(trial.seconds(stages[-1]) for trial in trials)
    best = min(range(len(trials)), key=lambda i: (-trials[i].score, i))
    return trials[best].score - trials[entrants[0]].score, cost / whole, entrants[0] == best


def main() -> None:
    """Print the loss and the cost of halving for every training, over random sets of trials."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--draws", type=int, default=1000)
    options = parser.parse_args()
    print("| training | trials | same or within .01 | loss on dev, mean | 95% of draws | cost |")
    print("|---|---|---|---|---|---|")
    for results in options.results:
        for name, trials in courses(results).items():
            if len(trials) < options.trials:
                continue
            generator = np.random.default_rng(0)
            draws = options.draws if len(trials) > options.trials else 1
            found = [
                replayed([trials[i] for i in generator.permutation(len(trials))[: options.trials]])
                for _ in range(draws)
            ]
            loss = np.array([lost for lost, _, _ in found])
            near = np.mean([same or lost <= 0.01 for lost, _, same in found])
            low, high = np.quantile(loss, [0.025, 0.975])
            cost = np.mean([share for _, share, _ in found])
            print(
                f"| {name} | {options.trials} of {len(trials)} | {near:.0%} | {loss.mean():.3f} | "
                f"{low:.3f} to {high:.3f} | {cost:.0%} |"
            )


if __name__ == "__main__":
    main()

"""Whether a sampler that learns from earlier trials finds better configurations than random search.

Needs Optuna (``pip install optuna``). Run it from the repository::

    python docs/benchmarks/samplers.py --model mlp --dataset simulated:size=420 --work FOLDER

Both see the same space: a sampler proposes for each field a share of its distribution, of which a
uniform one is what random search draws. What counts is the best dev macro-F1 after so many trials,
on average: over repetitions of the sampler, and over all orders of the random trials. Trials are
kept in FOLDER, so that a measurement that was interrupted goes on.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import optuna
import torch

from emobench.corpus.folders import folders
from emobench.executors.in_process import InProcess
from emobench.grid.open_corpora import OpenCorpora
from emobench.grid.plan.corpora import open_scopes
from emobench.grid.plan.plan import make_plan
from emobench.grid.run import run as run_grid
from emobench.grid.screen import SilentScreen
from emobench.grid.search.group import score
from emobench.grid.search.search import Searches
from emobench.grid.search.trial import trial_job, with_values
from emobench.grid.search.trial_work import run_trial
from emobench.interface.search_space import draw
from emobench.leaderboard.statistics.expected_best import expected_best
from emobench.store.store import Store
from emobench.study.grids.request import grid_request
from emobench.study.options import RunOptions

SHOWN = (1, 2, 4, 8, 16, 32)
SAMPLERS = {"tpe": optuna.samplers.TPESampler, "gp": optuna.samplers.GPSampler}


class Bench:
    """The trainings of one model on one corpus, by configuration.

    Parameters
    ----------
    model, dataset
        As ``emobench run`` gets them.
    work
        Folder for what is prepared and for the trials.
    """

    def __init__(self, model: str, dataset: str, work: Path) -> None:
        typed = RunOptions(
            models=model, dataset=dataset, protocol="full_modalities", seeds=1,
            cache_dir=work / "cache", results=str(work / "results"), tune=2,
        )  # fmt: skip
        request = grid_request(typed, folders(None, work / "cache"))
        # It prepares the corpus; two trials are the smallest search.
        with InProcess() as executor:
            run_grid(request, work / "results", executor, "cpu", SilentScreen(), None)
        self.store = Store(work / "results")
        assert request.search is not None
        searches = Searches(request.search, self.store, request.shard)
        make_plan(open_scopes(request, OpenCorpora(), SilentScreen()), searches)
        (self.group,) = searches.groups.values()
        self.kind: Any = self.group.job.entry.load()
        self.preset = self.group.job.spec.config

    def score(self, shares: np.ndarray) -> float:
        """Dev macro-F1 of the configuration at `shares` of the distributions; 0 if it failed."""
        given: Any = SimpleNamespace(random=lambda count: shares[:count])
        values = draw(self.kind.search_space, self.kind.Config(**self.preset), given)
        config = with_values(self.kind, self.preset, values)
        job = trial_job(self.group.job, config, 1, 0, None)
        if score(self.store, job) is None:
            run_trial(job, self.store.root, "cpu")
        found = score(self.store, job)
        return 0.0 if found is None or found.value is None else found.value


def sampled(bench: Bench, name: str, startup: int, trials: int, seed: int) -> list[float]:
    """Scores of the trials of one search with a sampler, in their order."""
    fields = list(bench.kind.search_space)
    study = optuna.create_study(
        direction="maximize", sampler=SAMPLERS[name](n_startup_trials=startup, seed=seed)
    )
    found = []
    for _ in range(trials):
        trial = study.ask()
        shares = np.array([trial.suggest_float(f, 0.0, 1.0 - 1e-9) for f in fields])
        found.append(bench.score(shares))
        study.tell(trial, found[-1])
    return found


def main() -> None:
    """Print the expected best dev score of random search and of the samplers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="mlp")
    parser.add_argument("--dataset", default="simulated:size=420")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--random", type=int, default=64, help="trials of random search")
    parser.add_argument("--repeats", type=int, default=10, help="searches with each sampler")
    parser.add_argument("--samplers", default="tpe:4", help="NAME:RANDOM_TRIALS_FIRST,…")
    options = parser.parse_args()
    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    bench = Bench(options.model, options.dataset, options.work)
    fields = len(bench.kind.search_space)
    shown = [n for n in SHOWN if n <= options.trials]
    print("| sampler | searches | " + " | ".join(f"after {n}" for n in shown) + " |")
    print("|---|---|" + "---|" * len(shown))
    generator = np.random.default_rng(0)
    scores = np.array([bench.score(generator.random(fields)) for _ in range(options.random)])
    curve = expected_best(np.array(-1.0), scores)  # no preset takes part
    cells = [f"{curve[n]:.3f}" for n in shown]
    print(f"| random | {options.random} trials | " + " | ".join(cells) + " |")
    for word in options.samplers.split(","):
        name, _, startup = word.partition(":")
        runs = np.array([
            sampled(bench, name, int(startup), options.trials, seed)
            for seed in range(options.repeats)
        ])  # fmt: skip
        best = np.maximum.accumulate(runs, axis=1)
        cells = []
        for n in shown:
            values = best[:, n - 1]
            error = values.std(ddof=1) / np.sqrt(len(values))
            cells.append(f"{values.mean():.3f} ± {1.96 * error:.3f}")
        print(f"| {name}, {startup} random first | {options.repeats} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()

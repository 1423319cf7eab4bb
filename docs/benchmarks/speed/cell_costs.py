"""Times what a job costs beside training and forward passes; prints JSON in its last line.

python cell_costs.py MODEL DATASET PROTOCOL ROUNDS
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import plans
import torch
from torch import nn

import emobench.grid.execution.training as training
import emobench.grid.execution.worker as work
from emobench.store.store import Store


class Stopwatch:
    """Adds up the seconds of a job's forward passes that do not belong to its training.

    They are those over the test data, and that over dev with the weights that are kept.
    """

    def __init__(self) -> None:
        self.seconds = self.began = 0.0
        self.trained = False

    def attach(self, model: nn.Module) -> nn.Module:
        """Watch a model."""
        model.register_forward_pre_hook(self._start)
        model.register_forward_hook(self._stop)
        return model

    def _start(self, *_: Any) -> None:
        self.began = time.perf_counter()

    def _stop(self, *_: Any) -> None:
        if self.trained:
            self.seconds += time.perf_counter() - self.began

    def after(self, fit: Callable[..., bool]) -> Callable[..., bool]:
        """`fit`, after which forward passes count."""

        def fitted(*of: Any) -> bool:
            ended = fit(*of)
            self.trained = True
            return ended

        return fitted


def measure(model: str, dataset: str, protocol: str, rounds: int) -> dict[str, Any]:
    """Milliseconds of a job beyond its training and forward passes, by round; its cells."""
    watch, build = Stopwatch(), training.build
    # The worker's own name for it: what it builds is watched.
    setattr(work, "build", lambda *of: watch.attach(build(*of)))  # noqa: B010
    setattr(training, "_fit", watch.after(training._fit))  # noqa: B010
    found, cells = [], 0
    made = plans.jobs(model, dataset, protocol, seeds=rounds + 1)
    chosen = [job for job in made if job.regime.name == made[0].regime.name and not job.flaw]
    with tempfile.TemporaryDirectory() as results:
        Store(Path(results)).open()
        for number, job in enumerate(chosen[: rounds + 1]):
            watch.seconds, watch.trained = 0.0, False
            outcome = work.run_job(job, Path(results), "cpu")
            assert not outcome.failed, outcome.note
            if number:  # the first opens the corpus and imports what is imported late
                found.append((outcome.elapsed - outcome.seconds - watch.seconds) * 1e3)
            cells = outcome.done
    return {"milliseconds": found, "cells": cells}


def main() -> None:
    """Measure one model."""
    torch.set_num_threads(1)
    model, dataset, protocol, rounds = sys.argv[1:]
    print(json.dumps(measure(model, dataset, protocol, int(rounds))))


if __name__ == "__main__":
    main()

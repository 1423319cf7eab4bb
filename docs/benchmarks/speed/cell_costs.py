"""Times what a job costs beside training and forward passes; prints JSON in its last line.

python cell_costs.py MODEL DATASET PROTOCOL ROUNDS
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import plans
import torch

import emobench.grid.execution.worker as work
from emobench.store.store import Store


class Stopwatch:
    """Calls a function in place of it, and adds up the seconds."""

    def __init__(self, function: Any) -> None:
        self.function, self.seconds = function, 0.0

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call the function."""
        started = time.perf_counter()
        try:
            return self.function(*arguments, **named)
        finally:
            self.seconds += time.perf_counter() - started


def measure(model: str, dataset: str, protocol: str, rounds: int) -> dict[str, Any]:
    """Milliseconds of a job beyond its training and forward passes, by round; its cells."""
    watch = Stopwatch(work.predict)
    work.predict = watch  # type: ignore[assignment]
    found, cells = [], 0
    made = plans.jobs(model, dataset, protocol, seeds=rounds + 1)
    chosen = [job for job in made if job.regime.name == made[0].regime.name and not job.flaw]
    with tempfile.TemporaryDirectory() as results:
        Store(Path(results)).open()
        for number, job in enumerate(chosen[: rounds + 1]):
            watch.seconds = 0.0
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

"""Times a bare PyTorch loop and the harness's in one process; prints JSON in its last line.

python loop_costs.py MODEL DATASET UPDATES ROUNDS [TRACK [DEVICE]]
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import plans
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import emobench.grid.execution.worker as work
from emobench import Batch, Model, TrainingConfig
from emobench.denormals import denormals_flushed
from emobench.grid.execution.evaluation_views import trained_view
from emobench.grid.execution.training import build
from emobench.interface.model import Loss, Stateful
from emobench.training.course import Course
from emobench.training.seeding import seeded
from emobench.training.session import TrainingSession
from emobench.training.step import OrdinaryStep


class Measured(Exception):  # noqa: N818 - it is what the measurement ends a training with
    """The first loop of the training was measured."""


class MeasuredSession(TrainingSession):
    """A training whose first loop is measured, bare and as the harness does it, and then ended."""

    updates: int
    rounds: int
    found: dict[str, Any]

    def loop(
        self,
        model: Model,
        *,
        config: TrainingConfig | None = None,
        step: Callable[[Batch], Loss] | None = None,
        optimizer: torch.optim.Optimizer | Sequence[torch.optim.Optimizer] | None = None,
        stage: str = "",
        state: Mapping[str, Stateful] | None = None,
    ) -> None:
        """Measure, and raise `Measured`."""
        # Dev is looked at after so many updates, which ends a stretch of the harness's loop.
        looks = self.rounds + 1
        settings = replace(
            config or self.config,
            min_updates=self.updates * looks, min_epochs=0, epochs=0, looks=looks, patience=looks,
            accumulation=1,
        )  # fmt: skip
        optimizers = _optimizers(model, optimizer, step)
        update = step or OrdinaryStep(model, self, settings, optimizers[0])
        course = Course(model, self, settings, update, optimizers, stage, state)
        plain = _plain_update(model, settings, step, optimizers, self.autocast)
        self.found = self._alternate(model, course, plain)
        self.found["flops"] = _operations(model, self._prebuilt(), plain)
        raise Measured

    def _alternate(
        self, model: Model, course: Course, plain: Callable[[Batch], None]
    ) -> dict[str, Any]:
        batches, dev = self._prebuilt(), list(self.dev_batches())
        names = ("bare", "harness", "bare_look", "look")
        found: dict[str, Any] = {name: [] for name in names}
        for number in range(self.rounds + 1):
            times = (
                _seconds(lambda: _bare(model, batches, plain)) / self.updates,
                _seconds(course.train_to_next_look) / self.updates,
                _seconds(lambda: _bare_look(model, dev)),
                _seconds(course.look),
            )
            if number:  # the first time fills caches
                for name, seconds in zip(names, times, strict=True):
                    found[name].append(seconds * 1e3)
        return found

    def _prebuilt(self) -> list[Batch]:
        batches: list[Batch] = []
        while len(batches) < self.updates:
            batches += self.train_batches()
        return batches[: self.updates]


def _optimizers(
    model: Model,
    named: torch.optim.Optimizer | Sequence[torch.optim.Optimizer] | None,
    step: Callable[[Batch], Loss] | None,
) -> list[torch.optim.Optimizer]:
    if named is None and step is None:
        named = model.optimizer()
    return [named] if isinstance(named, torch.optim.Optimizer) else list(named or [])


def _plain_update(
    model: Model,
    config: TrainingConfig,
    step: Callable[[Batch], Loss] | None,
    optimizers: Sequence[torch.optim.Optimizer],
    precision: Callable[[], torch.autocast],
) -> Callable[[Batch], None]:
    """What a bare loop does with a batch: a model's own step is its own in a bare loop too."""
    if step is not None:
        own = step

        def update_by_itself(batch: Batch) -> None:
            own(batch)

        return update_by_itself
    parameters, optimizer = list(model.parameters()), optimizers[0]

    def update(batch: Batch) -> None:
        with precision():
            loss = model.loss(model(batch), batch)
        loss.backward()  # type: ignore[no-untyped-call]
        if config.clip_norm > 0:
            nn.utils.clip_grad_norm_(parameters, config.clip_norm)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        loss.item()

    return update


def _bare(model: Model, batches: list[Batch], update: Callable[[Batch], None]) -> None:
    model.train()
    for batch in batches:
        update(batch)


def _operations(model: Model, batches: list[Batch], update: Callable[[Batch], None]) -> float:
    """Floating-point operations of an update; recurrent layers of a GPU's library are not seen."""
    with FlopCounterMode(display=False) as counter:
        _bare(model, batches[:3], update)
    return counter.get_total_flops() / len(batches[:3])


def _bare_look(model: Model, batches: list[Batch]) -> None:
    model.eval()
    with torch.no_grad():
        for batch in batches:
            output = model(batch)
            model.loss(output, batch).item()
            output.logits.argmax(dim=1)


def _seconds(work_to_do: Callable[[], None]) -> float:
    started = time.perf_counter()
    work_to_do()
    return time.perf_counter() - started


def measure(
    model: str,
    dataset: str,
    updates: int,
    rounds: int,
    track: str = "controlled",
    place: str = "cpu",
) -> dict[str, Any]:
    """Milliseconds per update and per look, bare and in the harness, by round."""
    job = plans.jobs(model, dataset, track=track, device=place)[0]
    view, device = trained_view(work.HERE, job), torch.device(place)
    with denormals_flushed(), seeded(0):
        built = build(job, view, device)
        process = work.HERE.get(job.corpus).dataset.generating_process()
        session = MeasuredSession(view.without_test(), job.regime, built.config, 0, device, process)
        # Whole passes: the harness draws its batches anew, and a part of a pass may be shorter.
        passes = max(1, round(updates / session.batches_per_epoch))
        session.updates, session.rounds = passes * session.batches_per_epoch, rounds
        with contextlib.suppress(Measured):
            built.fit(session)
    count = sum(p.numel() for p in built.parameters())
    facts = {"batches": session.batches_per_epoch, "updates": session.updates, "parameters": count}
    return facts | session.found


def main() -> None:
    """Measure one model."""
    torch.set_num_threads(1)
    model, dataset, updates, rounds, *where = sys.argv[1:]
    print(json.dumps(measure(model, dataset, int(updates), int(rounds), *where)))


if __name__ == "__main__":
    main()

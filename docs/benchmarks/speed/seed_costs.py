"""Times updates of several seeds as one batched program against one after the other; prints JSON.

python seed_costs.py MODEL DATASET SEEDS UPDATES ROUNDS DEVICE
"""

from __future__ import annotations

import copy
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import plans
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, stack_module_state, vmap

import emobench.grid.execution.worker as work
from emobench import Batch, Model
from emobench.denormals import denormals_flushed
from emobench.grid.execution.evaluation_views import trained_view
from emobench.grid.execution.training import build
from emobench.training.session import TrainingSession

Update = Callable[[Batch], None]


def separate(models: list[Model]) -> Update:
    """An update of each model, one after the other."""
    optimizers = [model.optimizer() for model in models]

    def update(batch: Batch) -> None:
        for model, optimizer in zip(models, optimizers, strict=True):
            loss = model.loss(model(batch), batch)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), model.config.clip_norm)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    return update


def batched(models: list[Model]) -> Update:
    """An update of all models at once, with weights that have an axis of seeds."""
    parameters, buffers = stack_module_state(models)
    shape, config = copy.deepcopy(models[0]), models[0].config
    optimizer = torch.optim.AdamW(
        parameters.values(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
    )

    def loss(weights: dict[str, Tensor], state: dict[str, Tensor], batch: Batch) -> Tensor:
        return shape.loss(functional_call(shape, (weights, state), (batch,)), batch)

    slopes = vmap(grad(loss), in_dims=(0, 0, None), randomness="different")

    def update(batch: Batch) -> None:
        found = slopes(parameters, buffers, batch)
        norms = sum(g.flatten(1).square().sum(dim=1) for g in found.values()).sqrt()
        scale = (config.clip_norm / (norms + 1e-6)).clamp(max=1.0)
        for name, slope in found.items():
            parameters[name].grad = slope * scale.view(-1, *[1] * (slope.dim() - 1))
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return update


def measure(
    model: str, dataset: str, seeds: int, updates: int, rounds: int, place: str
) -> dict[str, Any]:
    """Milliseconds per update of all seeds, by round; or why they cannot be batched."""
    device = torch.device(place)
    jobs = plans.jobs(model, dataset, seeds=seeds)
    view = trained_view(work.HERE, jobs[0])
    models = [build(job, view, device).train() for job in jobs]
    session = TrainingSession(view.without_test(), jobs[0].regime, models[0].config, 0, device)
    batches = [batch for batch, _ in zip(session.train_batches(), range(updates), strict=False)]
    found: dict[str, Any] = {"separate": [], "batched": []}
    with denormals_flushed():
        programs = {"separate": separate(models), "batched": batched(copy.deepcopy(models))}
        for number in range(rounds + 1):
            for name, update in programs.items():
                try:
                    seconds = _seconds(update, batches, device)
                except Exception as error:
                    return {"reason": f"{type(error).__name__}: {str(error).splitlines()[0][:160]}"}
                if number:
                    found[name].append(seconds / len(batches) * 1e3)
    return found


def _seconds(update: Update, batches: list[Batch], device: torch.device) -> float:
    started = time.perf_counter()
    for batch in batches:
        update(batch)
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - started


if __name__ == "__main__":
    torch.set_num_threads(1)
    model, dataset, seeds, updates, rounds, place = sys.argv[1:]
    print(json.dumps(measure(model, dataset, int(seeds), int(updates), int(rounds), place)))

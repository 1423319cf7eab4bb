"""Trains a network with MMSA's own program; prints the scores by seed as JSON in its last line.

    python mmsa_runner.py NETWORK PICKLE EPOCHS SEEDS FOLDER

Run it in an environment that has MMSA. Three things of it are changed from outside: it may not ask
for a GPU, an argument that PyTorch no longer takes is dropped, and a training ends after EPOCHS.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from torch.optim import lr_scheduler

if not torch.cuda.is_available():
    torch.cuda.set_device = lambda device: None


class Plateau(lr_scheduler.ReduceLROnPlateau):
    """The schedule of PyTorch, which no longer takes ``verbose``."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        named.pop("verbose", None)
        super().__init__(*arguments, **named)


lr_scheduler.ReduceLROnPlateau = Plateau  # type: ignore[misc]

import MMSA  # type: ignore[import-not-found]  # noqa: E402
from MMSA import run  # noqa: E402

NEVER = 10**6


def ended_after(epochs: int) -> None:
    """Let every training of MMSA end after so many epochs, whatever its scores."""
    make = run.ATIO.getTrain

    def make_trainer(self: Any, settings: Any) -> Any:
        trainer, seen = make(self, settings), [0]
        trainer.args.early_stop = NEVER
        test = trainer.do_test

        def count(model: Any, loader: Any, mode: str = "VAL", **named: Any) -> Any:
            seen[0] += mode == "VAL"
            if seen[0] >= epochs:
                trainer.args.early_stop = 0
            return test(model, loader, mode=mode, **named)

        trainer.do_test = count
        return trainer

    run.ATIO.getTrain = make_trainer


def scores(network: str, pickle: str, epochs: int, seeds: int, folder: Path) -> list[Any]:
    """Train with each seed; what MMSA measures on the test part."""
    found: list[Any] = []
    one_run = run._run

    def recorded(*arguments: Any, **named: Any) -> Any:
        found.append(one_run(*arguments, **named))
        return found[-1]

    run._run = recorded
    ended_after(epochs)
    MMSA.MMSA_run(
        network,
        "mosi",
        config={"train_mode": "classification", "num_classes": 3, "KeyEval": "F1_score_3"},
        seeds=list(range(1, seeds + 1)),
        custom_feature=pickle,
        gpu_ids=[],
        num_workers=0,
        verbose_level=0,
        model_save_dir=folder / "models",
        res_save_dir=folder / "results",
        log_dir=folder / "logs",
    )
    return [{k: float(v) for k, v in one.items()} for one in found]


if __name__ == "__main__":
    torch.set_num_threads(1)
    network, pickle, epochs, seeds, folder = sys.argv[1:]
    print(json.dumps(scores(network, pickle, int(epochs), int(seeds), Path(folder))))

"""An offline run of Weights & Biases for each training; `wandb sync` sends it. Copy and change."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import wandb  # pip install wandb

import emobench

CURVES = ("train_loss", "dev_loss", "dev_macro_f1", "dev_accuracy", "learning_rate", "gigabytes")


@dataclass
class WeightsAndBiases(emobench.Callback):
    """Logs configuration, curves and scores below `folder`; mode ``online`` sends them at once."""

    project: str = "emobench"
    folder: str = "."
    mode: str = "offline"
    wants_stored: bool = False  # :wants_stored=true fills in what was run before
    runs: dict[str, wandb.Run] = field(default_factory=dict, repr=False)

    def run_of(self, training):
        """The run of a training, begun when it is first heard of."""
        if training.key not in self.runs:
            name = re.sub(r"[^\w.,:= -]", "_", training.label)
            self.runs[training.key] = wandb.init(
                project=self.project, dir=self.folder, mode=self.mode, name=name, id=training.key,
                group=training.row, config={"seed": training.seed, **training.config},
                reinit="create_new", settings=wandb.Settings(silent=True, console="off"),
            )  # fmt: skip
        return self.runs[training.key]

    def on_epoch(self, epoch):
        """Log the next point of each curve."""
        point = {name: getattr(epoch, name) for name in CURVES}
        known = {name: value for name, value in point.items() if value is not None}
        self.run_of(epoch.training).log(known, step=epoch.number)

    def on_cell(self, cell):
        """Log the test scores of a condition beside the curves."""
        for name, value in cell.scores.items():
            self.run_of(cell.training).summary[f"test {name}/{cell.condition}"] = value

    def on_training(self, training):
        """End the run."""
        if run := self.runs.pop(training.training.key, None):
            run.finish(exit_code=int(training.status == "failed"))

    def on_run_end(self, run):
        """End what somebody's Ctrl-C has left open."""
        for one in self.runs.values():
            one.finish(exit_code=1)

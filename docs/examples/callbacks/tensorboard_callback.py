"""Curves of every training in TensorBoard: `tensorboard --logdir runs`. Copy and change it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from torch.utils.tensorboard import SummaryWriter  # pip install tensorboard

import emobench

CURVES = ("train_loss", "dev_loss", "dev_macro_f1", "dev_accuracy", "learning_rate", "gigabytes")


@dataclass
class TensorBoard(emobench.Callback):
    """Writes a folder of event files for each training, within `folder`."""

    folder: str = "runs"
    wants_stored: bool = False  # :wants_stored=true fills in what was run before
    writers: dict[str, SummaryWriter] = field(default_factory=dict, repr=False)

    def writer(self, training):
        """The writer of a training; a name that says what it is, and its digest."""
        if training.key not in self.writers:
            name = f"{training.row}-{training.regime}-fold{training.fold}-seed{training.seed}"
            safe = re.sub(r'[\s/\\:*?"<>|]', "_", name)  # Windows has no folder with a colon
            self.writers[training.key] = SummaryWriter(f"{self.folder}/{safe}-{training.key[:8]}")
        return self.writers[training.key]

    def on_epoch(self, epoch):
        """Draw the next point of each curve."""
        for name in CURVES:
            if (value := getattr(epoch, name)) is not None:
                self.writer(epoch.training).add_scalar(name, value, epoch.number)

    def on_cell(self, cell):
        """Draw a test score for each condition, without a step."""
        for name, value in cell.scores.items():
            if value is not None:
                self.writer(cell.training).add_scalar(f"test {name}/{cell.condition}", value)

    def on_training(self, training):
        """Say how it ended, and close its file."""
        told = training.reason or f"dev macro-F1 {training.dev_macro_f1:.3f}"
        self.writer(training.training).add_text("end", f"{training.status}: {told}")
        self.writers.pop(training.training.key).close()

    def on_run_end(self, run):
        """Close what somebody's Ctrl-C has left open."""
        for writer in self.writers.values():
            writer.close()

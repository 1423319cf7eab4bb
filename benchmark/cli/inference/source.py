"""The trained model that a command names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from emobench.inference.choice import TrainingChoice
    from emobench.inference.trained_model import TrainedModel


@dataclass(frozen=True)
class ModelSource:
    """Where a trained model lies, and what is needed to load it."""

    path: Path
    choice: TrainingChoice
    model_file: Path | None = None
    encoder: tuple[str, ...] = ()
    trust: bool = False
    device: str = "auto"
    jobs: int | None = None
    data_dir: Path | None = None
    cache_dir: Path | None = None

    def load(self, whole: bool = False) -> TrainedModel:
        """Load it; `whole`: let a stored training give all of its test predictions again."""
        from emobench.corpus.folders import folders
        from emobench.discovery.chosen_features import parse
        from emobench.inference.exports.folder import is_export
        from emobench.inference.loader import load_any, load_training
        from emobench.study.executor import checked_device

        for word in self.encoder:
            parse(word)  # which makes the representation known
        where = folders(self.data_dir, self.cache_dir)
        device = checked_device(self.device, here=True)
        if whole and not is_export(self.path):
            return load_training(
                self.path, self.choice, where, self.model_file, device, self.jobs or 1,
                progress, whole,
            )  # fmt: skip
        return load_any(
            self.path, self.choice, where, self.model_file, self.trust, device, self.jobs or 1,
            progress,
        )  # fmt: skip


EVERY = 200
"""Clips between two lines of progress."""


def progress(what: str, done: int, total: int) -> None:
    """Say on the error stream what takes long: results go to the other one."""
    if total > EVERY and (done >= total or done % EVERY == 0):
        typer.echo(f"{what}: {done:,} of {total:,}", err=True)

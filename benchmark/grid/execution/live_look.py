"""The last look at dev of a running training, which its worker writes and the display reads."""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.atomic import replace_json

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class LiveLook:
    """How a training stood when it last looked at dev.

    Parameters
    ----------
    stage
        The stage of the training, "" if it has one alone.
    number, planned
        The look's number, and how many the stage can have.
    train_loss, dev_macro_f1
        Training loss since the look before (None without a comparable one), and dev macro-F1.
    batches_per_second
        Speed since the look before, the look included.
    gigabytes
        Largest memory so far: of the device if that is a GPU, else of the process.
    """

    stage: str
    number: int
    planned: int
    train_loss: float | None
    dev_macro_f1: float
    batches_per_second: float
    gigabytes: float

    def __str__(self) -> str:
        loss = "" if self.train_loss is None else f"training loss {self.train_loss:.3f}, "
        stage = f"{self.stage}, " if self.stage else ""
        score = f"{self.dev_macro_f1:.3f}".replace("0.", ".", 1)
        return (
            f"{stage}look {self.number} of {self.planned}: {loss}dev macro-F1 {score}, "
            f"{self.batches_per_second:.3g} batches per second, {self.gigabytes:.1f} GB"
        )


@dataclass(frozen=True)
class Running:
    """A job that is running.

    Parameters
    ----------
    label
        The job.
    look
        Its training's last look at dev, if there is one yet.
    kind
        Its kind, as the outcome will have it.
    elapsed
        Seconds since it was started.
    """

    label: str
    look: LiveLook | None = None
    kind: str = ""
    elapsed: float = 0.0


class LookWriter:
    """Writes the last look of one training to a file, for whoever watches the run.

    Parameters
    ----------
    path
        The file.
    device
        Device of the training.
    """

    def __init__(self, path: Path, device: torch.device) -> None:
        self.path, self.device = path, device

    def __call__(self, record: dict[str, Any], number: int, planned: int, n: int) -> None:
        """Write look `number` of `planned`; `n` batches were trained on since the one before."""
        look = LiveLook(
            stage=record.get("stage", ""),
            number=number,
            planned=planned,
            train_loss=record["train_loss"],
            dev_macro_f1=record["dev_macro_f1"],
            batches_per_second=n / max(record["seconds"], 1e-9),
            gigabytes=_gigabytes(self.device),
        )
        replace_json(self.path, asdict(look))

    def remove(self) -> None:
        """Remove the file: the training is over."""
        self.path.unlink(missing_ok=True)


def read_look(path: Path) -> LiveLook | None:
    """Read a look; None if there is none."""
    try:
        return LiveLook(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _gigabytes(device: torch.device) -> float:
    if device.type == "cuda":
        import torch

        return float(torch.cuda.max_memory_allocated(device)) / 1e9
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e9 if sys.platform == "darwin" else 1e6)

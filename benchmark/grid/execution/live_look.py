"""The looks at dev of a running training: its worker writes them, display and callbacks read them.

They are lines of a file, one for each record of the training's course. Whoever hands out the
training removes the file: what it has not read before is still there when the training has ended.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.disk.refusal import raise_refusal

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


@dataclass(frozen=True)
class CourseRecord:
    """A record of a training's course, as its worker has written it.

    Parameters
    ----------
    content
        The record itself, by field.
    look
        The look as the display shows it; None of a record that an earlier run or the model made.
    device
        Device of the training.
    is_earlier
        Whether an earlier run made it, from which the training goes on.
    """

    content: dict[str, Any]
    look: LiveLook | None = None
    device: str = ""
    is_earlier: bool = False


class LookWriter:
    """Writes the course of one training to a file, for whoever watches the run.

    Parameters
    ----------
    path
        The file.
    device
        Device of the training.
    course
        The records of the training, which it appends to.
    earlier
        How many of them an earlier run has made.
    """

    def __init__(
        self, path: Path, device: torch.device, course: Sequence[dict[str, Any]], earlier: int = 0
    ) -> None:
        self.path, self.device, self.course, self.earlier = path, device, course, earlier
        self._written = 0

    def __call__(self, record: dict[str, Any], number: int, planned: int, n: int) -> None:
        """Write what is new, up to look `number` of `planned`.

        `n` batches were trained on since the look before.
        """
        look = LiveLook(
            stage=record.get("stage", ""),
            number=number,
            planned=planned,
            train_loss=record["train_loss"],
            dev_macro_f1=record["dev_macro_f1"],
            batches_per_second=n / max(record["seconds"], 1e-9),
            gigabytes=_gigabytes(self.device),
        )
        new = range(self._written, len(self.course))
        device = str(self.device)
        lines: list[dict[str, Any]] = [
            {
                "place": i,
                "content": self.course[i],
                "device": device,
                "is_earlier": i < self.earlier,
            }
            for i in new
        ]
        lines[-1]["look"] = asdict(look)
        text = "".join(json.dumps(line, default=_plain) + "\n" for line in lines)
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise_refusal(error, self.path)
            raise
        self._written = len(self.course)

    def remove(self) -> None:
        """Remove the file: what is in it is of a run that was killed."""
        self.path.unlink(missing_ok=True)


class CourseReader:
    """Reads what is written of a course so far; each time what is new of it alone.

    Parameters
    ----------
    path
        The file, which may not be there yet, and may begin anew.

    Notes
    -----
    Two workers that train the same, as two runs or a task that is tried again may, write the same
    records; the first one of each place counts.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.course: list[CourseRecord] = []
        self._later: dict[int, CourseRecord] = {}
        self._file, self._offset = 0, 0

    def read(self) -> list[CourseRecord]:
        """Return the course so far, in its order."""
        for line in self._lines():
            try:
                plain = json.loads(line)
                place = int(plain.pop("place"))
                look = LiveLook(**plain.pop("look")) if "look" in plain else None
                self._later.setdefault(place, CourseRecord(look=look, **plain))
            except (ValueError, TypeError, AttributeError, KeyError):
                continue  # of another version, or two lines in one
        while (record := self._later.pop(len(self.course), None)) is not None:
            self.course.append(record)
        self._later = {place: one for place, one in self._later.items() if place > len(self.course)}
        return self.course

    def _lines(self) -> list[bytes]:
        """The lines that are new and whole."""
        try:
            with self.path.open("rb") as file:
                status = os.fstat(file.fileno())
                if status.st_ino != self._file or status.st_size < self._offset:
                    self._file, self._offset = status.st_ino, 0
                file.seek(self._offset)
                text = file.read()
        except OSError:
            return []
        whole = text[: text.rfind(b"\n") + 1]  # the rest is being written
        self._offset += len(whole)
        return whole.splitlines()


def last_look(course: Sequence[CourseRecord]) -> LiveLook | None:
    """Return the last look of a course; None if there is none yet."""
    return next((one.look for one in reversed(course) if one.look is not None), None)


def _plain(value: Any) -> Any:
    """What JSON has no form for: numbers of NumPy and torch, and whatever a model notes."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)


def _gigabytes(device: torch.device) -> float:
    if device.type == "cuda":
        import torch

        return float(torch.cuda.max_memory_allocated(device)) / 1e9
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e9 if sys.platform == "darwin" else 1e6)

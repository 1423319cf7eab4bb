"""The base of every callback."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from emobench.callbacks.records import CellEnd, Epoch, RunEnd, RunStart, TrainingEnd


class Callback:
    """Gets told what a run does, for trackers and the like; derive from it what you need.

    Notes
    -----
    Methods are called in the process that was started, never in a worker, one at a time: with many
    workers, on a cluster, and in this process alone. They get records that are frozen, and return
    nothing: no callback can change, stop or skip anything, and predictions are the same with and
    without. While a method works, no further training is handed out, so it should be quick.

    What a method raises is said once; the run goes on, and the method is called again next time.

    A class that is a dataclass takes its fields as options: ``--callback mine.py:folder=runs``.
    """

    wants_stored: ClassVar[bool] = False
    """Whether it is also told what the results held before, with ``is_stored``; else it is told
    what this run computes, and the same command again tells nothing."""

    def on_run_start(self, run: RunStart) -> None:
        """Begin: called once, before anything is computed."""

    def on_epoch(self, epoch: Epoch) -> None:
        """Take a look at dev: every look of every training, each once and in its order."""

    def on_cell(self, cell: CellEnd) -> None:
        """Take the test scores of a training under one condition; its looks came before."""

    def on_training(self, training: TrainingEnd) -> None:
        """Take the end of a training, good or bad; its looks and its cells came before.

        It is the last that is heard of a training. Where the training was stored and cells were
        missing, it says ``is_stored``, and no look came before.
        """

    def on_run_end(self, run: RunEnd) -> None:
        """End: called once, also if somebody or an error stops the run."""

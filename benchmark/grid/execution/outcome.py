"""The outcome of a job, as reported by its worker."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """The outcome of a job.

    Parameters
    ----------
    label
        The job.
    done, failed
        Number of cells.
    seconds
        Seconds of training, 0 if the checkpoint was stored already.
    elapsed
        Seconds of the whole job.
    kind
        Its kind (`work_kind`): jobs of the same kind take about equally long.
    note
        Dev macro-F1, or the reason of the failure.
    unit
        What `done` and `failed` count.
    spoiled
        Whether its worker can do no further work: its GPU is in error.
    """

    label: str
    done: int
    failed: int
    seconds: float
    note: str
    elapsed: float = 0.0
    kind: str = ""
    unit: str = "cell"
    spoiled: bool = False

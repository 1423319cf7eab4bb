"""Callbacks: what a run tells to trackers, and the records that it tells them.

A tracker derives a class from `emobench.Callback`. The records that its methods get are here.
"""

from __future__ import annotations

from emobench.callbacks.callback import Callback
from emobench.callbacks.records import (
    CellEnd,
    Epoch,
    RunEnd,
    RunStart,
    Training,
    TrainingEnd,
)

__all__ = ["Callback", "CellEnd", "Epoch", "RunEnd", "RunStart", "Training", "TrainingEnd"]

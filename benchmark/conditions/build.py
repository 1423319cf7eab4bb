"""Builds the changes of test batches that a condition asks for."""

from __future__ import annotations

from emobench.conditions.frame_dropping import FrameDropTransform
from emobench.conditions.imputation import ImputationTransform
from emobench.conditions.replacement import ReplacementTransform
from emobench.conditions.swap import SwapTransform
from emobench.corpus.view import FoldView
from emobench.corruption.registry import KINDS
from emobench.interface.batch_transform import BatchTransform
from emobench.interface.protocol import Condition, Corruption


def is_swap(corruption: Corruption) -> bool:
    """Whether `corruption` changes batches, not recordings."""
    return KINDS[corruption.kind].swaps


def batch_transforms(condition: Condition, view: FoldView) -> list[BatchTransform]:
    """Build the changes of test batches for `condition`, in the order of application.

    `view` is the tested view; changes learn from its train part alone.
    """
    found: list[BatchTransform] = []
    if condition.replace is not None:
        found.append(ReplacementTransform(condition.replace, view))
    if condition.corruption is not None and is_swap(condition.corruption):
        found.append(SwapTransform(condition.corruption, view))
    if condition.frames > 0:
        found.append(FrameDropTransform(condition.frames, view))
    if condition.fill not in ("native", "learned"):
        found.append(ImputationTransform(condition.fill, view))
    return found

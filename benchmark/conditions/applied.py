"""From a condition to the changes of test batches that it asks for."""

from __future__ import annotations

from emobench.conditions.change import Change
from emobench.conditions.fill import Filled
from emobench.conditions.frames import FramesDropped
from emobench.conditions.replaced import Replaced
from emobench.conditions.swapped import Swapped
from emobench.corpus.view import FoldView
from emobench.corruption.kinds import KINDS
from emobench.interface.protocol import Condition, Corruption


def is_swap(corruption: Corruption) -> bool:
    """Whether it changes batches, not recordings."""
    return KINDS[corruption.kind].swaps


def changes(condition: Condition, view: FoldView) -> list[Change]:
    """The changes of `condition`, in the order in which they are made.

    `view` is what is tested; what a change needs to know it learns from its train part alone.
    """
    found: list[Change] = []
    if condition.replace is not None:
        found.append(Replaced(condition.replace, view))
    if condition.corruption is not None and is_swap(condition.corruption):
        found.append(Swapped(condition.corruption, view))
    if condition.frames > 0:
        found.append(FramesDropped(condition.frames, view))
    if condition.fill not in ("native", "learned"):
        found.append(Filled(condition.fill, view))
    return found

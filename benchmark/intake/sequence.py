"""The form that every utterance's features take: ``[T, D]``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, ...]


def without_batch_axis(shape: Shape) -> Shape:
    """The shape without a batch axis of 1: ``[1, T, D]`` and ``[T, 1, D]`` become ``[T, D]``."""
    if len(shape) == 3 and 1 in shape[:2]:
        return shape[1:] if shape[0] == 1 else (shape[0], shape[2])
    return shape


def stepped(shape: Shape) -> tuple[int, int] | None:
    """``(T, D)`` of an array ``[D]``, ``[T, D]`` or with a batch axis of 1; None of any other."""
    shape = without_batch_axis(shape)
    if len(shape) == 1:
        return (1, shape[0]) if shape[0] else (0, 0)
    return (shape[0], shape[1]) if len(shape) == 2 else None


def refusal(path: Path, name: str, shape: Shape) -> str:
    """Say why an array of this shape is no features of an utterance."""
    what = f"{path} has" + (f" {name!r} of" if name else "")
    if not shape:
        return f"{what} a single number; features of an utterance are [T, D] or [D]."
    layers = " Take one layer, or their mean." if len(shape) == 3 else ""
    return f"{what} shape {list(shape)}; features of an utterance are [T, D] or [D].{layers}"


def as_steps(values: NDArray[Any]) -> NDArray[Any]:
    """The array as ``[T, D]``; its shape was checked by `stepped`."""
    shape = stepped(values.shape)
    return values if shape is None else np.reshape(values, shape)

"""Refuses what a representation makes if it cannot be used: anybody can write one."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from emobench.discovery.own_representations import AnyRepresentation
from emobench.errors import DataError, EmobenchError


def shown_name(kind: AnyRepresentation) -> str:
    """Name of a representation in messages, without digest and path."""
    return kind.name.partition("#")[0]


@contextlib.contextmanager
def reported(kind: AnyRepresentation, doing: str) -> Iterator[None]:
    """Say which representation raised, what it did then, and where in its code.

    Raises
    ------
    DataError
        It raised anything but an error of ours.
    """
    try:
        yield
    except EmobenchError:
        raise
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        raise DataError(
            f"The representation {shown_name(kind)} failed when it {doing}: "
            f"{type(error).__name__}: {error} ({place})."
        ) from error


def check_values(values: Any, kind: AnyRepresentation, clip: str) -> None:
    """Refuse values that are no finite ``[T, D]`` with a step at least.

    Raises
    ------
    DataError
        The sentence names the representation and the clip.
    """
    array = np.asarray(values)
    what = f"{shown_name(kind)} of {clip}"
    if array.ndim != 2 or array.shape[1] == 0 or array.dtype.kind not in "fiub":
        raise DataError(
            f"{what} is of shape {array.shape} and type {array.dtype}; it must be numbers [T, D]: "
            "a row for each step."
        )
    if len(array) == 0:
        raise DataError(
            f"{what} has no step, and a clip that can be used has one at least: return a row of "
            "zeros where there is nothing to say."
        )
    if not np.isfinite(array).all():
        raise DataError(f"{what} has values that are NaN, infinite, or too large for its dtype.")

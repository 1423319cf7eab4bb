"""Checks of feature files, and the sentences that refuse a file."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.errors import DataError, EmobenchError
from emobench.intake.sequence import stepped


@contextmanager
def readable(path: Path, where: str = "") -> Iterator[None]:
    """Turn the errors that libraries raise on a damaged file into one sentence."""
    try:
        yield
    except EmobenchError:
        raise
    except Exception as error:  # each library has its own for each kind of damage
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(
            f"{path} cannot be read{where}: it is truncated, damaged or of another format "
            f"({reason}). Copy or download it again."
        ) from None


def places_of(path: Path, ids: Sequence[str]) -> dict[str, int]:
    """Index of each id; an error if there are no ids, or if an id is repeated."""
    if not ids:
        raise DataError(f"{path} has no utterance.")
    twice = [name for name, n in Counter(ids).items() if n > 1]
    if twice:
        raise DataError(f"{path} has utterances more than once: {listed(twice)}.")
    return {name: place for place, name in enumerate(ids)}


def common_size(path: Path, shapes: dict[str, tuple[int, ...]]) -> int:
    """D of arrays ``[T, D]`` or ``[D]``, or an error that names those that differ."""
    steps = {name: stepped(shape) for name, shape in shapes.items()}
    bad = [f"{name} {list(shapes[name])}" for name, shape in steps.items() if shape is None]
    if bad:
        raise DataError(f"{path} has arrays that are neither [T, D] nor [D]: {listed(bad)}.")
    filled = {name: shape for name, shape in steps.items() if shape and math.prod(shape)}
    sizes = Counter(size for _, size in filled.values())
    if not sizes:
        raise DataError(f"{path} has no features: every array is empty.")
    usual = sizes.most_common(1)[0][0]
    other = [f"{name} ({size})" for name, (_, size) in filled.items() if size != usual]
    if other:
        raise DataError(
            f"{path} has {usual} features for {counted(sizes[usual], 'utterance')}, another number "
            f"for: {listed(other)}; [T, D] is wanted{_transposed(list(filled.values()))}."
        )
    return usual


def _transposed(shapes: list[tuple[int, int]]) -> str:
    heights = {steps for steps, _ in shapes}
    if len(heights) == 1 and heights != {1}:
        return f", and all have {heights.pop()} rows: is it transposed?"
    return " with one D for all: is it transposed?" if heights != {1} else " with one D for all"


def check_numeric(path: Path, name: str, dtype: np.dtype[Any]) -> None:
    """Raise unless the values of the array `name` are numbers."""
    if dtype.kind not in "biuf":
        raise DataError(f"{path} has values of type {dtype} in {name!r}; features are numbers.")


def check_counts(path: Path, ids: int, counts: dict[str, int]) -> None:
    """Raise unless every one of `counts` is the number of ids."""
    wrong = [f"{n} of {name!r}" for name, n in counts.items() if n != ids]
    if wrong:
        raise DataError(f"{path} has {ids} ids but {', '.join(wrong)}.")


def checked_lengths(
    path: Path, ids: Sequence[str], lengths: Any, shape: tuple[int, ...]
) -> NDArray[np.int64] | None:
    """Steps per utterance, at most T each."""
    if lengths is None:
        return None
    found = np.asarray(lengths).reshape(-1)
    check_counts(path, len(ids), {"lengths": len(found)})
    if found.dtype.kind not in "iuf" or (found != found.astype(np.int64)).any():
        raise DataError(f"{path} has lengths that are no whole numbers.")
    whole: NDArray[np.int64] = found.astype(np.int64)
    steps = shape[1] if len(shape) == 3 else 1
    wrong = [
        f"{name} ({n})" for name, n in zip(ids, whole.tolist(), strict=True) if not 0 <= n <= steps
    ]
    if wrong:
        raise DataError(
            f"{path} has arrays of {counted(steps, 'step')} and lengths beyond them: "
            f"{listed(wrong)}."
        )
    return whole


def counted(number: int, what: str) -> str:
    """``1 step``, ``2 steps``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def listed(names: Iterable[Any]) -> str:
    """The first ten names, and the number of the others."""
    every = [str(n) for n in names]
    more = f" and {len(every) - 10} more" if len(every) > 10 else ""
    return ", ".join(every[:10]) + more

"""The part of a clip that belongs to one utterance."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

from emobench import ClipError

TOLERANCE = 0.1
"""Seconds by which an end may lie behind the end of the file: times are rounded."""


class Segment(NamedTuple):
    """From `start` to `end` in seconds from the clip's beginning; None is as far as it goes."""

    start: float | None
    end: float | None

    @property
    def whole(self) -> bool:
        """Whether it is the whole clip."""
        return self.start is None and self.end is None

    def check(self, path: Path, seconds: float) -> None:
        """Raise if a clip of so many seconds does not hold it.

        Raises
        ------
        ClipError
            Start or end lies outside the clip, or the end does not lie behind the start.
        """
        start, end = self.start or 0.0, self.end
        fault = ""
        if not all(math.isfinite(t) and t >= 0 for t in (start, end or 0.0)):
            fault = "seconds from 0 on are wanted"
        elif end is not None and end <= start:
            fault = "its end has to lie behind its start"
        elif start >= seconds or (end is not None and end > seconds + TOLERANCE):
            fault = "it lies outside; are the times in seconds, and of this file?"
        if fault:
            raise ClipError(
                f"{path} is {seconds:.2f} s long, and the segment is "
                f"{'' if self.start is None else f'{self.start:g}'} to "
                f"{'the end' if end is None else f'{end:g}'} s: {fault}"
            )

    def steps(self, rate: float, length: int | None = None) -> tuple[int, int | None]:
        """First step and the step behind the last at `rate` steps a second, one at least."""
        first = round((self.start or 0.0) * rate)
        last = length if self.end is None else max(round(self.end * rate), first + 1)
        if length is not None and last is not None:
            first = min(first, max(length - 1, 0))
            last = min(last, length)
        return first, last

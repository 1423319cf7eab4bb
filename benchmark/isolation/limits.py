"""What one training job may take: wall time, and memory."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from typing import Final

from emobench.errors import RequestError
from emobench.remote.attempts import byte_count

_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "min": 60.0, "s": 1.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(d|h|min|m|s)")
SHORTEST = 1.0
"""Seconds below which a limit is a slip of the pen."""


@dataclass(frozen=True)
class Limits:
    """Limits of one job: a training with its cells, or a trial of a search.

    Parameters
    ----------
    seconds
        Wall time from the start of its process; None: as long as it takes.
    memory
        Bytes of main memory of its processes together; None: as much as there is.
    """

    seconds: float | None = None
    memory: int | None = None

    def __bool__(self) -> bool:
        return self.seconds is not None or self.memory is not None


NO_LIMITS = Limits()

SEPARATE: Final = hasattr(os, "fork")
"""Whether jobs can have processes of their own here: where processes have sessions and signals."""


def read_limits(timeout: str | None, memory: str | None) -> Limits:
    """Return the limits that were typed.

    Raises
    ------
    RequestError
        One of them makes no sense, or cannot be kept on this system.
    """
    found = Limits(
        None if timeout is None else seconds_of(timeout),
        None if memory is None else bytes_of(memory),
    )
    if found and not SEPARATE:
        raise RequestError("--timeout and --memory need a system with fork; leave them out.")
    if found.memory is not None and not sys.platform.startswith("linux"):
        raise RequestError("--memory is watched in /proc, which Linux alone has; leave it out.")
    return found


def seconds_of(text: str) -> float:
    """Return the seconds of a time such as ``2h``, ``90min``, ``1h30m`` or ``45s``.

    Raises
    ------
    RequestError
        The text is no time, or less than a second.
    """
    typed = text.strip().lower()
    parts = _PART.findall(typed)
    if not parts or re.sub(r"\s", "", _PART.sub("", typed)):
        raise RequestError(f"--timeout {text} is no time; write it as 2h, 90min, 1h30m or 45s.")
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    if seconds < SHORTEST:
        raise RequestError(f"--timeout {text} is less than a second, in which nothing is trained.")
    return seconds


def bytes_of(text: str) -> int:
    """Return the bytes of a size such as ``8GB`` or ``500MB``.

    Raises
    ------
    RequestError
        The text is no size.
    """
    try:
        return byte_count(text)
    except RequestError:
        raise RequestError(f"--memory {text} is no size; write it as 8GB or 500MB.") from None


def time_text(seconds: float) -> str:
    """Write a time as it is typed: ``2h``, ``1h30m``, ``45s``."""
    left, text = round(seconds), ""
    for unit in ("d", "h", "m", "s"):
        count, left = divmod(left, round(_SECONDS[unit]))
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def size_text(count: float) -> str:
    """Write a number of bytes: ``8.00 GB``, ``512 MB``."""
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"

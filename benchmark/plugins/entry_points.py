"""What installed packages offer to emobench: their entry points, looked for once in a process."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any


@cache
def _every() -> Any:
    # Each look opens a file of every installed package, so groups are not looked for one by one.
    return entry_points()


def installed(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of a group, such as ``emobench.models``."""
    return tuple(_every().select(group=group))

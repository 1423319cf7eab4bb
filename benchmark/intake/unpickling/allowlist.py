"""What an unpickler may hold of a function: leave to call it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Admitted:
    """What an admitted name stands for; the file can call it and nothing else."""

    __slots__ = ("__build",)

    def __init__(self, build: Callable[..., Any]) -> None:
        self.__build = build

    def __call__(self, *arguments: Any) -> Any:
        """Build the value."""
        return self.__build(*arguments)

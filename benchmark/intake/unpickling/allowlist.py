"""A wrapper that lets a pickle call a function and do nothing else with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Admitted:
    """A function behind an admitted name; the file can call it and cannot look inside."""

    __slots__ = ("__build",)

    def __init__(self, build: Callable[..., Any]) -> None:
        self.__build = build

    def __call__(self, *arguments: Any) -> Any:
        """Build the value."""
        return self.__build(*arguments)

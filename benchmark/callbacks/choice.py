"""Finds callbacks: the class in a Python file, or what an installed package offers by name."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from emobench.callbacks.audience import Audience
from emobench.callbacks.callback import Callback
from emobench.discovery.options import with_options
from emobench.discovery.paths import nearness
from emobench.discovery.registry import load_path, name_and_options
from emobench.discovery.words import shield
from emobench.errors import RequestError, unknown
from emobench.plugins.entry_points import installed

GROUP = "emobench.callbacks"
"""The group of entry points."""


def callback_names() -> list[str]:
    """Names of all callbacks that installed packages offer."""
    return sorted({point.name for point in installed(GROUP)})


def open_callback(word: str) -> Callback:
    """Build the callback that was typed: ``NAME``, ``mine.py``, ``mine.py:key=value``.

    Raises
    ------
    RequestError
        There is no such callback or option, or it cannot be built.
    """
    name, options = name_and_options(shield(word, callback_names()))
    kind = _kind(name)
    try:
        base = kind()
        given = base if dataclasses.is_dataclass(kind) else None
        built = with_options(given, options, f"callback {name}") if options else base
    except RequestError:
        raise
    except Exception as error:
        raise RequestError(
            f"The callback {name} cannot be made: {type(error).__name__}: {error}."
        ) from error
    assert isinstance(built, Callback)
    return built


def open_audience(words: Sequence[str], objects: Sequence[Callback] = ()) -> Audience | None:
    """Build the callbacks of a run: those that were typed, then `objects`; None without any.

    Raises
    ------
    RequestError
        One that was typed makes no sense.
    """
    callbacks = [*map(open_callback, words), *objects]
    return Audience(callbacks) if callbacks else None


def separate(given: Any) -> tuple[list[Any], tuple[Callback, ...]]:
    """Part what Python gave as callbacks into names or paths, and callbacks themselves.

    Raises
    ------
    RequestError
        One is a class, which has to be called first.
    """
    several = given if isinstance(given, Sequence) and not isinstance(given, str) else (given,)
    words, objects = [], []
    for one in several if given is not None else ():
        if isinstance(one, Callback):
            objects.append(one)
        elif inspect.isclass(one) and issubclass(one, Callback):
            raise RequestError(f"callbacks takes {one.__name__}(), an instance, not the class.")
        else:
            words.append(one)
    return words, tuple(objects)


def _kind(name: str) -> type[Callback]:
    if name.endswith(".py") or "/" in name:
        path = Path(name)
        if not path.is_file():
            raise RequestError(f"There is no file {name}.{nearness(path)}")
        return _callback_in(load_path(path), name)
    point = next((point for point in installed(GROUP) if point.name == name), None)
    if point is None:
        if Path(f"{name}.py").is_file():
            raise RequestError(
                f"No callback is called {name!r}, but there is a file {name}.py here; for that one "
                f"write {name}.py."
            )
        raise unknown("callback", name, callback_names())
    try:
        found = point.load()
    except Exception as error:
        raise RequestError(
            f"The installed callback {name} cannot be imported: {type(error).__name__}: {error}."
        ) from error
    if not (inspect.isclass(found) and issubclass(found, Callback)):
        raise RequestError(f"The entry point {name!r} of {GROUP} names no class of Callback.")
    return found


def _callback_in(module: Any, name: str) -> type[Callback]:
    """The class of `module` that is derived from `Callback` and defined there."""
    found = [
        one
        for one in vars(module).values()
        if inspect.isclass(one) and issubclass(one, Callback) and one.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise RequestError(
            f"{name} holds {len(found)} classes derived from Callback; it must hold exactly one."
        )
    kind: type[Callback] = found[0]
    return kind

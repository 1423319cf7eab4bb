"""From values by name to checked options, with a sentence for each that makes no sense."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from emobench.errors import RequestError, unknown
from emobench.study.options import Read, RunOptions

NAMES = tuple(field.name for field in dataclasses.fields(RunOptions))
"""Every option, as a file and Python call it."""


def run_options(values: Mapping[str, Any], where: Callable[[str], str] | None = None) -> RunOptions:
    """Return the options with the given values, the others having their defaults.

    Parameters
    ----------
    values
        Option to value. Where the command line takes names joined by commas, a list does too.
    where
        Says of an option where it was written, in front of what is wrong with it.

    Raises
    ------
    RequestError
        An option does not exist or takes no such value; each such option has a sentence.
    """
    try:
        return _adapter().validate_python(dict(values))
    except ValidationError as error:
        wrong = dict.fromkeys(str(one["loc"][0]) for one in error.errors())
    place = where or (lambda name: "")
    raise RequestError("\n".join(f"{place(name)}{_sentence(name, values)}" for name in wrong))


@functools.cache
def _adapter() -> TypeAdapter[RunOptions]:
    return TypeAdapter(RunOptions)


def _sentence(name: str, values: Mapping[str, Any]) -> str:
    if name not in NAMES:
        return str(unknown("option", name, NAMES))
    value = values[name]
    if isinstance(value, type):
        return (
            f"{name} takes {expected(name)}; {value.__name__} is a class. Save it in a file, and "
            "name the file."
        )
    return f"{name} takes {expected(name)}, {value!r} is none."


def expected(name: str) -> str:
    """Say in words what an option takes."""
    hint = get_type_hints(RunOptions, include_extras=True)[name]
    read: Read = next(
        mark
        for part in (hint, *get_args(hint))
        for mark in getattr(part, "__metadata__", ())
        if isinstance(mark, Read)
    )
    return read.expected

"""Ranges of hyper-parameters, declared on the fields of a config and checked by pydantic.

A field ``epochs: Annotated[int, Field(ge=1)] = 30`` has to be at least 1. A class that repeats a
field of its base without a range keeps the range of the base.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
import typing
from functools import cache
from types import SimpleNamespace
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from emobench.errors import RequestError


def check_ranges(config: object) -> None:
    """Refuse a dataclass instance with a field outside of its declared range.

    Raises
    ------
    RequestError
        The message names the field, its range and the value.
    """
    for name, constraints, adapter in _checked_fields(type(config)):  # type: ignore[arg-type]
        value = getattr(config, name)
        try:
            adapter.validate_python(value)
        except (ValidationError, TypeError):
            raise RequestError(f"{name} must {_range(constraints)}, got {value}.") from None


@cache
def _checked_fields(kind: type) -> list[tuple[str, tuple[Any, ...], TypeAdapter[Any]]]:
    """Name, constraints and validator of every field of `kind` that declares a constraint."""
    constraints: dict[str, list[Any]] = {f.name: [] for f in dataclasses.fields(kind)}
    for owner in reversed(kind.__mro__):
        for name, annotation in inspect.get_annotations(owner).items():
            if name in constraints:
                constraints[name] += _constraints(owner, name, annotation)
    # Any: options are cast to their types where they are read, and numbers of NumPy are numbers.
    return [
        (name, tuple(found), TypeAdapter(typing.Annotated[(Any, *found)]))
        for name, found in constraints.items()
        if found
    ]


def _constraints(owner: type, name: str, annotation: Any) -> list[Any]:
    """The constraints in an ``Annotated``; none if the annotation cannot be evaluated."""
    field = SimpleNamespace(__annotations__={name: annotation})
    module = vars(sys.modules[owner.__module__])
    try:
        hint = typing.get_type_hints(field, module, dict(vars(owner)), include_extras=True)[name]
    except (NameError, AttributeError, TypeError):  # a name that is imported for type checkers only
        return []
    found: list[Any] = []
    for extra in getattr(hint, "__metadata__", ()):
        found += extra.metadata if isinstance(extra, FieldInfo) else [extra]
    return found


def _range(constraints: tuple[Any, ...]) -> str:
    """Range in words that follow "must"."""
    bounds = {
        b: getattr(c, b) for c in constraints for b in ("ge", "gt", "le", "lt") if hasattr(c, b)
    }
    low = bounds.get("ge", bounds.get("gt"))
    high = bounds.get("le", bounds.get("lt"))
    if low is not None and high is not None:
        opening, closing = "[" if "ge" in bounds else "(", "]" if "le" in bounds else ")"
        return f"be in {opening}{low}, {high}{closing}"
    if low is not None:
        words = (
            ("not be negative", "be at least") if "ge" in bounds else ("be positive", "be above")
        )
        return words[0] if low == 0 else f"{words[1]} {low}"
    if high is not None:
        return f"be at most {high}" if "le" in bounds else f"be below {high}"
    return "fit " + " and ".join(map(repr, constraints))

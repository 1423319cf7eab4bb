"""The representations there are, by name."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache

from emobench.errors import unknown
from emobench.interface.representation import FittedRepresentation, Representation

AnyRepresentation = type[Representation] | type[FittedRepresentation]


@cache
def representations() -> dict[str, AnyRepresentation]:
    """Every representation class in ``emobench.datasets.representations`` by name."""
    package = importlib.import_module("emobench.datasets.representations")
    found: dict[str, AnyRepresentation] = {}
    for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        module = importlib.import_module(info.name)
        for kind in vars(module).values():
            if _is_representation(kind):
                found[kind.name] = kind
    return found


def _is_representation(kind: object) -> bool:
    return (
        inspect.isclass(kind)
        and issubclass(kind, Representation | FittedRepresentation)
        and not inspect.isabstract(kind)
        and hasattr(kind, "name")
    )


def representation(name: str) -> AnyRepresentation:
    """Return the class called `name`; raise `RequestError` if there is none."""
    if name not in representations():
        raise unknown("representation", name, representations())
    return representations()[name]


def source_of(name: str) -> str:
    """Return the source that representation `name` starts from, through its base if fitted."""
    kind = representation(name)
    if issubclass(kind, Representation):
        return kind.source
    return kind.base if kind.base == "transcript" else source_of(kind.base)

"""Finds representations by name."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache

from emobench.backbones.frozen_encoder import encoded, is_frozen
from emobench.discovery.registry import Entry
from emobench.errors import RequestError, unknown
from emobench.interface.card import Card
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
    if is_frozen(name):
        return encoded(name)
    if name not in representations():
        raise unknown("representation", name, _for_models(None))
    return representations()[name]


def _for_models(modality: str | None) -> list[str]:
    """Names of the representations that any model may read, of one modality or of all."""
    return [
        name
        for name, kind in representations().items()
        if modality in (None, kind.modality) and not kind.reference_only
    ]


def check_inputs(entry: Entry, track: str) -> None:
    """Refuse a model whose card names unknown representations, or such as it may not read.

    Raises
    ------
    RequestError
        A representation of the controlled track is unknown, or a representation of either track
        is for reference rows only; the message names the model's file and the modality.
    """
    card = entry.card
    assert isinstance(card, Card)
    controlled = track == "controlled" or card.kind == "reference"
    for modality, name in _names_on_card(card.inputs):
        if name not in representations() and controlled:
            error = unknown("representation", name, _for_models(modality))
            raise RequestError(f"{entry.path.name}, {modality} on its card: {error}")
    for modality, name in (*_names_on_card(card.inputs), *_names_on_card(card.published_inputs)):
        kind = representations().get(name)
        if kind is not None and kind.reference_only and card.kind != "reference":
            raise RequestError(
                f"{entry.path.name}, {modality} on its card: {name} is for reference rows alone, "
                "because it shows what no recording does. Take another representation."
            )


def _names_on_card(inputs: Mapping[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    """Modality and name of every representation that a card names."""
    return [(m, name) for m, slots in inputs.items() for s in slots for name in s.split("|")]


def possible(sources: Mapping[str, tuple[str, ...]]) -> tuple[list[str], list[str]]:
    """Names of the extracted and the fitted representations that `sources` allow."""
    here = {source for found in sources.values() for source in found}
    names = sorted(n for n in representations() if source_of(n) in here)
    fitted = [n for n in names if issubclass(representation(n), FittedRepresentation)]
    return [n for n in names if n not in fitted], fitted


def source_of(name: str) -> str:
    """Return the source of the representation `name`; if it is fitted, the source of its base."""
    kind = representation(name)
    if issubclass(kind, Representation):
        return kind.source
    return kind.base if kind.base == "transcript" else source_of(kind.base)


def extracted(names: Iterable[str]) -> set[str]:
    """The extracted representations that `names` are, or are fitted on."""
    found: set[str] = set()
    for name in names:
        kind = representation(name)
        if not issubclass(kind, FittedRepresentation):
            found.add(name)
        elif kind.base != "transcript":
            found |= extracted([kind.base])
    return found


def is_discrete(name: str) -> bool:
    """Whether the values of representation `name` are ids of words or characters."""
    return representation(name).discrete

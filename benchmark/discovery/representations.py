"""Finds representations by name: ours, those of installed packages and of users' files."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from emobench.backbones.frozen_encoder import FrozenEncoder, encoded, is_frozen
from emobench.discovery.own_representations import (
    MARK,
    AnyRepresentation,
    check_packages,
    from_file,
    installed_representations,
    is_of_file,
    is_representation,
    spec_form,
    stamp,
    versions,
    whole_name,
)
from emobench.discovery.registry import Entry
from emobench.errors import RequestError, unknown
from emobench.interface.card import Card
from emobench.interface.representation import FittedRepresentation, Representation

HOME = "emobench.datasets.representations"
"""The package of our own representations."""


@cache
def representations() -> dict[str, AnyRepresentation]:
    """Every representation class of ours and of installed packages, by name.

    Raises
    ------
    RequestError
        An installed one has the name of one of ours.
    """
    package = importlib.import_module(HOME)
    found: dict[str, AnyRepresentation] = {}
    for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        module = importlib.import_module(info.name)
        for kind in vars(module).values():
            if is_representation(kind):
                found[kind.name] = kind
    for name, kind in installed_representations().items():
        if name in found:
            raise RequestError(
                f"An installed package offers a representation {name!r} ({kind.__module__}), and "
                "emobench has one of that name."
            )
        found[name] = kind
    return found


def representation(name: str) -> AnyRepresentation:
    """Return the class called `name`, which can be the form that specs hold.

    Raises
    ------
    RequestError
        There is none, or its source is not as the name says.
    """
    if is_frozen(name):
        return encoded(name)
    if is_of_file(name):
        plain = unstamped(name)
        return from_file(plain) if is_of_file(plain) else representations()[plain]
    if name not in representations():
        raise unknown("representation", name, _for_models(None))
    return representations()[name]


def is_ours(name: str) -> bool:
    """Whether emobench itself has the representation `name`."""
    return is_frozen(name) or representation(name).__module__.startswith(f"{HOME}.")


def stamped(name: str) -> str:
    """`name` as specs hold it: with a digest of the source, or the versions of packages.

    Our own that need no further package are known by their version alone.
    """
    if is_frozen(name):
        return name
    if is_of_file(name):
        return spec_form(name)
    kind = representations()[name]
    if not is_ours(name):
        return f"{name}{MARK}{stamp(kind, Path(inspect.getfile(kind)))}"
    return f"{name}{MARK}{versions(kind.packages)}" if kind.packages else name


def unstamped(name: str) -> str:
    """Inverse of `stamped`: the name by which a process computes what a spec holds as `name`.

    Raises
    ------
    RequestError
        Its source is not here as it was: a file has to be named first
        (`emobench.discovery.own_representations.name_in_file`).
    """
    if is_frozen(name) or not is_of_file(name):
        return name
    own = name.split(MARK)[0]
    return own if own in representations() and stamped(own) == name else whole_name(name)


def folder_name(name: str) -> str:
    """Name of the folder that holds the values of the representation `name`."""
    if is_frozen(name):
        return FrozenEncoder.of(name).folder
    own, _, known_by = stamped(name).partition(MARK)
    return f"{own}-v{representation(name).version}" + (f"-{known_by}" if known_by else "")


def check_usable(name: str) -> None:
    """Refuse a representation whose packages are not installed.

    Raises
    ------
    RequestError
        The sentence has the command that installs them.
    """
    if not is_frozen(name):
        check_packages(representation(name), name.split(MARK)[0])


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
    """Names of the extracted and the fitted representations that `sources` allow.

    Those that need a package of their own are left out: they are computed when they are named.
    """
    here = {source for found in sources.values() for source in found}
    known = representations()
    names = sorted(n for n, k in known.items() if not k.packages and source_of(n) in here)
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


def is_fitted(name: str) -> bool:
    """Whether the representation `name` is learned on the train part."""
    return issubclass(representation(name), FittedRepresentation)


def described(name: str) -> str:
    """What the representation `name` is and whose licence binds its values, in a sentence or two.

    Empty for those of ours that bind nobody, and for frozen encoders, whose names say it.
    """
    kind = representation(name)
    if is_frozen(name) or (is_ours(name) and not kind.licence):
        return ""
    what = (inspect.getdoc(kind) or "").strip().split("\n")[0].replace("``", "").rstrip(".")
    return ". ".join(filter(None, (what, kind.licence and f"Licence: {kind.licence}")))


def is_discrete(name: str) -> bool:
    """Whether the values of representation `name` are ids of words or characters."""
    return representation(name).discrete

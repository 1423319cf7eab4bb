"""Representations of a user's file and of installed packages, known by what their source says.

The name of one from a file holds the digest and the path of the file, so that any process knows
from the name alone what to compute. Specs hold the digest and not the path (`spec_form`): a file
that was moved is the same, and one that was changed is another.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from emobench.discovery.registry import load_path
from emobench.errors import DataError, RequestError, unknown
from emobench.interface.representation import FittedRepresentation, Representation
from emobench.modality import MODALITIES
from emobench.plugins.entry_points import installed

AnyRepresentation = type[Representation] | type[FittedRepresentation]

GROUP = "emobench.representations"
"""The group of entry points."""

MARK = "#"
"""Parts a name, the stamp of its source, and the path of its file."""

_files: dict[str, str] = {}
"""Spec form of each representation that this process was given as a file, to its whole name."""


def is_representation(kind: object) -> bool:
    """Whether `kind` is a class that can be used as a representation."""
    return (
        inspect.isclass(kind)
        and issubclass(kind, Representation | FittedRepresentation)
        and not inspect.isabstract(kind)
        and hasattr(kind, "name")
    )


def is_of_file(name: str) -> bool:
    """Whether `name` is a representation of a user's file, or the spec form of any."""
    return MARK in name


def classes_in(path: Path) -> list[AnyRepresentation]:
    """The representations that the Python file at `path` defines, in their order.

    Raises
    ------
    RequestError
        There is no such file, it cannot be imported, or a class in it has a name that cannot be.
    """
    if not path.is_file():
        raise RequestError(f"There is no file {path}.")
    module = load_path(path)
    found: list[AnyRepresentation] = [
        kind
        for kind in vars(module).values()
        if is_representation(kind) and kind.__module__ == module.__name__
    ]
    for kind in found:
        _check_declared(kind, path.name)
    return found


def _check_declared(kind: AnyRepresentation, where: str) -> None:
    """Refuse a name or a modality that nothing could be called by."""
    if not isinstance(kind.name, str) or not kind.name.isidentifier():
        raise RequestError(
            f"{where}: {kind.__name__}.name is {kind.name!r}; it must be letters, digits and "
            "underscores."
        )
    if getattr(kind, "modality", None) not in MODALITIES:
        raise unknown(
            f"modality of {kind.__name__} in {where}", str(getattr(kind, "modality", "")),
            MODALITIES,
        )  # fmt: skip


def name_in_file(path: Path, modality: str, wanted: str | None = None) -> str:
    """Whole name of the representation of `modality` in the file at `path`.

    Parameters
    ----------
    path
        A Python file.
    modality
        ``text``, ``audio`` or ``vision``.
    wanted
        Its ``name``, where the file has several of the modality.

    Raises
    ------
    RequestError
        The file has none of the modality, or several of which none is `wanted`.
    """
    kinds = {kind.name: kind for kind in classes_in(path) if kind.modality == modality}
    if not kinds:
        raise RequestError(
            f"{path} holds no representation of {modality}: no class derived from "
            f'emobench.Representation with modality = "{modality}".'
        )
    if wanted is None and len(kinds) > 1:
        raise RequestError(
            f"{path} holds {len(kinds)} representations of {modality}: {', '.join(kinds)}. Write "
            f"{modality}={path}:name={next(iter(kinds))}."
        )
    chosen = wanted or next(iter(kinds))
    if chosen not in kinds:
        raise unknown(f"representation of {modality} in {path}", chosen, kinds)
    return _remembered(kinds[chosen], path)


def _remembered(kind: AnyRepresentation, path: Path) -> str:
    parts = (kind.name, stamp(kind, path), quote(str(path.resolve()), safe=""))
    name = MARK.join(parts)
    _files[MARK.join(parts[:2])] = name
    return name


def whole_name(name: str) -> str:
    """Whole name of the representation of a file whose spec form is `name`, if it is one.

    Raises
    ------
    RequestError
        This process was not given the file.
    """
    if name.count(MARK) == 2 or name in _files:
        return _files.get(name, name)
    own, known_by = name.split(MARK)
    raise RequestError(
        f"The representation {own!r} (source {known_by}) is of a file or a package that was not "
        "named here, or is not as it was. Name the file as it was then: --encoder MODALITY=FILE."
    )


def refuse_foreign_paths(names: Iterable[str]) -> None:
    """Refuse names, out of a file that somebody else may have written, that lead to a file of code.

    What is stored never holds the path of a file, and calling such a name would run the file.

    Raises
    ------
    RequestError
        A name holds a path, and this process was not given that file.
    """
    for name in names:
        if name.count(MARK) > 1 and name not in _files.values():
            raise RequestError(
                f"The representation {name.split(MARK)[0]!r} is named with a file of code, which "
                "is run only if you name it: --encoder MODALITY=FILE."
            )


def spec_form(name: str) -> str:
    """`name` without the path of its file."""
    return MARK.join(name.split(MARK)[:2])


@cache
def from_file(name: str) -> AnyRepresentation:
    """The class of a representation of a file, from its whole name, by which it is called.

    Raises
    ------
    DataError
        The file is not what it was when the name was given.
    """
    own, known_by, where = name.split(MARK)
    path = Path(unquote(where))
    kinds = {kind.name: kind for kind in classes_in(path)}
    if own not in kinds or stamp(kinds[own], path) != known_by:
        raise DataError(
            f"{path.name} changed while it was used, or a package that it reads did. Start again."
        )
    fields = {"name": name, "__module__": kinds[own].__module__, "__doc__": kinds[own].__doc__}
    return type(kinds[own].__name__, (kinds[own],), fields)


def stamp(kind: AnyRepresentation, path: Path) -> str:
    """Twelve hexadecimal digits of a source file and the versions of the packages it declares."""
    digest = hashlib.sha256(path.read_bytes())
    digest.update(versions(kind.packages).encode())
    return digest.hexdigest()[:12]


def versions(packages: Mapping[str, str]) -> str:
    """``NAME-VERSION`` of each package, joined by commas; the version is empty where it lacks."""
    return ",".join(f"{name}-{_version(name, packages[name])}" for name in sorted(packages))


@cache
def _version(module: str, requirement: str) -> str:
    """Version of what is installed, by the module's name, else by the name that pip takes."""
    for name in (module, requirement.split("[")[0].split("=")[0].split("<")[0].split(">")[0]):
        try:
            return version(name)
        except (PackageNotFoundError, ValueError):
            continue
    return ""


def check_packages(kind: AnyRepresentation, shown: str) -> None:
    """Refuse a representation whose packages are not installed.

    Raises
    ------
    RequestError
        One is not; the sentence has the command that installs it.
    """
    for module, requirement in kind.packages.items():
        if importlib.util.find_spec(module) is None:
            raise RequestError(
                f"{shown} needs the package {module}, which is not installed: pip install "
                f'"{requirement}".'
            )


def installed_representations() -> dict[str, AnyRepresentation]:
    """Name to class of every representation that an installed package offers.

    Raises
    ------
    RequestError
        An entry point names nothing that can be imported, or no representation.
    """
    found: dict[str, AnyRepresentation] = {}
    for point in installed(GROUP):
        try:
            kind: Any = getattr(importlib.import_module(point.module), point.attr)
        except Exception as error:
            raise RequestError(
                f"The installed entry point {point.name!r} names {point.value!r}, which cannot be "
                f"imported ({type(error).__name__}: {error}); reinstall or uninstall the package "
                "that declares it."
            ) from error
        if not is_representation(kind):
            raise RequestError(
                f"The installed entry point {point.name!r} names {point.value!r}, which is no "
                "class derived from emobench.Representation with a name."
            )
        _check_declared(kind, point.value)
        if kind.name in found:
            raise RequestError(f"Two installed packages offer a representation {kind.name!r}.")
        found[kind.name] = kind
    return found

"""Finds models, corpora and protocols: built-in, installed as entry points, or given by path."""

from __future__ import annotations

import fnmatch
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any, Literal

from emobench.discovery.paths import nearness
from emobench.discovery.source import AnyCard, cards_in, formatted_cards_in
from emobench.discovery.words import shield, unshield
from emobench.errors import RequestError, unknown
from emobench.interface.card import Card, DatasetCard, ProtocolCard
from emobench.plugins.entry_points import installed

Kind = Literal["model", "dataset", "protocol"]
TABLE = ".csv"
"""The suffix of the corpus that reads files and folders of any other name."""

DIGEST = "__emobench_digest__"
"""What a module of a user's file says of the content that it was made of."""

CARD_OF: dict[Kind, type[AnyCard]] = {
    "model": Card,
    "dataset": DatasetCard,
    "protocol": ProtocolCard,
}


@dataclass(frozen=True)
class Entry:
    """A model, corpus or protocol: its card, and the source of its class."""

    kind: Kind
    name: str
    card: AnyCard
    path: Path
    module: str | None
    class_name: str

    @property
    def digest(self) -> str:
        """SHA-256 of the source file, in hexadecimal."""
        return _sha256(self.path.read_bytes())

    def load(self) -> Any:
        """Import the file and return the class.

        What a stranger's model does to torch's settings while it is imported is put back: others
        share the process, and it would hold only where the file was not imported before.
        """
        if self.kind != "model" or (self.module or "").startswith("emobench."):
            return getattr(self._module(), self.class_name)
        from emobench.isolation.surroundings import undisturbed

        with undisturbed(self.path.name):
            return getattr(self._module(), self.class_name)

    def _module(self) -> Any:
        return importlib.import_module(self.module) if self.module else load_path(self.path)


class _SourceLoader(SourceFileLoader):
    """Runs what stands in a file, never what Python keeps of it in ``__pycache__``.

    Python tells an edit by a file's size and the second of its change, so that it could run another
    text than the one whose digest stands in results.
    """

    def get_code(self, fullname: str) -> Any:
        """Compile the file."""
        return self.source_to_code(self.get_data(self.path), self.path)


def load_path(path: Path) -> Any:
    """Import the Python file at `path` under a unique module name.

    Raises
    ------
    RequestError
        The file raises while it is imported.
    """
    name = f"emobench_file_{_sha256(str(path.resolve()).encode())[:12]}"
    known, digest = sys.modules.get(name), _sha256(path.read_bytes())
    # A notebook lives on when the file is edited: what is run is what the digest speaks of.
    if known is not None and getattr(known, DIGEST, digest) == digest:
        return known
    loader = _SourceLoader(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    if spec is None or spec.loader is None:
        raise RequestError(f"{path} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    setattr(module, DIGEST, digest)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise RequestError(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    return module


def _sha256(content: bytes) -> str:
    import hashlib  # it loads OpenSSL, which a list of names does not need

    return hashlib.sha256(content).hexdigest()


def _entries_in(kind: Kind, path: Path, module: str | None, ours: bool = False) -> Iterator[Entry]:
    for found in formatted_cards_in(path) if ours else cards_in(path):
        if isinstance(found.card, CARD_OF[kind]):
            yield Entry(kind, found.card.name, found.card, path, module, found.class_name)


def _built_in(kind: Kind) -> Iterator[Entry]:
    package = importlib.util.find_spec(f"emobench.{kind}s")
    if package is None or not package.submodule_search_locations:
        return
    for folder in package.submodule_search_locations:
        for path in sorted(Path(folder).glob("*.py")):
            if path.name != "__init__.py":
                yield from _entries_in(kind, path, f"emobench.{kind}s.{path.stem}", ours=True)


def _installed_entries(kind: Kind) -> Iterator[Entry]:
    for point in installed(f"emobench.{kind}s"):
        try:
            spec = importlib.util.find_spec(point.module)
        except ImportError:  # a parent package is missing, or its import fails
            spec = None
        if spec is None or spec.origin is None:
            raise RequestError(
                f"The installed entry point {point.name!r} names the module {point.module!r}, "
                "which cannot be found; reinstall or uninstall the package that declares it."
            )
        for entry in _entries_in(kind, Path(spec.origin), point.module):
            if not point.attr or entry.class_name == point.attr:
                yield entry


@cache
def registry(kind: Kind) -> dict[str, Entry]:
    """Every built-in and installed `kind` by name.

    Raises
    ------
    RequestError
        Two entries have the same name.
    """
    entries: dict[str, Entry] = {}
    for entry in (*_built_in(kind), *_installed_entries(kind)):
        if entry.name in entries:
            raise _duplicate_name(kind, entry.name, entries[entry.name].path, entry.path)
        entries[entry.name] = entry
    return dict(sorted(entries.items(), key=_display_order))


def _duplicate_name(kind: Kind, name: str, first: Path, second: Path) -> RequestError:
    return RequestError(f"Two {kind}s are called {name!r}: {first} and {second}.")


def _display_order(item: tuple[str, Entry]) -> tuple[bool, str]:
    card = item[1].card
    return (isinstance(card, Card) and card.kind == "reference", item[0])


def from_path(kind: Kind, path: Path) -> list[Entry]:
    """Everything of this `kind` in the file at `path`."""
    if not _exists(path) or not path.is_file():
        raise RequestError(f"There is no file {path}.")
    entries = list(_entries_in(kind, path.resolve(), None))
    if not entries:
        name = CARD_OF[kind].__name__
        raise RequestError(f"{path} holds no {kind}: no class in it has `card = {name}(...)`.")
    for entry in entries:
        known = registry(kind).get(entry.name)
        if known is not None and known.path.resolve() != entry.path:
            # Tables name rows: a user's `late_fusion` would look like the reference row.
            raise _duplicate_name(kind, entry.name, known.path, entry.path)
    return entries


def resolve(kind: Kind, words: str) -> list[tuple[Entry, dict[str, str]]]:
    """Turn the names that a user typed into entries with their options.

    Parameters
    ----------
    kind
        ``"model"``, ``"dataset"`` or ``"protocol"``.
    words
        Names separated by commas, each with optional ``:key=value`` options; ``all`` and wildcards,
        which also bring the further rows on a model's card; paths ending in ``.py``; for datasets,
        files with an ending among the suffixes on a corpus's card, and any other file or folder
        that exists. Special characters within the name of an existing path are letters of it.

    Raises
    ------
    RequestError
        A name is unknown (with the nearest known ones), an option is not ``key=value``, or two
        different files give the same name.
    """
    chosen: list[tuple[Entry, dict[str, str]]] = []
    shielded = shield(words, registry(kind))
    for word in filter(None, (w.strip() for w in shielded.split(","))):
        name, options = name_and_options(word)
        if reader := reader_of(kind, name):
            chosen.append((reader, options | {"path": name}))
            continue
        for entry in _entries_called(kind, name):
            chosen.append((entry, options))
            if _is_many(name):
                chosen.extend((entry, row | options) for row in _rows(entry))
    if not chosen:
        raise RequestError(f"No {kind} was named. Known: {', '.join(registry(kind))}.")
    unique: dict[tuple[str, str], tuple[Entry, dict[str, str]]] = {}
    homes: dict[str, Path] = {}
    for entry, options in chosen:
        home = homes.setdefault(entry.name, entry.path)
        if home.resolve() != entry.path.resolve():
            raise _duplicate_name(kind, entry.name, home, entry.path)
        unique.setdefault((entry.name, str(sorted(options.items()))), (entry, options))
    return list(unique.values())


def _is_many(name: str) -> bool:
    """Whether `name` is ``all`` or a wildcard."""
    return name == "all" or ("/" not in name and any(c in name for c in "*?["))


def _rows(entry: Entry) -> list[dict[str, str]]:
    """Options of the further rows that a model's card names."""
    return list(getattr(entry.card, "rows", {}).values())


def reader_of(kind: Kind, name: str) -> Entry | None:
    """The corpus that reads the file or folder `name`: by its suffix, else because it exists.

    None if it is no such file.
    """
    if kind != "dataset":
        return None
    path = Path(name)
    suffix = path.suffix.lower()
    readers = {
        ending: entry
        for entry in reversed(registry(kind).values())
        if isinstance(entry.card, DatasetCard)
        for ending in entry.card.suffixes
    }
    if suffix in readers:
        return readers[suffix]
    if suffix == ".py" or name in registry(kind) or name == "all" or not _exists(path):
        return None
    return readers.get(TABLE)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # longer than any file's name
        return False


def name_and_options(word: str) -> tuple[str, dict[str, str]]:
    """Part ``NAME:key=value:key=value``, as `shield` left it, into the name and the options.

    Raises
    ------
    RequestError
        An option is not ``key=value``.
    """
    name, *pairs = word.split(":")
    return unshield(name), dict(_option(word, pair) for pair in pairs)


def _option(word: str, pair: str) -> tuple[str, str]:
    key, equals, value = pair.partition("=")
    if not equals or not key:
        raise RequestError(
            f"{unshield(word)!r}: options are written NAME:key=value, {unshield(pair)!r} is not."
        )
    return key, unshield(value)


def _suggest_near(kind: Kind, name: str, alike: bool) -> None:
    """Name the path that is there instead of `name`, if it can be a corpus."""
    path = Path(name)
    if kind == "dataset" and not _exists(path) and (near := nearness(path, alike)):
        raise RequestError(f"There is no file {name}.{near}")


def _entries_called(kind: Kind, name: str) -> list[Entry]:
    if name.endswith(".py") or "/" in name:
        _suggest_near(kind, name, alike=True)
        return from_path(kind, Path(name))
    known = registry(kind)
    # Entries that are given by a file are not part of `all`.
    named = {n: e for n, e in known.items() if not getattr(e.card, "suffixes", ())}
    if name == "all":
        return list(named.values())
    if _is_many(name):
        matches = [named[n] for n in fnmatch.filter(named, name)]
        if not matches:
            raise RequestError(f"No {kind} matches {name!r}. Known: {', '.join(known)}.")
        return matches
    if name not in known:
        if _exists(Path(f"{name}.py")):
            raise RequestError(
                f"No {kind} is called {name!r}, but there is a file {name}.py here; for that one "
                f"write {name}.py."
            )
        _suggest_near(kind, name, alike="\\" in name)
        raise unknown(kind, name, known)
    return [known[name]]

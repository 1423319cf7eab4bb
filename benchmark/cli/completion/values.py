"""The values that options take, for a shell: names, also after a comma, and stored rows.

Nothing here imports torch or pandas: whoever presses the tab key waits.
"""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import get_args

import typer

from emobench.discovery.registry import Kind, registry
from emobench.errors import EmobenchError

MANY = 500
"""So many records of a results folder are looked at: their names repeat."""

VALUES = {
    "variants": ("corrected", "as_published", "both"),
    "variant": ("corrected", "as_published"),
    "tracks": ("controlled", "published"),
    "devices": ("auto", "cpu", "cuda"),
    "clips": ("absent", "fail"),
    "forms": ("png", "svg"),
    "measures": ("macro_f1", "accuracy", "weighted_f1", "uar"),
}


def models(incomplete: str) -> list[str]:
    """Names of models, ``all``, and Python files."""
    return _after_comma(incomplete, lambda word: [*_names("model"), "all", *_files(word, (".py",))])


def protocols(incomplete: str) -> list[str]:
    """Names of protocols, ``all``, and Python files."""
    return _after_comma(
        incomplete, lambda word: [*_names("protocol"), "all", *_files(word, (".py",))]
    )


def datasets(incomplete: str) -> list[str]:
    """Names of corpora, and tables that can be one."""
    return _after_comma(incomplete, lambda word: [*_names("dataset"), *_files(word, _tables())])


def corpus(incomplete: str) -> list[str]:
    """The name of one corpus, or a table that can be one."""
    return _begun(incomplete, [*_names("dataset"), *_files(incomplete, _tables())])


def anything(incomplete: str) -> list[str]:
    """Names of models, corpora and protocols, and Python files."""
    every = [name for kind in get_args(Kind) for name in _names(kind)]
    return _begun(incomplete, [*every, *_files(incomplete, (".py",))])


def kinds(incomplete: str) -> list[str]:
    """What ``emobench list`` takes."""
    return _begun(incomplete, [*(f"{kind}s" for kind in get_args(Kind)), "all"])


def executors(incomplete: str) -> list[str]:
    """Names of executors."""
    from emobench.executor import executor_names

    return _begun(incomplete, executor_names())


def fixed(name: str) -> Callable[[str], list[str]]:
    """Return a completion of the values of `VALUES` that are called `name`."""

    def complete(incomplete: str) -> list[str]:
        return _after_comma(incomplete, lambda _: VALUES[name])

    return complete


def stored_row(context: typer.Context, incomplete: str) -> list[str]:
    """A row of the results folder that was typed, else of ``results``."""
    return _begun(incomplete, _stored(context, "row"))


def stored_rows(context: typer.Context, incomplete: str) -> list[str]:
    """Rows of the results folder, also after a comma."""
    return _after_comma(incomplete, lambda _: _stored(context, "row"))


def stored_dataset(context: typer.Context, incomplete: str) -> list[str]:
    """A corpus of the results folder."""
    return _begun(incomplete, _stored(context, "dataset"))


def stored_protocol(context: typer.Context, incomplete: str) -> list[str]:
    """A protocol of the results folder."""
    return _begun(incomplete, _stored(context, "protocol"))


def stored_regime(context: typer.Context, incomplete: str) -> list[str]:
    """A regime of the page of the results folder."""
    return _begun(incomplete, _of_page(context, "regime"))


def stored_condition(context: typer.Context, incomplete: str) -> list[str]:
    """A condition of the page of the results folder."""
    return _begun(incomplete, _of_page(context, "condition"))


def _names(kind: Kind) -> list[str]:
    try:
        return list(registry(kind))
    except EmobenchError:  # a plugin that is broken; the command itself says so
        return []


def _tables() -> tuple[str, ...]:
    cards = (entry.card for entry in registry("dataset").values())
    return tuple(ending for card in cards for ending in getattr(card, "suffixes", ()))


def _files(word: str, endings: tuple[str, ...]) -> Iterator[str]:
    """Files with such endings where the word leads, and folders on the way."""
    head, slash, _ = word.rpartition("/")
    with contextlib.suppress(OSError):
        for path in sorted(Path(head + slash or ".").iterdir()):
            if path.name.startswith("."):
                continue
            if path.name.endswith(endings):
                yield f"{head}{slash}{path.name}"
            elif slash and path.is_dir():
                yield f"{head}{slash}{path.name}/"


def _begun(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]


def _after_comma(incomplete: str, names: Callable[[str], Iterable[str]]) -> list[str]:
    """Complete the last of several names; those before it are not offered again."""
    head, comma, last = incomplete.rpartition(",")
    taken = set(head.split(",")) if comma else set()
    return [f"{head}{comma}{name}" for name in _begun(last, names(last)) if name not in taken]


def _folder(context: typer.Context) -> Path:
    params = context.params
    typed = params.get("results") or params.get("folder") or params.get("result")
    if not typed and "result" in params:  # before an option without its value, nobody has it
        typed = next(iter(context.args), None)
    return Path(str(typed or "results"))


def _stored(context: typer.Context, what: str) -> list[str]:
    """Rows, corpora or protocols by the heads of the records in a results folder."""
    from emobench.store.grid_heads import grid_head

    found: dict[str, None] = {}
    with contextlib.suppress(OSError):
        for path in islice((_folder(context) / "grids").glob("*.json"), MANY):
            head = grid_head(path)
            if head is None:
                continue
            if what == "row":
                variant = "" if head.variant == "corrected" else f" ({head.variant})"
                found[f"{head.model}{variant}"] = None
            else:
                found[getattr(head, what)] = None
    return sorted(found)


def _of_page(context: typer.Context, column: str) -> list[str]:
    """Values of a column of the rendered table, if there is one."""
    found: dict[str, None] = {}
    path = _folder(context) / "leaderboard" / "leaderboard.csv"
    with contextlib.suppress(OSError, csv.Error, UnicodeError), path.open(newline="") as file:
        for row in csv.DictReader(file):
            if value := row.get(column):
                found[value] = None
    return list(found)

"""A study: grids that share a results folder, and how they are written in each of three ways."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emobench.callbacks.callback import Callback
from emobench.discovery.registry import Kind, registry
from emobench.discovery.words import shield
from emobench.errors import RequestError
from emobench.study.options import DEFAULTS, RunOptions
from emobench.study.plans.table import PlanTable

SAID = ("models", "protocol", "seeds", "track", "variant")
"""Options that a file says even where they have their defaults, which another version may change.

So is the corpus.
"""

LISTS: dict[str, Kind] = {"models": "model", "protocol": "protocol", "dataset": "dataset"}
"""Options that a file writes as lists of names."""


@dataclass(frozen=True)
class Study:
    """What a run was asked for.

    Parameters
    ----------
    grids
        The options of each grid, in the order in which they are run.
    folder
        Where relative paths start: the folder of the file, or the working directory.
    places
        Where each grid is written, for messages; empty where there is one grid alone.
    objects
        Callbacks that Python gave as objects, which cannot be written down.
    plan
        What it plans to compare; None if it plans nothing.
    file
        Name of the file that it was read from; "" if it was asked for in another way.
    """

    grids: tuple[RunOptions, ...]
    folder: Path
    places: tuple[str, ...] = ()
    objects: tuple[Callback, ...] = ()
    plan: PlanTable | None = None
    file: str = ""

    def __post_init__(self) -> None:
        if len({grid.results for grid in self.grids}) != 1:
            raise RequestError("The grids of a study share one results folder, and one page.")
        if len({grid.callbacks for grid in self.grids}) != 1:
            raise RequestError("The grids of a study share their callbacks.")

    @property
    def results(self) -> Path:
        """The results folder."""
        return self.folder / self.grids[0].folder

    @property
    def toml(self) -> str:
        """The study as a file, for ``emobench run FILE``; relative paths start from its folder."""
        lines = ["# emobench run FILE; paths start from the folder of this file"]
        lines += [
            f"# a callback that Python gave as an object is not in it: {type(one).__name__}"
            for one in self.objects
        ]
        said = [_said(grid) for grid in self.grids]
        shared = [k for k, v in said[0].items() if all(k in s and s[k] == v for s in said)]
        lines += _pairs({name: said[0][name] for name in shared})
        if self.plan is not None:
            lines += ["", self.plan.toml]
        for one in said if len(said) > 1 else ():
            lines += ["", "[[grid]]", *_pairs({k: v for k, v in one.items() if k not in shared})]
        return "\n".join(lines) + "\n"

    @property
    def command(self) -> str:
        """The study as commands, a line for each grid; another folder is entered first."""
        lines = [shlex.join(["emobench", "run", *_words(grid)]) for grid in self.grids]
        if self.folder != Path.cwd():
            lines = [shlex.join(["cd", str(self.folder)]), *lines]
        return "\n".join(lines)

    @property
    def python(self) -> str:
        """The study as Python, a call for each grid; another folder is entered first."""
        lines = [
            f"emobench.run({', '.join(f'{k}={v!r}' for k, v in _said(grid).items())})"
            for grid in self.grids
        ]
        if self.folder != Path.cwd():
            lines = [f"os.chdir({str(self.folder)!r})", *lines]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.toml

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Make the study's folder the working directory, where all its paths start."""
        with contextlib.chdir(self.folder):
            yield


def _changed(grid: RunOptions) -> dict[str, Any]:
    """The options that have not their defaults."""
    values = {f.name: getattr(grid, f.name) for f in dataclasses.fields(grid)}
    return {name: value for name, value in values.items() if value != getattr(DEFAULTS, name)}


def _said(grid: RunOptions) -> dict[str, Any]:
    """What a file says of a grid, in the order of the options."""
    from emobench.study.corpus import default_dataset

    said = _changed(grid) | {name: getattr(grid, name) for name in SAID}
    said["dataset"] = grid.dataset or default_dataset()
    order = [f.name for f in dataclasses.fields(grid)]
    return {name: _plain(name, said[name]) for name in order if name in said}


def _plain(name: str, value: Any) -> Any:
    """A value as a file and Python have it: names as a list, paths as text."""
    if isinstance(value, tuple):
        return list(value) if len(value) > 1 else value[0]
    if isinstance(value, Path):
        return str(value)
    kind = LISTS.get(name)
    if kind is not None and "," in value and '"' not in value:
        # The comma of a file's name does not part names.
        with contextlib.suppress(RequestError):
            if shield(value, registry(kind)) == value:
                return value.split(",")
    return value


def _pairs(values: Mapping[str, Any]) -> list[str]:
    return [f"{name} = {_toml(value)}" for name, value in values.items()]


def _toml(value: Any) -> str:
    """A value in TOML, whose texts are JSON's but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _words(grid: RunOptions) -> list[str]:
    """The options of a grid as they are typed."""
    words: list[str] = []
    for name, value in _changed(grid).items():
        option = "--" + name.replace("_", "-")
        for one in value if isinstance(value, tuple) else (value,):
            if one is True:
                words.append(option)
            elif str(one).startswith("-"):
                words.append(f"{option}={one}")
            else:
                words += [option, str(one)]
    return words

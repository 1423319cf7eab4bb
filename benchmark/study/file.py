"""Reads a study from a TOML file; what is wrong is said with the line where it stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emobench.discovery.paths import nearness
from emobench.errors import RequestError, unknown
from emobench.study.options import DEFAULTS
from emobench.study.plans.table import PLAN, PlanTable, plan_table
from emobench.study.request import Study
from emobench.study.validation import NAMES, run_options

GRID = "grid"
"""The tables of a file, one for each grid: ``[[grid]]``."""

PATHS = ("data_dir", "cache_dir", "masks", "results")
"""Options beside a file whose relative paths start from where the command is given."""

SHARED = {
    "results": "share one results folder and one page",
    "callbacks": "are told to the same callbacks",
}
"""Options that no grid has for itself, and why."""

HOLD_PATHS = ("models", "protocol", "dataset", "auxiliary", "executor", "callbacks")
"""Options whose names can be paths of files."""

Key = str | int


def read_study(path: Path, typed: Mapping[str, Any] | None = None) -> Study:
    """Read the study in the file at `path`.

    Parameters
    ----------
    path
        A TOML file. Options that stand above its first ``[[grid]]`` are those of every grid; a
        file without one has a single grid.
    typed
        Options that take the place of the file's, in every grid.

    Raises
    ------
    RequestError
        It cannot be read, or something in it makes no sense; each such thing has its line.
    """
    text = _text(path)
    try:
        content = tomllib.loads(text)
    except RecursionError:
        raise RequestError(f"{path} is not TOML that can be read: it is nested too deep.") from None
    except ValueError as error:  # of TOML, or of Python for a number of thousands of digits
        raise RequestError(f"{path} is not TOML: {str(error).rstrip('.')}.") from None
    tables = _tables(path, text, content)
    shared = {name: value for name, value in content.items() if name not in (GRID, PLAN)}
    plan = _plan(path, text, content)
    beside = _beside(typed or {}, path.parent)
    _check(path, text, shared, ())
    for number, table in enumerate(tables):
        _check(path, text, table, (GRID, number))
    if not shared and not tables:
        raise RequestError(f"{path} names no option; `models = [...]` would be a first one.")
    every = [{**shared, **table, **beside} for table in tables or [{}]]
    places = [f"{path}, line {line_of(text, GRID, i)}, grid {i + 1}: " for i in range(len(tables))]
    grids = tuple(run_options(one) for one in every)
    return Study(grids, path.parent.resolve(), tuple(places), plan=plan, file=path.name)


def _text(path: Path) -> str:
    if not path.is_file():
        raise RequestError(f"There is no file {path}.{nearness(path)}")
    if path.suffix == ".py":
        raise RequestError(f"{path} is no study, which is a TOML file; models follow --models.")
    try:
        # Some editors begin a file with a mark that TOML does not allow.
        return path.read_bytes().decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise RequestError(f"{path} is not TOML: it is not UTF-8 (byte {error.start}).") from None


def _tables(path: Path, text: str, content: dict[str, Any]) -> list[dict[str, Any]]:
    """The tables of the grids, of which no other kind of table is beside."""
    tables = content.get(GRID, [])
    is_list = isinstance(tables, list) and all(isinstance(one, dict) for one in tables)
    if not is_list or (GRID in content and not tables):
        line = line_of(text, GRID)
        raise RequestError(f"{path}, line {line}: a grid begins with [[{GRID}]].")
    for number, table in enumerate(tables):
        for name, why in SHARED.items():
            if name in table:
                line = line_of(text, GRID, number, name)
                raise RequestError(
                    f"{path}, line {line}: {name} stands above the first [[{GRID}]], since all "
                    f"grids of a file {why}."
                )
    return tables


def _plan(path: Path, text: str, content: dict[str, Any]) -> PlanTable | None:
    """What the file plans to compare; None if it plans nothing."""
    if PLAN not in content:
        return None
    values = content[PLAN]
    if not isinstance(values, dict):
        raise RequestError(f"{path}, line {line_of(text, PLAN)}: a plan begins with [{PLAN}].")

    def place(name: str) -> str:
        keys = (PLAN, name) if name in values else (PLAN,)
        return f"{path}, line {line_of(text, *keys)}: "

    return plan_table(values, place)


def _check(path: Path, text: str, table: Mapping[str, Any], inside: tuple[Key, ...]) -> None:
    """Check the options of one table by themselves, so that each fault has its own line."""

    def place(name: str) -> str:
        return f"{path}, line {line_of(text, *inside, name)}: "

    known = {name: value for name, value in table.items() if name in NAMES}
    faults = [
        f"{place(name)}{unknown('option', name, (*NAMES, GRID, PLAN) if not inside else NAMES)}"
        for name in table
        if name not in NAMES
    ]
    try:
        run_options(known, place)
    except RequestError as error:
        faults.append(str(error))
    if faults:
        raise RequestError("\n".join(faults))


def _beside(typed: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Options beside the file: their paths start from the working directory, not from `folder`."""
    chosen = run_options(typed)
    values = {name: getattr(chosen, name) for name in typed}
    _refuse_relative(values, folder)
    for name in PATHS:
        value = values.get(name)
        if value is not None and not (name == "results" and chosen.address):
            whole = Path(value).absolute()
            values[name] = str(whole) if isinstance(getattr(DEFAULTS, name), str) else whole
    return values


def _refuse_relative(values: Mapping[str, Any], folder: Path) -> None:
    """Refuse the relative path of a file among names: two folders could be meant."""
    if folder.resolve() == Path.cwd():
        return
    for name in HOLD_PATHS:
        value = values.get(name) or ""
        for word in (",".join(value) if isinstance(value, tuple) else value).split(","):
            for part in re.split(r"[=+:]", word.strip()):
                typed = Path(part)
                is_path = bool(part) and (typed.suffix or len(typed.parts) > 1)
                if not is_path or typed.is_absolute():
                    continue
                if (folder / typed).exists() or (Path.cwd() / typed).exists():
                    raise RequestError(
                        f"--{name.replace('_', '-')} {part} beside a study in another folder: is "
                        f"it {Path.cwd() / typed} or {folder.resolve() / typed}? Write the whole "
                        "path."
                    )


def line_of(text: str, *keys: Key) -> int:
    """Return the number of the line, from 1 on, where the statement with a key begins.

    Parameters
    ----------
    text
        A valid TOML document.
    keys
        Names of tables and of the key, and numbers in lists of tables, from 0 on.

    Notes
    -----
    The first lines of a document are a document themselves unless they end within a statement. So
    a statement begins after the longest beginning that lacks its key, and the reader of TOML
    itself finds it.
    """
    lines = text.split("\n")
    before = 0
    for number in range(1, len(lines) + 1):
        try:
            content = tomllib.loads("\n".join(lines[:number]))
        except (ValueError, RecursionError):
            continue
        if _has(content, keys):
            return before + 1
        before = number
    return before


def _has(content: Any, keys: tuple[Key, ...]) -> bool:
    for key in keys:
        try:
            content = content[key]
        except (KeyError, IndexError, TypeError):
            return False
    return True

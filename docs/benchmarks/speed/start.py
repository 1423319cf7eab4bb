"""How long the command line takes to say something."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from commands import EMOBENCH, timed
from rows import COST, Limit, Row, Setting

TITLE = "Starting the command line"
TEXT = """`emobench --help` and `emobench list` against a Python process that does nothing but
import Typer and Rich, on which the command line is built."""

BARE = "import typer, rich.console, rich.table"
ROUNDS = 10


def rows(setting: Setting) -> Iterator[Row]:
    """Time the three processes in turn, ten times."""
    asked = {"`emobench --help`": "--help", "`emobench list`": "list"}
    bare: list[float] = []
    found: dict[str, list[float]] = {name: [] for name in asked}
    count = setting.size(ROUNDS, 2)
    for number in range(count + 1):  # the first round fills the caches of files and of bytecode
        times = [timed([sys.executable, "-c", BARE], setting)[0]]
        times += [timed([EMOBENCH, argument], setting)[0] for argument in asked.values()]
        if number:
            bare.append(times[0])
            for name, once in zip(asked, times[1:], strict=True):
                found[name].append(once)
    for name, seconds in found.items():
        yield Row(
            name, "s", tuple(seconds), tuple(bare), Limit(COST, 3), f"{count} rounds of its own"
        )

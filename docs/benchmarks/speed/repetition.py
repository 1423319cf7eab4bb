"""The same command again on a grid that is complete."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from commands import HERE, grid, grid_with_output, timed
from rows import VALUE, Limit, Row, Setting

TITLE = "The same command again"
TEXT = """`emobench run` on a results folder that has everything it asks for, 1,000 cells,
against a process that imports every module which that command had imported when it ended, and
does nothing. The limit is on the difference."""

MODELS = "majority,text_only,audio_only,vision_only,late_fusion,mlp:epochs=1"


def rows(setting: Setting) -> Iterator[Row]:
    """Fill a folder, then run the command again, in turn with its imports."""
    results, dataset = "repetition", "simulated:size=90"
    more = [
        "--protocol", "missing_modality", "--dataset", dataset, "--seeds",
        str(setting.size(11, 1)), "--jobs", "2",
    ]  # fmt: skip
    models = MODELS if not setting.quick else "majority,text_only"
    cells = _cells(grid_with_output(setting, results, models, *more)[1])
    listed = _modules(setting, results, models, more)
    imports = [sys.executable, str(HERE / "imports.py"), str(listed)]
    again, bare = [], []
    for number in range(setting.repeats + 1):
        times = timed(imports, setting)[0], grid(setting, results, models, *more)
        if number:
            bare.append(times[0])
            again.append(times[1])
    yield Row(f"again: {cells:,} cells", "s", tuple(again), tuple(bare))
    beyond = tuple(a - b for a, b in zip(again, bare, strict=True))
    yield Row("again, beyond imports", "s", beyond, (), Limit(VALUE, 1))


def _modules(setting: Setting, results: str, models: str, more: list[str]) -> Path:
    """A file with the names of the modules that the command imports."""
    path = setting.scratch / "modules.json"
    asked = ["run", "--models", models, "--results", results, "--device", "cpu", *more]
    timed([sys.executable, str(HERE / "imports.py"), "--list", str(path), *asked], setting)
    return path


def _cells(said: str) -> int:
    """Number of cells that a run says are there.

    Raises
    ------
    ValueError
        It says something else.
    """
    found = re.search(r"([\d,]+) cells? (?:is|are) there", said)
    if found is None:
        raise ValueError(f"no number of cells in: {said[-500:]}")
    return int(found[1].replace(",", ""))

"""Measures how fast emobench is, and writes docs/benchmark.md.

python docs/benchmarks/speed                     everything
python docs/benchmarks/speed protocols start     some measurements; the other rows stay
python docs/benchmarks/speed --quick             shows that it runs, and writes nothing
python docs/benchmarks/speed --render            writes the page from what is stored
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from machine import load, machine, versions
from page import About, read_results, section, write_results
from rows import Result, Row, Setting

NAMES = (
    "training", "protocols", "repetition", "workers", "mmsa", "preparation", "start", "gpu",
    "memory",
)  # fmt: skip
"""Modules of this folder with one measurement each, in the page's order."""
DOCS = Path(__file__).parents[2]


def measurement(name: str) -> Any:
    """The module of a measurement: `TITLE`, `TEXT` and `rows(setting)`."""
    return importlib.import_module(name)


def about() -> dict[str, About]:
    """What the page says of every measurement."""
    return {name: About(measurement(name).TITLE, measurement(name).TEXT) for name in NAMES}


def measured(name: str, setting: Setting, command: str) -> Result:
    """Make one measurement now."""
    before, began = load(), datetime.now(UTC).isoformat(timespec="minutes")
    found: Iterator[Row] = measurement(name).rows(setting)
    rows = []
    for row in found:
        setting.say(f"{name}: {row.what}: {row.skipped or (row.ours, row.other, row.ratio)}")
        rows.append(row)
    return Result(
        rows=tuple(rows),
        measured=began,
        machine=machine(),
        versions=versions(),
        load=before,
        command=command,
        repeats=setting.repeats,
        quick=setting.quick,
    )


def options(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python docs/benchmarks/speed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--quick", action="store_true", help="sizes that show only that it runs")
    parser.add_argument("--repeats", type=int, default=3, help="rounds (default 3)")
    parser.add_argument("--render", action="store_true", help="only write the page")
    parser.add_argument("--output", type=Path, help="folder of page and measurements (docs)")
    parser.add_argument("--keep", type=Path, help="folder that keeps the environment of MMSA")
    chosen = parser.parse_args(arguments)
    unknown = sorted(set(chosen.names) - set(NAMES))
    if unknown:
        parser.error(f"no measurement {', '.join(unknown)}; there are {', '.join(NAMES)}")
    return chosen


def typed(chosen: argparse.Namespace) -> str:
    """The command that measures the same elsewhere: without folders of this machine."""
    words = ["python", "docs/benchmarks/speed", *chosen.names]
    words += ["--quick"] if chosen.quick else []
    return " ".join([*words, "--repeats", str(chosen.repeats)])


def main(arguments: list[str]) -> int:
    """Measure, store and render; return the exit status."""
    chosen, described, failed = options(arguments), about(), []
    # Quick figures must not take the place of real ones.
    folder = chosen.output or (None if chosen.quick else DOCS)
    if chosen.render:
        write_results(folder or DOCS, read_results(folder or DOCS), described)
        return 0
    command = typed(chosen)
    with tempfile.TemporaryDirectory(prefix="emobench-speed-") as scratch:
        (Path(scratch) / "data").mkdir()
        kept = (chosen.keep or Path(scratch) / "kept").absolute()
        setting = Setting(chosen.repeats, chosen.quick, Path(scratch), kept)
        for name in chosen.names or NAMES:
            try:
                result = measured(name, setting, command)
            except Exception:  # the others are measured all the same
                traceback.print_exc()
                failed.append(name)
                continue
            print(section(name, described[name], result), flush=True)
            if folder is not None:
                # Read again each time: another process may have measured something else.
                write_results(folder, read_results(folder) | {name: result}, described)
    if failed:
        print(f"failed, their rows stay as they were: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

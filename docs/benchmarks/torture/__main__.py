"""Causes faults on purpose, many times, and writes docs/reliability.md.

python docs/benchmarks/torture                            every campaign at its full size
python docs/benchmarks/torture NAME … --count N --seed S  some of them; the others stay
python docs/benchmarks/torture --render                   writes the page from what is stored

A campaign is a module of this folder with `TITLE`, `TEXT` and `campaign(count, seed)`, which
returns a `Finding`. `COUNT` is its full size, if that is not 100.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from finding import Campaign, Finding
from page import About, read_campaigns, section, write_campaigns

HERE = Path(__file__).parent
DOCS = HERE.parents[1]
NAMES = tuple(
    path.stem for path in sorted(HERE.glob("*.py")) if "\nTITLE = " in path.read_text("utf-8")
)
"""The campaigns; other modules of this folder are what they share."""
COUNT = 100
sys.path.append(str(DOCS / "benchmarks" / "speed"))  # it knows how to name a machine


def module(name: str) -> Any:
    """The module of a campaign."""
    return importlib.import_module(name)


def about() -> dict[str, About]:
    """What the page says of every campaign."""
    return {name: About(module(name).TITLE, module(name).TEXT) for name in NAMES}


def ran(name: str, count: int | None, seed: int) -> Campaign:
    """Run one campaign now."""
    circumstances = importlib.import_module("machine")
    full = count or getattr(module(name), "COUNT", COUNT)
    began, start = datetime.now(UTC).isoformat(timespec="minutes"), time.perf_counter()
    finding: Finding = module(name).campaign(full, seed)
    return Campaign(
        finding=finding,
        seed=seed,
        began=began,
        seconds=time.perf_counter() - start,
        machine=circumstances.machine(),
        versions=circumstances.versions(),
        command=f"python docs/benchmarks/torture {name} --count {full} --seed {seed}",
    )


def options(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python docs/benchmarks/torture",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--count", type=int, help="things to try (each campaign has its own)")
    parser.add_argument("--seed", type=int, default=0, help="seed of what is drawn (default 0)")
    parser.add_argument("--render", action="store_true", help="only write the page")
    parser.add_argument("--output", type=Path, default=DOCS, help="folder of page and figures")
    chosen = parser.parse_args(arguments)
    unknown = sorted(set(chosen.names) - set(NAMES))
    if unknown:
        parser.error(f"no campaign {', '.join(unknown)}; there are {', '.join(NAMES)}")
    return chosen


def main(arguments: list[str]) -> int:
    """Run, store and render; return 1 if anything failed."""
    chosen, described, failed = options(arguments), about(), []
    if chosen.render:
        write_campaigns(chosen.output, read_campaigns(chosen.output), described)
        return 0
    for name in chosen.names or NAMES:
        try:
            made = ran(name, chosen.count, chosen.seed)
        except Exception:  # the others are run all the same
            traceback.print_exc()
            failed.append(name)
            continue
        print(section(described[name], made), flush=True)
        if made.finding.failures:
            failed.append(name)
        # Read again each time: another process may have run something else.
        stored = read_campaigns(chosen.output) | {name: made}
        write_campaigns(chosen.output, stored, described)
    if failed:
        print(f"not all was withstood: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

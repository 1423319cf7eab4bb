"""Inputs that nobody meant to write: drawn, tried, and refused in a sentence or read."""

from __future__ import annotations

import argparse
import importlib
import itertools
import os
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))
os.environ.setdefault("OMP_NUM_THREADS", "1")

from finding import Finding  # noqa: E402
from fuzzing.process import ran, shares, warm  # noqa: E402
from fuzzing.target import Target  # noqa: E402

TITLE = "Bad input"
TEXT = (
    "Files and command lines are drawn from valid ones by changed bytes, texts, values, heads of "
    "arrays and members of archives, with checksums made to fit. Each is read as a user would have "
    "it read. It has to be read, or refused in a sentence; no traceback, no hang, no dead process, "
    "less than 1 GiB of memory, and no file is left where it was refused."
)
COUNT = 100_000
KINDS = (
    "requests", "feature_files", "tables", "layouts", "archives", "clips", "stored", "exports",
    "commands",
)  # fmt: skip
"""Modules of `fuzzing` with a function `targets`."""


def targets(names: list[str] | None = None) -> list[Target]:
    """Every target, or those whose names begin with one of `names`."""
    every = [t for kind in KINDS for t in importlib.import_module(f"fuzzing.{kind}").targets()]
    return [t for t in every if not names or any(t.name.startswith(n) for n in names)]


ROUNDS = (0.02, 0.18, 0.8)
"""Shares of the inputs, so that a campaign that is ended early has tried some of everything."""
SECONDS = "EMOBENCH_TORTURE_SECONDS"
"""Variable with the seconds after which no further target is begun."""


def campaign(
    count: int, seed: int, names: list[str] | None = None, crashes: Path | None = None
) -> Finding:
    """Try `count` inputs."""
    kept = crashes or Path(tempfile.mkdtemp(prefix="emobench-crashes-"))
    chosen, began = targets(names), time.perf_counter()
    warm()
    sizes, faults = shares(chosen, count), dict[str, str]()
    tried = dict.fromkeys(sizes, 0)
    for until in itertools.accumulate(ROUNDS):
        for target in chosen:
            if time.perf_counter() - began > float(os.environ.get(SECONDS, "inf")):
                break
            first, start = tried[target.name], time.perf_counter()
            upto = max(1, round(until * sizes[target.name]))
            done = ran(target, first, upto - first, seed, kept)
            tried[target.name] = max(first, upto)
            faults |= {f"{fault} ({which})": fault for fault, which in done.faults.items()}
            said = f"{target.name}: {upto:,} of {sizes[target.name]:,}, {len(done.faults)} faults"
            print(f"{said}, {time.perf_counter() - start:.0f} s", flush=True)
            for fault, which in done.faults.items():
                print(f"   {fault} ({which})", flush=True)
    counts = ", ".join(f"{name} {number:,}" for name, number in tried.items())
    return Finding(sum(tried.values()), list(faults), [f"Inputs: {counts}."])


def main(arguments: list[str]) -> int:
    """Try some targets alone, and keep what breaks them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="targets, by the beginnings of their names")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--crashes", type=Path, help="folder of the inputs that broke something")
    chosen = parser.parse_args(arguments)
    found = campaign(chosen.count, chosen.seed, chosen.names, chosen.crashes)
    return 1 if found.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Inputs that nobody meant to write: drawn, tried, and refused in a sentence or read."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))
os.environ.setdefault("OMP_NUM_THREADS", "1")

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


def campaign(count: int, seed: int, names: list[str] | None = None, crashes: Path | None = None):  # type: ignore[no-untyped-def]
    """Try `count` inputs."""
    from finding import Finding

    kept = crashes or Path(tempfile.mkdtemp(prefix="emobench-crashes-"))
    failures, notes, tried = [], [], 0
    chosen = targets(names)
    warm()
    for target in chosen:
        start = time.perf_counter()
        done = ran(target, 0, shares(chosen, count)[target.name], seed, kept)
        seconds = time.perf_counter() - start
        tried += done.count
        notes.append(f"{target.name}: {done.count:,} inputs, {len(done.faults)} faults.")
        print(f"{notes[-1]} {seconds:.0f} s", flush=True)
        for fault, which in done.faults.items():
            failures.append(f"{fault} ({which})")
            print(f"   {failures[-1]}", flush=True)
    return Finding(tried, failures, notes)


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

"""How much memory a run takes, and whether that grows with the number of cells."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from commands import EMOBENCH, emobench, environment
from rows import COST, VALUE, Limit, Row, Setting

TITLE = "Memory"
TEXT = """Peaks during `emobench run --jobs 2` on the default corpus, read ten times a second
from `/proc/PID/smaps_rollup`: of the main process, and of the worker that took most. RSS counts
pages that processes share in each of them, PSS divides them among those that share them; of
both, importing PyTorch alone takes about 480 MB where it is built for GPUs. *Own* memory is what
no other process shares. Grids of 1, 8 and 64 seeds are each compared with the one before. The page
is part of a run: the main process reads the predictions for it at its end."""

MODELS = "mlp:epochs=1,bilstm:epochs=1"
KINDS = ("RSS", "PSS", "own")
Peaks = dict[tuple[str, str], float]


def rows(setting: Setting) -> Iterator[Row]:
    """Three grids, each of eight times as many cells as the one before."""
    if not Path("/proc/self/smaps_rollup").exists():
        yield Row("memory", "MB", skipped="this system has no `/proc/PID/smaps_rollup`")
        return
    dataset = "simulated:size=90" if setting.quick else "simulated"
    emobench(setting, "data", "prepare", dataset)
    grids = (1, 2) if setting.quick else (1, 8, 64)
    peaks: dict[int, list[Peaks]] = {seeds: [] for seeds in grids}
    cells: dict[int, str] = {}
    for number in range(setting.repeats):
        for seeds in grids:
            found, cells[seeds] = _peaks(setting, dataset, seeds, f"memory-{seeds}-{number}")
            peaks[seeds].append(found)
    for who in ("main process", "largest worker"):
        for kind in KINDS:
            for few, many in pairwise(grids):
                name = f"{who}, {kind}, {cells[few]} → {cells[many]} cells"
                ours = tuple(one[who, kind] for one in peaks[many])
                other = tuple(one[who, kind] for one in peaks[few])
                yield Row(name, "MB", ours, other, Limit(COST, 1.05))
    for kind in KINDS:
        worker = tuple(one["largest worker", kind] for one in peaks[grids[-1]])
        yield Row(f"largest worker, {kind}", "MB", worker, (), Limit(VALUE, 700))


def _peaks(setting: Setting, dataset: str, seeds: int, results: str) -> tuple[Peaks, str]:
    """Peaks of memory of a run and its processes, in MB, and how many cells it had."""
    command = [
        EMOBENCH, "run", "--models", MODELS, "--dataset", dataset, "--protocol", "missing_modality",
        "--seeds", str(seeds), "--jobs", "2", "--device", "cpu", "--results", results,
    ]  # fmt: skip
    found: Peaks = {}
    with (setting.scratch / f"{results}.log").open("w") as log:
        running = subprocess.Popen(
            command, env=environment(setting), cwd=setting.scratch, stdout=log, stderr=log
        )
        while running.poll() is None:
            _look(running.pid, found)
            time.sleep(0.1)
    said = (setting.scratch / f"{results}.log").read_text()
    if running.returncode:
        raise RuntimeError(said[-3000:])
    count = re.search(r"([\d,]+) cells are there", said)
    assert count is not None, said[-3000:]
    return found, count[1]


def _look(main: int, found: Peaks) -> None:
    """Raise the peaks in `found` to what the processes take now."""
    for process in (main, *_below(main)):
        who = "main process" if process == main else "largest worker"
        with suppress(OSError):
            for kind, size in _memory(process).items():
                found[who, kind] = max(found.get((who, kind), 0.0), size)


def _below(process: int) -> list[int]:
    """All descendants of a process."""
    found = []
    with suppress(OSError):
        for path in Path(f"/proc/{process}/task").glob("*/children"):
            for child in map(int, path.read_text().split()):
                found += [child, *_below(child)]
    return found


def _memory(process: int) -> dict[str, float]:
    sizes = {}
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        sizes[name] = int(rest.split()[0]) * 1024 / 1e6
    own = sizes["Private_Clean"] + sizes["Private_Dirty"]
    return {"RSS": sizes["Rss"], "PSS": sizes["Pss"], "own": own}

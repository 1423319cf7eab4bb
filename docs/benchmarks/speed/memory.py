"""How much memory a run takes, and whether that grows with the number of cells."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from commands import EMOBENCH, emobench, environment
from rows import COST, VALUE, Limit, Row, Setting

TITLE = "Memory"
TEXT = """Peaks during `emobench run --jobs 2` on the default corpus, read ten times a second
from `/proc/PID/smaps_rollup`: of the main process, and of the worker that took most. RSS counts
pages that processes share in each of them, PSS divides them among those that share them; of
both, importing PyTorch alone takes about 480 MB where it is built for GPUs. *Compared with* is
the grid of one seed, 28 cells, beside that of eight, 224 cells."""

MODELS = "mlp:epochs=1,bilstm:epochs=1"
Peaks = dict[tuple[str, str], float]


def rows(setting: Setting) -> Iterator[Row]:
    """A small grid, and one of eight times as many cells."""
    if not Path("/proc/self/smaps_rollup").exists():
        yield Row("memory", "MB", skipped="this system has no `/proc/PID/smaps_rollup`")
        return
    dataset = "simulated:size=90" if setting.quick else "simulated"
    emobench(setting, "data", "prepare", dataset)
    few, many = [], []
    for number in range(setting.repeats):
        # Seeds times two models times the conditions of missing_modality, of which there are 14.
        few.append(_peaks(setting, dataset, 1, f"memory-few-{number}"))
        many.append(_peaks(setting, dataset, setting.size(8, 2), f"memory-many-{number}"))
    for who in ("main process", "largest worker"):
        for kind in ("RSS", "PSS"):
            ours = tuple(one[who, kind] for one in many)
            other = tuple(one[who, kind] for one in few)
            yield Row(f"{who}, {kind}, growth", "MB", ours, other, Limit(COST, 1.05))
    for kind in ("RSS", "PSS"):
        worker = tuple(one["largest worker", kind] for one in many)
        yield Row(f"largest worker, {kind}", "MB", worker, (), Limit(VALUE, 700))


def _peaks(setting: Setting, dataset: str, seeds: int, results: str) -> Peaks:
    """Peaks of memory of a run and its processes, in MB."""
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
    if running.returncode:
        raise RuntimeError((setting.scratch / f"{results}.log").read_text()[-3000:])
    return found


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
    found = {}
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in ("Rss", "Pss"):
            found[name.upper()] = int(rest.split()[0]) * 1024 / 1e6
    return found

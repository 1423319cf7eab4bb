"""Kills runs at random moments, and lets the same command go on."""

from __future__ import annotations

import contextlib
import mmap
import os
import random
import shutil
import signal
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import psutil
from finding import Finding
from forked_runs import ForkedRun, get_ready, start

from emobench.store.index import Index
from emobench.store.store import Store
from emobench.store.verification import verify

TITLE = "Processes are killed"
TEXT = """A grid (two models and a reference row, `full_modalities`, a fresh cache, two workers) is
killed with `SIGKILL`: one of its processes, its main process, or all at once. Half of the moments
are file operations, drawn uniformly from those that an undisturbed run makes under its folders; the
others are drawn uniformly from the processor time that it takes. So they lie in preparing,
training, writing and rendering. After each kill no process may stay, and no file may be
half-written under its own name. Then the same command is started again: it has to end well, with
predictions that are identical, bit by bit, to those of the undisturbed run, and with nothing left
over. Runs are forked from one process, so that nothing is imported anew each time."""

TRAINING = "min_updates=8:min_epochs=0:looks=4"
WORDS = [
    "run", "--models", f"emotiwave:{TRAINING},avfusion:{TRAINING},majority",
    "--protocol", "full_modalities", "--dataset", "simulated:size=42:speakers=7",
    "--seeds", "1", "--jobs", "2", "--save-every", "1",
]  # fmt: skip
VICTIMS = ("one", "main", "all")
EVENTS = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "shutil.rmtree")


class Trigger:
    """Counts file operations below a folder in all processes of a run, and kills at one of them.

    Parameters
    ----------
    folder
        Where operations count.
    at
        The number of the operation at which is killed; 0: never.
    victim
        One of `VICTIMS`; "one" is the process that is about to do the operation.
    """

    def __init__(self, folder: Path, at: int = 0, victim: str = "one") -> None:
        self.folder, self.at, self.victim = str(folder), at, victim
        self._shared = mmap.mmap(-1, 8)  # forked processes share it

    @property
    def count(self) -> int:
        """Operations so far; two processes that count at once may count one."""
        return int(struct.unpack("q", self._shared[:8])[0])

    def add(self) -> int:
        """Count an operation; return its number."""
        count = self.count + 1
        self._shared[:8] = struct.pack("q", count)
        return count

    def arm(self) -> None:
        """Count from now on, in this process and those that it forks."""
        main = os.getpid()

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            if event not in EVENTS or not arguments:
                return
            if not str(arguments[0]).startswith(self.folder):
                return
            if self.add() == self.at:
                kill(self.victim, os.getpid(), main)

        sys.addaudithook(hook)


def kill(victim: str, here: int, main: int) -> None:
    """Kill the process `here`, the main process, or its whole group."""
    if victim == "all":
        os.killpg(main, signal.SIGKILL)
    else:
        os.kill(here if victim == "one" else main, signal.SIGKILL)


def predictions(results: Path) -> dict[str, pd.DataFrame]:
    """The stored predictions of every cell."""
    store = Store(results)
    rows = Index(results).rows.values()
    return {cell: store.predictions(row.key, cell) for row in rows for cell in row.done.split()}


@dataclass
class Place:
    """The folders of one run: everything in it is new."""

    folder: Path

    def begin(self, first: Callable[[], None] = lambda: None, log: str = "log") -> ForkedRun:
        """Start the command."""
        self.folder.mkdir(exist_ok=True)
        words = [*WORDS, "--results", str(self.results), "--cache-dir", str(self.folder / "cache")]
        return start(words, self.folder, self.folder / log, first)

    @property
    def results(self) -> Path:
        """The results folder."""
        return self.folder / "results"

    def leftovers(self) -> list[str]:
        """What a run that has ended well should not have left."""
        found = [p for p in self.folder.rglob(".p*") if p.name.startswith((".partial", ".probe"))]
        for name in ("unfinished", "claims"):
            where = self.results / name
            found += list(where.iterdir()) if where.is_dir() else []
        return sorted(str(path.relative_to(self.folder)) for path in found)


def processor_time(run: ForkedRun) -> float:
    """Seconds of processor time that the run's processes have taken, those that ended too."""
    total = 0.0
    for process in run.members():
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


@dataclass
class Calm:
    """What an undisturbed run gave, and took."""

    expected: dict[str, pd.DataFrame]
    operations: int
    seconds: float


def undisturbed(place: Place) -> Calm:
    """Run once without a kill."""
    trigger, seconds = Trigger(place.folder), 0.0
    run = place.begin(trigger.arm)
    while run.poll() is None:
        seconds = max(seconds, processor_time(run))
        time.sleep(0.05)
    if run.status:
        raise RuntimeError(f"the undisturbed run ended with {run.status}:\n{run.said()}")
    if left := place.leftovers():
        raise RuntimeError(f"the undisturbed run left {left}")
    return Calm(predictions(place.results), trigger.count, seconds)


def killed(place: Place, calm: Calm, draw: random.Random, by_file: bool, victim: str) -> ForkedRun:
    """Start a run, and kill it or a part of it at a drawn moment."""
    if by_file:
        run = place.begin(Trigger(place.folder, draw.randint(1, calm.operations), victim).arm)
        run.wait()
        return run
    moment = draw.uniform(0.0, calm.seconds)
    run = place.begin()
    while run.poll() is None and processor_time(run) < moment:
        time.sleep(0.01)
    members = [process.pid for process in run.members()]
    if run.poll() is None and members:
        with contextlib.suppress(ProcessLookupError):
            kill(victim, draw.choice(members), run.pid)
    run.wait()
    return run


def phase(place: Place) -> str:
    """How far the run had come, by what it has left."""
    trainings = list((place.results / "trainings").glob("*/training.json"))
    if (place.results / "leaderboard" / "index.html").is_file():
        return "after the page"
    if any((place.results / "trainings").glob("*/*.parquet")):
        return "cells"
    if trainings or any((place.results / "unfinished").glob("*.jsonl")):
        return "trainings"
    return "preparation" if (place.folder / "cache" / "prepared").is_dir() else "before"


def faults(place: Place, run: ForkedRun) -> list[str]:
    """What is wrong right after a kill."""
    found = [f"process {left.pid} stays" for left in run.orphans()]
    if place.results.is_dir():
        seen = verify(place.results)
        found += [f"{one.path} is damaged: {one.what}" for one in seen.faults]
        found += [f"{name} is absent" for name in seen.absent]
    return found


def again(place: Place, calm: Calm) -> list[str]:
    """Start the same command again; say what is wrong with its end."""
    run = place.begin()
    status = run.wait()
    if status:
        return [f"the same command ended with {status}: {run.said()[-500:]}"]
    wrong = [f"process {left.pid} stays" for left in run.orphans()]
    found = predictions(place.results)
    same = found.keys() == calm.expected.keys() and all(
        found[cell].equals(calm.expected[cell]) for cell in found
    )
    wrong += [] if same else ["other predictions than undisturbed"]
    wrong += [f"{name} is left" for name in place.leftovers()]
    seen = verify(place.results)
    wrong += [f"{one.path} is damaged: {one.what}" for one in seen.faults]
    wrong += [f"{name} is absent" for name in seen.absent]
    return wrong


def campaign(count: int, seed: int) -> Finding:
    """Kill `count` times, each in a run of its own.

    Ctrl-C ends it early; what was tried until then is its finding.
    """
    get_ready()
    failures: list[str] = []
    phases, victims, ends = Counter[str](), Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="emobench-kills-") as scratch:
        home = Path(scratch)
        calm = undisturbed(Place(home / "calm"))
        print(f"undisturbed: {len(calm.expected)} cells, {calm.operations} operations", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            for number in range(count):
                draw = random.Random(f"{seed}-{number}")
                victim, place = VICTIMS[number % 3], Place(home / str(number))
                run = killed(place, calm, draw, bool(number % 2), victim)
                at = phase(place)
                ends["ended by itself" if (run.status or 0) >= 0 else "was killed"] += 1
                try:
                    wrong = faults(place, run) + again(place, calm)
                except TimeoutError as error:
                    wrong = [str(error)]
                failures += [f"kill {number} of seed {seed} ({victim}, {at}): {w}" for w in wrong]
                phases[at] += 1
                victims[victim] += 1
                print(f"kill {number}: {victim}, {at}, {run.status}, {wrong or 'fine'}", flush=True)
                shutil.rmtree(place.folder)
    words = {"one": "any of its processes", "main": "its main process", "all": "all of them"}
    notes = [
        f"{len(calm.expected)} cells with "
        f"{sum(len(table) for table in calm.expected.values())} predictions in each run.",
        "Killed: " + ", ".join(f"{words[name]} {n} times" for name, n in victims.items()) + ".",
        "What there was at the kill: " + ", ".join(f"{k} {n}" for k, n in phases.items()) + ".",
        f"In {ends['ended by itself']} runs the main process lived on, and in "
        f"{ends['was killed']} it was killed.",
    ]
    return Finding(phases.total(), failures, notes)

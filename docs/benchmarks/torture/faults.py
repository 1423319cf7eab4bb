"""Lets file systems fail at random operations: full, out of quota, read-only, away for a moment."""

from __future__ import annotations

import errno
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from finding import Finding
from forked_runs import get_ready
from kills import Place, Trigger, again, undisturbed

from emobench.store.verification import verify

TITLE = "File systems fail"
TEXT = """The same grid as above, and a file operation drawn uniformly from those that it makes
in its results and its cache. From this operation on the file system is full, out of quota or
read-only: every attempt to write fails, in all processes. The run has to end in one sentence
with status 3 (or well, if nothing more had to be written), with no file half-written and
nothing damaged; and the same command, started again when there is room, has to end in the
undisturbed run's predictions, with nothing left over. Or the operation alone fails as those of
a network file system do, with `EIO` or `ESTALE`: then the run has to end well by itself, or,
where what was being written cannot be written twice, in one sentence with status 3. The results
folder has a long name with letters beyond ASCII, blanks and quotes."""

LASTING = {"full": errno.ENOSPC, "quota": errno.EDQUOT, "read-only": errno.EROFS}
PASSING = {"EIO once": errno.EIO, "ESTALE once": errno.ESTALE}
MAKING = ("os.mkdir", "os.rename", "os.link", "os.truncate")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
NAME = "Ergebnisse für „Gefühle“ 感情 it's 100% (draft) " + "x" * 120


class Fault(Trigger):
    """Counts operations as a `Trigger` does, and lets them fail.

    Parameters
    ----------
    folder, at
        As in `Trigger`.
    number
        The error's number.
    lasts
        Whether every attempt to write fails from then on; else this one operation.
    """

    def __init__(self, folder: Path, at: int, number: int, lasts: bool) -> None:
        super().__init__(folder, at)
        self.number, self.lasts = number, lasts

    def arm(self) -> None:
        """Fail from now on, in this process and those that it forks."""

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            if event not in ("open", *MAKING) or not arguments:
                return
            path = str(arguments[0])
            if not path.startswith(self.folder) or path.endswith("/log"):
                return
            writes = event != "open" or bool(arguments[2] & WRITING)
            if self.lasts and not writes:
                return
            count = self.add()
            if count == self.at or (self.lasts and count > self.at):
                raise OSError(self.number, os.strerror(self.number), path)

        sys.addaudithook(hook)


class LongPlace(Place):
    """Folders with a name that many programs do not like."""

    @property
    def results(self) -> Path:
        """The results folder."""
        return self.folder / NAME


def failed(place: Place, fault: Fault) -> tuple[str, list[str]]:
    """Run with a fault; return how it ended, and what is wrong with that."""
    run = place.begin(fault.arm)
    status, said = run.wait(), run.said()
    errors = [line for line in said.splitlines() if line.startswith("error: ")]
    wrong = [f"process {left.pid} stays" for left in run.orphans()]
    if "Traceback" in said:
        wrong.append(f"a traceback: {said[-800:]}")
    if status == 3 and len(errors) != 1:
        wrong.append(f"{len(errors)} sentences: {said[-500:]}")
    if status not in (0, 3):
        wrong.append(f"status {status}: {said[-800:]}")
    wrong += [f"{name} is left" for name in place.leftovers() if ".partial" in name]
    if place.results.is_dir():
        wrong += [f"{one.path} is damaged: {one.what}" for one in verify(place.results).faults]
    return f"status {status}", wrong


def campaign(count: int, seed: int) -> Finding:
    """Let `count` runs fail.

    Ctrl-C ends it early; what was tried until then is its finding.
    """
    get_ready()
    failures: list[str] = []
    ends: dict[str, Counter[str]] = {}
    kinds = [*LASTING.items(), *PASSING.items()]
    with tempfile.TemporaryDirectory(prefix="emobench-faults-") as scratch:
        home = Path(scratch)
        calm = undisturbed(LongPlace(home / "calm"))
        operations = {lasts: _operations(home, lasts) for lasts in (False, True)}
        print(f"operations: {operations}", flush=True)
        try:
            for number in range(count):
                draw = random.Random(f"{seed}-{number}")
                name, error = kinds[number % len(kinds)]
                lasts = name in LASTING
                at = draw.randint(1, operations[lasts])
                place = LongPlace(home / str(number))
                end, wrong = failed(place, Fault(place.folder, at, error, lasts))
                wrong += again(place, calm)
                failures += [f"{name} at {at}, fault {number} of seed {seed}: {w}" for w in wrong]
                ends.setdefault(name, Counter())[end] += 1
                print(f"fault {number}: {name} at {at}, {end}, {wrong or 'fine'}", flush=True)
                shutil.rmtree(place.folder)
        except KeyboardInterrupt:
            print("ended early", flush=True)
    tried = sum(found.total() for found in ends.values())
    notes = [
        f"{name}: " + ", ".join(f"{n} ended with {end}" for end, n in found.items()) + "."
        for name, found in ends.items()
    ]
    return Finding(tried, failures, notes)


def _operations(home: Path, lasts: bool) -> int:
    """Number of operations that can fail."""
    place = LongPlace(home / f"counted-{lasts}")
    fault = Fault(place.folder, 0, 0, lasts)
    fault.at = sys.maxsize
    place.begin(fault.arm).wait()
    return fault.count

"""Runs a target in a process of its own, so that an input that ends it is found all the same."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import mmap
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from fuzzing.target import SAID, Target, wrong

SILENT = 300
"""Seconds without an input being done after which a process counts as hanging."""

MEMORY = 3 * 2**30
"""Bytes of addresses by which a process may grow; beyond that a request for memory fails."""


@dataclass
class Outcome:
    """What came of the inputs of a target: their number, and fault to one that shows it."""

    count: int = 0
    faults: dict[str, str] = field(default_factory=dict)


def ran(target: Target, first: int, count: int, seed: int, crashes: Path) -> Outcome:
    """Try the inputs `first` to ``first + count`` of a target; a process that dies is replaced.

    The files of each fault's first input are kept in `crashes`.
    """
    done = Outcome()
    place, end = first, first + count
    with tempfile.TemporaryDirectory(dir=_fast()) as scratch:
        while place < end:
            place = _some(target, place, end, seed, Path(scratch), crashes, done)
    done.count = count
    return done


def _fast() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() and os.access("/dev/shm", os.W_OK) else None


def _some(
    target: Target, place: int, end: int, seed: int, scratch: Path, crashes: Path, done: Outcome
) -> int:
    """Try inputs until all are done or the process dies; return the next one's number."""
    told = scratch / "faults.json"
    told.write_text("{}")
    progress = mmap.mmap(-1, 8)  # shared with the process that is forked
    progress[:] = place.to_bytes(8, "little")
    child = os.fork()
    if child == 0:
        _child(target, (place, end), seed, scratch, crashes, progress)
    status = _waited(child, progress)
    for fault, which in json.loads(told.read_text()).items():
        done.faults.setdefault(fault, which)
    if status == 0:
        return end
    reached = int.from_bytes(progress[:], "little")
    fault = f"the process ended by {_ending(status)}"
    done.faults.setdefault(fault, _kept(target, reached, seed, crashes))
    return reached + 1


def _ending(status: int) -> str:
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"status {os.waitstatus_to_exitcode(status)}"


def _waited(child: int, progress: mmap.mmap) -> int:
    """Wait for a process, and kill it where it goes no further."""
    seen, since = progress[:], time.monotonic()
    while True:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return status
        if progress[:] != seen:
            seen, since = progress[:], time.monotonic()
        if time.monotonic() - since > SILENT:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.05)


def _child(
    target: Target,
    places: tuple[int, int],
    seed: int,
    scratch: Path,
    crashes: Path,
    progress: mmap.mmap,
) -> None:
    """Try inputs, and end the process."""
    status = 1
    try:
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
        faults: dict[str, str] = {}
        work = scratch / "work"
        work.mkdir(exist_ok=True)
        for number in range(*places):
            progress[:] = number.to_bytes(8, "little")
            with _quiet():
                try:
                    files = target.make(drawn(target, number, seed))
                except Exception:
                    continue  # what was drawn cannot be written, by no fault of a reader's
                fault = wrong(target, files, work)
            kind, _, words = (fault or "").partition(SAID)
            if kind and kind not in faults:
                which = _kept(target, number, seed, crashes)
                faults[kind] = f"{which}{SAID}{words}" if words else which
                new = scratch / "faults.new"
                new.write_text(json.dumps(faults))
                new.replace(scratch / "faults.json")
        status = 0
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(status)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def drawn(target: Target, number: int, seed: int) -> Random:
    """The generator of random numbers of one input, from which all of it follows."""
    return Random(f"{seed} {target.name} {number}")


def _kept(target: Target, number: int, seed: int, crashes: Path) -> str:
    """Keep the files of an input; return what it takes to draw it again."""
    place = crashes / f"{target.name}-{seed}-{number}"
    shutil.rmtree(place, ignore_errors=True)
    for name, content in target.make(drawn(target, number, seed)).items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return f"{target.name}, input {number} of seed {seed}"


def warm() -> None:
    """Import what inputs need once, so that the processes of the targets have it already."""
    from emobench.discovery.registry import registry
    from emobench.internet.guard import go_offline

    go_offline()
    for kind in ("model", "dataset", "protocol"):
        for entry in registry(kind).values():
            entry.load()
    for name in ("openpyxl", "pyarrow.parquet", "safetensors.torch", "h5py", "av", "soundfile"):
        importlib.import_module(name)


def shares(targets: Sequence[Target], count: int) -> dict[str, int]:
    """How many of `count` inputs each target gets, one at least."""
    whole = sum(target.share for target in targets)
    return {t.name: max(1, round(count * t.share / whole)) for t in targets}

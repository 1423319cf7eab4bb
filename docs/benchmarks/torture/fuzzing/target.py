"""What is fuzzed, and the verdict on one input."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from emobench.disk.sums import SUMS, folder_damage

Files = dict[str, bytes]
"""Path below the folder of an input to the content of that file."""

ROOT = Path(__file__).parents[4]

MOST_SECONDS = 20
"""Seconds of the processor after which an input counts as one that hangs."""

MOST_MEMORY = 2**30
"""Bytes by which one input may raise what the process needs."""


KEPT = ("files",)
"""The cache's folder of digests of source files: whole, and true of files that are refused too."""

SAID = ": "
"""Between what tells one fault from another, and the words of an error, which do not."""


class HangError(BaseException):
    """An input took too long; no handler of `Exception` takes it for its own."""


@dataclass(frozen=True)
class Target:
    """A reader of somebody's files.

    Parameters
    ----------
    name
        One word.
    make
        Draws the files of an input.
    use
        Reads them: takes their folder, and a folder that it may write into.
    refusals
        The errors that stand for a sentence to the user.
    share
        Its part of a campaign, relative to the others'.
    kept
        Folders of the one that is written into whose files may stay where an input is refused.
    """

    name: str
    make: Callable[[Random], Files]
    use: Callable[[Path, Path], Any]
    refusals: tuple[type[BaseException], ...]
    share: float = 1.0
    kept: tuple[str, ...] = ()


def wrong(target: Target, files: Files, folder: Path) -> str | None:
    """What is wrong with how an input is taken; None if it is read, or refused in a sentence.

    Parameters
    ----------
    target
        Who takes it.
    files
        The input.
    folder
        An existing folder, of which all content is removed.
    """
    inputs, out = folder / "in", folder / "out"
    for place in (inputs, out):
        if not place.is_dir() or os.listdir(place):  # noqa: PTH208 - the quickest look
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
    for name, content in files.items():
        path = inputs / name
        if "/" in name:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    refused = ""
    try:
        with _limited(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            target.use(inputs, out)
    except target.refusals as error:
        refused = str(error)
        if not refused.strip():
            return f"{type(error).__name__} without a word at {_place(error)}"
    except HangError:
        return f"more than {MOST_SECONDS} s of the processor"
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever would be a traceback
        words = " ".join(str(error).split())[:160]
        return f"{type(error).__name__} at {_place(error)}{SAID}{words}"
    _tried[0] += 1
    if _tried[0] % LOOKS == 0 and _grown() > MOST_MEMORY:
        return f"more than {MOST_MEMORY // 2**20} MiB of memory, by it or one of {LOOKS} before"
    if refused and (left := sorted(_left(out, target.kept))):
        return f"files are left after it was refused{SAID}{', '.join(left[:5])}"
    if "Traceback (most recent" in refused:
        return "a traceback in the sentence that refuses it"
    return None


def _left(out: Path, kept: tuple[str, ...]) -> Iterator[str]:
    """The files of `out` but those in folders that may stay: named ones, and whole caches."""
    whole = {p.parent for p in out.rglob(SUMS) if not folder_damage(p.parent)}
    for path in out.rglob("*"):
        inner = path.relative_to(out)
        if path.is_file() and not {*kept} & {*inner.parts} and not whole & {*path.parents}:
            yield str(inner)


LOOKS = 20
"""Inputs between two looks at the memory, which are slow."""

_tried = [0]
_most = [0]
"""The most bytes that this process had when it was last looked at."""


def _grown() -> int:
    """By how many bytes the most that this process ever had has risen since the last look."""
    before, _most[0] = _most[0], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return _most[0] - before if before else 0


def _place(error: BaseException) -> str:
    """The innermost line of emobench, without the folder that it is installed in."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if f.filename.startswith(str(ROOT))]
    theirs = [f for f in ours if "/torture/" not in f.filename]
    last = (theirs or ours or frames)[-1]
    return f"{'/'.join(Path(last.filename).parts[-3:])}:{last.lineno}"


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    """Interrupt what takes too long."""

    def interrupt(number: int, frame: Any) -> None:
        raise HangError

    if sys.platform == "win32":
        yield
        return
    old = signal.signal(signal.SIGPROF, interrupt)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, old)

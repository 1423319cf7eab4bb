"""Gives a piece of work a process of its own, watches it, and ends it at a limit.

The watcher is another process than the one that is watched. So it does not matter what the work
does to its interpreter: a loop in native code that never lets another thread run, an exit, a crash
or a leak end this one process, and nobody else notices.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import pickle
import re
import signal
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

from emobench.executor import WorkDied
from emobench.isolation.limits import NO_LIMITS, Limits, size_text, time_text
from emobench.isolation.process_start import THREADS, one_thread_each, start_context, start_worker
from emobench.isolation.process_tree import Family, end_session_with_parent, lead

P = ParamSpec("P")
T = TypeVar("T")

TICK = 0.2
"""Seconds between two looks at the memory."""

SHOWN = 100
"""Lines that a job may print before the rest is left out."""

KEPT = 20
"""Last lines that are stored with a failure."""

LONGEST = 2000
"""Characters of a line that are kept."""

LIBRARIES = ("site-packages", "lib/python", "<frozen", "<string>")
"""What the path of a file has in it that is no model's."""

_FRAME = re.compile(r'  File "(.+)", line (\d+)')

STOPPED = "it was stopped with the run"


class Wards:
    """The families that one executor has started, to be ended together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._families: set[Family] = set()
        self._is_over = False

    def add(self, family: Family) -> None:
        """Take charge of a family; one that comes too late is ended at once."""
        with self._lock:
            self._families.add(family)
            is_over = self._is_over
        if is_over:
            family.end()

    def remove(self, family: Family) -> None:
        """Let a family go that has ended."""
        with self._lock:
            self._families.discard(family)

    def end_all(self) -> None:
        """End every family, and each one that is still to come."""
        with self._lock:
            self._is_over, found = True, list(self._families)
        for family in found:
            family.end()

    @property
    def is_over(self) -> bool:
        """Whether `end_all` was called."""
        return self._is_over


@dataclass(frozen=True)
class Guarded(Generic[P, T]):
    """Work that is done in a process of its own, within limits.

    Parameters
    ----------
    work
        A function at the top of a module.
    limits
        What it may take.
    """

    work: Callable[P, T]
    limits: Limits = NO_LIMITS

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work and return what it returns.

        Raises
        ------
        WorkDied
            The process ended without an answer, or passed a limit.
        """
        return self.watched_by(Wards(), *args, **kwargs)

    def watched_by(self, wards: Wards, /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work as `__call__` does; `wards` can end it from another thread.

        Raises
        ------
        WorkDied
            The process ended without an answer, or passed a limit, or was ended.
        """
        if wards.is_over:
            raise WorkDied(STOPPED)
        with tempfile.TemporaryDirectory(prefix="emobench-job-") as folder:
            watch = _Watch(Path(folder) / "trace", self.limits, wards)
            found: T = watch.over(self.work, args, kwargs)
        return found


class _Watch:
    """One process under watch.

    Parameters
    ----------
    trace
        File for what Python was doing when the process was asked, or died.
    limits
        What it may take.
    wards
        Who may end it.
    """

    def __init__(self, trace: Path, limits: Limits, wards: Wards) -> None:
        self.trace, self.limits, self.wards = trace, limits, wards
        self.printed = 0
        self.last: deque[str] = deque(maxlen=KEPT)
        self._rest = b""

    def over(self, work: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Start the process, and return what the work returns."""
        context = start_context()
        answers, answer = context.Pipe(duplex=False)
        prints, printing = context.Pipe(duplex=False)
        environment = dict(os.environ) | dict.fromkeys(THREADS, "1")
        process = context.Process(  # type: ignore[attr-defined]
            target=_inside,
            args=(answer, printing, self.trace, environment, str(Path.cwd()), work, args, kwargs),
        )
        with one_thread_each():
            process.start()
        answer.close()
        printing.close()
        family = Family(process.pid)
        self.wards.add(family)
        try:
            return self._attend(process, family, answers, prints)
        finally:
            family.end()
            process.join()
            self.wards.remove(family)
            self._print_rest(prints)
            answers.close()
            prints.close()
            process.close()

    def _attend(self, process: Any, family: Family, answers: Connection, prints: Connection) -> Any:
        """Wait for the answer, and look at the limits meanwhile."""
        began = time.monotonic()
        sources: list[Any] = [answers, prints, process.sentinel]
        while True:
            ready = wait(sources, timeout=self._pause(began))
            if prints in ready and not self._read_prints(prints):
                sources.remove(prints)
            if answers in ready:
                with contextlib.suppress(EOFError, pickle.UnpicklingError):
                    done, value = answers.recv()
                    if done:
                        return value
                    raise value
                sources.remove(answers)  # it ends without an answer
            if process.sentinel in ready:
                process.join()
                self._print_rest(prints)
                if self.wards.is_over:
                    raise WorkDied(STOPPED)
                raise WorkDied(f"{_ending(process)}{self._place()}", self._where())
            self._check(process.pid, family, began)

    def _pause(self, began: float) -> float:
        if self.limits.memory is not None:
            return TICK
        if self.limits.seconds is None:
            return 5.0
        return max(0.05, min(5.0, self.limits.seconds - (time.monotonic() - began)))

    def _check(self, pid: int, family: Family, began: float) -> None:
        """Raise if a limit is passed."""
        seconds, memory = self.limits.seconds, self.limits.memory
        if seconds is not None and time.monotonic() - began > seconds:
            self._ask(pid)
            raise WorkDied(
                f"it took longer than {time_text(seconds)}, the limit of --timeout{self._place()}",
                self._where(),
                is_final=True,
            )
        if memory is not None and (taken := family.memory()) > memory:
            self._ask(pid)
            raise WorkDied(
                f"it took {size_text(taken)} of memory, more than {size_text(memory)}, the limit "
                f"of --memory{self._place()}",
                self._where(),
                is_final=True,
            )

    def _ask(self, pid: int) -> None:
        """Let the process write what Python is doing; native code answers too."""
        with contextlib.suppress(OSError, AttributeError):
            os.kill(pid, signal.SIGUSR1)
            for _ in range(10):
                time.sleep(0.05)
                if self.trace.exists() and self.trace.stat().st_size:
                    return

    def _place(self) -> str:
        """The innermost line outside of libraries, as `` (NAME.py:12)``; "" if none is known."""
        for line in self._said().splitlines():
            found = _FRAME.match(line)
            if found is not None and not any(word in found[1] for word in LIBRARIES):
                return f" ({Path(found[1]).name}:{found[2]})"
        return ""

    def _said(self) -> str:
        try:
            return self.trace.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def _where(self) -> str:
        """What Python was doing, and what was printed last."""
        parts = [self._said().strip()]
        if self.last:
            parts.append("It had printed last:\n" + "\n".join(self.last))
        return "\n\n".join(filter(None, parts))

    def _read_prints(self, prints: Connection) -> bool:
        """Pass on what was printed; False at its end."""
        try:
            text = os.read(prints.fileno(), 1 << 16)
        except OSError:
            return False
        *lines, self._rest = (self._rest + text).split(b"\n")
        self._rest = self._rest[-LONGEST:]
        for line in lines:
            self._pass_on(line)
        return bool(text)

    def _pass_on(self, line: bytes) -> None:
        text = line[-LONGEST:].decode("utf-8", errors="replace")
        self.last.append(text)
        self.printed += 1
        if self.printed <= SHOWN:
            print(text, file=sys.stderr)
        elif self.printed == SHOWN + 1:
            print(f"(what this job prints beyond {SHOWN} lines is left out)", file=sys.stderr)

    def _print_rest(self, prints: Connection) -> None:
        """Pass on what the process left behind; what others still print is not waited for."""
        for _ in range(64):
            with contextlib.suppress(OSError):
                if prints.poll(0) and self._read_prints(prints):
                    continue
            break
        if self._rest:
            self._pass_on(self._rest)
            self._rest = b""


def _ending(process: Any) -> str:
    """Say how a process ended that gave no answer."""
    code = process.exitcode
    if code is not None and code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        if name == "SIGKILL":
            return "its process was killed (SIGKILL), as the system does where memory runs out"
        return f"its process was ended by {name}, a crash in native code"
    return f"its process ended itself with status {code} before its work was done"


def _inside(
    answer: Connection,
    printing: Connection,
    trace: Path,
    environment: dict[str, str],
    folder: str,
    work: Callable[..., Any],
    args: Any,
    kwargs: Any,
) -> None:
    """Do the work in its own process, and answer."""
    own = os.getpid()
    lead()
    end_session_with_parent()
    start_worker(environment)
    os.chdir(folder)
    _redirect(printing)
    if hasattr(signal, "SIGUSR2"):
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)  # a queue's warning, meant for who watches
    with trace.open("w", encoding="utf-8") as file:
        faulthandler.enable(file, all_threads=False)
        if hasattr(faulthandler, "register"):
            faulthandler.register(signal.SIGUSR1, file, all_threads=False)
        message = _answer(work, args, kwargs)
        if os.getpid() != own:
            os._exit(0)  # a copy that the work has forked, and that has come to the same end
        _flush()
        answer.send(message)
        answer.close()
    os._exit(0)  # threads and handlers that the work has left are not waited for


def _answer(work: Callable[..., Any], args: Any, kwargs: Any) -> tuple[bool, Any]:
    """Whether the work was done, and what it returned or raised."""
    try:
        return True, work(*args, **kwargs)
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            return False, RuntimeError(f"{type(error).__name__}: {error}")
        return False, error


def _redirect(printing: Connection) -> None:
    """Let both outputs go to who watches, also those of native code; nobody types anything."""
    for number in (1, 2):
        os.dup2(printing.fileno(), number)
    printing.close()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()

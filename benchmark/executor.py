"""Executors run work elsewhere and are chosen by name.

Each file in ``benchmark/executors/`` holds one class derived from `Executor`, and the file's name
is what ``--executor`` takes. Other packages offer theirs as entry points of the group
``emobench.executors``; a path to a Python file works too.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import os
import pkgutil
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, ParamSpec, Self, TypeVar

from emobench.errors import RequestError, unknown
from emobench.plugins.entry_points import installed

GROUP = "emobench.executors"
"""The package with one executor per file, and the group of entry points."""

DEFAULT = "local"

P = ParamSpec("P")
T = TypeVar("T")


class WorkerDied(Exception):  # noqa: N818 - it names an event, like KeyboardInterrupt
    """The worker died before its work ended (killed, out of memory, a crash in native code)."""


class WorkDied(WorkerDied):
    """The process of one piece of work ended before its work did, and nothing else was harmed.

    Parameters
    ----------
    reason
        Why, in a line that is stored.
    trace
        Where it was, as far as that is known.
    is_final
        Whether it would end so again: it passed a limit.
    """

    def __init__(self, reason: str, trace: str = "", is_final: bool = False) -> None:
        super().__init__(reason, trace, is_final)
        self.reason, self.trace, self.is_final = reason, trace, is_final


_PROCESS = threading.RLock()


def alone(work: Callable[P, T]) -> Callable[P, T]:
    """Let `work` run while no other such work runs in this process.

    Random generators, thread counts and the caches of models and readers belong to a process: two
    pieces of work in threads would mix them.
    """

    @functools.wraps(work)
    def one_at_a_time(*args: P.args, **kwargs: P.kwargs) -> T:
        with _PROCESS:
            return work(*args, **kwargs)

    return one_at_a_time


def on_cpu(work: Callable[P, T]) -> Callable[P, T]:
    """Say that `work` never uses a GPU, so that a cluster reserves none for it."""
    work.on_cpu = True  # type: ignore[attr-defined]
    return work


@dataclass(frozen=True)
class Wanted:
    """What a run asks of its executor.

    Parameters
    ----------
    count
        Pieces of work at a time; None: as many as the executor has room for.
    device
        The device as typed: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    results
        The results folder.
    """

    count: int | None = None
    device: str = "cpu"
    results: Path = Path("results")


class Executor(ABC):
    """Runs at most `count` pieces of work at a time; leaving its context waits for all work.

    Parameters
    ----------
    count
        How many workers.

    Notes
    -----
    Work is a training with its cells, the extraction of some utterances, or their encoding by a
    pretrained model. It and its results are picklable. A future raises what the work raised, or
    `WorkerDied`. After `kill` or `close` the next work starts new workers. Work that shares a
    process runs one piece at a time (`alone`), so threads are as safe as processes and no faster.
    """

    Options: ClassVar[type[Any] | None] = None
    """A dataclass with the options that are typed after the name, ``NAME:key=value``, if any.

    Values that make no sense raise `emobench.errors.RequestError` when one is built: that is before
    a corpus is opened.
    """

    here: ClassVar[bool] = True
    """Whether work runs on this machine and its devices."""

    isolated: ClassVar[bool] = False
    """Whether a worker that dies takes no other work with it, and has been tried again."""

    separates: ClassVar[bool] = True
    """Whether a job may get a process of its own, as limits and models of strangers need."""

    say: Callable[[str], None] | None = None
    """Prints a line; set by who runs the work, for what takes long before any of it begins."""

    def __init__(self, count: int) -> None:
        self.count = count

    def announce(self, text: str) -> None:
        """Say what begins now, if somebody listens."""
        if self.say is not None:
            self.say(text)

    @property
    def parallel(self) -> int | None:
        """Pieces of work that run at the same time; None if nobody knows yet.

        It is less than `count` where work waits in a queue that others share.
        """
        return self.count

    @classmethod
    def opened(cls, wanted: Wanted, options: Any = None) -> Self:
        """Build the executor that a run wants.

        Parameters
        ----------
        wanted
            What the run asks for.
        options
            An instance of `Options`.

        Raises
        ------
        RequestError
            The options make no sense, or the executor is not there.
        """
        one = wanted.device.startswith("cuda")
        return cls(wanted.count or (1 if one else os.cpu_count() or 1))

    def place(self, device: str) -> str:
        """Return the device of the work, for the `device` that was typed."""
        return device

    @abstractmethod
    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start ``work(*args, **kwargs)``; raise `WorkerDied` if a worker that died prevents it."""

    def kill(self) -> None:
        """Stop all work at once, as far as that can be done."""
        self.close()

    def renew(self) -> None:
        """Throw away the workers, one of which died or is spoiled; the next work starts others."""
        self.kill()

    def close(self) -> None:
        """Let the workers go when the work that they have begun has ended."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.kill()
        self.close()


def read_ahead(executor: Executor) -> int:
    """Return how many pieces of work to keep in flight where their results are taken in order.

    Enough for every worker of a cluster, and few enough that what waits to be taken stays small.
    """
    return max(8, min(executor.count, 64))


def executor_names() -> list[str]:
    """Names of all executors that are installed."""
    package = importlib.import_module(GROUP)
    ours = (module.name for module in pkgutil.iter_modules(package.__path__))
    return sorted({*ours, *(point.name for point in installed(GROUP))})


def open_executor(name: str, count: int) -> Executor:
    """Build the executor called `name`, or the executor in the Python file `name`.

    Raises
    ------
    RequestError
        No executor has this name, or the file holds none.
    """
    return executor_kind(name).opened(Wanted(count))


def executor_kind(name: str) -> type[Executor]:
    """Return the class of the executor called `name`, or of the one in the Python file `name`.

    Raises
    ------
    RequestError
        No executor has this name, or the file holds none.
    """
    return _kind(name)


def with_its_options(word: str) -> tuple[str, dict[str, str]]:
    """Split ``NAME:key=value,key=value`` into the name and the options as typed.

    A value may hold colons and commas, as the address of a cluster does.
    """
    name, *rest = re.split(r"[:,](?=[a-z_]+=)", word)
    pairs = (item.partition("=") for item in rest)
    return name, {key: value for key, _, value in pairs}


def _kind(name: str) -> type[Executor]:
    if name.endswith(".py"):
        return _executor_in(_file_module(Path(name)), name)
    for point in (point for point in installed(GROUP) if point.name == name):
        found: type[Executor] = point.load()
        return found
    if name not in executor_names():
        raise unknown("executor", name, executor_names())
    return _executor_in(importlib.import_module(f"{GROUP}.{name}"), name)


def _file_module(path: Path) -> ModuleType:
    if not path.is_file():
        raise RequestError(f"There is no file {path}.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise RequestError(
            f"{path} cannot be imported: {type(error).__name__}: {error}."
        ) from error
    return module


def _executor_in(module: ModuleType, name: str) -> type[Executor]:
    """The class of `module` that is derived from `Executor` and defined there."""
    members: list[Any] = [v for v in vars(module).values() if inspect.isclass(v)]
    found = [v for v in members if issubclass(v, Executor) and v.__module__ == module.__name__]
    if len(found) != 1:
        raise RequestError(
            f"{name} holds {len(found)} classes derived from Executor; it must hold exactly one."
        )
    kind: type[Executor] = found[0]
    return kind

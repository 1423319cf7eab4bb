"""Work that travels to a process on any machine, and what comes back."""

from __future__ import annotations

import functools
import importlib.util
import os
import pickle
import platform
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from emobench.digest import core_digest
from emobench.errors import RequestError

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Environment variables that bound the threads of a process."""

SOURCES = ("emobench", "emobench.models", "emobench.datasets")
"""The packages whose code determines what a worker computes."""

PLACES = ("EMOBENCH_CACHE", "EMOBENCH_DATA", "HF_HOME", "HF_HUB_OFFLINE")
"""Environment variables that a worker must find as the main process has them."""


@functools.cache
def made_by() -> dict[str, str]:
    """Return what must be equal on two machines whose numbers are to be equal."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    found |= {name: version(name) for name in ("torch", "numpy", "scikit-learn")}
    for name in SOURCES:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        found[f"source of {name}"] = core_digest(Path(spec.origin).parent)
    return found


@dataclass(frozen=True)
class Parcel:
    """A call, with all that its worker must know of the main process.

    Parameters
    ----------
    work, args, kwargs
        The call.
    folder
        Working folder of the main process: paths may be relative.
    made_by
        Versions of the code there.
    """

    work: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    folder: str = field(default_factory=os.getcwd)
    made_by: dict[str, str] = field(default_factory=made_by)

    def run(self) -> Ended:
        """Do the work in this process; what it raises is part of what comes back."""
        try:
            start_process()
            self._go_to_folder()
            _refuse_other_code(self.made_by)
            return Ended(self.work(*self.args, **self.kwargs))
        except Exception as error:
            return Ended(error=_portable(error))

    def _go_to_folder(self) -> None:
        try:
            os.chdir(self.folder)
        except OSError as error:
            raise RequestError(
                f"The machine {socket.gethostname()} has no folder {self.folder} "
                f"({error.strerror}). All machines must see the same folders at the same paths."
            ) from None


@dataclass(frozen=True)
class Ended:
    """What came of a parcel: the value that the work returned, or what it raised."""

    value: Any = None
    error: Exception | None = None


@functools.cache
def start_process() -> None:
    """Set up a worker process once: as `emobench.isolation.process_start.start_worker` does."""
    import torch

    from emobench.denormals import flush_denormals
    from emobench.isolation.heap import keep_freed_memory

    os.environ.update(dict.fromkeys(THREADS, "1"))
    torch.set_num_threads(1)
    flush_denormals()
    keep_freed_memory()


def environment() -> dict[str, str]:
    """Return the environment variables that a worker process is to be started with."""
    places = {name: os.environ[name] for name in PLACES if name in os.environ}
    return dict.fromkeys(THREADS, "1") | places


def _refuse_other_code(theirs: dict[str, str]) -> None:
    """Raise if this machine would compute other numbers than the main process expects."""
    ours = made_by()
    other = [f"{n} {ours.get(n)} for {theirs[n]}" for n in theirs if ours.get(n) != theirs[n]]
    if other:
        raise RequestError(
            f"The machine {socket.gethostname()} has another installation than the one that "
            f"started this run ({', '.join(other)}), and could give other numbers."
        )


def _portable(error: Exception) -> Exception:
    """`error`, or its words where it cannot be pickled."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error

"""Ray tasks, on a cluster that runs already or on one that is started on this machine."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, ParamSpec, Self, TypeVar

from emobench.errors import RequestError
from emobench.executor import Executor, Wanted, WorkerDied
from emobench.remote.attempts import CRASHES, LOST_MACHINES, byte_count
from emobench.remote.parcel import Ended, Parcel, environment

P = ParamSpec("P")
T = TypeVar("T")

OBJECT_STORE = 300_000_000
"""Bytes of the object store of a cluster that is started here; results are small."""

RECOUNT = 5.0
"""Seconds after which the cluster is asked again how many tasks it has room for."""


@dataclass(frozen=True)
class RayOptions:
    """Options of the executor.

    Parameters
    ----------
    address
        Address of a running cluster, or ``auto`` for the one on this machine; without it
        ``RAY_ADDRESS`` counts, and without that a cluster is started here.
    memory
        Memory that each task declares: no machine gets more tasks than fit.
    cpus
        Cores that each task declares; it computes with one thread.
    gpus
        Share of a GPU that each task declares; below 0: one for --device cuda, none for cpu.
    """

    address: str = ""
    memory: str = "1.5GB"
    cpus: float = 1.0
    gpus: float = -1.0

    def __post_init__(self) -> None:
        byte_count(self.memory)  # what is no size is refused before a corpus is prepared
        if self.address.startswith("ray://"):
            raise _clients_address(self.address)


class RayCluster(Executor):
    """Runs work as Ray tasks, whose worker processes are kept from one task to the next.

    A task whose node is lost is tried again elsewhere, as often as that happens. One whose process
    dies is tried again a few times before it is reported as deadly.

    Parameters
    ----------
    count
        Tasks in flight at most; None: as many as the cluster has room for.
    options
        Where the cluster is, and what a task declares.
    device
        The device that was typed: ``auto``, ``cpu`` or ``cuda``.
    """

    Options = RayOptions
    here = False
    isolated = True

    def __init__(
        self, count: int | None = None, options: RayOptions | None = None, device: str = "cpu"
    ) -> None:
        self._asked = count
        self.options = options or RayOptions()
        self.device = device
        self.memory = byte_count(self.options.memory)
        self._address = self.options.address or os.environ.get("RAY_ADDRESS") or "local"
        self._ray: Any = None
        self._task: Any = None
        self._again: ThreadPoolExecutor | None = None
        self._flying: dict[Any, Future[Any]] = {}
        self._lock = threading.Lock()
        self._room, self._counted = 1, 0.0

    @classmethod
    def opened(cls, wanted: Wanted, options: Any = None) -> Self:
        """Build the executor; nothing is started before there is work.

        Raises
        ------
        RequestError
            Ray is not installed, or the options make no sense.
        """
        try:
            import ray  # noqa: F401
        except ImportError:
            raise RequestError("--executor ray needs Ray: pip install 'emobench[ray]'.") from None
        if wanted.device.startswith("cuda:"):
            raise RequestError(
                f"--device {wanted.device}: Ray chooses the GPU of each task; use --device cuda."
            )
        found = cls(wanted.count, options, wanted.device)
        if found._address.startswith("ray://"):  # of RAY_ADDRESS
            raise _clients_address(found._address)
        return found

    @property
    def count(self) -> int:  # type: ignore[override]
        """Tasks in flight at most; it follows a cluster that grows or shrinks."""
        if self._asked is not None:
            return self._asked
        if self._ray is None and self._address == "local":
            return os.cpu_count() or 1
        return self._current_room()

    @property
    def parallel(self) -> int | None:
        """Tasks that the cluster has room for, which can be fewer than those in flight."""
        if self._ray is None and self._address == "local":
            return self.count
        return min(self.count, self._current_room())

    def _current_room(self) -> int:
        if time.monotonic() - self._counted > RECOUNT:
            self._room = self._count_room()
            self._counted = time.monotonic()
        return self._room

    def place(self, device: str) -> str:
        """Return ``cuda`` or ``cpu`` for all tasks: their numbers would differ otherwise."""
        if device != "auto":
            return device
        self._connect()
        return "cuda" if self._gpus() else "cpu"

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Hand `work` to the cluster."""
        self._connect()
        outer: Future[T] = Future()
        gpus = 0.0 if getattr(work, "on_cpu", False) else self._gpus()
        self._send(_Try(Parcel(work, args, kwargs), gpus), outer)
        return outer

    def _send(self, attempt: _Try, outer: Future[Any]) -> None:
        task = self._task.options(
            num_cpus=self.options.cpus, num_gpus=attempt.gpus, memory=self.memory, max_retries=0
        )
        reference = task.remote(attempt.parcel)
        with self._lock:
            self._flying[reference] = outer
        reference.future().add_done_callback(
            lambda done: self._answer(reference, attempt, outer, done)
        )

    def _answer(
        self, reference: Any, attempt: _Try, outer: Future[Any], done: Future[Ended]
    ) -> None:
        """Pass on what came of a task, or try it again."""
        with self._lock:
            self._flying.pop(reference, None)
        error = done.exception()
        if self._ray is None:  # the executor has been closed
            outer.set_exception(WorkerDied())
            return
        errors = self._ray.exceptions
        if error is None:
            ended = done.result()
            if ended.error is None:
                outer.set_result(ended.value)
            else:
                outer.set_exception(ended.error)
        elif isinstance(error, errors.TaskCancelledError) or self._again is None:
            outer.set_exception(WorkerDied())
        elif isinstance(error, errors.NodeDiedError) and attempt.nodes < LOST_MACHINES:
            self._retry(attempt.after_node(), outer)
        elif isinstance(error, (errors.WorkerCrashedError, errors.OutOfMemoryError)):
            if attempt.crashes + 1 < CRASHES:
                self._retry(attempt.after_crash(), outer)
            else:
                outer.set_exception(WorkerDied())
        else:
            outer.set_exception(error if isinstance(error, Exception) else WorkerDied())

    def _retry(self, attempt: _Try, outer: Future[Any]) -> None:
        # This is a thread of Ray's own, in which nothing new may be submitted.
        again = self._again
        if again is None:  # the executor is being stopped
            outer.set_exception(WorkerDied())
        else:
            again.submit(self._send, attempt, outer)

    def _connect(self) -> None:
        if self._ray is not None:
            return
        # Read when Ray is imported: no statistics leave this machine, no GPU is hidden by surprise.
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "1")
        # By default Ray's workers give way to everything else on their machine; ours are the work.
        os.environ.setdefault("RAY_worker_niceness", "0")
        local = self._address == "local"
        self.announce(
            "starting a Ray cluster on this machine"
            if local
            else f"joining the Ray cluster at {self._address}"
        )
        import ray

        _refuse_silence(self._address)
        sizes: dict[str, Any] = {
            "num_cpus": self._asked or os.cpu_count() or 1,
            "include_dashboard": False,
            "object_store_memory": OBJECT_STORE,
        }
        try:
            ray.init(
                address=self._address,
                runtime_env={"env_vars": environment()},
                log_to_driver=False,
                logging_level=logging.ERROR,
                **(sizes if local else {}),
            )
        except (ConnectionError, ValueError, RuntimeError) as error:
            first = str(error).strip().splitlines()[0]
            raise RequestError(f"No Ray cluster at {self._address!r}: {first}") from None
        self._ray = ray
        # Without max_calls=0 Ray ends a worker after each task that holds a GPU.
        self._task = ray.remote(max_calls=0, num_cpus=1)(_run)
        self._again = ThreadPoolExecutor(1, thread_name_prefix="ray-again")
        self._refuse_too_small()

    def _gpus(self) -> float:
        if self.device == "cpu":
            return 0.0
        share = self.options.gpus if self.options.gpus >= 0 else 1.0
        if self.device == "cuda":
            return share
        return share if self._ray.cluster_resources().get("GPU", 0) else 0.0

    def _nodes(self) -> list[dict[str, float]]:
        """The resources of each node that is alive."""
        return [node["Resources"] for node in self._ray.nodes() if node["Alive"]]

    def _fitting(self, node: dict[str, float]) -> int:
        """Number of tasks for which a node has room."""
        gpus = self._gpus()
        needs = {"CPU": self.options.cpus, "memory": float(self.memory), "GPU": gpus}
        return min(int(node.get(name, 0.0) / need) for name, need in needs.items() if need)

    def _count_room(self) -> int:
        self._connect()
        return max(1, sum(map(self._fitting, self._nodes())))

    def _refuse_too_small(self) -> None:
        """Raise if no node ever has what a task declares: it would wait for ever."""
        if not any(map(self._fitting, self._nodes())):
            gpus = self._gpus()
            more = f", {gpus:g} GPUs" if gpus else ""
            self.close()
            raise RequestError(
                f"No node of the Ray cluster at {self._address!r} has what one task declares: "
                f"{self.options.cpus:g} CPUs{more} and {self.memory / 1e9:g} GB of memory. Ask for "
                "less, for instance with --executor ray:memory=1GB."
            )

    def kill(self) -> None:
        """Stop all tasks at once."""
        if self._ray is None:
            return
        again, self._again = self._again, None
        if again is not None:
            again.shutdown(wait=True)
        with self._lock:
            flying = list(self._flying)
        for reference in flying:
            self._ray.cancel(reference, force=True)
        self.close()

    def close(self) -> None:
        """Wait for the tasks, and leave the cluster; one that was started here ends."""
        if self._ray is None:
            return
        with self._lock:
            flying = list(self._flying.values())
        wait(flying, timeout=None if self._again is not None else 10)
        if self._again is not None:
            self._again.shutdown(wait=True)
        self._ray.shutdown()
        self._ray = self._task = self._again = None
        self._flying.clear()


@dataclass(frozen=True)
class _Try:
    """A parcel, its share of a GPU, and how many nodes and processes it has lost."""

    parcel: Parcel
    gpus: float
    nodes: int = 0
    crashes: int = 0

    def after_node(self) -> _Try:
        return _Try(self.parcel, self.gpus, self.nodes + 1, self.crashes)

    def after_crash(self) -> _Try:
        return _Try(self.parcel, self.gpus, self.nodes, self.crashes + 1)


def _clients_address(address: str) -> RequestError:
    return RequestError(
        f"{address} is an address of Ray's client. Start the command on a machine of the cluster, "
        "with --ray-address auto."
    )


def _refuse_silence(address: str) -> None:
    """Raise if nothing answers at ``HOST:PORT``: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
    except OSError as error:
        reason = error.strerror or error
        raise RequestError(f"No Ray cluster at {address!r}: {reason}.") from None


def _run(parcel: Parcel) -> Ended:
    ended = parcel.run()
    if getattr(ended.value, "spoiled", False):
        # Its GPU is in error for good. A task that comes here meanwhile is tried again elsewhere.
        threading.Timer(1.0, os._exit, (1,)).start()
    return ended

"""SLURM jobs, handed in as arrays through submitit."""

from __future__ import annotations

import shlex
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ParamSpec, Self, TypeVar

from emobench.errors import RequestError
from emobench.executor import Executor, Wanted, WorkerDied
from emobench.remote import queue_folder
from emobench.remote.attempts import CRASHES, byte_count
from emobench.remote.parcel import Ended, Parcel, environment

P = ParamSpec("P")
T = TypeVar("T")

IN_FLIGHT = 256
"""Jobs that wait or run at a time, unless --jobs says another number."""

ARRAY = 500
"""Jobs in one array at most; SLURM's own default bound is 1001."""

PAUSE = 0.5
"""Seconds between two looks at what has ended; work that is handed in meanwhile is one array."""

ASK = 5.0
"""Seconds between two questions to the queue."""

GRACE = 15.0
"""Seconds for which a job may be in no queue and have no result before it counts as dead."""

TIMEOUTS = 1000
"""Times that a job may reach its time limit: it goes on each time, so this bounds only mistakes."""

RUNS = "RUNNING"
"""State of a job that has its machine."""

STUCK = ("REQUEUE_HOLD", "SPECIAL_EXIT")
"""States in which SLURM keeps a job that it will never start again by itself."""


@dataclass(frozen=True)
class SlurmOptions:
    """Options of the executor.

    Parameters
    ----------
    partition
        The partition; without it SLURM's default.
    time
        Time limit of a job in minutes. What is not done by then is requeued and goes on.
    memory
        Memory of a job.
    cpus
        Cores of a job; it computes with one thread.
    gpus
        GPUs of a job; below 0: one for --device cuda, none otherwise.
    warning
        Seconds before the time limit at which a job is told to stop and be requeued.
    account, qos, constraint
        As SLURM knows them; without them its defaults.
    cluster
        ``slurm``; ``local`` runs the same jobs as processes of this machine, to try things out.
    """

    partition: str = ""
    time: int = 120
    memory: str = "2GB"
    cpus: int = 1
    gpus: int = -1
    warning: int = 60
    account: str = ""
    qos: str = ""
    constraint: str = ""
    cluster: str = "slurm"

    def __post_init__(self) -> None:
        # What makes no sense is refused before a corpus is prepared.
        byte_count(self.memory)
        if self.cluster not in ("slurm", "local"):
            raise RequestError(f"cluster={self.cluster}: known are slurm and local.")
        if self.time < 1 or self.warning >= 60 * self.time:
            raise RequestError("time= is in minutes, and must be longer than warning= in seconds.")


class SlurmQueue(Executor):
    """Runs each piece of work as a SLURM job; what is handed in together is one array.

    A job that is preempted, or that reaches its time limit, is requeued and goes on from the last
    saved look of its training. One that dies without a result is handed in again a few times
    before it is reported as deadly.

    Parameters
    ----------
    count
        Jobs that wait or run at a time; None: `IN_FLIGHT`.
    options
        What a job asks for.
    device
        The device that was typed.
    results
        The results folder, which all machines see.
    """

    Options = SlurmOptions
    here = False
    isolated = True

    def __init__(
        self,
        count: int | None = None,
        options: SlurmOptions | None = None,
        device: str = "cpu",
        results: Path = Path("results"),
    ) -> None:
        super().__init__(count or IN_FLIGHT)
        self.options = options or SlurmOptions()
        self.device, self.results = device, results
        self.memory = byte_count(self.options.memory)
        self.name = f"{queue_folder.job_prefix(results)}-{queue_folder.owner()}"
        self._new: list[_Entry] = []
        self._handed_in: list[_Entry] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._watch: threading.Thread | None = None
        self._asked = 0.0
        self._running: int | None = None

    @property
    def parallel(self) -> int | None:
        """Jobs that ran when the queue was last asked; None before it said so of any.

        `count` is no such number: most of these jobs may wait for machines that others use.
        """
        return self._running or None

    @classmethod
    def opened(cls, wanted: Wanted, options: Any = None) -> Self:
        """Build the executor; nothing is handed in before there is work.

        Raises
        ------
        RequestError
            Submitit is not installed, or the device makes no sense.
        """
        try:
            import submitit  # noqa: F401
        except ImportError:
            raise RequestError(
                "--executor slurm needs submitit: pip install 'emobench[slurm]'."
            ) from None
        if wanted.device.startswith("cuda:"):
            raise RequestError(
                f"--device {wanted.device}: SLURM chooses the GPU of a job; use --device cuda."
            )
        return cls(wanted.count, options, wanted.device, wanted.results)

    def place(self, device: str) -> str:
        """Return ``cuda`` or ``cpu`` for all jobs: their numbers would differ otherwise."""
        return device if device != "auto" else "cuda" if self._gpus() else "cpu"

    def _gpus(self) -> int:
        if self.device == "cpu":
            return 0
        return self.options.gpus if self.options.gpus >= 0 else int(self.device == "cuda")

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Put `work` into the next array."""
        outer: Future[T] = Future()
        gpus = 0 if getattr(work, "on_cpu", False) else self._gpus()
        with self._lock:
            self._new.append(_Entry(Parcel(work, args, kwargs), gpus, outer))
            if self._watch is None:
                self.announce("handing jobs to SLURM, where they wait for their turn")
                self._cancel_what_was_left()
                self._stop.clear()
                self._watch = threading.Thread(target=self._attend, daemon=True)
                self._watch.start()
        return outer

    def _attend(self) -> None:
        """Hand in what is new and pass on what has ended, until the executor is closed."""
        while not self._stop.wait(PAUSE):
            with self._lock:
                new, self._new = self._new, []
            for gpus in sorted({entry.gpus for entry in new}):
                group = [entry for entry in new if entry.gpus == gpus]
                for start in range(0, len(group), ARRAY):
                    self._hand_in(group[start : start + ARRAY], gpus)
            self._collect()

    def _hand_in(self, entries: list[_Entry], gpus: int) -> None:
        try:
            made = self._submitter(gpus)
            with made.batch():
                jobs = [made.submit(_Requeued(entry.parcel)) for entry in entries]
        except Exception as error:
            # Nothing that is wrong with the request can be mended here: each future says it.
            reason = RequestError(f"SLURM took no job: {_last_line(str(error))}")
            for entry in entries:
                entry.future.set_exception(reason)
            return
        now = time.monotonic()
        self._handed_in += [
            replace(entry, job=job, seen=now) for entry, job in zip(entries, jobs, strict=True)
        ]

    def _submitter(self, gpus: int) -> Any:
        import submitit

        folder, asked = queue_folder.own_folder(self.results), self.options
        folder.mkdir(parents=True, exist_ok=True)
        made = submitit.AutoExecutor(folder, cluster=asked.cluster, slurm_max_num_timeout=TIMEOUTS)
        named = {"partition": asked.partition, "account": asked.account, "qos": asked.qos}
        named["constraint"] = asked.constraint
        slurm: dict[str, Any] = {f"slurm_{key}": text for key, text in named.items() if text}
        if gpus:
            slurm["gpus_per_node"] = gpus
        made.update_parameters(
            name=self.name,
            timeout_min=asked.time,
            mem_gb=self.memory / 1e9,
            cpus_per_task=asked.cpus,
            slurm_array_parallelism=self.count,
            slurm_signal_delay_s=asked.warning,
            slurm_additional_parameters={"requeue": True},
            slurm_setup=[f"export {key}={shlex.quote(v)}" for key, v in environment().items()],
            local_setup=[],
            **slurm,
        )
        return made

    def _collect(self) -> None:
        """Pass on what has ended; hand in again what died."""
        alive = self._alive()
        left: list[_Entry] = []
        for entry in self._handed_in:
            if entry.job.paths.result_pickle.exists():
                self._finish(entry)
            elif alive is None or entry.job.job_id in alive:
                left.append(replace(entry, seen=time.monotonic()) if alive else entry)
            elif time.monotonic() - entry.seen < GRACE and self.options.cluster == "slurm":
                left.append(entry)  # a shared folder may show the result late
            elif entry.crashes + 1 < CRASHES:
                with self._lock:
                    self._new.append(replace(entry, job=None, crashes=entry.crashes + 1))
            else:
                entry.future.set_exception(WorkerDied())
        self._handed_in = left

    def _finish(self, entry: _Entry) -> None:
        try:
            ended: Ended = entry.job.result()
        except Exception as error:
            reason = f"A SLURM job failed before its work began: {_last_line(str(error))}"
            entry.future.set_exception(RequestError(reason))
            return
        paths = entry.job.paths
        for path in (paths.submitted_pickle, paths.result_pickle, paths.stdout, paths.stderr):
            path.unlink(missing_ok=True)
        if ended.error is None:
            entry.future.set_result(ended.value)
        else:
            entry.future.set_exception(ended.error)

    def _alive(self) -> set[str] | None:
        """Ids of the jobs that wait or run; None if that was asked a moment ago, or is unknown."""
        if self.options.cluster == "local":
            alive = {e.job.job_id for e in self._handed_in if e.job.state == "RUNNING"}
            self._running = len(alive)
            return alive
        if time.monotonic() - self._asked < ASK:
            return None
        self._asked = time.monotonic()
        states = _queued(self.name)
        self._running = [*states.values()].count(RUNS) if states is not None else None
        if states is None:
            return None
        return {job for job, state in states.items() if state not in STUCK}

    def _cancel_what_was_left(self) -> None:
        """Cancel the jobs that killed processes of this machine have left in the queue."""
        for name in queue_folder.left_behind(self.results):
            if self.options.cluster == "slurm":
                _cancel(f"{queue_folder.job_prefix(self.results)}-{name}")
            queue_folder.remove(self.results, name)

    def kill(self) -> None:
        """Cancel all jobs at once."""
        self._end_watch()
        if self.options.cluster == "slurm" and self._handed_in:
            _cancel(self.name)
        for entry in [*self._handed_in, *self._new]:
            if entry.job is not None and self.options.cluster == "local":
                entry.job.cancel()
            if not entry.future.done():
                entry.future.set_exception(WorkerDied())
        self._handed_in, self._new = [], []
        queue_folder.remove(self.results, queue_folder.owner())

    def close(self) -> None:
        """Wait for the jobs that were handed in."""
        with self._lock:
            waiting = [entry.future for entry in [*self._handed_in, *self._new]]
        if self._watch is not None:
            wait(waiting)
        self._end_watch()
        queue_folder.remove(self.results, queue_folder.owner())

    def _end_watch(self) -> None:
        self._stop.set()
        if self._watch is not None and self._watch is not threading.current_thread():
            self._watch.join()
        self._watch = None


@dataclass(frozen=True)
class _Entry:
    """A parcel, its GPUs, who waits for it, its job, when that was last seen, and its crashes."""

    parcel: Parcel
    gpus: int
    future: Future[Any]
    job: Any = None
    seen: float = 0.0
    crashes: int = 0


class _Requeued:
    """A parcel that is done again from the start when its job is requeued.

    Its training then goes on from the last saved look, which lies in the results folder.
    """

    def __init__(self, parcel: Parcel) -> None:
        self.parcel = parcel

    def __call__(self) -> Ended:
        return self.parcel.run()

    def checkpoint(self) -> Any:
        """What is handed in when the job is requeued: the same."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def _queued(name: str) -> dict[str, str] | None:
    """State of each job called `name`, by its id; None if the queue does not answer."""
    asked = ["squeue", "--noheader", "--array", "--name", name, "--format", "%i %T"]
    try:
        lines = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    pairs = [line.split() for line in lines.splitlines() if line.strip()]
    return {pair[0]: pair[1] for pair in pairs}


def _cancel(name: str) -> None:
    """Cancel every job called `name`."""
    subprocess.run(["scancel", "--name", name], capture_output=True, check=False, timeout=60)


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip("- ")]
    return lines[-1].strip() if lines else "no message"

"""Starts the processes that share a training, and ends them with it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import socket
import threading
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from typing import Any

from emobench.errors import RequestError
from emobench.isolation.process_start import end_with_parent
from emobench.remote.team import Team

GRACE = 10.0
"""Seconds that the leader has to come to the same error as a process that failed."""

WORLD = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


@contextlib.contextmanager
def team_of(
    count: int, on_cpu: bool, follow: Callable[..., None], *work: Any
) -> Iterator[Team | None]:
    """Join a team of `count` processes, of which this one leads; None for a team of one.

    Parameters
    ----------
    count
        Number of processes.
    on_cpu
        Whether they compute on the CPU; else each has a GPU of its own.
    follow
        What the others do: it gets their `Team` and `work`. It must come to the same steps as the
        leader.
    """
    if count == 1:
        yield None
        return
    port = _free_port()
    context = multiprocessing.get_context("spawn")
    others = [
        context.Process(target=_follow, args=(rank, count, port, on_cpu, follow, work))
        for rank in range(1, count)
    ]
    before = {name: os.environ.get(name) for name in WORLD}
    for other in others:
        other.start()
    ended = threading.Event()
    threading.Thread(target=_die_with, args=(others, ended), daemon=True).start()
    try:
        yield _joined(0, count, port, on_cpu)
        for other in others:
            other.join()
    finally:
        ended.set()
        for other in others:
            other.kill()
        _leave(before)


def check_team(count: int, on_cpu: bool) -> None:
    """Raise an error if Accelerate is not installed, or if there are fewer GPUs than processes."""
    import torch

    if not on_cpu and torch.cuda.device_count() < count:
        raise RequestError(
            f"--processes {count}: each needs a GPU of its own, and this machine has "
            f"{torch.cuda.device_count()}. Ask for fewer, or use --device cpu."
        )
    try:
        import accelerate  # noqa: F401
    except ImportError:
        raise RequestError(
            "--processes needs Hugging Face Accelerate: pip install 'emobench[accelerate]'."
        ) from None


def _follow(
    rank: int, count: int, port: int, on_cpu: bool, follow: Callable[..., None], work: Any
) -> None:
    import torch

    from emobench.denormals import denormals_flushed

    if on_cpu:
        torch.set_num_threads(1)
    threading.Thread(target=end_with_parent, daemon=True).start()
    with denormals_flushed():
        follow(_joined(rank, count, port, on_cpu), *work)


def _die_with(others: list[BaseProcess], ended: threading.Event) -> None:
    """End this process if another one fails: it would wait for that one's gradients for ever."""
    while not ended.wait(0.2):
        # What is wrong with the model or the data ends all processes alike, this one by an error.
        if any(other.exitcode not in (None, 0) for other in others) and not ended.wait(GRACE):
            os._exit(1)


def _joined(rank: int, count: int, port: int, on_cpu: bool) -> Team:
    os.environ.update(
        RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(count), LOCAL_WORLD_SIZE=str(count),
        MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port),
    )  # fmt: skip
    from accelerate import Accelerator

    return Team(Accelerator(cpu=on_cpu))


def _leave(before: dict[str, str | None]) -> None:
    import torch
    from accelerate.state import AcceleratorState, GradientState, PartialState

    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
    for state in (AcceleratorState, GradientState, PartialState):
        state._shared_state.clear()
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])

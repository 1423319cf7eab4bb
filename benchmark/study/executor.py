"""The executor of a run, from the options that choose it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emobench.discovery.options import with_options
from emobench.errors import RequestError
from emobench.executor import Executor, Wanted, executor_kind, with_its_options
from emobench.isolation.limits import Limits, read_limits, time_text
from emobench.study.options import RunOptions


def chosen_executor(typed: RunOptions, results: Path) -> Executor:
    """Build the executor that was typed, for work on the results folder `results`.

    Raises
    ------
    RequestError
        The executor, one of its options or the device makes no sense.
    """
    kind, options = executor_choice(typed)
    device = checked_device(typed.device, kind.here)
    return kind.opened(Wanted(typed.jobs, device, results), options)


def executor_choice(typed: RunOptions) -> tuple[type[Executor], Any]:
    """Return the class of the executor that was typed, and its options; torch is not needed yet.

    Raises
    ------
    RequestError
        The executor or one of its options makes no sense.
    """
    name, words = with_its_options(typed.executor)
    if typed.ray_address is not None:
        if name != "ray":
            raise RequestError(f"--ray-address is for --executor ray, not for {name}.")
        if "address" in words:
            raise RequestError("Name the Ray cluster once, with --ray-address or with address=.")
        words["address"] = typed.ray_address
    kind = executor_kind(name)
    if typed.address is not None and not kind.here:
        raise RequestError(
            f"--executor {name} needs a results folder that all machines see, not the address "
            f"{typed.address}. Machines that share no folder can use --shard."
        )
    base = kind.Options() if kind.Options else None
    return kind, with_options(base, words, f"executor {name}")


def kept_limits(typed: RunOptions) -> Limits:
    """Return the limits that were typed, if the executor that was typed can keep them.

    Raises
    ------
    RequestError
        A limit makes no sense, or could not be kept.
    """
    limits = read_limits(typed.timeout, typed.memory)
    kind, options = executor_choice(typed)
    if limits and not kind.separates:
        raise RequestError(
            "--timeout and --memory end a process, and --executor in_process does all work in this "
            "one. Leave them out, or use --executor local --jobs 1."
        )
    _refuse_later(limits, options)
    return limits


def _refuse_later(limits: Limits, options: Any) -> None:
    """Refuse a limit that a queue's own limit would always come before."""
    minutes = getattr(options, "time", None)
    if limits.seconds is not None and minutes is not None and limits.seconds >= 60 * minutes:
        raise RequestError(
            f"--timeout {time_text(limits.seconds)} would never be reached: a job is requeued "
            f"after {time_text(60 * minutes)} (time={minutes} of the executor), and its time then "
            "begins anew. Give a shorter --timeout, or a longer time=."
        )


def checked_device(name: str, here: bool) -> str:
    """Return the device as typed; of ``auto``, what it is `here`. Refuse an unknown one."""
    import torch

    from emobench.training.device import choose_device

    try:
        device = torch.device(name) if name != "auto" else choose_device(name)
    except RuntimeError:
        raise RequestError(f"Unknown device {name!r}. Known: auto, cpu, cuda, cuda:N.") from None
    if device.type not in ("cpu", "cuda"):
        raise RequestError(f"Unknown device {name!r}. Known: auto, cpu, cuda, cuda:N.")
    if not here:  # its workers may have a GPU where this machine has none
        return name
    if device.type == "cuda" and not torch.cuda.is_available():
        raise RequestError(f"--device {name}: torch sees no CUDA device here. Use auto or cpu.")
    return str(device)

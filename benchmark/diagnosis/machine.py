"""Processors and memory: what there is, and what this process may use of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from emobench.diagnosis.verdict import FINE, LOOK, Verdict

CGROUPS: Final = Path("/sys/fs/cgroup")
LITTLE: Final = 2 * 2**30
"""Bytes of memory below which a worker process may find too little: torch alone takes half a GB."""


def machine(root: Path = CGROUPS) -> Iterator[Verdict]:
    """Yield what there is of processors and memory.

    Parameters
    ----------
    root
        Where the control groups of the system are mounted.
    """
    yield from _processors(root)
    yield from _memory(root)


def _processors(root: Path) -> Iterator[Verdict]:
    there = os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else there
    quota = cpu_quota(root)
    usable = max(1, min(allowed, int(quota) if quota else allowed))
    facts = {"count": there, "affinity": allowed, "quota": quota, "usable": usable}
    limits = [f"{allowed} by affinity"] if allowed < there else []
    limits += [f"{quota:g} by a quota"] if quota is not None and quota < there else []
    text = f"{there} processors" if there > 1 else "1 processor"
    if limits:
        text += f", of which this process may use {' and '.join(limits)}"
    if usable < there:
        do = f"emobench run --jobs {usable}"
        yield Verdict(
            "machine", "processors", LOOK, f"{text}; runs start {there} workers unless told", do,
            facts,
        )  # fmt: skip
    else:
        yield Verdict("machine", "processors", FINE, text, facts=facts)


def _memory(root: Path) -> Iterator[Verdict]:
    found = psutil.virtual_memory()
    limit = memory_limit(root)
    available = found.available
    text = f"{_gb(found.total)} of memory, {_gb(found.available)} free"
    if limit is not None and limit[0] < found.total:
        available = min(available, limit[0] - limit[1])
        text += f"; this process may use {_gb(limit[0])}, of which {_gb(limit[1])} are used"
    facts = {
        "total": found.total,
        "available": available,
        "limit": limit[0] if limit else None,
    }
    if available < LITTLE:
        yield Verdict(
            "machine", "memory", LOOK, f"{text}: little for several workers",
            "emobench run --jobs 1", facts,
        )  # fmt: skip
    else:
        yield Verdict("machine", "memory", FINE, text, facts=facts)


def cpu_quota(root: Path = CGROUPS) -> float | None:
    """Return how many processors a control group leaves this process; None without a limit."""
    found = []
    for folder in _groups(root):
        text = _text(folder / "cpu.max").split()
        if len(text) == 2 and text[0] != "max":
            found.append(int(text[0]) / int(text[1]))
    quota, period = (_text(root / "cpu" / f"cpu.cfs_{w}_us") for w in ("quota", "period"))
    if quota and period and int(quota) > 0:
        found.append(int(quota) / int(period))
    return min(found, default=None)


def memory_limit(root: Path = CGROUPS) -> tuple[int, int] | None:
    """Return the bytes that a control group allows and those that are used; None without one."""
    found = []
    for folder in _groups(root):
        limit, used = _text(folder / "memory.max"), _text(folder / "memory.current")
        if limit and limit != "max":
            found.append((int(limit), int(used or 0)))
    limit = _text(root / "memory" / "memory.limit_in_bytes")
    if limit and int(limit) < 2**60:  # the older form has a huge number for none
        used = _text(root / "memory" / "memory.usage_in_bytes")
        found.append((int(limit), int(used or 0)))
    return min(found, default=None)


def _groups(root: Path) -> list[Path]:
    """The control groups that this process is in, the outermost first."""
    for line in _text(Path("/proc/self/cgroup")).splitlines():
        if line.startswith("0::"):
            inner = line[3:].strip("/")
            parts = inner.split("/") if inner else []
            return [root.joinpath(*parts[:n]) for n in range(len(parts) + 1)]
    return [root]


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, ValueError):
        return ""


def _gb(count: float) -> str:
    return f"{count / 2**30:,.1f} GiB"

"""The machine and the versions that a measurement was made with."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("emobench", "torch", "numpy", "transformers")


def machine() -> str:
    """Processor, number of cores, memory and GPU, in words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = [_processor(), f"{os.cpu_count()} cores", f"{memory:.0f} GiB", *gpus()]
    return ", ".join(parts)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def gpus() -> list[str]:
    """Names of the GPUs of this machine."""
    if shutil.which("nvidia-smi") is None:
        return []
    asked = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False)
    return found.stdout.split("\n")[:-1] if found.returncode == 0 else []


def versions() -> str:
    """Python, the packages that decide how fast things are, and the commit."""
    found = [f"Python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join([*found, *_commit()])


def _commit() -> list[str]:
    here = Path(__file__).parent
    asked = ["git", "describe", "--always", "--dirty"]
    try:
        found = subprocess.run(asked, cwd=here, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return [f"commit {found.stdout.strip()}"]


def load() -> float:
    """How many processes wanted to compute during the last minute."""
    return os.getloadavg()[0]

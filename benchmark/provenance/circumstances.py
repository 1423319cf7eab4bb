"""The circumstances of a computation: whatever can change its last digits, as its record keeps it.

Nothing in it tells one machine of a kind from another.
"""

from __future__ import annotations

import functools
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import torch

from emobench.digest import core_digest

PACKAGES: Final = (
    *("emobench", "torch", "torchaudio", "torchvision", "numpy", "scipy", "scikit-learn"),
    *("pandas", "pyarrow", "transformers", "timm"),
)
"""Packages that data are prepared, models trained and predictions written with."""

THREADS: Final = ("threads", "interop threads", "OMP_NUM_THREADS")
PROCESSOR: Final = ("machine", "processor", "instructions", "gpu", "cuda")
FLAGS: Final = (
    *("deterministic algorithms", "cudnn deterministic", "cudnn benchmark", "tf32"),
    *("matmul precision", "default dtype", "denormals flushed"),
)
"""The words of a record by what they are about; all others are versions."""


def circumstances(device: torch.device) -> dict[str, str]:
    """Return versions, processor, threads and flags of determinism as they are now.

    Parameters
    ----------
    device
        Where the computation runs; a GPU is named, with its version of CUDA.
    """
    found = {**_versions(), "source": core_digest(), **_machine()}
    found |= {
        "device": device.type,
        "threads": str(torch.get_num_threads()),
        "interop threads": str(torch.get_num_interop_threads()),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", ""),
        "deterministic algorithms": _word(torch.are_deterministic_algorithms_enabled()),
        "default dtype": str(torch.get_default_dtype()).removeprefix("torch."),
        "denormals flushed": _word(_flushes_denormals()),
        "matmul precision": torch.get_float32_matmul_precision(),
    }
    if device.type == "cuda":
        found |= {
            "gpu": torch.cuda.get_device_name(device),
            "cuda": str(torch.version.cuda),
            "cudnn deterministic": _word(torch.backends.cudnn.deterministic),
            "cudnn benchmark": _word(torch.backends.cudnn.benchmark),
            "tf32": _word(torch.backends.cuda.matmul.allow_tf32),
        }
    return {name: value for name, value in found.items() if value}


def _word(holds: bool) -> str:
    return "yes" if holds else "no"


def _flushes_denormals() -> bool:
    """Whether numbers near zero become zero, in this thread."""
    smallest = torch.tensor(1e-40, dtype=torch.float32)
    return float(smallest * 1.0) == 0.0


@functools.cache
def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found | {"torch": torch.__version__}  # with the CUDA that it was built for


@functools.cache
def _machine() -> dict[str, str]:
    return {
        "machine": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        # What sums are added up with: another width adds them in another order.
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }


def _processor() -> str:
    """The model of the processor as Linux names it, or whatever Python knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())

"""Denormal numbers are flushed to zero wherever emobench computes.

On a CPU arithmetic with denormal numbers is up to thirty times slower, and the gradients of a
saturated recurrent network are full of them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch

SMALLEST = 1e-40
"""A denormal number in single precision."""


def flushes_denormals() -> bool:
    """Whether this thread flushes denormal numbers to zero."""
    # Whatever a model has made the default.
    tiny = torch.full((), SMALLEST, dtype=torch.float32, device="cpu")
    one = torch.ones((), dtype=torch.float32, device="cpu")
    return not bool((tiny * one).item())


def flush_denormals() -> None:
    """Flush denormal numbers in this process from now on; for processes that only compute."""
    torch.set_flush_denormal(True)


@contextlib.contextmanager
def denormals_flushed() -> Iterator[None]:
    """Flush denormal numbers within the context, and leave the setting as it was found."""
    before = flushes_denormals()
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)

"""Settings of the whole process, which a model must not change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

Settings = dict[str, Any]

_SETTINGS: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "torch.set_num_threads": (torch.get_num_threads, torch.set_num_threads),
    "torch.set_default_dtype": (torch.get_default_dtype, torch.set_default_dtype),
    "torch.set_grad_enabled": (torch.is_grad_enabled, torch.set_grad_enabled),
    "torch.use_deterministic_algorithms": (
        torch.are_deterministic_algorithms_enabled,
        torch.use_deterministic_algorithms,
    ),
    "torch.backends.cudnn.benchmark": (
        lambda: torch.backends.cudnn.benchmark,
        lambda value: setattr(torch.backends.cudnn, "benchmark", value),
    ),
    "torch.backends.cudnn.deterministic": (
        lambda: torch.backends.cudnn.deterministic,
        lambda value: setattr(torch.backends.cudnn, "deterministic", value),
    ),
}
"""Functions that read and restore each setting."""


def current() -> Settings:
    """The current settings."""
    return {name: read() for name, (read, _) in _SETTINGS.items()}


def restore(settings: Settings) -> None:
    """Restore the settings that have changed."""
    now = current()
    for name, (_, write) in _SETTINGS.items():
        if now[name] != settings[name]:
            write(settings[name])

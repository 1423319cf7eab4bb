"""Settings of the whole process, which a model must not change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

Settings = dict[str, Any]


def _set_device(name: str) -> None:
    # The CPU is where tensors are made by themselves; to name it costs time at every call.
    torch.set_default_device(None if name == "cpu" else name)


def _set_deterministic(mode: int) -> None:
    torch.set_deterministic_debug_mode(mode)


def _field(owner: Any, name: str) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    return lambda: getattr(owner, name), lambda value: setattr(owner, name, value)


_SETTINGS: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "torch.set_num_threads": (torch.get_num_threads, torch.set_num_threads),
    "torch.set_default_dtype": (torch.get_default_dtype, torch.set_default_dtype),
    "torch.set_default_device": (lambda: str(torch.get_default_device()), _set_device),
    "torch.set_grad_enabled": (torch.is_grad_enabled, torch.set_grad_enabled),
    "torch.use_deterministic_algorithms": (
        torch.get_deterministic_debug_mode,
        _set_deterministic,
    ),
    "torch.set_float32_matmul_precision": (
        torch.get_float32_matmul_precision,
        torch.set_float32_matmul_precision,
    ),
    "torch.autograd.set_detect_anomaly": (
        torch.is_anomaly_enabled,
        torch.autograd.set_detect_anomaly,
    ),
    "torch.backends.cudnn.enabled": _field(torch.backends.cudnn, "enabled"),
    "torch.backends.cudnn.benchmark": _field(torch.backends.cudnn, "benchmark"),
    "torch.backends.cudnn.deterministic": _field(torch.backends.cudnn, "deterministic"),
    "torch.backends.cudnn.allow_tf32": _field(torch.backends.cudnn, "allow_tf32"),
    "torch.backends.cuda.matmul.allow_tf32": _field(torch.backends.cuda.matmul, "allow_tf32"),
    "torch.backends.mkldnn.enabled": _field(torch.backends.mkldnn, "enabled"),
}
"""Functions that read and restore each setting."""


def current() -> Settings:
    """The current settings."""
    return {name: read() for name, (read, _) in _SETTINGS.items()}


def changed(settings: Settings) -> list[str]:
    """Names of the settings that are no longer as they were."""
    now = current()
    return [name for name in _SETTINGS if now[name] != settings[name]]


def restore(settings: Settings) -> None:
    """Restore the settings that have changed."""
    for name in changed(settings):
        _SETTINGS[name][1](settings[name])

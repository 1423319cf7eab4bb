"""Records which parameters get a gradient in a training."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

NOISE = 2e-8
"""A largest gradient below this is rounding: the true gradient of the weight is zero.

For vectors only exact zeros count: a bias before a normalisation or a softmax has no effect and
does no harm.
"""

Part = tuple[str, slice]


@dataclass
class GradientRecord:
    """The gradients of a training.

    Parameters
    ----------
    largest
        Part of the model (a parameter, or a third of a packed one) to its largest gradient.
    weights
        The parts with two or more dimensions.
    broken
        Parts that got a gradient which is NaN or infinite.
    start
        Parameters as they were, ``name`` to values.
    backward
        Whether there was any backward pass.
    """

    largest: dict[str, float] = field(default_factory=dict)
    weights: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    start: dict[str, Tensor] = field(default_factory=dict)
    backward: bool = False

    @property
    def without(self) -> list[str]:
        """The parts that never got a gradient."""
        return [
            name
            for name, value in self.largest.items()
            if value <= (NOISE if name in self.weights else 0.0)
        ]


@contextlib.contextmanager
def watched(model: nn.Module) -> Iterator[GradientRecord]:
    """Record the gradients of all parameters of `model` that require one now."""
    record = GradientRecord()
    packed = _packed_parts(model)
    hooks = []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        record.start[name] = parameter.detach().clone()
        parts = packed.get(name) or [(name, slice(None))]
        record.largest.update((part, 0.0) for part, _ in parts)
        if parameter.dim() > 1:
            record.weights.update(part for part, _ in parts)
        hook = parameter.register_hook(_hook(record, parts))  # type: ignore[no-untyped-call]
        hooks.append(hook)
    try:
        yield record
    finally:
        for hook in hooks:
            hook.remove()


def _hook(record: GradientRecord, parts: list[Part]) -> Callable[[Tensor], None]:
    def look(gradient: Tensor) -> None:
        record.backward = True
        dense = gradient.to_dense() if gradient.is_sparse else gradient
        for part, rows in parts:
            value = float(dense[rows].abs().max()) if dense[rows].numel() else 0.0
            if not torch.isfinite(torch.tensor(value)):
                record.broken.add(part)
            record.largest[part] = max(record.largest[part], value)

    return look


def _packed_parts(model: nn.Module) -> dict[str, list[Part]]:
    """Parts of the packed projections of every attention, by the parameter's name.

    The key's bias is omitted: it shifts all scores of a query equally, which a softmax ignores.
    """
    found: dict[str, list[Part]] = {}
    for name, module in model.named_modules():
        if not isinstance(module, nn.MultiheadAttention):
            continue
        width = module.embed_dim
        thirds = {"query": 0, "key": 1, "value": 2}
        dot = f"{name}." if name else ""
        for kind in ("weight", "bias"):
            parameter = f"{dot}in_proj_{kind}"
            found[parameter] = [
                (f"{parameter} [{third}]", slice(i * width, (i + 1) * width))
                for third, i in thirds.items()
                if (kind, third) != ("bias", "key")
            ]
    return found

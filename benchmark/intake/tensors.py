"""Tensors of PyTorch as arrays of NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np


def arrays_of(value: Any) -> Any:
    """The value with every tensor in it as an array, and every tuple as a list."""
    import torch

    if isinstance(value, torch.Tensor):
        return tensor_array(value)
    if isinstance(value, dict):
        return {name: arrays_of(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [arrays_of(part) for part in value]
    return value


MOST_REPEATED = 16
"""How many times its values a tensor may show: ``expand`` repeats without copying."""

MOST_FILLED = 2**26
"""Values that a sparse tensor may have in all."""


def _refuse_larger(tensor: Any) -> None:
    """Refuse a tensor that would take far more memory than its values do.

    Raises
    ------
    ValueError
        It would.
    """
    import torch

    if tensor.layout is torch.strided:
        there = tensor.untyped_storage().nbytes() // max(1, tensor.element_size())
        if tensor.numel() > MOST_REPEATED * max(1, there):
            raise ValueError("it holds a tensor that is larger than its values")
    elif tensor.numel() > MOST_FILLED:
        raise ValueError(f"it holds a sparse tensor of more than {MOST_FILLED:,} values")


def tensor_array(tensor: Any) -> np.ndarray[Any, Any]:
    """A tensor as a dense array; types that NumPy lacks become float32."""
    import torch

    tensor = tensor.detach()
    _refuse_larger(tensor)
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    known = (torch.float64, torch.float32, torch.float16, torch.bool, torch.complex64,
             torch.complex128, torch.uint8, torch.int8, torch.int16, torch.int32,
             torch.int64)  # fmt: skip
    if tensor.dtype not in known:
        tensor = tensor.to(torch.float32)
    array: np.ndarray[Any, Any] = tensor.numpy()
    return array

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


def tensor_array(tensor: Any) -> np.ndarray[Any, Any]:
    """A tensor as a dense array; types that NumPy lacks become float32."""
    import torch

    tensor = tensor.detach()
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

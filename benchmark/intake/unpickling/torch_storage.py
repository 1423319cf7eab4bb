"""Tensors of PyTorch in a pickle, built as arrays over the values that the pickle itself holds."""

from __future__ import annotations

import io
import math
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.intake.tensors import MOST_REPEATED, tensor_array
from emobench.intake.unpickling.refusal import Refused


class Storage:
    """The values of a tensor, before its shape is known."""

    __slots__ = ("_values",)

    def __init__(self, values: NDArray[Any]) -> None:
        self._values = values

    def shaped(self, offset: int, sizes: tuple[int, ...], strides: tuple[int, ...]) -> NDArray[Any]:
        """A copy of the part that a tensor shows."""
        flat = self._values
        if math.prod(sizes) == 0:
            return np.empty(sizes, flat.dtype)
        last = offset + sum((n - 1) * step for n, step in zip(sizes, strides, strict=True))
        if last >= len(flat) or math.prod(sizes) > MOST_REPEATED * len(flat):
            raise Refused("holds a tensor that is larger than its values")
        steps = [step * flat.itemsize for step in strides]
        return np.lib.stride_tricks.as_strided(flat[offset:], sizes, steps, writeable=False).copy()


def load_storage(raw: Any) -> Storage:
    """``torch.storage._load_from_bytes``, by PyTorch's own reader of weights alone."""
    import torch

    if type(raw) is not bytes:
        raise Refused("holds a tensor of an unknown form")
    try:
        found = torch.load(io.BytesIO(raw), map_location="cpu", weights_only=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # typed storages are deprecated, and all there is here
            values = torch.tensor([], dtype=found.dtype).set_(found.untyped())
    except Exception:  # whatever PyTorch raises for a broken or hostile file
        raise Refused("holds a tensor that PyTorch does not read as weights") from None
    return Storage(tensor_array(values))


def rebuild(storage: Any, offset: Any, sizes: Any, strides: Any, *_: Any) -> NDArray[Any]:
    """``torch._utils._rebuild_tensor_v2``, as an array."""
    whole = type(offset) is int and offset >= 0 and type(sizes) is tuple and type(strides) is tuple
    if type(storage) is not Storage or not whole or len(sizes) != len(strides) or len(sizes) > 32:
        raise Refused("holds a tensor of an unknown form")
    if any(type(n) is not int or n < 0 for n in (*sizes, *strides)):
        raise Refused("holds a tensor with a broken shape")
    return storage.shaped(offset, sizes, strides)


def rebuild_parameter(data: Any, *_: Any) -> NDArray[Any]:
    """``torch._utils._rebuild_parameter``, as an array."""
    if type(data) is not np.ndarray:
        raise Refused("holds a parameter of an unknown form")
    return data

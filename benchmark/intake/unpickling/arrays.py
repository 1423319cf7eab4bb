"""NumPy arrays, dtypes and scalars, built from arguments that are checked first."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.intake.unpickling.allowlist import Admitted
from emobench.intake.unpickling.refusal import Refused, shown

MOST_DIMENSIONS = 32
MOST_BYTES = 2**62

_CODE = re.compile(r"([biufc])(\d{1,2})|([SUO])(\d{1,9})")
_ORDERS = ("<", ">", "=", "|")


class DType:
    """A dtype in the making: its code, then (by BUILD) its byte order."""

    __slots__ = ("_code", "_order")

    def __init__(self, code: str) -> None:
        self._code = code
        self._order = "="

    def set_order(self, state: Any) -> None:
        """Take the byte order from the state, and refuse whatever else is in it."""
        if type(state) is not tuple or len(state) < 5 or _text(state[1]) not in _ORDERS:
            raise Refused("holds a dtype of an unknown form")
        if any(part is not None for part in state[2:5]):
            raise Refused("holds an array with fields")
        self._order = _text(state[1])

    def real(self) -> np.dtype[Any]:
        """Return the dtype, made by NumPy from a code that was checked."""
        dtype = np.dtype(self._code)
        if self._order in "<>":
            return dtype.newbyteorder("<" if self._order == "<" else ">")
        return dtype


def make_dtype(code: Any, *_: Any) -> DType:
    """``numpy.dtype``, of the codes that plain numbers, text, bytes and objects have."""
    name = _text(code)
    if not _CODE.fullmatch(name):
        raise Refused(f"holds an array of dtype {shown(name)}")
    return DType(name)


def _no_call(*_: Any) -> Any:
    raise Refused("wants to call numpy.ndarray")


NDARRAY = Admitted(_no_call)


def reconstruct(kind: Any, *_: Any) -> NDArray[Any]:
    """``numpy.core.multiarray._reconstruct``: an empty array that `fill` will fill."""
    if kind is not NDARRAY:
        raise Refused("holds an array of a class of its own")
    return np.empty(0, np.int8)


def fill(array: NDArray[Any], state: Any) -> None:
    """Give the empty `array` of `reconstruct` its values."""
    if type(state) is not tuple or len(state) not in (4, 5):
        raise Refused("holds an array of an unknown form")
    shape, dtype, fortran, values = state[-4:]
    real = _real(dtype)
    sizes = _checked_shape(shape, real.itemsize)
    if real.hasobject:
        data: Any = values
        fits = type(values) is list and len(values) == math.prod(sizes)
    else:
        data = bytes(_raw(values))
        fits = _full(real, data, math.prod(sizes))
    if not fits:
        raise Refused("holds an array whose values do not fill its shape")
    checked: Any = (1, sizes, real, bool(fortran), data)
    array.__setstate__(checked)


def frombuffer(buffer: Any, dtype: Any, shape: Any, order: Any, axes: Any = None) -> NDArray[Any]:
    """``numpy.core.numeric._frombuffer``: an array over bytes of the file."""
    real = _real(dtype)
    sizes = _checked_shape(shape, real.itemsize)
    data = _raw(buffer)
    if not _full(real, data, math.prod(sizes)):
        raise Refused("holds an array whose values do not fill its shape")
    if not data:
        return np.empty(sizes, real)
    flat = np.frombuffer(data, real)
    if order == "K" and axes is not None:
        return flat.reshape(sizes).transpose(axes)
    return flat.reshape(sizes, order="F" if order == "F" else "C")


def scalar(dtype: Any, raw: Any = None) -> Any:
    """``numpy.core.multiarray.scalar``: one number, text or bytes."""
    if type(dtype) is DType and dtype._code in ("U0", "S0"):
        return np.str_("") if dtype._code == "U0" else np.bytes_(b"")
    real = _real(dtype)
    if real.hasobject:  # NumPy would unpickle `raw`, freely
        raise Refused("holds a NumPy scalar of objects")
    data = _raw(raw)
    if not _full(real, data, 1):
        raise Refused("holds a NumPy scalar of the wrong size")
    return np.frombuffer(data, real)[0]


def _text(value: Any) -> str:
    if type(value) is bytes:
        return value.decode("latin-1")
    if type(value) is not str:
        raise Refused("holds a dtype of an unknown form")
    return value


def _raw(value: Any) -> bytes | bytearray:
    if type(value) is str:  # a Python 2 str
        return value.encode("latin-1")
    if type(value) is not bytes and type(value) is not bytearray:
        raise Refused("holds an array whose values are no bytes")
    return value


def _full(real: np.dtype[Any], data: bytes | bytearray, size: int) -> bool:
    """Whether `data` are `size` items of this type that NumPy could have written."""
    if real.kind == "b" and data.translate(None, b"\x00\x01"):
        raise Refused("holds truth values that are neither")
    return not real.hasobject and len(data) == size * real.itemsize


def _checked_shape(shape: Any, itemsize: int) -> tuple[int, ...]:
    if type(shape) is int:
        shape = (shape,)
    good = type(shape) is tuple and len(shape) <= MOST_DIMENSIONS
    if not good or any(type(n) is not int or n < 0 for n in shape):
        raise Refused("holds an array with a broken shape")
    if math.prod(max(n, 1) for n in shape) * itemsize > MOST_BYTES:
        raise Refused("holds an array with a broken shape")
    return tuple(shape)


def _real(dtype: Any) -> np.dtype[Any]:
    if type(dtype) is not DType:
        raise Refused("holds an array of an unknown dtype")
    real = dtype.real()
    if not real.itemsize:
        raise Refused("holds an array of empty items")
    return real

"""Plain containers, numbers, bytes and times, built by functions of this module alone."""

from __future__ import annotations

import collections
import datetime
from collections.abc import Callable
from typing import Any

import numpy as np

from emobench.intake.unpickling.refusal import Refused

SCALARS = frozenset({type(None), bool, int, float, complex, str, bytes})

TIMES = frozenset(
    {datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone}
)


def check_plain(value: Any) -> None:
    """Raise if anything but plain values is left in `value`, however deep."""
    seen: set[int] = set()
    todo = [value]
    while todo:
        item = todo.pop()
        kind = type(item)
        if kind in SCALARS or kind in TIMES or kind is bytearray or is_number(item):
            continue
        if id(item) in seen:
            continue
        seen.add(id(item))
        if kind in (list, tuple, set, frozenset):
            todo.extend(item)
        elif kind in (dict, collections.OrderedDict):
            todo.extend(item.values())  # keys were checked when they were set
        elif kind is not np.ndarray:
            raise Refused("holds a class or dtype as a value")
        elif item.dtype.hasobject:
            todo.extend(item.ravel().tolist())


def checked_key(value: Any) -> Any:
    """Check a key: plain, or a flat tuple of such, so that hashing it is quick and safe."""
    for part in value if type(value) is tuple else (value,):
        if type(part) not in SCALARS and type(part) not in TIMES and not is_number(part):
            raise Refused("holds a dict or set with keys that are not plain")
    return value


def is_number(value: Any) -> bool:
    """Whether `value` is a scalar of NumPy."""
    return isinstance(value, np.generic)


def encode(text: Any, encoding: Any = "latin1") -> bytes:
    """``_codecs.encode``, into Latin-1 only: how Python 3 writes bytes for Python 2."""
    if type(text) is not str or encoding not in ("latin1", "latin-1"):
        raise Refused("wants to call _codecs.encode with another encoding than Latin-1")
    return text.encode("latin-1")


def make_bytes(value: Any = b"", encoding: Any = "latin-1") -> bytes:
    """``bytes``, of bytes or of Latin-1 text."""
    if type(value) is bytes:
        return value
    return encode(value, encoding)


def make_bytearray(value: Any = b"", encoding: Any = "latin-1") -> bytearray:
    """``bytearray``, of bytes or of Latin-1 text."""
    return bytearray(make_bytes(value, encoding))


def _items(values: Any) -> list[Any] | tuple[Any, ...]:
    if type(values) is not list and type(values) is not tuple:
        raise Refused("holds a container of an unknown form")
    return values


def make_set(values: Any = ()) -> set[Any]:
    """``set``, of plain values."""
    return {checked_key(v) for v in _items(values)}


def make_frozenset(values: Any = ()) -> frozenset[Any]:
    """``frozenset``, of plain values."""
    return frozenset(checked_key(v) for v in _items(values))


def make_ordered(pairs: Any = ()) -> collections.OrderedDict[Any, Any]:
    """``OrderedDict``, of pairs whose keys are plain."""
    made: collections.OrderedDict[Any, Any] = collections.OrderedDict()
    for pair in _items(pairs):
        key, value = _items(pair)
        made[checked_key(key)] = value
    return made


def make_complex(*parts: Any) -> complex:
    """``complex``, of its real and imaginary part."""
    if any(type(p) is not float and type(p) is not int for p in parts):
        raise Refused("holds a complex number of an unknown form")
    return complex(*parts)


def make_time(kind: type[Any]) -> Callable[..., Any]:
    """The class `kind` of ``datetime``, of plain arguments."""
    plain = (int, bytes, str, datetime.timedelta, datetime.timezone)

    def build(*arguments: Any) -> Any:
        if any(type(a) not in plain for a in arguments):
            raise Refused(f"holds a {kind.__name__} of an unknown form")
        return kind(*arguments)

    return build

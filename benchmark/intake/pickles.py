"""Reading a pickle that others made without letting it call anything.

An ordinary unpickler calls whatever the file names. This one hands the file no class and no
function at all: each admitted name stands for a function of this module that checks its
arguments and builds the value itself, everything else is refused by its name, and so is every
opcode that those values do not need. In particular no ``__setstate__`` of a dtype ever sees the
file (a forged one gives arrays over memory of one's choice), and a scalar of objects, which NumPy
would unpickle with the ordinary unpickler, is refused.

pandas is refused. Its objects are rebuilt by constructors and ``__setstate__`` methods that set
attributes by names from the file and differ between versions: what they can be made to do cannot
be shown to be harmless.

What is not defended: a file can waste time, and memory in proportion to its own size.
"""

from __future__ import annotations

import collections
import datetime
import math
import pickle
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from emobench.errors import DataError

REMEDY = (
    "only NumPy arrays and plain containers are read. Save its arrays with numpy.savez on a "
    "machine where you trust it"
)
MOST_DIMENSIONS = 32
MOST_BYTES = 2**62
MOST_COPIED = 16

_CODE = re.compile(r"([biufc])(\d{1,2})|([SUO])(\d{1,9})")
_ORDERS = ("<", ">", "=", "|")
_SCALARS = frozenset({type(None), bool, int, float, complex, str, bytes})
_TIMES = frozenset(
    {datetime.date, datetime.datetime, datetime.time, datetime.timedelta, datetime.timezone}
)


def read_pickle(path: Path) -> Any:
    """Read NumPy arrays, plain containers and numbers from a pickle of any Python.

    Text of a Python 2 ``str`` is read as Latin-1, which arrays of that time need.

    Raises
    ------
    DataError
        The file is absent, broken or no pickle, or wants anything but arrays, NumPy numbers,
        ``dict``, ``OrderedDict``, ``list``, ``tuple``, ``set``, text, bytes, numbers and times.
        Nothing of it has been run.
    """
    try:
        with path.open("rb") as file:
            bounded = _Bounded(file, path.stat().st_size)
            value = _Unpickler(bounded).load()
            left = bounded.left
        if left:
            raise _Refused(f"goes on for {left} bytes after its first object")
        _check_plain(value)
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from None
    except _Refused as refusal:
        raise DataError(f"{path} is a pickle that {refusal}; {REMEDY}.") from None
    except EOFError:
        raise DataError(f"{path} ends too early for a pickle. Copy or download it again.") from None
    except Exception:  # whatever a broken file makes the parser stumble over
        raise DataError(
            f"{path} cannot be read as a pickle: it is another kind of file, or damaged."
        ) from None
    return value


class _Refused(Exception):  # noqa: N818 - a verdict, and the end of a sentence
    """What the pickle wants, after "FILE is a pickle that"."""


class _Bounded:
    """A file that never allocates for more bytes than it has."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.left = size

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= self.left:
            raise EOFError
        self.left -= size
        return self._file.read(size)

    def readline(self) -> bytes:
        line = self._file.readline()
        self.left -= len(line)
        return line


class _Admitted:
    """What an admitted name stands for; the file can call it and nothing else."""

    __slots__ = ("__build",)

    def __init__(self, build: Callable[..., Any]) -> None:
        self.__build = build

    def __call__(self, *arguments: Any) -> Any:
        return self.__build(*arguments)


class _DType:
    """A dtype in the making: its code, then (by BUILD) its byte order."""

    __slots__ = ("_code", "_order")

    def __init__(self, code: str) -> None:
        self._code = code
        self._order = "="

    def set_order(self, state: Any) -> None:
        """Take the byte order from the state, and refuse whatever else is in it."""
        if type(state) is not tuple or len(state) < 5 or _text(state[1]) not in _ORDERS:
            raise _Refused("holds a dtype of an unknown form")
        if any(part is not None for part in state[2:5]):
            raise _Refused("holds an array with fields")
        self._order = _text(state[1])

    def real(self) -> np.dtype[Any]:
        """Return the dtype, made by NumPy from a code that was checked."""
        dtype = np.dtype(self._code)
        if self._order in "<>":
            return dtype.newbyteorder("<" if self._order == "<" else ">")
        return dtype


def _text(value: Any) -> str:
    if type(value) is bytes:
        return value.decode("latin-1")
    if type(value) is not str:
        raise _Refused("holds a dtype of an unknown form")
    return value


def _dtype(code: Any, *_: Any) -> _DType:
    name = _text(code)
    if not _CODE.fullmatch(name):
        raise _Refused(f"holds an array of dtype {_shown(name)}")
    return _DType(name)


def _raw(value: Any) -> bytes | bytearray:
    if type(value) is str:  # a Python 2 str
        return value.encode("latin-1")
    if type(value) is not bytes and type(value) is not bytearray:
        raise _Refused("holds an array whose values are no bytes")
    return value


def _full(real: np.dtype[Any], data: bytes | bytearray, size: int) -> bool:
    """Whether `data` are `size` items of this type that NumPy could have written."""
    if real.kind == "b" and data.translate(None, b"\x00\x01"):
        raise _Refused("holds truth values that are neither")
    return not real.hasobject and len(data) == size * real.itemsize


def _checked_shape(shape: Any, itemsize: int) -> tuple[int, ...]:
    if type(shape) is int:
        shape = (shape,)
    good = type(shape) is tuple and len(shape) <= MOST_DIMENSIONS
    if not good or any(type(n) is not int or n < 0 for n in shape):
        raise _Refused("holds an array with a broken shape")
    if math.prod(max(n, 1) for n in shape) * itemsize > MOST_BYTES:
        raise _Refused("holds an array with a broken shape")
    return tuple(shape)


def _real(dtype: Any) -> np.dtype[Any]:
    if type(dtype) is not _DType:
        raise _Refused("holds an array of an unknown dtype")
    real = dtype.real()
    if not real.itemsize:
        raise _Refused("holds an array of empty items")
    return real


def _reconstruct(kind: Any, *_: Any) -> NDArray[Any]:
    if kind is not _NDARRAY:
        raise _Refused("holds an array of a class of its own")
    return np.empty(0, np.int8)


def _fill(array: NDArray[Any], state: Any) -> None:
    """Give the empty `array` of `_reconstruct` its values."""
    if type(state) is not tuple or len(state) not in (4, 5):
        raise _Refused("holds an array of an unknown form")
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
        raise _Refused("holds an array whose values do not fill its shape")
    checked: Any = (1, sizes, real, bool(fortran), data)
    array.__setstate__(checked)


def _frombuffer(buffer: Any, dtype: Any, shape: Any, order: Any, axes: Any = None) -> NDArray[Any]:
    real = _real(dtype)
    sizes = _checked_shape(shape, real.itemsize)
    data = _raw(buffer)
    if not _full(real, data, math.prod(sizes)):
        raise _Refused("holds an array whose values do not fill its shape")
    if not data:
        return np.empty(sizes, real)
    flat = np.frombuffer(data, real)
    if order == "K" and axes is not None:
        return flat.reshape(sizes).transpose(axes)
    return flat.reshape(sizes, order="F" if order == "F" else "C")


def _scalar(dtype: Any, raw: Any = None) -> Any:
    if type(dtype) is _DType and dtype._code in ("U0", "S0"):
        return np.str_("") if dtype._code == "U0" else np.bytes_(b"")
    real = _real(dtype)
    if real.hasobject:  # NumPy would unpickle `raw`, freely
        raise _Refused("holds a NumPy scalar of objects")
    data = _raw(raw)
    if not _full(real, data, 1):
        raise _Refused("holds a NumPy scalar of the wrong size")
    return np.frombuffer(data, real)[0]


def _encode(text: Any, encoding: Any = "latin1") -> bytes:
    if type(text) is not str or encoding not in ("latin1", "latin-1"):
        raise _Refused("wants to call _codecs.encode with another encoding than Latin-1")
    return text.encode("latin-1")


def _bytes(value: Any = b"", encoding: Any = "latin-1") -> bytes:
    if type(value) is bytes:
        return value
    return _encode(value, encoding)


def _bytearray(value: Any = b"", encoding: Any = "latin-1") -> bytearray:
    return bytearray(_bytes(value, encoding))


def _items(values: Any) -> list[Any] | tuple[Any, ...]:
    if type(values) is not list and type(values) is not tuple:
        raise _Refused("holds a container of an unknown form")
    return values


def _set(values: Any = ()) -> set[Any]:
    return {_key(v) for v in _items(values)}


def _frozenset(values: Any = ()) -> frozenset[Any]:
    return frozenset(_key(v) for v in _items(values))


def _ordered(pairs: Any = ()) -> collections.OrderedDict[Any, Any]:
    made: collections.OrderedDict[Any, Any] = collections.OrderedDict()
    for pair in _items(pairs):
        key, value = _items(pair)
        made[_key(key)] = value
    return made


def _complex(*parts: Any) -> complex:
    if any(type(p) is not float and type(p) is not int for p in parts):
        raise _Refused("holds a complex number of an unknown form")
    return complex(*parts)


def _time(kind: type[Any]) -> Callable[..., Any]:
    plain = (int, bytes, str, datetime.timedelta, datetime.timezone)

    def build(*arguments: Any) -> Any:
        if any(type(a) not in plain for a in arguments):
            raise _Refused(f"holds a {kind.__name__} of an unknown form")
        return kind(*arguments)

    return build


def _no_call(*_: Any) -> Any:
    raise _Refused("wants to call numpy.ndarray")


def _key(value: Any) -> Any:
    """Check a key: plain, or a flat tuple of such, so that hashing it is quick and safe."""
    for part in value if type(value) is tuple else (value,):
        if type(part) not in _SCALARS and type(part) not in _TIMES and not _is_number(part):
            raise _Refused("holds a dict or set with keys that are not plain")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, np.generic)


_NDARRAY = _Admitted(_no_call)

_BY_NAME: dict[tuple[str, str], _Admitted] = {
    ("numpy", "ndarray"): _NDARRAY,
    ("numpy", "dtype"): _Admitted(_dtype),
    ("_codecs", "encode"): _Admitted(_encode),
    ("collections", "OrderedDict"): _Admitted(_ordered),
    **{
        (f"numpy.{core}.{module}", name): _Admitted(build)
        for core in ("core", "_core")
        for module, name, build in (
            ("multiarray", "_reconstruct", _reconstruct),
            ("multiarray", "scalar", _scalar),
            ("numeric", "_frombuffer", _frombuffer),
        )
    },
    **{
        (module, name): _Admitted(build)
        for module in ("builtins", "__builtin__")
        for name, build in (
            ("set", _set),
            ("frozenset", _frozenset),
            ("bytes", _bytes),
            ("bytearray", _bytearray),
            ("complex", _complex),
        )
    },
    **{("datetime", kind.__name__): _Admitted(_time(kind)) for kind in _TIMES},
}


def _shown(name: str) -> str:
    """Shorten a name from the file and take control characters out of it."""
    return re.sub(r"[^\x21-\x7e]", "?", name)[:100]


def _size(arguments: Any) -> int:
    """Items of containers and bytes of texts among the arguments of a call."""
    sized = (str, bytes, bytearray, list, tuple)
    if type(arguments) is not tuple:
        return len(arguments) if type(arguments) in sized else 1
    return sum(len(a) if type(a) in sized else 1 for a in arguments)


# The pure-Python reader of the standard library: the compiled one lets nobody leave out opcodes,
# and would set attributes on, or extend, whatever lies on its stack.
_Base: Any = pickle._Unpickler


class _Unpickler(_Base):
    """The standard reader less the opcodes that could reach past the admitted names."""

    def __init__(self, file: _Bounded) -> None:
        super().__init__(file, encoding="latin-1")
        self._size = file.left
        self._spent = 0

    def find_class(self, module: str, name: str) -> Any:
        """Return what the admitted name stands for here; raise by name for all others."""
        found = _BY_NAME.get((module, name))
        if found is None:
            raise _Refused(f"wants to call {_shown(f'{module}.{name}')}")
        return found

    def persistent_load(self, pid: Any) -> Any:
        """Refuse: such an id means an object outside the file."""
        raise _Refused("refers to objects outside itself")

    def _reduce(self) -> None:
        arguments = self.stack.pop()
        function = self.stack[-1]
        if type(function) is not _Admitted or type(arguments) is not tuple:
            raise _Refused("wants to call what is no function")
        self._spend(arguments)
        self.stack[-1] = function(*arguments)

    def _build(self) -> None:
        state = self.stack.pop()
        target = self.stack[-1]
        self._spend(state)
        if type(target) is np.ndarray and target.dtype == np.int8 and target.shape == (0,):
            _fill(target, state)
        elif type(target) is _DType:
            target.set_order(state)
        else:
            raise _Refused("wants to set the state of an object that is no array")

    def _spend(self, arguments: Any) -> None:
        """Count what a call may copy: one long text can be given to a thousand calls."""
        self._spent += _size(arguments)
        if self._spent > MOST_COPIED * (self._size + 2**20):
            raise _Refused(f"wants more than {MOST_COPIED} times its size of memory")

    def _bytearray8(self) -> None:
        (length,) = struct.unpack("<Q", self.read(8))
        if length > self._size:  # the standard reader would allocate it first
            raise EOFError
        self.append(bytearray(self.read(length)))

    def _refuse_instance(self) -> None:
        raise _Refused("wants to make an object of a class of its own")

    def _refuse_extension(self) -> None:
        raise _Refused("wants an object of the extension registry")

    def _append(self) -> None:
        value = self.stack.pop()
        self._top(list).append(value)

    def _appends(self) -> None:
        values = self.pop_mark()
        self._top(list).extend(values)

    def _setitem(self) -> None:
        value = self.stack.pop()
        key = self.stack.pop()
        self._top(dict, collections.OrderedDict)[_key(key)] = value

    def _setitems(self) -> None:
        items = self.pop_mark()
        target = self._top(dict, collections.OrderedDict)
        for place in range(0, len(items), 2):
            target[_key(items[place])] = items[place + 1]

    def _dict(self) -> None:
        items = self.pop_mark()  # which makes `append` that of the stack beneath
        pairs = zip(items[::2], items[1::2], strict=True)
        self.append({_key(key): value for key, value in pairs})

    def _additems(self) -> None:
        values = self.pop_mark()
        self._top(set).update(_key(v) for v in values)

    def _frozenset(self) -> None:
        values = self.pop_mark()
        self.append(frozenset(_key(v) for v in values))

    def _top(self, *kinds: type[Any]) -> Any:
        target = self.stack[-1]
        if type(target) not in kinds:
            raise _Refused("wants to fill an object that is no container")
        return target


def _dispatch() -> dict[int, Callable[[Any], None]]:
    """Opcode to method: those that plain values need, as they are or with a check, no others."""
    kept = (
        "PROTO FRAME STOP MARK POP POP_MARK DUP NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 "
        "LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING BINBYTES "
        "SHORT_BINBYTES BINBYTES8 UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 "
        "EMPTY_LIST LIST EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_DICT EMPTY_SET GLOBAL "
        "STACK_GLOBAL PUT BINPUT LONG_BINPUT MEMOIZE GET BINGET LONG_BINGET PERSID BINPERSID"
    )
    checked = {
        "REDUCE": _Unpickler._reduce,
        "BYTEARRAY8": _Unpickler._bytearray8,
        "BUILD": _Unpickler._build,
        "APPEND": _Unpickler._append,
        "APPENDS": _Unpickler._appends,
        "SETITEM": _Unpickler._setitem,
        "SETITEMS": _Unpickler._setitems,
        "DICT": _Unpickler._dict,
        "ADDITEMS": _Unpickler._additems,
        "FROZENSET": _Unpickler._frozenset,
    }
    refused = {
        **dict.fromkeys(("INST", "OBJ", "NEWOBJ", "NEWOBJ_EX"), _Unpickler._refuse_instance),
        **dict.fromkeys(("EXT1", "EXT2", "EXT4"), _Unpickler._refuse_extension),
    }
    standard = {name: _Base.dispatch[getattr(pickle, name)[0]] for name in kept.split()}
    every = standard | checked | refused
    return {getattr(pickle, name)[0]: method for name, method in every.items()}


_Unpickler.dispatch = _dispatch()


def _check_plain(value: Any) -> None:
    """Raise if anything but plain values is left in `value`, however deep."""
    seen: set[int] = set()
    todo = [value]
    while todo:
        item = todo.pop()
        kind = type(item)
        if kind in _SCALARS or kind in _TIMES or kind is bytearray or _is_number(item):
            continue
        if id(item) in seen:
            continue
        seen.add(id(item))
        if kind in (list, tuple, set, frozenset):
            todo.extend(item)
        elif kind in (dict, collections.OrderedDict):
            todo.extend(item.values())  # keys were checked when they were set
        elif kind is not np.ndarray:
            raise _Refused("holds a class or dtype as a value")
        elif item.dtype.hasobject:
            todo.extend(item.ravel().tolist())

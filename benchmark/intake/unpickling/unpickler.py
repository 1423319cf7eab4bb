"""The standard library's unpickler without the opcodes that arrays and plain values do not need."""

from __future__ import annotations

import collections
import pickle
import struct
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

from emobench.intake.unpickling.allowlist import Admitted
from emobench.intake.unpickling.arrays import DType, fill
from emobench.intake.unpickling.names import BY_NAME
from emobench.intake.unpickling.plain import checked_key
from emobench.intake.unpickling.refusal import Refused, shown

MOST_COPIED = 16


class Bounded:
    """A file that never allocates for more bytes than it has."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.left = size

    def read(self, size: int = -1) -> bytes:
        """Return `size` bytes; EOFError where fewer are left."""
        if not 0 <= size <= self.left:
            raise EOFError
        self.left -= size
        return self._file.read(size)

    def readline(self) -> bytes:
        """Return what is left of the line."""
        line = self._file.readline()
        self.left -= len(line)
        return line


# The pure-Python unpickler of the standard library. The compiled version cannot leave out opcodes,
# and would extend any object on its stack or set its attributes.
_Base: Any = pickle._Unpickler


class Unpickler(_Base):
    """The standard reader less the opcodes that could reach past the admitted names."""

    def __init__(self, file: Bounded) -> None:
        super().__init__(file, encoding="latin-1")
        self._size = file.left
        self._spent = 0

    def find_class(self, module: str, name: str) -> Any:
        """Return the function behind an admitted name; refuse every other name."""
        found = BY_NAME.get((module, name))
        if found is None:
            raise Refused(f"wants to call {shown(f'{module}.{name}')}")
        return found

    def persistent_load(self, pid: Any) -> Any:
        """Refuse: such an id means an object outside the file."""
        raise Refused("refers to objects outside itself")

    def _reduce(self) -> None:
        arguments = self.stack.pop()
        function = self.stack[-1]
        if type(function) is not Admitted or type(arguments) is not tuple:
            raise Refused("wants to call what is no function")
        self._spend(arguments)
        self.stack[-1] = function(*arguments)

    def _build(self) -> None:
        state = self.stack.pop()
        target = self.stack[-1]
        self._spend(state)
        if type(target) is np.ndarray and target.dtype == np.int8 and target.shape == (0,):
            fill(target, state)
        elif type(target) is DType:
            target.set_order(state)
        else:
            raise Refused("wants to set the state of an object that is no array")

    def _spend(self, arguments: Any) -> None:
        """Limit the memory that calls may copy: one long text can be given to a thousand calls."""
        self._spent += _size(arguments)
        if self._spent > MOST_COPIED * (self._size + 2**20):
            raise Refused(f"wants more than {MOST_COPIED} times its size of memory")

    def _bytearray8(self) -> None:
        (length,) = struct.unpack("<Q", self.read(8))
        if length > self._size:  # the standard reader would allocate it first
            raise EOFError
        self.append(bytearray(self.read(length)))

    def _refuse_instance(self) -> None:
        raise Refused("wants to make an object of a class of its own")

    def _refuse_extension(self) -> None:
        raise Refused("wants an object of the extension registry")

    def _append(self) -> None:
        value = self.stack.pop()
        self._top(list).append(value)

    def _appends(self) -> None:
        values = self.pop_mark()
        self._top(list).extend(values)

    def _setitem(self) -> None:
        value = self.stack.pop()
        key = self.stack.pop()
        self._top(dict, collections.OrderedDict)[checked_key(key)] = value

    def _setitems(self) -> None:
        items = self.pop_mark()
        target = self._top(dict, collections.OrderedDict)
        for place in range(0, len(items), 2):
            target[checked_key(items[place])] = items[place + 1]

    def _dict(self) -> None:
        items = self.pop_mark()  # which makes `append` that of the stack beneath
        pairs = zip(items[::2], items[1::2], strict=True)
        self.append({checked_key(key): value for key, value in pairs})

    def _additems(self) -> None:
        values = self.pop_mark()
        self._top(set).update(checked_key(v) for v in values)

    def _frozenset(self) -> None:
        values = self.pop_mark()
        self.append(frozenset(checked_key(v) for v in values))

    def _top(self, *kinds: type[Any]) -> Any:
        target = self.stack[-1]
        if type(target) not in kinds:
            raise Refused("wants to fill an object that is no container")
        return target


def _size(arguments: Any) -> int:
    """Items of containers and bytes of texts among the arguments of a call."""
    sized = (str, bytes, bytearray, list, tuple)
    if type(arguments) is not tuple:
        return len(arguments) if type(arguments) in sized else 1
    return sum(len(a) if type(a) in sized else 1 for a in arguments)


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
        "REDUCE": Unpickler._reduce,
        "BYTEARRAY8": Unpickler._bytearray8,
        "BUILD": Unpickler._build,
        "APPEND": Unpickler._append,
        "APPENDS": Unpickler._appends,
        "SETITEM": Unpickler._setitem,
        "SETITEMS": Unpickler._setitems,
        "DICT": Unpickler._dict,
        "ADDITEMS": Unpickler._additems,
        "FROZENSET": Unpickler._frozenset,
    }
    refused = {
        **dict.fromkeys(("INST", "OBJ", "NEWOBJ", "NEWOBJ_EX"), Unpickler._refuse_instance),
        **dict.fromkeys(("EXT1", "EXT2", "EXT4"), Unpickler._refuse_extension),
    }
    standard = {name: _Base.dispatch[getattr(pickle, name)[0]] for name in kept.split()}
    every = standard | checked | refused
    return {getattr(pickle, name)[0]: method for name, method in every.items()}


Unpickler.dispatch = _dispatch()

"""Hostile pickles, pickles of old, and files that are no pickle."""

from __future__ import annotations

import collections
import contextlib
import copyreg
import datetime
import functools
import os
import pickle
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import DataError, read_pickle
from emobench.intake.unpickling import unpickler
from emobench.intake.unpickling.names import BY_NAME

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Call:
    """Pickles as a call of `function`."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


class Own:
    """A class that has state."""

    def __init__(self) -> None:
        self.value = 1


@pytest.fixture
def canary(tmp_path: Path):
    """A file that hostile pickles try to make; checked to be absent when the test is over."""
    path = tmp_path / "canary"
    yield path
    assert not path.exists()


def read(folder: Path, data: bytes) -> Any:
    path = folder / "file.pkl"
    path.write_bytes(data)
    return read_pickle(path)


def refused(folder: Path, data: bytes) -> str:
    with pytest.raises(DataError) as error:
        read(folder, data)
    text = str(error.value)
    assert text.startswith(str(folder / "file.pkl"))
    assert "\n" not in text
    assert text.endswith(".")
    return text


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return (
            type(other) is np.ndarray
            and one.dtype.newbyteorder("=") == other.dtype.newbyteorder("=")
            and one.shape == other.shape
            and all(same(a, b) for a, b in zip(one.ravel(), other.ravel(), strict=True))
        )
    if isinstance(one, list | tuple):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return type(one) is type(other) and list(one) == list(other) and all(
            same(one[k], other[k]) for k in one
        )  # fmt: skip
    return type(one) is type(other) and (one == other or (one != one and other != other))


GOOD = {
    "none": None,
    "numbers": [True, False, 0, -1, 255, 65_536, 2**31, -(2**80), 1.5, float("inf"), 2 + 3j],
    "text": ["", "a", "näh 😀 \n", "x" * 300, b"", b"\x00\xff", b"y" * 300, bytearray(b"z")],
    "containers": {
        "list": [[], [1], [[2]]],
        "tuple": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
        "sets": [set(), {1, 2}, frozenset(), frozenset({"a"})],
        ("key", 1): {1: {2.5: {b"k": None}}},
    },
    "ordered": collections.OrderedDict([("b", 1), ("a", [2])]),
    "times": [
        datetime.date(2020, 2, 29),
        datetime.datetime(2020, 1, 2, 3, 4, 5, 6, datetime.UTC),
        datetime.time(1, 2),
        datetime.timedelta(days=3, seconds=1),
    ],
    "plain arrays": [np.arange(6).astype(t).reshape(2, 3) for t in "?bBhHiIlLefdFDg"],
    "swapped": np.arange(3, dtype=">f4"),
    "orders": [
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(24.0).reshape(2, 3, 4).transpose(1, 0, 2),
        np.arange(10.0)[::2],
    ],
    "shapes": [np.array(3.0), np.empty((0, 5)), np.empty((2, 0, 3), np.float32)],
    "strings": [np.array(["ä", "bcd"]), np.array([b"x", b"yz"])],
    "large": np.arange(50_000, dtype=np.float32),
    "objects": np.array([None, "a", 1, [np.arange(2)], {"k": 2}], dtype=object),
    "ragged": np.array([np.zeros((n, 3), np.float32) for n in (1, 2, 4)], dtype=object),
    "scalars": [np.float32(1.5), np.int64(-3), np.bool_(True), np.str_("é"), np.bytes_(b"q")],
    "empty scalars": [np.str_(""), np.bytes_(b"")],
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", GOOD)
def test_plain_values_come_back_as_they_were(name, protocol, tmp_path):
    value = GOOD[name]
    assert same(read(tmp_path, pickle.dumps(value, protocol)), value)


def test_an_array_that_is_there_twice_stays_one(tmp_path):
    array = np.arange(4.0)
    one, other = read(tmp_path, pickle.dumps([array, array], 4))
    assert one is other
    one[0] = 9  # and can be written to


def test_a_list_in_itself_is_read(tmp_path):
    loop: list[Any] = []
    loop.append(loop)
    (inner,) = found = read(tmp_path, pickle.dumps(loop))
    assert inner is found


def python2(array: np.ndarray[Any, Any], core: str = "numpy.core") -> bytes:
    """The bytes that Python 2 wrote for {'audio': array}: str is SHORT_BINSTRING / BINSTRING."""

    def text(value: bytes) -> bytes:
        return b"T" + struct.pack("<i", len(value)) + value

    shape = b"".join(b"M" + struct.pack("<H", n) for n in array.shape)
    dtype = b"cnumpy\ndtype\n" + text(array.dtype.str[1:].encode()) + b"K\x00K\x01\x87R"
    dtype += (
        b"(K\x03" + text(array.dtype.str[:1].encode()) + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff"
    )
    dtype += b"K\x00tb"
    made = (
        b"c" + core.encode() + b".multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    )
    state = b"(K\x01(" + shape + b"t" + dtype + b"\x89" + text(array.tobytes()) + b"tb"
    return b"\x80\x02}q\x00U\x05audio" + made + state + b"s."


@pytest.mark.parametrize("kind", ["<f4", ">f8", "<i8", "|u1"])
@pytest.mark.parametrize("core", ["numpy.core", "numpy._core"])
def test_arrays_of_python_2_are_read(kind, core, tmp_path):
    array = np.arange(600).reshape(2, 300).astype(kind)
    assert same(read(tmp_path, python2(array, core)), {"audio": array})


def test_text_of_python_2_is_latin_1(tmp_path):
    assert read(tmp_path, b"\x80\x02U\x04na\xefv.") == "naïv"


CALLS = {
    "posix.system": lambda c: Call(os.system, f"touch {c}"),
    "builtins.eval": lambda c: Call(eval, f"open({str(c)!r}, 'w')"),
    "builtins.exec": lambda c: Call(exec, f"open({str(c)!r}, 'w')"),
    "builtins.getattr": lambda c: Call(getattr, "os", "system"),
    "io.open": lambda c: Call(open, str(c), "w"),
    "functools.partial": lambda c: functools.partial(os.system, f"touch {c}"),
    "subprocess.check_output": lambda c: Call(subprocess.check_output, ["touch", str(c)]),
    "numpy.load": lambda c: Call(np.load, str(c)),
    "copyreg._reconstructor": lambda c: Call(copyreg._reconstructor, Own, object, None),
}


PYTHON2 = {"builtins": "__builtin__", "copyreg": "copy_reg", "subprocess": "commands"}


def test_the_hostile_pickles_do_work_on_an_ordinary_unpickler(tmp_path):
    pickle.loads(pickle.dumps(np.array([CALLS["posix.system"](tmp_path / "made")], dtype=object)))
    assert (tmp_path / "made").exists()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_refused_by_its_name(name, protocol, canary, tmp_path):
    for value in (
        CALLS[name](canary),
        {"audio": [CALLS[name](canary)]},
        np.array([1, CALLS[name](canary)], dtype=object),
        {"a": np.array([np.array([None, CALLS[name](canary)], dtype=object)], dtype=object)},
    ):
        text = refused(tmp_path, pickle.dumps(value, protocol))
        module, function = name.rsplit(".", 1)
        wanted = f"{PYTHON2.get(module, module) if protocol < 3 else module}.{function}"
        assert f"wants to call {wanted}; only NumPy arrays and plain containers" in text


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (torch.nn.Linear(1, 1), "torch.nn."),
        (torch.ones(2).to_sparse(), "torch._utils._rebuild_sparse_tensor"),
        (pd.DataFrame({"a": [1]}), "pandas."),
        (pd.Series([1.0]), "pandas."),
        (np.ma.array([1]), "numpy.ma."),
        (np.random.default_rng(0), "numpy.random."),
        (Path("x"), "pathlib."),
        (Own(), "Own"),
        (Own, "Own"),
        (collections.Counter("ab"), "collections.Counter"),
    ],
)  # fmt: skip
def test_other_objects_are_refused_by_name(value, name, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, Own.__module__, __import__("types"))
    monkeypatch.setattr(__import__("types"), "Own", Own, raising=False)
    assert name in refused(tmp_path, pickle.dumps(value))


@pytest.mark.parametrize("value", [np.dtype("f4"), [np.dtype("f4")], {"k": (np.ndarray,)}])
def test_a_class_or_dtype_is_no_value(value, tmp_path):
    assert "class or dtype" in refused(tmp_path, pickle.dumps(value))


@pytest.mark.parametrize(
    "dtype", [[("a", "f4")], [("a", "O"), ("b", "i4")], "V8", ("f4", (2,)), "M8[ns]", "m8[s]"]
)
def test_other_dtypes_are_refused(dtype, tmp_path):
    kind = np.dtype([("x", dtype)]) if isinstance(dtype, tuple) else np.dtype(dtype)
    assert "is a pickle that holds" in refused(tmp_path, pickle.dumps(np.zeros(2, kind), 2))


def name(module: str, attribute: str) -> bytes:
    return f"c{module}\n{attribute}\n".encode()


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def raw(value: bytes) -> bytes:
    return b"B" + struct.pack("<I", len(value)) + value


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def dtype(code: str, flags: int = 0, order: str = "<") -> bytes:
    made = name("numpy", "dtype") + b"(" + text(code) + b"\x89\x88tR"
    return made + b"(K\x03" + text(order) + b"NNN" + number(-1) * 2 + number(flags) + b"tb"


BLANK = name("numpy._core.multiarray", "_reconstruct") + b"(" + name("numpy", "ndarray")
BLANK += b"K\x00\x85" + raw(b"b") + b"tR"
SCALAR = name("numpy._core.multiarray", "scalar")
SYSTEM = name("posix", "system")


def array(shape: bytes, kind: bytes, values: bytes) -> bytes:
    return BLANK + b"(K\x01" + shape + kind + b"\x89" + values + b"tb"


def hostile(canary: Path) -> dict[str, bytes]:
    """Programs for the unpickler, each aimed at something that is admitted."""
    inner = pickle.dumps(Call(os.system, f"touch {canary}"))
    pointer = raw(struct.pack("<Q", 0x4141414141414141))
    command = text(f"touch {canary}")
    ndarray = name("numpy", "ndarray")
    huge = b"\x8a\x09" + b"\xff" * 8 + b"\x00"
    return {
        "a scalar that NumPy would unpickle": SCALAR + b"(" + dtype("O8", 63) + raw(inner) + b"tR",
        "a scalar of a forged object dtype": SCALAR + b"(" + dtype("O8", 0) + pointer + b"tR",
        "a scalar of the wrong size": SCALAR + b"(" + dtype("f8") + raw(b"1234") + b"tR",
        "objects out of raw memory": array(b"K\x01\x85", dtype("O8", 0), pointer),
        "objects out of text": array(b"K\x01\x85", dtype("O8", 63), text("a")),
        "too few bytes": array(b"K\x02\x85", dtype("f8"), raw(b"12345678")),
        "too many bytes": array(b"K\x01\x85", dtype("f8"), raw(b"1" * 16)),
        "a huge shape": array(number(2**31 - 1) * 3 + b"\x87", dtype("f8"), raw(b"")),
        "a huge empty shape": array(b"K\x00" + huge + b"\x86", dtype("f8"), raw(b"")),
        "truth that is neither": array(b"K\x01\x85", dtype("b1", 0, "|"), raw(b"\x02")),
        "a negative shape": array(number(-1) + b"\x85", dtype("f8"), raw(b"")),
        "a shape of text": array(text("ab"), dtype("f8"), raw(b"")),
        "empty items": array(number(2**31 - 1) + b"\x85", dtype("S0"), raw(b"")),
        "too many objects": array(b"K\x01\x85", dtype("O8", 63), b"]NaNa"),
        "a dtype that is text": array(b"K\x01\x85", text("f8"), raw(b"1" * 8)),
        "a state that is no tuple": BLANK + b"]b",
        "an array filled twice": array(b"K\x01\x85", dtype("f8"), raw(b"1" * 8)) + b"Nb",
        "an array in itself never filled": BLANK[:-1] + b"Rq\x01(K\x01K\x01\x85" + dtype("O8", 63)
        + b"\x89]h\x01atb0" + ndarray,
        "a subclass": name("numpy._core.multiarray", "_reconstruct") + b"(" + SYSTEM + b"K\x00\x85"
        + raw(b"b") + b"tR",
        "text as the class": name("numpy._core.multiarray", "_reconstruct") + b"(" + text("os")
        + b"K\x00\x85" + raw(b"b") + b"tR",
        "ndarray called": ndarray + b"(K\x01\x85tR",
        "ndarray over a buffer": ndarray + b"(K\x01\x85" + text("O") + raw(b"1" * 8) + b"tR",
        "a dtype from a class": name("numpy", "dtype") + b"(" + ndarray + b"tR",
        "a dtype of a string of fields": name("numpy", "dtype") + b"(" + text("O,i4") + b"tR",
        "a dtype with a forged order": name("numpy", "dtype") + b"(" + text("f8") + b"tR(K\x03"
        + text("no") + b"NNNtb",
        "a dtype with a subarray": name("numpy", "dtype") + b"(" + text("f8") + b"tR(K\x03"
        + text("<") + b"K\x01NNtb",
        "a dtype with a list": name("numpy", "dtype") + b"(]tR",
        "frombuffer of objects": name("numpy._core.numeric", "_frombuffer") + b"(" + pointer
        + dtype("O8", 63) + b"K\x01\x85" + text("C") + b"tR",
        "frombuffer, too short": name("numpy._core.numeric", "_frombuffer") + b"(" + raw(b"12")
        + dtype("f8") + b"K\x01\x85" + text("C") + b"tR",
        "frombuffer over an array": name("numpy._core.numeric", "_frombuffer") + b"(" + BLANK
        + dtype("f8") + b"K\x00\x85" + text("C") + b"tR",
        "frombuffer with odd axes": name("numpy._core.numeric", "_frombuffer") + b"("
        + raw(b"1" * 8) + dtype("f8") + b"K\x01\x85" + text("K") + b"(K\x07K\x07ttR",
        "state of a name": ndarray + b"}" + text("__call__") + SYSTEM + b"sb",
        "attributes of a name": ndarray + b"N}" + text("__class__") + ndarray + b"s\x86b",
        "state of a dict": b"}}" + text("x") + b"K\x01sb",
        "state of an OrderedDict": name("collections", "OrderedDict") + b")R}" + text("items")
        + ndarray + b"sb",
        "a call of a dict": b"}(tR",
        "a call with a list": ndarray + b"]R",
        "append to an array": BLANK + b"K\x01a",
        "append to a bytearray": name("builtins", "bytearray") + b")RK\x01a",
        "extend an array": BLANK + b"(K\x01e",
        "set an item of an array": BLANK + b"K\x00K\x01s",
        "set items of a list": b"](K\x00K\x01u",
        "add to a dict": b"}(K\x01\x90",
        "an instance": b"(" + command + b"iposix\nsystem\n",
        "an object": b"(" + SYSTEM + command + b"o",
        "a new object": SYSTEM + b"(" + command + b"t\x81",
        "a new object of ndarray": ndarray + b")\x81",
        "a new object with keywords": SYSTEM + b")}\x92",
        "a persistent id": b"K\x01Q",
        "a persistent id as text": b"Pabc\n",
        "a buffer from outside": b"\x97",
        "a read-only buffer": raw(b"12") + b"\x98",
        "extension 1": b"\x82\x01",
        "extension 2": b"\x83\x01\x00",
        "extension 4": b"\x84\x01\x00\x00\x00",
        "a dotted name": text("numpy") + text("ndarray.__init__.__globals__") + b"\x93",
        "a dotted module": name("numpy.core.multiarray", "scalar.__class__") + b"(tR",
        "a name that is bytes": raw(b"posix") + raw(b"system") + b"\x93",
        "a name that is a list": b"]]\x93",
        "another codec": name("_codecs", "encode") + b"(" + text("x") + text("zlib") + b"tR",
        "bytes of a size": name("builtins", "bytes") + b"(" + number(2**31 - 1) + b"tR",
        "bytearray of a size": name("builtins", "bytearray") + b"(" + number(2**31 - 1) + b"tR",
        "a set of text": name("builtins", "set") + b"(" + text("abc") + b"tR",
        "a key that is a name": b"}" + ndarray + b"Ns",
        "a key that is deep": b"})\x85\x85\x85Ns",
        "a member that is deep": b"\x8f()\x85\x85\x90",
        "a date of lists": name("datetime", "datetime") + b"(]tR",
        "a timezone of nothing": name("datetime", "timezone") + b"(NtR",
        "a complex of text": name("builtins", "complex") + b"(" + text("1") + b"tR",
        "a class of datetime": name("datetime", "tzinfo") + b")R",
        "bytes that are not there": b"\x8e" + struct.pack("<Q", 2**62),
        "a bytearray that is not there": b"\x96" + struct.pack("<Q", 2**40),
        "text that is not there": b"\x8d" + struct.pack("<Q", 2**62),
        "a frame that is not there": b"\x95" + struct.pack("<Q", 2**62),
        "a number that is not there": b"\x8b" + struct.pack("<i", 2**31 - 1),
        "an object that is not there": b"h\x07",
    }  # fmt: skip


BOMBS = {
    "a bomb of copies": text("a" * 200_000) + b"q\x00"
    + (name("_codecs", "encode") + b"h\x00" + text("latin1") + b"\x86R") * 5_000,
    "a bomb of sets": b"](" + b"K\x01" * 100_000 + b"eq\x00"
    + (name("builtins", "set") + b"h\x00\x85R") * 5_000,
}  # fmt: skip


@pytest.mark.parametrize("case", hostile(Path("canary")))
def test_what_is_admitted_cannot_be_abused(case, canary, tmp_path):
    before = dict(BY_NAME)
    refused(tmp_path, b"\x80\x05" + hostile(canary)[case] + b".")
    # What a file does is not there for the next one.
    assert before == BY_NAME
    assert same(read(tmp_path, pickle.dumps(GOOD["objects"])), GOOD["objects"])


def test_the_programs_above_are_right_but_for_what_they_attack(tmp_path):
    """Else they would be refused for a slip of the test's own."""
    good = array(b"K\x02\x85", dtype("f8"), raw(np.arange(2.0).tobytes()))
    assert same(read(tmp_path, b"\x80\x05" + good + b"."), np.arange(2.0))
    good = array(b"K\x02\x85", dtype("O8", 63), b"]Na" + text("a") + b"a")
    assert read(tmp_path, b"\x80\x05" + good + b".").tolist() == [None, "a"]
    good = SCALAR + b"(" + dtype("f8") + raw(np.float64(3).tobytes()) + b"tR"
    assert read(tmp_path, b"\x80\x05" + good + b".") == 3


def test_a_registered_extension_is_refused_even_when_python_has_it_ready(tmp_path, monkeypatch):
    copyreg.add_extension("posix", "system", 77)
    try:
        copyreg._extension_cache[77] = os.system
        assert "extension" in refused(tmp_path, b"\x80\x02\x82\x4d" + text("true") + b"\x85R.")
    finally:
        copyreg.remove_extension("posix", "system", 77)
        copyreg._extension_cache.pop(77, None)


def test_names_from_the_file_cannot_paint_the_terminal(tmp_path):
    program = b"\x80\x04" + text("os\x1b[31m\n") + text("x" * 5_000) + b"\x93."
    found = refused(tmp_path, program)
    assert "\x1b" not in found
    assert len(found) < 500


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_truncated_pickle_is_refused_wherever_it_ends(protocol, tmp_path):
    data = pickle.dumps({"a": np.arange(5.0), "b": ["text", (1, 2.5)]}, protocol)
    for end in range(len(data)):
        refused(tmp_path, data[:end])


def test_an_array_cut_short_says_that_it_ends_too_early(tmp_path):
    data = pickle.dumps(np.arange(100_000.0), 4)
    assert "ends too early" in refused(tmp_path, data[: len(data) // 2])


@pytest.mark.parametrize(
    "data",
    [b"", b"hello world\n", b"PK\x03\x04" + b"\0" * 99, b"\x89HDF\r\n\x1a\n", b"\x1f\x8b\x08\0",
     b"\x93NUMPY\x01\x00", b"\x00" * 50, b"id,label\n1,happy\n", b"\x80\x09."],
)  # fmt: skip
def test_other_files_are_no_pickle(data, tmp_path):
    refused(tmp_path, data)


def test_a_torch_file_is_no_pickle(tmp_path):
    torch.save({"w": torch.ones(2)}, tmp_path / "file.pkl")
    assert "cannot be read as a pickle" in refused(tmp_path, (tmp_path / "file.pkl").read_bytes())


def test_a_second_object_is_not_passed_over_in_silence(tmp_path):
    assert "goes on for" in refused(tmp_path, pickle.dumps([1]) + pickle.dumps([2]))


def test_an_absent_file_and_a_folder(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read_pickle(tmp_path / "none.pkl")
    with pytest.raises(DataError, match="cannot be read"):
        read_pickle(tmp_path)


def test_very_deep_nesting_neither_crashes_nor_passes_silently(tmp_path):
    found = read(tmp_path, b"\x80\x04" + b"]" * 200_000 + b"a" * 199_999 + b".")
    assert isinstance(found, list)
    found = read(tmp_path, b"\x80\x04N" + b"\x85" * 200_000 + b".")
    assert isinstance(found, tuple)


def test_bombs_are_called_so(tmp_path, monkeypatch):
    program = b"\x80\x05" + BOMBS["a bomb of copies"] + b"."
    assert "16 times its size" in refused(tmp_path, program)
    # A set is slow to make: the smaller the limit, the sooner it is reached.
    monkeypatch.setattr(unpickler, "MOST_COPIED", 1)
    program = b"\x80\x05" + BOMBS["a bomb of sets"] + b"."
    assert "1 times its size" in refused(tmp_path, program)


def test_shared_tuples_do_not_take_for_ever(tmp_path):
    assert read(tmp_path, b"\x80\x04N" + b"2\x86" * 200 + b".") is not None
    refused(tmp_path, b"\x80\x04}N" + b"2\x86" * 200 + b"Ns.")  # as a key it would


atoms = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
trees = st.recursive(
    atoms, lambda c: st.lists(c) | st.dictionaries(st.text() | st.integers(), c), max_leaves=20
)


@given(tree=trees, protocol=st.sampled_from(PROTOCOLS))
def test_any_plain_tree_comes_back(tree, protocol, tmp_path_factory):
    assert same(read(tmp_path_factory.getbasetemp(), pickle.dumps(tree, protocol)), tree)


SEEDS = [pickle.dumps(list(GOOD.values()), p) for p in PROTOCOLS]
SEEDS += [pickle.dumps([Call(os.system, "false"), np.arange(3.0)], p) for p in PROTOCOLS]
PLAIN = (type(None), bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set)
PLAIN += (frozenset, np.ndarray, np.generic, datetime.date, datetime.time, datetime.timedelta)


@settings(max_examples=400)
@given(
    seed=st.sampled_from(SEEDS),
    edits=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=3)), max_size=4),
)
def test_a_mutated_pickle_gives_plain_values_or_one_sentence(seed, edits, tmp_path_factory):
    data = bytearray(seed)
    for place, new in edits:
        start = int(place * (len(data) - 1))
        data[start : start + len(new)] = new
    path = tmp_path_factory.getbasetemp() / "mutated.pkl"
    path.write_bytes(data)
    with contextlib.suppress(DataError):
        assert isinstance(read_pickle(path), (*PLAIN, datetime.timezone))

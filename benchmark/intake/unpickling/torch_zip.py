"""``.pt`` files that hold arrays of NumPy beside tensors, which PyTorch's own safe reader refuses.

The pickle within is read by `Unpickler`, which calls nothing that the file names.
"""

from __future__ import annotations

import zipfile
from typing import Any

import numpy as np

from emobench.intake.unpickling.plain import check_plain
from emobench.intake.unpickling.refusal import Refused
from emobench.intake.unpickling.torch_storage import Storage
from emobench.intake.unpickling.unpickler import Bounded, Unpickler

TYPES = {
    "DoubleStorage": "<f8", "FloatStorage": "<f4", "HalfStorage": "<f2", "BFloat16Storage": "<u2",
    "LongStorage": "<i8", "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "i1",
    "ByteStorage": "u1", "BoolStorage": "?",
}  # fmt: skip
"""Classes of storages, and how their values lie in the file."""


class _Kind:
    """Stands for a class of storages, and can do nothing."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class _Unpickler(Unpickler):
    def __init__(self, file: Bounded, archive: zipfile.ZipFile, root: str) -> None:
        super().__init__(file)
        self._archive, self._root = archive, root

    def find_class(self, module: str, name: str) -> Any:
        """An admitted name, or the stand-in of a class of storages."""
        if module == "torch" and name in TYPES:
            return _Kind(name)
        return super().find_class(module, name)

    def persistent_load(self, pid: Any) -> Storage:
        """The values of a tensor, which lie in a file of their own within the archive."""
        known = type(pid) is tuple and len(pid) == 5 and type(pid[1]) is _Kind
        if not known or type(pid[2]) is not str:
            raise Refused("refers to objects outside itself")
        kind = pid[1].name
        values: Any = np.frombuffer(self._archive.read(f"{self._root}data/{pid[2]}"), TYPES[kind])
        if kind == "BFloat16Storage":
            values = (values.astype(np.uint32) << 16).view(np.float32)
        return Storage(values)


def read_zip(archive: zipfile.ZipFile) -> Any:
    """Read the value in an archive of ``torch.save``.

    Raises
    ------
    Refused
        It holds anything but tensors, arrays and plain containers.
    """
    names = archive.namelist()
    pickled = next(n for n in names if n == "data.pkl" or n.endswith("/data.pkl"))
    root = pickled.removesuffix("data.pkl")
    if f"{root}byteorder" in names and archive.read(f"{root}byteorder") != b"little":
        raise Refused("was written by a machine of another byte order")
    info = archive.getinfo(pickled)
    with archive.open(pickled) as file:
        value = _Unpickler(Bounded(file, info.file_size), archive, root).load()  # type: ignore[arg-type]
    check_plain(value)
    return value

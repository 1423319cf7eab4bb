"""What a file of features is, by what it holds; its suffix decides where that leaves a doubt."""

from __future__ import annotations

import zipfile
from pathlib import Path

from emobench.errors import DataError
from emobench.intake.formats import KINDS
from emobench.intake.tables.kind import POINTER, name_of

BY_SUFFIX = {
    ".npz": "npz",
    ".npy": "npy",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".h5": "hdf5",
    ".hdf5": "hdf5",
    ".csd": "hdf5",
    ".pkl": "pickle",
    ".pickle": "pickle",
    ".p": "pickle",
    ".pt": "torch",
    ".pth": "torch",
    ".safetensors": "safetensors",
    ".csv": "table",
    ".tsv": "table",
    ".txt": "table",
    ".xlsx": "table",
    ".json": "table",
    ".jsonl": "table",
    ".arff": "arff",
}
"""Suffix to kind."""

_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""The number with which files of PyTorch before 1.6 begin."""

_HEAD = 4096


def kind_of(path: Path) -> str:
    """The kind of a file of features, one of the values of `BY_SUFFIX`.

    Raises
    ------
    DataError
        It holds anything else: the sentence says what.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    name = path.name.lower().removesuffix(".gz")
    by_suffix = BY_SUFFIX.get(Path(name).suffix, "")
    if head.startswith(POINTER):
        raise DataError(f"{path} is a pointer of Git LFS, not the file: run `git lfs pull`.")
    if found := _by_content(path, head):
        return found
    if head.startswith(b"\x1f\x8b"):
        if by_suffix in ("table", "arff"):
            return by_suffix
        raise DataError(f"{path} is packed by gzip. Unpack it: gunzip {path.name}")
    if by_suffix not in ("", "table", "arff"):
        return by_suffix
    what = name_of(head)
    if what:
        raise DataError(f"{path} is {what}, no file of features; those that are read: {KINDS}.")
    if head[:2048].lstrip().lower().startswith((b"@relation", b"%")):
        return "arff"
    if not by_suffix:
        raise DataError(f"{path} is no file of features; those that are read: {KINDS}.")
    return by_suffix


def _by_content(path: Path, head: bytes) -> str:
    if head.startswith(b"\x93NUMPY"):
        return "npy"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "hdf5"
    if head.startswith(_TORCH):
        return "torch"
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "pickle"
    if head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") < 2**27:
        return "safetensors"
    return _zip_kind(path) if head.startswith(b"PK") else ""


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return ""
    if any(n.endswith("/data.pkl") or n == "data.pkl" for n in names):
        return "torch"
    if names and all(n.endswith(".npy") for n in names):
        return "npz"
    return "table" if any(n.startswith("xl/") for n in names) else ""

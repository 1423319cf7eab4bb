"""What a file is by what it holds, in words for messages."""

from __future__ import annotations

import io
import zipfile

FORMS = (
    "CSV (with commas, semicolons, tabs or |; also .gz), JSON, JSON Lines, Excel's .xlsx, Parquet, "
    "and folders with metadata.csv or a folder per class"
)
"""The forms that are read."""

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"II*\0", "a picture (TIFF)"),
    (b"MM\0*", "a picture (TIFF)"),
    (b"fLaC", "a sound (FLAC)"),
    (b"OggS", "a sound or film (Ogg)"),
    (b"ID3", "a sound (MP3)"),
    (b"\xff\xfb", "a sound (MP3)"),
    (b"\xff\xf3", "a sound (MP3)"),
    (b"\x1aE\xdf\xa3", "a film (Matroska or WebM)"),
    (b"\x89HDF\r\n\x1a\n", "HDF5"),
    (b"\x93NUMPY", "an array of NumPy (.npy)"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"BZh", "packed by bzip2"),
    (b"\xfd7zXZ\0", "packed by xz"),
    (b"\x28\xb5\x2f\xfd", "packed by zstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"SQLite format 3\0", "a database (SQLite)"),
    (b"ARROW1", "a table in Arrow's own form (Feather)"),
    (b"ORC", "a table in the form ORC"),
    (b"$FL2", "a table of SPSS"),
    (b"<stata_dta>", "a table of Stata"),
    (b"MATLAB 5.0 MAT-file", "a file of MATLAB"),
    (b"RDX", "a file of R"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an old Office (.xls, .doc), or a protected"
     " one"),
)  # fmt: skip
_ZIPPED = (
    ("word/", "a text document (Word)"),
    ("ppt/", "slides (PowerPoint)"),
    ("META-INF/container.xml", "a book (EPUB)"),
)
POINTER = b"version https://git-lfs.github.com/spec/"


def name_of(data: bytes) -> str:
    """Say what a file without a table is (``a picture (PNG)``); empty if it may be text."""
    for start, what in _STARTS:
        if data.startswith(start):
            return what
    if data.startswith(b"PK\x03\x04"):
        return _zip_name(data)
    if data[:4] == b"RIFF":
        kinds = {b"WAVE": "a sound (WAV)", b"AVI ": "a film (AVI)", b"WEBP": "a picture (WebP)"}
        return kinds.get(data[8:12], "a RIFF file")
    if data[4:8] == b"ftyp":
        return "a sound (M4A)" if data[8:11] == b"M4A" else "a film or sound (MP4)"
    if data[257:262] == b"ustar":
        return "a tar archive"
    if data[:1] == b"\x80" and data[1:2] in b"\x02\x03\x04\x05" and data.rstrip().endswith(b"."):
        return "a pickle of Python"
    if data[:2] == b"BM" and b"\0" in data[:16]:
        return "a picture (BMP)"
    head = data[:512].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html", b"<table")):
        return "a web page (HTML)"
    if head.startswith(b"<?xml"):
        return "XML"
    return ""


def _zip_name(data: bytes) -> str:
    names = zip_members(data)
    for start, what in _ZIPPED:
        if any(name.startswith(start) for name in names):
            return what
    if names and all(name.endswith(".npy") for name in names):
        return "arrays of NumPy (.npz)"
    return "a zip archive"


def zip_members(data: bytes) -> list[str]:
    """Names in a zip, none if it is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return []

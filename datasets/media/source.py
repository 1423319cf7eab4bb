"""Opens a clip by what it holds, whatever its name, and says what a file is that is no clip."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from io import SEEK_END
from pathlib import Path
from typing import Any, BinaryIO

from emobench import ClipError
from emobench.datasets.media.told_size import told_size

HEAD = 1024
"""So many bytes tell what a file is."""

LFS = b"version https://git-lfs"
APPLE_DOUBLE = (b"\x00\x05\x16\x07", b"\x00\x05\x16\x00")
PAGES = (b"<!doctype html", b"<html", b"<head", b"<body")
MEDIA_THAT_BEGIN_AS_TEXT = (b"#!AMR", b"NIST_1A", b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf")
BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

OTHERS = {
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "compressed by gzip",
    b"BZh": "compressed by bzip2",
    b"\xfd7zXZ\x00": "compressed by xz",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"%PDF": "a PDF",
    b"\x93NUMPY": "a NumPy array",
    b"\x89HDF": "an HDF5 file",
    b"PAR1": "a Parquet table",
    b"SQLite format 3": "an SQLite database",
    b"\xd0\xcf\x11\xe0": "an Office document",
}
"""First bytes of files that are often taken for clips."""


class Content:
    """The bytes of an open file without its name, as decoders would go by the suffix."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell
        self.readinto: Any = getattr(file, "readinto", None)


@contextmanager
def content(path: Path) -> Iterator[Content]:
    """Open a clip; whatever goes wrong while it is decoded becomes a ClipError that names it.

    Raises
    ------
    ClipError
        The file is no clip, is shorter than its header tells, or its decoder fails.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
            if kind := no_clip(head):
                raise ClipError(f"{path} cannot be read: it is {kind}")
            size = file.seek(0, SEEK_END)
            if size < (told := told_size(head) or 0):
                raise ClipError(f"{path} is cut short: {size:,} of its {told:,} bytes are there")
            file.seek(0)
            yield Content(file)
    except ClipError:
        raise
    # A decoder meets every kind of damage, and each has its own exception for it.
    except Exception as error:
        raise ClipError(f"{path} cannot be read: {_reason(error)}") from None


def no_clip(head: bytes) -> str:
    """What a file is that cannot be a clip, from its first bytes; empty for all others."""
    if not head:
        return "empty (0 bytes)"
    if head.startswith(LFS):
        return "a pointer of Git LFS, not the clip itself: run `git lfs pull`"
    if head.startswith(APPLE_DOUBLE):
        return "an AppleDouble file (._NAME), in which macOS keeps notes about the clip NAME"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(PAGES):
        return "a web page (HTML), as servers send instead of a clip: download the clip again"
    for first, kind in OTHERS.items():
        if head.startswith(first):
            return kind
    if not head.strip(b"\0"):
        return "nothing but zero bytes, as after a download that was broken off"
    if not head.startswith(MEDIA_THAT_BEGIN_AS_TEXT) and _is_text(head):
        return "a text file"
    return ""


def _is_text(head: bytes) -> bool:
    encoding = "utf-16" if head.startswith(BYTE_ORDER_MARKS) else "utf-8"
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    return all(c in "\t\n\r\f" or unicodedata.category(c) != "Cc" for c in text)


def _reason(error: Exception) -> str:
    """What a decoder says, on one line and without the file, which is named already."""
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(said).split())

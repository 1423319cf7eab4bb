"""The text of a file: compression, encoding, and characters that no text holds."""

from __future__ import annotations

import codecs
import zlib
from pathlib import Path

from emobench.errors import DataError
from emobench.intake.archives import ALWAYS_FINE, MOST_TIMES
from emobench.wording import and_more

GZIP = b"\x1f\x8b"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHUNK = 1 << 20
_SHOWN = 10
_REMEDY = "Save it as UTF-8 (a spreadsheet program calls it “CSV UTF-8”)."


def content(path: Path) -> bytes:
    """Return what the file holds, unpacked if gzip packed it.

    Raises
    ------
    DataError
        The file cannot be read, is damaged, or unpacks to far more than tables do.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"{path} cannot be read: {reason}.") from None
    return _unpacked(path, data) if data.startswith(GZIP) else data


def _unpacked(path: Path, data: bytes) -> bytes:
    most = max(ALWAYS_FINE, MOST_TIMES * len(data))
    parts: list[bytes] = []
    size = 0
    rest = data
    try:
        while rest.startswith(GZIP):  # files can be joined
            stream = zlib.decompressobj(wbits=31)
            while not stream.eof:
                part = stream.decompress(rest, _CHUNK)
                rest = stream.unconsumed_tail
                size += len(part)
                parts.append(part)
                if size > most:
                    raise DataError(
                        f"{path} unpacks to more than {most:,} bytes, which no table does. Unpack "
                        "it yourself if you trust it, and name the unpacked file."
                    )
                if not part and not rest and not stream.eof:
                    raise DataError(f"{path} ends too early: copy or download it again.")
            rest = stream.unused_data
    except zlib.error as error:
        raise DataError(
            f"{path} is a damaged .gz file ({error}): copy or download it again."
        ) from None
    if rest.strip(b"\0"):
        raise DataError(f"{path} is a .gz file with {len(rest):,} bytes of something else behind.")
    return b"".join(parts)


def decoded(path: Path, data: bytes, wide: bool = True) -> tuple[str, list[str]]:
    """Decode UTF-8, or UTF-16 and UTF-32 as their mark says; return notes too.

    Parameters
    ----------
    path
        For messages.
    data
        What the file holds.
    wide
        Whether UTF-16 and UTF-32 will do.

    Raises
    ------
    DataError
        It is text of another encoding, or holds NUL characters.
    """
    notes: list[str] = []
    encoding, start = next(((e, len(m)) for m, e in _MARKS if data.startswith(m)), ("utf-8", 0))
    if not start and wide and (guess := _without_mark(data)):
        encoding = guess
        notes.append(f"It was read as {guess.upper()}, though no byte order mark says so.")
    if encoding != "utf-8" and not wide:
        raise DataError(
            f"{path} cannot be read as a UTF-8 CSV: it is {encoding.upper()}. {_REMEDY}"
        )
    try:
        text = data[start:].decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(_wrong_encoding(path, data[start:], encoding, error)) from None
    if "\0" in text:
        lines = [str(i) for i, line in enumerate(text.split("\n"), 1) if "\0" in line]
        raise DataError(
            f"{path} holds NUL characters, which no text does (line {and_more(lines, _SHOWN)}): "
            "it is damaged or no text. Copy or export it again."
        )
    return text.removeprefix("\ufeff"), notes


def _wrong_encoding(path: Path, data: bytes, encoding: str, error: UnicodeDecodeError) -> str:
    if encoding != "utf-8":
        return (
            f"{path} is damaged: it starts as {encoding.upper()} and goes on otherwise. {_REMEDY}"
        )
    byte = data[error.start : error.start + 1]
    line = data.count(b"\n", 0, error.start) + 1
    try:
        shown = byte.decode("cp1252")
        seen = f" ({shown!r} in Windows-1252)" if shown.isprintable() else ""
    except UnicodeDecodeError:
        seen = ""
    return (
        f"{path} cannot be read as a UTF-8 CSV: line {line} has the byte 0x{byte.hex()}{seen}, "
        f"which is not UTF-8. {_REMEDY}"
    )


def _without_mark(data: bytes) -> str:
    """UTF-16 without its mark, as some programs write it: every other byte is mostly NUL."""
    start = data[:4096]
    half = len(start) // 2
    if half < 4:
        return ""
    for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if start[offset::2].count(0) > 0.7 * half and not start[1 - offset :: 2].count(0):
            return name
    return ""

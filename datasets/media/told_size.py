"""Size of a clip as its header tells it: decoders do not mind if a part is missing."""

from __future__ import annotations

UNKNOWN = (0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
"""Lengths in headers that were written before the length was known."""

WAVE64 = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
EBML, MATROSKA_SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"


def told_size(head: bytes) -> int | None:
    """Bytes that the file has to have at least, from its first bytes; None if they do not tell.

    It is told for WAV and its large forms, AIFF, AU, CAF, Matroska and WebM. The headers of AVI
    are wrong too often, those of other containers are left to their decoders.
    """
    form, kind = head[:4], head[8:12]
    if form == b"RIFF" and kind == b"WAVE":
        return _after(8, head[4:8], "little")
    if form in (b"RF64", b"BW64") and head[12:16] == b"ds64":
        return _after(8, head[20:28], "little")
    if head.startswith(WAVE64):
        return _after(0, head[16:24], "little")
    if form == b"FORM" and kind in (b"AIFF", b"AIFC"):
        told = _after(8, head[4:8], "big")
        return told and told - 1  # the last byte can be padding that was never written
    if form == b".snd":
        return _after(int.from_bytes(head[4:8], "big"), head[8:12], "big")
    if form == b"caff":
        return _of_caf(head)
    return _of_matroska(head) if form == EBML else None


def _after(place: int, size: bytes, order: str) -> int | None:
    told = int.from_bytes(size, "little" if order == "little" else "big")
    return None if told in UNKNOWN else place + told


def _of_caf(head: bytes) -> int | None:
    """End of the chunk of samples, which comes behind smaller ones."""
    place = 8
    while place + 12 <= len(head):
        size = head[place + 4 : place + 12]
        if head[place : place + 4] == b"data":
            return _after(place + 12, size, "big")
        place += 12 + int.from_bytes(size, "big")
    return None


def _of_matroska(head: bytes) -> int | None:
    """End of the segment, which is all of the film."""
    size, behind = _number(head, 4)
    if size is None or head[behind + size : behind + size + 4] != MATROSKA_SEGMENT:
        return None
    size, behind = _number(head, behind + size + 4)
    return None if size is None else behind + size


def _number(head: bytes, place: int) -> tuple[int | None, int]:
    """A number of EBML at `place`, None if it means unknown, and the place behind it."""
    first = head[place] if place < len(head) else 0
    length = 9 - first.bit_length()
    number = int.from_bytes(head[place : place + length], "big")
    most = (1 << 7 * length) - 1
    unknown = not first or number & most == most
    return (None if unknown else number & most), place + length

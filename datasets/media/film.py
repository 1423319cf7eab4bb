"""Decoding films with PyAV, noticing those that are cut short."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from av.container import InputContainer

from emobench import ClipError

ENOUGH = 0.9
"""Share of the frames that an MP4 says it has below which it is cut short."""


def decoded(film: InputContainer, stream: Any, path: Path) -> Iterator[Any]:
    """Yield the decoded frames of one stream.

    Raises
    ------
    ClipError
        Less is there than the file says: FFmpeg would say nothing.
    """
    packets = 0
    for packet in film.demux(stream):
        packets += packet.size > 0
        yield from packet.decode()
    # MP4 lists every frame; the headers of AVI and FLV are too often wrong to go by.
    if "mp4" in film.format.name and packets < ENOUGH * stream.frames:
        raise ClipError(f"{path} is cut short: {packets} of its {stream.frames} frames are there")

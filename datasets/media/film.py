"""Decodes films with PyAV, and refuses films that are cut short."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from av.container import InputContainer

from emobench import ClipError

ENOUGH = 0.9
"""Share of the frames in its header below which an MP4 counts as cut short."""


def decoded(film: InputContainer, stream: Any, path: Path) -> Iterator[Any]:
    """Yield the decoded frames of one stream.

    Raises
    ------
    ClipError
        The film is shorter than its header says, which FFmpeg ignores.
    """
    packets = 0
    for packet in film.demux(stream):
        packets += packet.size > 0
        yield from packet.decode()
    # MP4 lists every frame; the headers of AVI and FLV are wrong too often.
    if "mp4" in film.format.name and packets < ENOUGH * stream.frames:
        raise ClipError(f"{path} is cut short: {packets} of its {stream.frames} frames are there")

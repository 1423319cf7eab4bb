"""Decodes films and all that libsndfile cannot read with PyAV; refuses films that are cut short."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.stream import Disposition

from emobench import ClipError
from emobench.datasets.media.source import Content, content

ENOUGH = 0.9
"""Share of the frames in its header below which an MP4 counts as cut short."""

SEEKABLE = ("mp4", "matroska")
"""Containers in which the frame at a time is found by their index, with its true time."""

MOST_PIXELS = 100_000_000
"""Pixels of a picture that are decoded; a head of a few bytes can claim a billion."""

COVER = Disposition.attached_pic | Disposition.timed_thumbnails


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """Open a film, or any recording, by its content.

    Raises
    ------
    ClipError
        It cannot be read.
    """
    with content(path) as file, film(file) as container:
        yield container


def film(file: Content) -> InputContainer:
    """Open with FFmpeg; titles and the like may be in any encoding."""
    limits = {"max_pixels": str(MOST_PIXELS)}
    container: InputContainer = av.open(file, metadata_errors="replace", options=limits)
    return container


def refuse_large(path: Path, width: int, height: int) -> None:
    """Refuse a picture of more than `MOST_PIXELS`.

    Raises
    ------
    ClipError
        It has more.
    """
    if width * height > MOST_PIXELS:
        raise ClipError(
            f"{path} claims a picture of {width} x {height}; {MOST_PIXELS:,} pixels at most are "
            "decoded"
        )


def sound(container: InputContainer, path: Path) -> Any:
    """The first stream of sound.

    Raises
    ------
    ClipError
        There is none.
    """
    if not container.streams.audio:
        raise ClipError(f"{path} has no sound")
    return container.streams.audio[0]


def picture(container: InputContainer, path: Path) -> Any:
    """The first stream of pictures that is no cover.

    Raises
    ------
    ClipError
        There is none.
    """
    for stream in container.streams.video:
        if not stream.disposition & COVER:
            refuse_large(path, stream.width, stream.height)
            stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
            return stream
    raise ClipError(f"{path} has no picture")


def decoded(film: InputContainer, stream: Any, path: Path) -> Iterator[Any]:
    """Yield the decoded frames of one stream.

    Raises
    ------
    ClipError
        The film is shorter than its header says, which FFmpeg ignores.
    """
    packets, ticks = 0, 0
    for packet in film.demux(stream):
        packets += packet.size > 0
        ticks += packet.duration or 0
        yield from packet.decode()
    # MP4 lists every frame; the headers of AVI and FLV are wrong too often. Uncompressed sound
    # counts each sample as a frame.
    listed = "mp4" in film.format.name and packets < ENOUGH * stream.frames
    if listed and ticks < ENOUGH * (stream.duration or 0):
        raise ClipError(f"{path} is cut short: {packets} of its {stream.frames} frames are there")


def stream_seconds(film: InputContainer, stream: Any) -> float:
    """Length of one stream: as the container says, else as its packets say."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if film.duration:
        return film.duration / av.time_base
    first, last = None, 0.0
    for packet in film.demux(stream):
        if packet.pts is not None:
            time = float(packet.pts * packet.time_base)
            first = time if first is None else min(first, time)
            last = max(last, time + float((packet.duration or 0) * packet.time_base))
    return last - (first or 0.0)

"""Face frames of a film: one frame rate, one size, grey, upright."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from emobench import FRAME_RATE, ClipError
from emobench.datasets.media.faces import crop_faces
from emobench.datasets.media.film import SEEKABLE, decoded, opened, picture, stream_seconds
from emobench.datasets.media.image import read_image
from emobench.datasets.media.orientation import lies_on_its_side, of_frame, turned
from emobench.datasets.media.segment import Segment

VIDEO_VERSION = 3
"""Raise it when the frames of the same film change; part of the fingerprint of corpora of films."""

KEPT_WIDTH = 640
"""Wider pictures are reduced to this width: a minute of them has to fit into memory."""

MOST_BYTES = 1 << 32
"""Bytes of all pictures that are kept of one clip, five hours at 640 x 360."""

NEAR = 5.0
"""A segment that begins within so many seconds is read on to, without seeking."""

Picture = NDArray[np.uint8]


def read_video(path: Path, start: float | None = None, end: float | None = None) -> Picture:
    """Read the face of a film, grey frames ``[T, 48, 48]`` at `FRAME_RATE`.

    A film without a face gives the middle three quarters of its height. It is turned as its
    display matrix tells. A photograph gives one frame, as `read_image`.

    Parameters
    ----------
    path
        The file, known by its content, never by its suffix.
    start, end
        Seconds from the first picture: only this segment is decoded.

    Raises
    ------
    ClipError
        The file cannot be read, is cut short or has no picture, or the segment lies outside.
    """
    segment = Segment(start, end)
    with opened(path) as film:
        stream = picture(film, path)
        if "_pipe" in film.format.name and segment.whole:
            return read_image(path)
        if not segment.whole:
            segment.check(path, _seconds(path))
        frames = _timed(decoded(film, stream, path), stream)
        if segment.start is not None and segment.start > NEAR:
            frames = _from(segment.start, film, stream, path, frames)
        pictures, seen = _kept(frames, segment, path)
        if segment.end is not None and segment.end > seen + 1 + 2 / _rate(stream):
            raise ClipError(f"{path} is cut short: its frames end at {seen:.2f} s")
    return crop_faces(pictures)


def _seconds(path: Path) -> float:
    with opened(path) as film:
        return stream_seconds(film, picture(film, path))


def _timed(frames: Iterator[Any], stream: Any, origin: float | None = None) -> Iterator[Any]:
    """Each frame with its seconds since the first one, or since `origin`."""
    rate = _rate(stream)
    for number, frame in enumerate(frames):
        time = frame.time if frame.time is not None else number / rate
        origin = time if origin is None else origin  # a cut film may begin late
        yield time - origin, frame


def _from(
    start: float, film: InputContainer, stream: Any, path: Path, frames: Iterator[Any]
) -> Iterator[Any]:
    """Frames from a key frame before `start` on, if the container has an index of them."""
    first = next(frames, None)
    if first is None or not any(name in film.format.name for name in SEEKABLE):
        return frames
    origin = first[1].time
    if origin is None:
        return frames
    film.seek(int((start + origin) / stream.time_base), stream=stream)
    there = _timed(_demuxed(film, stream), stream, origin)
    found = next(there, None)
    if found is None or found[0] > start:
        film.seek(0, stream=stream)
        return _timed(_demuxed(film, stream), stream, origin)
    return _chained(found, there)


def _chained(first: Any, others: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from others


def _demuxed(film: InputContainer, stream: Any) -> Iterator[Any]:
    for packet in film.demux(stream):
        yield from packet.decode()


def _rate(stream: Any) -> float:
    return float(stream.average_rate or 25)


def _kept(frames: Iterator[Any], segment: Segment, path: Path) -> tuple[list[Picture], float]:
    """One picture for each step at `FRAME_RATE` of the segment; the time of the last frame."""
    size = 0
    first, last = segment.steps(FRAME_RATE)
    pictures: list[Picture] = []
    due, shown, time = first, None, 0.0
    for time, frame in frames:
        tick = int((time + 1e-6) * FRAME_RATE)
        if last is not None and tick >= last:
            break
        if tick < due:
            shown = frame
        else:
            pictures.append(_grey(frame))
            size += pictures[-1].nbytes
            if size > MOST_BYTES:
                raise ClipError(
                    f"{path} has pictures of more than {MOST_BYTES:,} bytes, which are not read at "
                    "once: name a part of it, by start and end"
                )
            due = tick + 1
    # Slow films show one picture for longer than a segment may last.
    if not pictures and shown is not None:
        pictures.append(_grey(shown))
    return pictures, time


def _grey(frame: Any) -> Picture:
    orientation = of_frame(frame)
    height, width = frame.height, frame.width
    across = height if lies_on_its_side(orientation) else width
    if across > KEPT_WIDTH:
        width, height = (max(1, round(n * KEPT_WIDTH / across)) for n in (width, height))
        frame = frame.reformat(width, height, format="gray")
    return turned(np.asarray(frame.to_ndarray(format="gray"), dtype=np.uint8), orientation)

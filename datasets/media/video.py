"""Face frames of a film: one frame rate, one size, grey."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from emobench import FRAME_RATE, ClipError
from emobench.datasets.media.faces import crop_faces
from emobench.datasets.media.film import decoded

VIDEO_VERSION = 2
"""Raise it when the frames of the same film change; part of the fingerprint of corpora of films."""

KEPT_WIDTH = 640
"""Wider pictures are reduced to this width: a minute of them has to fit into memory."""


def read_video(path: Path) -> NDArray[np.uint8]:
    """Read the face of a film, grey frames ``[T, 48, 48]`` at `FRAME_RATE`.

    A film without a face gives the middle three quarters of its height.

    Raises
    ------
    ClipError
        The file cannot be read, is cut short or has no picture.
    """
    pictures: list[NDArray[np.uint8]] = []
    try:
        with av.open(str(path)) as film:
            if not film.streams.video:
                raise ClipError(f"{path} has no picture")
            stream = film.streams.video[0]
            start: float | None = None
            due = 0
            for number, frame in enumerate(decoded(film, stream, path)):
                rate = float(stream.average_rate or 25)
                time = frame.time if frame.time is not None else number / rate
                start = time if start is None else start  # a cut film may begin late
                tick = int((time - start + 1e-6) * FRAME_RATE)
                if tick >= due:
                    pictures.append(_grey(frame))
                    due = tick + 1
    except (OSError, av.error.FFmpegError) as error:
        raise ClipError(f"{path} cannot be read: {error}") from None
    return crop_faces(pictures)


def _grey(frame: av.VideoFrame) -> NDArray[np.uint8]:
    if frame.width > KEPT_WIDTH:
        height = max(1, round(frame.height * KEPT_WIDTH / frame.width))
        frame = frame.reformat(KEPT_WIDTH, height, format="gray")
    return np.asarray(frame.to_ndarray(format="gray"), dtype=np.uint8)

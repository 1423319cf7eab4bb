"""Face frames of a film: one frame rate, one size, grey."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from emobench import FACE_SIZE, FRAME_RATE, ClipError

VIDEO_VERSION = 1
"""Raise it when the frames of the same film change; part of the fingerprint of corpora of films."""


def read_video(path: Path) -> NDArray[np.uint8]:
    """Read grey frames ``[T, 48, 48]`` at `FRAME_RATE`, centre-cropped to a square.

    RAVDESS films one person, whose head fills the middle of the picture; the crop keeps the
    middle three quarters of the height.

    Raises
    ------
    ClipError
        The file cannot be read or has no picture.
    """
    frames: list[NDArray[np.uint8]] = []
    try:
        with av.open(str(path)) as film:
            if not film.streams.video:
                raise ClipError(f"{path} has no picture")
            start: float | None = None
            due = 0
            for number, frame in enumerate(film.decode(video=0)):
                rate = float(film.streams.video[0].average_rate or 25)
                time = frame.time if frame.time is not None else number / rate
                start = time if start is None else start  # a cut film may begin late
                tick = int((time - start + 1e-6) * FRAME_RATE)
                if tick >= due:
                    frames.append(_face(frame))
                    due = tick + 1
    except (OSError, av.error.FFmpegError) as error:
        raise ClipError(f"{path} cannot be read: {error}") from None
    return np.stack(frames) if frames else np.zeros((0, FACE_SIZE, FACE_SIZE), np.uint8)


def _face(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """The middle three quarters of the height, square, scaled by FFmpeg."""
    grey = frame.to_ndarray(format="gray")
    side = min(grey.shape[0] * 3 // 4, grey.shape[1])
    top, left = (grey.shape[0] - side) // 2, (grey.shape[1] - side) // 2
    crop = np.ascontiguousarray(grey[top : top + side, left : left + side])
    small = av.VideoFrame.from_ndarray(crop, format="gray").reformat(FACE_SIZE, FACE_SIZE)
    return np.asarray(small.to_ndarray(format="gray"), dtype=np.uint8)

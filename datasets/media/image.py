"""Faces of photographs, and of films that come as one picture per frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from emobench import FACE_SIZE, ClipError
from emobench.datasets.media.faces import crop_faces


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read the face of a photograph, grey ``[1, 48, 48]``.

    Raises
    ------
    ClipError
        The file cannot be read.
    """
    return read_images([path])


def read_images(paths: Sequence[Path]) -> NDArray[np.uint8]:
    """Read the face in the pictures of one film, grey ``[T, 48, 48]``, all of them in this order.

    Pictures of 48 x 48 are taken to be faces already.

    Raises
    ------
    ClipError
        A file cannot be read.
    """
    pictures = [_grey(path) for path in paths]
    if pictures and all(p.shape == (FACE_SIZE, FACE_SIZE) for p in pictures):
        return np.stack(pictures)
    return crop_faces(pictures)


def _grey(path: Path) -> NDArray[np.uint8]:
    try:
        with av.open(str(path)) as file:
            frame = next(file.decode(video=0), None)
    except (OSError, IndexError, av.error.FFmpegError) as error:
        raise ClipError(f"{path} cannot be read: {error}") from None
    if frame is None:
        raise ClipError(f"{path} has no picture")
    return np.asarray(frame.to_ndarray(format="gray"), dtype=np.uint8)

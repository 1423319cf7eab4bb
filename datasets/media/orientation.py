"""Turns pictures upright as cameras ask for: EXIF of photographs, display matrices of films."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from av.sidedata.sidedata import Type
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]

ORIENTATION = 0x0112
"""The EXIF tag."""

UPRIGHT = 1
BY_FLIPS = {
    (False, False, False): 1,
    (False, True, False): 2,
    (False, True, True): 3,
    (False, False, True): 4,
    (True, False, False): 5,
    (True, True, False): 6,
    (True, True, True): 7,
    (True, False, True): 8,
}
"""EXIF's number of: transposed, then mirrored left to right, then mirrored top to bottom."""

FLIPS = {number: flips for flips, number in BY_FLIPS.items()}


def turned(picture: Picture, orientation: int) -> Picture:
    """The picture ``[H, W]`` as it is to be shown, from EXIF's orientation 1 to 8."""
    transposed, across, down = FLIPS.get(orientation, FLIPS[UPRIGHT])
    shown = picture.T if transposed else picture
    shown = shown[:, ::-1] if across else shown
    return np.ascontiguousarray(shown[::-1] if down else shown)


def lies_on_its_side(orientation: int) -> bool:
    """Whether height and width change places."""
    return FLIPS.get(orientation, FLIPS[UPRIGHT])[0]


def of_photograph(photograph: Image.Image) -> int:
    """EXIF's orientation of a photograph; 1 if it has none that can be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = photograph.getexif().get(ORIENTATION, UPRIGHT)
    # Notes that cannot be read say nothing, and each kind of damage has its own exception.
    except Exception:
        return UPRIGHT
    return found if found in FLIPS else UPRIGHT


def of_frame(frame: Any) -> int:
    """A frame's display matrix as EXIF's orientation."""
    if not frame.rotation and not _may_be_mirrored(frame):
        return UPRIGHT
    try:
        matrix = frame.side_data.get(Type.DISPLAYMATRIX)
    # PyAV knows not every kind of side data; the rotation is known all the same.
    except ValueError:
        return {0: 1, -90: 6, 90: 8}.get(round(frame.rotation / 90) * 90, 3)
    return UPRIGHT if matrix is None else of_matrix(np.frombuffer(bytes(matrix)[:36], "=i4"))


def _may_be_mirrored(frame: Any) -> bool:
    """Whether there is side data at all: a mirror image can have no rotation."""
    try:
        return len(frame.side_data) > 0
    except ValueError:
        return False


def of_matrix(matrix: Sequence[int] | NDArray[np.int32]) -> int:
    """FFmpeg's display matrix, nine numbers, as EXIF's orientation; slants are rounded off."""
    a, b, _, c, d = (int(n) for n in matrix[:5])
    if not any((a, b, c, d)):
        return UPRIGHT
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return BY_FLIPS[False, a < 0, d < 0]
    return BY_FLIPS[True, c < 0, b < 0]

"""Finding the face in the pictures of a film, with the cascade that scikit-image ships.

Local binary patterns over a cascade of boosted stages (Viola and Jones 2001; Liao et al. 2007).
The whole picture is searched until a face is found, then only the surroundings of the last one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import av
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from skimage.data import lbp_frontal_face_cascade_filename
from skimage.feature import Cascade

from emobench import FACE_SIZE

Picture = NDArray[np.uint8]

SEARCH_WIDTH = 320
"""Faces are looked for in the picture reduced to this width."""

SMALLEST = 24
"""Side in pixels of the smallest face that the cascade knows."""

SEARCH_EVERY = 3
"""A picture is searched as a whole if there is no face near the last one; of several such pictures
in a row only every third, as that takes thirty times as long."""

MARGIN = 0.1
"""The box is enlarged by this share of its side on each side: it leaves out hair and chin."""

SMOOTHED = 5
"""Boxes are replaced by the median of so many neighbours: the cascade's tremble."""

CENTRE = 0.75
"""Without any face, the crop is this share of the height, in the middle."""


class Box(NamedTuple):
    """A square in a picture of width `SEARCH_WIDTH`."""

    top: float
    left: float
    side: float

    def distance(self, other: Box) -> float:
        """Distance of the two middles."""
        down = self.top + self.side / 2 - other.top - other.side / 2
        right = self.left + self.side / 2 - other.left - other.side / 2
        return float(np.hypot(down, right))


def crop_faces(pictures: Sequence[Picture]) -> NDArray[np.uint8]:
    """Cut the face out of each grey picture ``[H, W]`` of one film, ``[T, 48, 48]``.

    A picture without a face is cropped at the previous face (at the first face if none precedes
    it). If no picture has a face, the crop is the middle three quarters of the height.
    """
    if not pictures:
        return np.zeros((0, FACE_SIZE, FACE_SIZE), np.uint8)
    boxes = face_boxes(pictures)
    if boxes is None:
        return np.stack([_scaled(_centre(p)) for p in pictures])
    return np.stack([_scaled(_cut(p, b)) for p, b in zip(pictures, boxes, strict=True)])


def face_boxes(pictures: Iterable[Picture]) -> list[Box] | None:
    """Position of the face in each picture of one film, or None if no picture has a face."""
    found: list[Box | None] = []
    last: Box | None = None
    without = 0
    for picture in pictures:
        small = _reduced(picture)
        box = _near_last(small, last) if last else None
        if box is None and without % SEARCH_EVERY == 0:
            box = _largest_or_nearest(small, last)
        without = without + 1 if box is None else 0
        last = box or last
        found.append(box)
    first = next((box for box in found if box), None)
    if first is None:
        return None
    kept: list[Box] = []
    for box in found:
        kept.append(box or (kept[-1] if kept else first))
    smooth = median_filter(np.array(kept, np.float64), size=(SMOOTHED, 1), mode="nearest")
    return [Box(*row) for row in smooth.tolist()]


def _largest_or_nearest(small: Picture, last: Box | None) -> Box | None:
    """The largest face in the picture or, after a first face, the face nearest to the last."""
    found = _detected(small, SMALLEST, min(small.shape))
    if last is None:
        return max(found, key=lambda box: box.side, default=None)
    return min(found, key=last.distance, default=None)


def _near_last(small: Picture, last: Box) -> Box | None:
    """The nearest face of similar size, within a limited distance of the last face."""
    reach = last.side * 0.6
    top, left = max(0, int(last.top - reach)), max(0, int(last.left - reach))
    bottom, right = int(last.top + last.side + reach), int(last.left + last.side + reach)
    smallest, largest = round(last.side * 0.6), round(last.side * 1.6)
    found = _detected(small[top:bottom, left:right], smallest, largest)
    moved = [Box(b.top + top, b.left + left, b.side) for b in found]
    return min(moved, key=last.distance, default=None)


def _detected(picture: Picture, smallest: int, largest: int) -> list[Box]:
    smallest, largest = max(smallest, SMALLEST), min(largest, *picture.shape)
    if largest < smallest:
        return []
    found = _cascade().detect_multi_scale(
        np.ascontiguousarray(picture),
        scale_factor=1.1,
        step_ratio=1,
        min_size=(smallest, smallest),
        max_size=(largest, largest),
        min_neighbor_number=3,
    )
    return [Box(f["r"], f["c"], f["width"]) for f in found]


@cache
def _cascade() -> Any:
    return Cascade(lbp_frontal_face_cascade_filename())


def _reduced(picture: Picture) -> Picture:
    height, width = picture.shape
    if width <= SEARCH_WIDTH:
        return picture
    return _scaled(picture, SEARCH_WIDTH, max(1, round(height * SEARCH_WIDTH / width)))


def _cut(picture: Picture, box: Box) -> Picture:
    """The enlarged box, moved into the picture where it overlaps the edge."""
    height, width = picture.shape
    scale = max(1.0, width / SEARCH_WIDTH)
    side = min(round(box.side * (1 + 2 * MARGIN) * scale), height, width)
    top = round((box.top + box.side / 2) * scale - side / 2)
    left = round((box.left + box.side / 2) * scale - side / 2)
    top, left = min(max(top, 0), height - side), min(max(left, 0), width - side)
    return picture[top : top + side, left : left + side]


def _centre(picture: Picture) -> Picture:
    height, width = picture.shape
    side = max(1, min(int(height * CENTRE), width))
    top, left = (height - side) // 2, (width - side) // 2
    return picture[top : top + side, left : left + side]


def _scaled(picture: Picture, width: int = FACE_SIZE, height: int = FACE_SIZE) -> Picture:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="gray")
    scaled = frame.reformat(width, height).to_ndarray(format="gray")
    return np.asarray(scaled, dtype=np.uint8)

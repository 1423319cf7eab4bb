"""Soft shapes on a stack of frames, which draw a face."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def inside(distance: Floats | Any, softness: float) -> Floats:
    """Return 1 where `distance` to an edge is positive, 0 where negative, soft in between."""
    return np.clip(0.5 + distance / softness, 0.0, 1.0)


def stroke(distance: Floats | Any, width: float | Floats) -> Floats:
    """Return 1 on a line and 0 at a distance of `width` pixels or more."""
    return np.clip(1.0 - abs(distance) / width, 0.0, 1.0)


def bell(distance: Floats | Any, width: float) -> Floats:
    """Return a round bump of half-width `width`, 0 from twice that on."""
    square = np.clip(1.0 - (distance / (2.0 * width)) ** 2, 0.0, None)
    return square * square


class Canvas:
    """Frames in the making.

    Parameters
    ----------
    across, down
        The head's coordinates of every pixel, in pixels [T, H, W]; `across` is folded at the
        head's middle, so that one shape draws both sides.
    background
        Brightness to start with, on [0, 1].
    """

    def __init__(self, across: Floats, down: Floats, background: float) -> None:
        self.across = np.abs(across)
        self.down = down
        self.pixels = np.full(across.shape, background, dtype=np.float32)

    def rows(self, start: int, stop: int) -> Canvas:
        """Return the part of the canvas between two rows; drawing on it draws on this one."""
        part = object.__new__(Canvas)
        part.across = self.across[:, start:stop]
        part.down = self.down[:, start:stop]
        part.pixels = self.pixels[:, start:stop]
        return part

    def paint(self, cover: Floats, brightness: float | NDArray[np.floating[Any]]) -> None:
        """Cover with a brightness."""
        self.pixels += cover * (brightness - self.pixels)

    def shade(self, cover: Floats, depth: float) -> None:
        """Darken by a share `depth` where `cover` is 1."""
        self.pixels *= 1.0 - depth * np.clip(cover, 0.0, 1.2)

    def light(self, cover: Floats, strength: float) -> None:
        """Brighten by a share `strength` where `cover` is 1."""
        self.pixels *= 1.0 + strength * cover

"""Corruptions of face frames ``[T, H, W]`` uint8, lost frames among them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from torch.nn import functional

from emobench.corruption.corruption import Donors

Frames = NDArray[np.uint8]


def occlusion(frames: Frames, share: float, rng: np.random.Generator, donors: Donors) -> Frames:
    """Cover a `share` of the picture by a black square, at one place throughout the clip."""
    height, width = frames.shape[1:]
    tall, wide = round(height * share**0.5), round(width * share**0.5)
    # The same two numbers at every severity: a smaller square lies within a larger one.
    top, left = (int(u * (n - s)) for u, n, s in zip(
        rng.random(2), (height, width), (tall, wide), strict=True
    ))  # fmt: skip
    covered = frames.copy()
    covered[:, top : top + tall, left : left + wide] = 0
    return covered


def blur(frames: Frames, sigma: float, rng: np.random.Generator, donors: Donors) -> Frames:
    """Blur each frame by a Gaussian of `sigma` pixels."""
    return _pixels(gaussian_filter(frames.astype(np.float32), (0, sigma, sigma)))


def low_resolution(frames: Frames, side: float, rng: np.random.Generator, donors: Donors) -> Frames:
    """Reduce each frame to `side` x `side` pixels by averaging, and enlarge it again."""
    pixels = torch.from_numpy(frames.astype(np.float32))[:, None]
    few = functional.adaptive_avg_pool2d(pixels, int(side))
    size = frames.shape[1:]
    again = functional.interpolate(few, size=size, mode="bilinear", align_corners=False)
    return _pixels(again[:, 0].numpy())


def dropped_frames(
    steps: NDArray[Any], share: float, rng: np.random.Generator, donors: Donors
) -> NDArray[Any]:
    """Lose a `share` of the time steps ``[T, ...]``, at least one kept; zeros take their place.

    The time grid stays, as where a face detector finds no face.
    """
    values = rng.random(len(steps))
    lost = values < share
    lost[values.argmax()] = False
    kept = steps.copy()
    kept[lost] = 0
    return kept


def _pixels(values: NDArray[np.floating]) -> Frames:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)

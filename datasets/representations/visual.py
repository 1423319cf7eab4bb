"""Light visual representations: face frames, and a gradient descriptor per frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.feature import hog
from sklearn.decomposition import PCA

from emobench import FACE_SIZE, PROJECTION_SEED, FittedRepresentation, Representation

Array = NDArray[np.float32]

LEARNED = ("components_", "mean_", "explained_variance_")
"""Attributes of a fitted `PCA` that its projection is made of."""


class Frames(Representation):
    """Grey face frames, ``[T, 48 * 48]`` in 0 to 1, at the corpus's frame rate."""

    name = "frames"
    modality = "vision"
    source = "frames"
    standardise = False
    dtype = "float16"

    def extract(self, media: NDArray[np.uint8]) -> Array:
        """Return ``[T, 2304]``."""
        return media.reshape(len(media), FACE_SIZE * FACE_SIZE).astype(np.float32) / 255.0


class HOG(Representation):
    """Histograms of oriented gradients, ``[T, 800]`` (Dalal and Triggs 2005).

    Eight orientations in cells of 8 x 8 pixels, normalised over blocks of 2 x 2 cells.
    """

    name = "hog"
    modality = "vision"
    source = "frames"
    dtype = "float16"

    def extract(self, media: NDArray[np.uint8]) -> Array:
        """Return ``[T, 800]``."""
        return np.stack(
            [hog(f, orientations=8, pixels_per_cell=(8, 8), cells_per_block=(2, 2)) for f in media]
        ).astype(np.float32)


class FaceDescriptor(FittedRepresentation):
    """`HOG` projected on its 64 first principal components in the train split, ``[T, 64]``."""

    name = "face_descriptor"
    modality = "vision"
    base = "hog"
    components = 64
    sample = 20_000
    """Number of train frames that are read at most, evenly spread."""

    def __init__(self) -> None:
        self._pca: PCA | None = None

    def fit(self, train: list[NDArray[np.float16]]) -> None:
        """Learn the projection from train sequences ``[T, 800]``."""
        frames = np.concatenate(train)
        frames = frames[:: max(1, len(frames) // self.sample)].astype(np.float32)
        count = min(self.components, *frames.shape)
        self._pca = PCA(count, svd_solver="randomized", random_state=PROJECTION_SEED).fit(frames)

    def transform(self, item: NDArray[np.float16]) -> Array:
        """Return ``[T, 64]``."""
        if self._pca is None:
            raise RuntimeError("fit comes first")
        projected: Array = self._pca.transform(item.astype(np.float32)).astype(np.float32)
        return projected

    def state(self) -> dict[str, Any]:
        """Return the components ``[K, 800]``, the mean ``[800]`` and the variances ``[K]``."""
        if self._pca is None:
            raise RuntimeError("fit comes first")
        return {name: getattr(self._pca, name) for name in LEARNED}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Make the projection of what `state` returned."""
        self._pca = PCA(len(state["components_"]))
        for name in LEARNED:
            setattr(self._pca, name, np.asarray(state[name]))
        self._pca.n_components_, self._pca.n_features_in_ = state["components_"].shape

    @property
    def size(self) -> int:
        """Number of components."""
        return 0 if self._pca is None else int(self._pca.n_components_)


class ActionUnits(Representation):
    """Facial action units as the corpus gives them, ``[T, D]``."""

    name = "action_units"
    modality = "vision"
    source = "action_units"

    def extract(self, media: Array) -> Array:
        """Return the corpus's action units, ``[T, D]``."""
        return media

"""Features that a corpus comes with, by the names that papers call them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from emobench import Representation

Array = NDArray[np.float32]


class Given(Representation):
    """What the corpus has, ``[T, D]``, unchanged."""

    given = True
    needs: ClassVar[str] = "features that have to come with the corpus"

    def extract(self, media: Array) -> Array:
        """Return the corpus's features ``[T, D]``."""
        return media


class TextFeatures(Given):
    """Features of the text with no name of their own."""

    name = "text_features"
    modality = "text"
    source = "text_features"


class AudioFeatures(Given):
    """Features of the voice with no name of their own."""

    name = "audio_features"
    modality = "audio"
    source = "audio_features"


class VisionFeatures(Given):
    """Features of the face with no name of their own."""

    name = "vision_features"
    modality = "vision"
    source = "vision_features"


class GloVe(Given):
    """GloVe vectors of the words, ``[T, 300]`` (Pennington et al. 2014)."""

    name = "glove_300"
    modality = "text"
    source = "glove_300"


class COVAREP(Given):
    """COVAREP features at 100 Hz, ``[T, 74]`` (Degottex et al. 2014)."""

    name = "covarep_74"
    modality = "audio"
    source = "covarep_74"


class OpenFace2(Given):
    """OpenFace 2 features, ``[T, 713]`` (Baltrusaitis et al. 2018)."""

    name = "openface2_713"
    modality = "vision"
    source = "openface2_713"


class FACET(Given):
    """Facial action units and emotions of iMotions' FACET 4.2, ``[T, 35]``."""

    name = "facet"
    modality = "vision"
    source = "facet"

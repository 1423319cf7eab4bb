"""Features that come with a corpus, under their names in papers."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from emobench import Representation

Array = NDArray[np.float32]


class CorpusFeatures(Representation):
    """The corpus's features, ``[T, D]``, unchanged."""

    given = True
    needs: ClassVar[str] = "features that have to come with the corpus"

    def extract(self, media: Array) -> Array:
        """Return the corpus's features ``[T, D]``."""
        return media


def _features(name: str, modality: str, description: str) -> type[CorpusFeatures]:
    """Define the representation `name`, which starts from the corpus's source of that name."""
    body = {"name": name, "modality": modality, "source": name, "__doc__": description}
    return type(name, (CorpusFeatures,), body | {"__module__": __name__})


text_features = _features("text_features", "text", "Features of the text without a name.")
audio_features = _features("audio_features", "audio", "Features of the voice without a name.")
vision_features = _features("vision_features", "vision", "Features of the face without a name.")
glove_300 = _features(
    "glove_300", "text", "GloVe vectors of the words, ``[T, 300]`` (Pennington et al. 2014)."
)
covarep_74 = _features(
    "covarep_74", "audio", "COVAREP features at 100 Hz, ``[T, 74]`` (Degottex et al. 2014)."
)
openface2_713 = _features(
    "openface2_713", "vision", "OpenFace 2 features, ``[T, 713]`` (Baltrusaitis et al. 2018)."
)
facet = _features(
    "facet", "vision", "Facial action units and emotions of iMotions' FACET 4.2, ``[T, 35]``."
)

"""Which array of a file is taken."""

from __future__ import annotations

import numpy as np
import pytest
from emobench_tests_feature_files import MANY, block, failure, mmsa

from emobench import RequestError, open_features


def test_the_modality_chooses(tmp_path):
    path = mmsa(tmp_path / "f", MANY)
    assert open_features(path, "vision").size == 2
    assert open_features(path, "text").size == 768  # never text_bert
    with pytest.raises(RequestError, match=r"several kinds \(text, audio, vision\).*--modality"):
        open_features(path)
    assert "no features of audio; it has text" in failure(
        block(tmp_path, text=np.ones((2, 3))), "audio"
    )
    assert open_features(block(tmp_path, wav2vec=np.ones((2, 3))), "audio").size == 3
    both = block(tmp_path, video=np.ones((2, 3)), audio_features=np.ones((2, 5)))
    assert open_features(both, "vision").size == 3
    assert open_features(both, "audio").size == 5

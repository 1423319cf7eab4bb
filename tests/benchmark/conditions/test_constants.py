"""The constants say nothing about an utterance, and stand where a model expects its input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emobench.conditions.constants import mean_sequence, usual_length, zero_sequence

INPUTS = {
    "text": ("tokens", "word_vectors"),
    "audio": ("log_mel", "prosody"),
    "vision": ("face_descriptor",),
}


@pytest.fixture(scope="module")
def view(small: Any) -> Any:
    return small.view_of(INPUTS)


def train_lengths(view: Any, modality: str) -> np.ndarray:
    column = view.modalities.index(modality)
    rows = [i for i in view.parts.train if view.available[i, column]]
    assert len(rows) < len(view.parts.train)  # some lack it, so the filter matters
    return next(iter(view.features[modality].values())).table.lengths[rows]


@pytest.mark.parametrize("modality", INPUTS)
def test_it_is_as_long_as_the_median_train_utterance_that_has_the_modality(
    view: Any, modality: str
) -> None:
    wanted = int(np.median(train_lengths(view, modality)))
    for made in (mean_sequence(view, modality, 3), zero_sequence(view, modality, 3)):
        assert list(made) == list(INPUTS[modality])
        for name, sequence in made.items():
            size = view.features[modality][name].table.size
            assert sequence.values.shape == (3, wanted, size)
            assert sequence.lengths.tolist() == [wanted] * 3


def test_the_mean_is_zero_and_zero_is_the_standardised_raw_zero(view: Any) -> None:
    one = view.features["audio"]["log_mel"]
    assert not mean_sequence(view, "audio", 2)["log_mel"].values.any()
    zero = zero_sequence(view, "audio", 2)["log_mel"].values.numpy()
    np.testing.assert_allclose(zero, np.broadcast_to(-one.mean * one.scale, zero.shape))
    assert np.abs(zero).max() > 0.1


def test_words_are_one_unknown_word_and_follow_the_grid_beside_vectors(
    view: Any, small: Any
) -> None:
    alone = small.view_of({"text": ("tokens",)})
    assert usual_length(alone, "text") == 1
    for build in (mean_sequence, zero_sequence):
        assert build(alone, "text", 2)["tokens"].values.tolist() == [[[1.0]], [[1.0]]]
        beside = build(view, "text", 2)
        assert (beside["tokens"].values == 1).all()
        assert beside["tokens"].lengths.tolist() == beside["word_vectors"].lengths.tolist()


def test_raw_input_has_the_mean_of_the_train_split(small: Any) -> None:
    view = small.view_of({"vision": ("expressed_vision",)})
    one, column = view.features["vision"]["expressed_vision"], view.modalities.index("vision")
    rows = [i for i in view.parts.train if view.available[i, column]]
    wanted = np.concatenate([one[i] for i in rows]).mean(axis=0)
    found = mean_sequence(view, "vision", 1)["expressed_vision"].values.numpy()[0, 0]
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert not zero_sequence(view, "vision", 1)["expressed_vision"].values.any()


def test_nothing_of_dev_or_test_is_read(small: Any) -> None:
    view = small.view_of(INPUTS).without_test()
    whole = small.view_of(INPUTS)
    for build in (mean_sequence, zero_sequence):
        for modality in INPUTS:
            for name, sequence in build(view, modality, 1).items():
                other = build(whole, modality, 1)[name]
                assert (sequence.values == other.values).all()

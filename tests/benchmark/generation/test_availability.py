"""Which generator can do what is known before anything is trained."""

from __future__ import annotations

import pytest

from emobench import RequestError
from emobench.generation.availability import why_not

FEATURES = {"text": ("word_vectors",), "audio": ("mfcc", "prosody"), "vision": ("action_units",)}
WORDS = {**FEATURES, "text": ("tokens",)}
RAW = {"text": ("characters",), "audio": ("waveform",), "vision": ("frames",)}


def test_features_can_be_generated_by_everything() -> None:
    for modality in FEATURES:
        assert why_not("", modality, FEATURES, False) == ""
        assert why_not("model", modality, FEATURES, True) == ""
        for generator in ("ridge", "neighbours"):
            assert why_not(generator, modality, FEATURES, False) == ""


def test_a_model_without_generate_has_no_generator_of_its_own() -> None:
    assert why_not("model", "text", FEATURES, False) == "generates nothing"


def test_words_are_found_and_not_regressed_but_can_be_sources() -> None:
    assert "averages" in why_not("ridge", "text", WORDS, False)
    assert why_not("neighbours", "text", WORDS, False) == ""
    assert why_not("ridge", "audio", WORDS, False) == ""


@pytest.mark.parametrize("generator", ["ridge", "neighbours"])
def test_recordings_are_no_features(generator: str) -> None:
    for modality, (name,) in RAW.items():
        assert next(iter(RAW.values()))[0] in why_not(generator, modality, RAW, False)
        alone = {**FEATURES, modality: (name,)}
        assert name in why_not(generator, modality, alone, False)
    assert why_not("model", "audio", RAW, True) == ""


def test_what_is_known_and_not_recorded_is_not_generated() -> None:
    known = {m: (f"expressed_{m}",) for m in FEATURES}
    assert "expressed_text" in why_not("ridge", "text", known, False)


def test_a_single_modality_has_nothing_to_be_generated_from() -> None:
    for generator in ("model", "ridge", "neighbours"):
        assert "nothing but audio" in why_not(generator, "audio", {"audio": ("mfcc",)}, True)
    assert why_not("", "audio", {"audio": ("mfcc",)}, False) == ""


def test_an_unknown_generator_is_refused() -> None:
    with pytest.raises(RequestError, match="ridge"):
        why_not("rigde", "audio", FEATURES, False)

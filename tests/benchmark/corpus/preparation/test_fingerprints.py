from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from skimage import data
from skimage.transform import resize

from emobench.corpus.preparation.fingerprints import (
    NEAR,
    content_key,
    difference_hash,
    nearly_equal,
    normalised,
    perceptual_hash,
)


def test_words_are_equal_but_for_case_width_punctuation_and_spacing() -> None:
    assert normalised("  Oh, MY\u2019 god!! \uff21") == "oh my god a"
    assert perceptual_hash("Yeah.", "transcript") == perceptual_hash("yeah", "transcript") != 0
    assert perceptual_hash("Yeah.", "transcript") != perceptual_hash("Yes.", "transcript")
    assert perceptual_hash("...", "transcript") == 0
    assert content_key("Yeah.", "transcript") != content_key("yeah", "transcript")
    assert content_key("Yeah. ", "transcript") == content_key("Yeah.", "transcript")
    assert normalised("Größe") != normalised("Grosse Sache")


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=20))
def test_equal_samples_have_one_key_and_others_another(samples: list[float]) -> None:
    wave = np.array(samples, dtype=np.float32)
    assert content_key(wave, "waveform") == content_key(wave.copy()[::1], "waveform") != 0
    changed = wave.copy()
    changed[-1] += 0.5
    assert content_key(changed, "waveform") != content_key(wave, "waveform")
    assert content_key(wave[:, None], "x") != content_key(wave[None], "x") or len(wave) == 1


def face(shift: int = 0, light: float = 1.0) -> np.ndarray:
    crop = data.astronaut().mean(axis=2)[20 + shift : 190 + shift, 130:300]
    return (resize(crop, (48, 48)) * light).clip(0, 255).astype(np.uint8)


def test_a_brighter_or_recompressed_picture_looks_alike_and_another_does_not() -> None:
    noise = np.random.default_rng(0).integers(-3, 4, (48, 48))
    again = (face(light=1.1).astype(int) + noise).clip(0, 255).astype(np.uint8)
    looks = np.array([difference_hash(face()), difference_hash(again)], dtype=np.uint64)
    assert int(np.bitwise_count(looks[0] ^ looks[1])) <= NEAR
    other = np.array([difference_hash(face(shift=120))], dtype=np.uint64)
    assert nearly_equal(looks, looks[:1], "frames").tolist() == [True, True]
    assert nearly_equal(looks, other, "frames").tolist() == [False, False]


def test_what_has_no_look_is_near_nothing() -> None:
    nothing = np.zeros(2, dtype=np.uint64)
    assert perceptual_hash(np.full((3, 48, 48), 7, dtype=np.uint8), "frames") == 0
    assert not nearly_equal(nothing, nothing, "frames").any()

"""What counts as usable: the same checks for every corpus."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import FACE_SIZE, FRAME_RATE, SAMPLE_RATE, ClipError
from emobench.corpus.preparation.clips import MAX_SECONDS, MIN_SECONDS, SILENCE, check_media


def noise(samples: int) -> np.ndarray:
    return np.random.default_rng(samples).normal(0, 0.1, samples).astype(np.float32)


@settings(max_examples=30)
@given(samples=st.integers(0, int(65 * SAMPLE_RATE)))
def test_a_waveform_is_refused_cut_or_handed_through_by_its_length(samples: int) -> None:
    wave = noise(samples)
    if samples < MIN_SECONDS * SAMPLE_RATE:
        with pytest.raises(ClipError, match="empty audio"):
            check_media(wave, "waveform")
        return
    usable, note = check_media(wave, "waveform")
    limit = int(MAX_SECONDS * SAMPLE_RATE)
    np.testing.assert_array_equal(usable, wave[:limit])
    assert (note is not None) == (samples > limit)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_sample_that_is_no_number_spoils_a_waveform(value: float) -> None:
    wave = noise(8000)
    wave[4321] = value
    with pytest.raises(ClipError, match="NaN or infinite"):
        check_media(wave, "waveform")


def test_silence_is_told_from_a_quiet_voice() -> None:
    for quiet in (np.zeros(8000), np.full(8000, 0.9 * SILENCE), np.full(8000, -0.9 * SILENCE)):
        with pytest.raises(ClipError, match="silent audio"):
            check_media(quiet, "waveform")
    assert check_media(np.full(8000, -1.1 * SILENCE), "waveform")[1] is None


def test_a_long_clip_says_how_long_it_was() -> None:
    usable, note = check_media(noise(75 * SAMPLE_RATE), "waveform")
    assert len(usable) == 60 * SAMPLE_RATE
    assert note == "audio of 75 s, too long"


def test_frames_are_refused_when_there_are_none_or_nothing_on_them() -> None:
    with pytest.raises(ClipError, match="no frame"):
        check_media(np.zeros((0, FACE_SIZE, FACE_SIZE), np.uint8), "frames")
    with pytest.raises(ClipError, match="blank"):
        check_media(np.full((3, FACE_SIZE, FACE_SIZE), 7, np.uint8), "frames")


def test_long_films_are_cut() -> None:
    frames = np.zeros((int(70 * FRAME_RATE), FACE_SIZE, FACE_SIZE), np.uint8)
    frames[:, 3] = 200
    usable, note = check_media(frames, "frames")
    assert len(usable) == 60 * FRAME_RATE
    assert note == "video of 70 s, too long"
    assert check_media(usable, "frames")[1] is None


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_a_text_without_a_character_is_refused(text: str) -> None:
    with pytest.raises(ClipError, match="empty text"):
        check_media(text, "transcript")
    assert check_media(" a ", "transcript") == (" a ", None)


def test_other_sources_must_be_there_and_finite() -> None:
    with pytest.raises(ClipError, match="empty action_units"):
        check_media(np.zeros((0, 4)), "action_units")
    with pytest.raises(ClipError, match="action_units with NaN"):
        check_media([[1.0, np.nan]], "action_units")
    values, note = check_media([[1, 2]], "action_units")
    assert values.dtype == np.float32
    assert note is None

"""Reading clips: every form of sound becomes 16 kHz mono, every film 48 x 48 at 5 Hz."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import FACE_SIZE, FRAME_RATE, SAMPLE_RATE, ClipError
from emobench.datasets.media import read_audio, read_video

Film = Callable[..., None]


def tone(hertz: float, seconds: float, rate: int, loud: float = 0.4) -> np.ndarray:
    return loud * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def loudest_hertz(wave: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    return float(spectrum.argmax()) * SAMPLE_RATE / len(wave)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_a_tone_keeps_its_pitch_length_and_loudness_at_any_rate(
    tmp_path: Path, rate: int, suffix: str
) -> None:
    path = tmp_path / f"clip{suffix}"
    soundfile.write(path, tone(440, 1.0, rate), rate)
    wave = read_audio(path)
    assert wave.dtype == np.float32
    assert wave.ndim == 1
    assert abs(len(wave) - SAMPLE_RATE) <= 1
    assert loudest_hertz(wave) == pytest.approx(440, abs=1.5)
    middle = wave[2000:-2000]
    assert np.sqrt((middle**2).mean()) == pytest.approx(0.4 / np.sqrt(2), rel=0.02)


def test_resampling_folds_nothing_down_from_above_8_khz(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(10_000, 0.5, 48_000), 48_000)
    middle = read_audio(tmp_path / "a.wav")[1000:-1000]
    assert np.abs(middle).max() < 0.01


def test_stereo_is_averaged(tmp_path: Path) -> None:
    left, right = tone(300, 0.2, SAMPLE_RATE), tone(700, 0.2, SAMPLE_RATE, 0.2)
    soundfile.write(
        tmp_path / "a.wav", np.stack([left, right], axis=1), SAMPLE_RATE, subtype="FLOAT"
    )
    np.testing.assert_allclose(read_audio(tmp_path / "a.wav"), (left + right) / 2, atol=1e-6)


def test_sound_of_a_film_is_as_long_as_the_film_and_keeps_its_pitch(
    tmp_path: Path, write_film: Film
) -> None:
    write_film(tmp_path / "a.mp4", seconds=2.0, tone=440.0)
    wave = read_audio(tmp_path / "a.mp4")
    assert wave.dtype == np.float32
    assert len(wave) / SAMPLE_RATE == pytest.approx(2.0, abs=0.08)  # AAC pads to whole blocks
    assert loudest_hertz(wave) == pytest.approx(440, abs=1.5)
    assert np.abs(wave).max() == pytest.approx(0.4, rel=0.1)


@settings(max_examples=12)
@given(
    fps=st.sampled_from([10, 12, 15, 24, 25, 30, 60, Fraction(30_000, 1001)]),
    seconds=st.floats(0.5, 3.0),
    start=st.sampled_from([0.0, 1.4]),
)
def test_frames_come_at_the_frame_rate_whatever_the_films_own(
    tmp_path_factory: pytest.TempPathFactory,
    write_film: Film,
    fps: Fraction | int,
    seconds: float,
    start: float,
) -> None:
    path = tmp_path_factory.mktemp("film") / "a.mp4"
    write_film(path, seconds=seconds, fps=fps, tone=None, start=start)
    frames = read_video(path)
    assert frames.dtype == np.uint8
    assert frames.shape[1:] == (FACE_SIZE, FACE_SIZE)
    assert abs(len(frames) - seconds * FRAME_RATE) <= 1


def test_a_film_that_begins_late_is_sampled_evenly(tmp_path: Path, write_film: Film) -> None:
    """Its first second must not be read frame by frame to catch up with the clock."""
    for name, start in (("now", 0.0), ("late", 2.0)):
        write_film(tmp_path / f"{name}.mp4", seconds=2.0, tone=None, start=start)
    now, late = read_video(tmp_path / "now.mp4"), read_video(tmp_path / "late.mp4")
    assert len(now) == len(late) == 10
    np.testing.assert_allclose(bar_position(now), bar_position(late), atol=1.0)


def bar_position(frames: np.ndarray) -> np.ndarray:
    bright = frames.astype(float).mean(axis=1)
    bright = np.maximum(bright - 100, 0)
    return (bright * np.arange(FACE_SIZE)).sum(axis=1) / bright.sum(axis=1).clip(1e-9)


def test_what_moves_in_the_film_moves_in_the_frames(tmp_path: Path, write_film: Film) -> None:
    write_film(tmp_path / "a.mp4", seconds=2.0, tone=None)
    position = bar_position(read_video(tmp_path / "a.mp4"))
    seen = position[position > 0]
    assert len(seen) >= 7
    # The bar crosses 80 of 128 pixels in 2 s; the crop is 72 wide and 48 after scaling.
    assert np.diff(seen).min() > 0
    assert np.median(np.diff(seen)) == pytest.approx(8 * 48 / 72, abs=1.0)


@pytest.mark.parametrize("kept", [0, 10, 40, 44, 2_000, 9_643])
def test_a_wav_file_that_is_cut_short_is_refused_by_name(tmp_path: Path, kept: int) -> None:
    whole, cut = tmp_path / "whole.wav", tmp_path / "cut.wav"
    soundfile.write(whole, tone(440, 0.1, 48_000), 48_000)
    assert whole.stat().st_size == 9_644
    cut.write_bytes(whole.read_bytes()[:kept])
    with pytest.raises(ClipError, match=r"cut\.wav"):
        read_audio(cut)


def test_a_streamed_wav_file_without_its_length_in_the_header_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(440, 0.1, SAMPLE_RATE), SAMPLE_RATE)
    content = bytearray(path.read_bytes())
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    assert len(read_audio(path)) == 1600


@pytest.mark.parametrize("read", [read_audio, read_video])
def test_a_text_file_called_mp4_is_refused_by_name(tmp_path: Path, read: Film) -> None:
    (tmp_path / "page.mp4").write_text("<html>Not found</html>\n" * 40)
    with pytest.raises(ClipError, match=r"page\.mp4 cannot be read"):
        read(tmp_path / "page.mp4")


@pytest.mark.parametrize("read", [read_audio, read_video])
def test_a_truncated_film_is_refused_by_name(tmp_path: Path, write_film: Film, read: Film) -> None:
    write_film(tmp_path / "a.mp4")
    content = (tmp_path / "a.mp4").read_bytes()
    (tmp_path / "half.mp4").write_bytes(content[: len(content) // 2])
    with pytest.raises(ClipError, match=r"half\.mp4 cannot be read"):
        read(tmp_path / "half.mp4")


def test_a_film_without_sound_or_without_picture_says_so(tmp_path: Path, write_film: Film) -> None:
    write_film(tmp_path / "mute.mp4", tone=None)
    write_film(tmp_path / "dark.mp4", picture=False)
    with pytest.raises(ClipError, match=r"mute\.mp4 has no sound"):
        read_audio(tmp_path / "mute.mp4")
    with pytest.raises(ClipError, match=r"dark\.mp4 has no picture"):
        read_video(tmp_path / "dark.mp4")
    assert len(read_video(tmp_path / "mute.mp4")) == 5
    assert len(read_audio(tmp_path / "dark.mp4")) > 15_000


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match=r"gone\.wav cannot be read"):
        read_audio(tmp_path / "gone.wav")
    with pytest.raises(ClipError, match=r"gone\.mp4 cannot be read"):
        read_video(tmp_path / "gone.mp4")

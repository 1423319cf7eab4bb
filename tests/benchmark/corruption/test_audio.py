"""What audio damage does, measured on what comes out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import SAMPLE_RATE
from emobench.corpus.preparation.clips import SILENCE, check_media
from emobench.corruption.audio import room
from emobench.corruption.corruption import Donors
from emobench.corruption.registry import KINDS
from emobench.interface.protocol import SEVERITIES
from emobench.randomness import corruption_stream

AUDIO = [k for k in KINDS.values() if k.modality == "audio" and not k.swaps]


def voice(seed: int = 0, seconds: float = 1.0) -> np.ndarray:
    """Something with a pitch, syllables and pauses."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tone = sum(np.sin(2 * np.pi * h * (110 + 30 * seed) * t) / h for h in range(1, 9))
    loud = np.clip(np.sin(2 * np.pi * 3 * t + seed), 0, 1)
    return (0.2 * tone * loud + 1e-4 * rng.standard_normal(len(t))).astype(np.float32)


OTHERS = Donors(lambda: [voice(i, 0.7) for i in range(1, 9)], lambda: [])


def damaged(name: str, severity: int, wave: np.ndarray, utterance: str = "u1") -> np.ndarray:
    return KINDS[name].damage(wave, severity, corruption_stream(name, utterance), OTHERS)


def decibel(signal: np.ndarray, noise: np.ndarray) -> float:
    power = [np.mean(np.asarray(x, dtype=np.float64) ** 2) for x in (signal, noise)]
    return float(10 * np.log10(power[0] / power[1]))


@pytest.mark.parametrize("name", ["noise", "babble"])
@pytest.mark.parametrize("severity", SEVERITIES)
def test_the_snr_after_mixing_is_the_stated_one(name: str, severity: int) -> None:
    wave = voice()
    mixed = damaged(name, severity, wave)
    assert decibel(wave, mixed.astype(np.float64) - wave) == pytest.approx(
        KINDS[name].amount(severity), abs=0.1
    )


@pytest.mark.parametrize("name", ["noise", "babble"])
def test_the_same_noise_gets_louder(name: str) -> None:
    wave = voice()
    mild, strong = (damaged(name, s, wave).astype(np.float64) - wave for s in (1, 5))
    assert np.corrcoef(mild, strong)[0, 1] > 0.999


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_room_has_the_stated_reverberation_time(severity: int) -> None:
    wanted = KINDS["reverberation"].amount(severity)
    response = room(wanted, corruption_stream("reverberation", "u1"))
    left = 10 * np.log10(np.cumsum(response[::-1] ** 2)[::-1] / np.sum(response**2))
    # Schroeder's backward integration; T20 (ISO 3382): -5 to -25 dB, times three.
    falls = [int(np.argmax(left <= level)) for level in (-5, -25)]
    assert 3 * (falls[1] - falls[0]) / SAMPLE_RATE == pytest.approx(wanted, rel=0.05)


def test_reverberation_fills_pauses_and_keeps_the_level() -> None:
    wave = voice()
    wave[-SAMPLE_RATE // 5 :] = 0
    wet = damaged("reverberation", 5, wave)
    assert np.abs(wet[-SAMPLE_RATE // 5 :]).max() > 0.01
    assert decibel(wave, wet) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_the_stated_share_of_samples_is_clipped(severity: int) -> None:
    cut = np.abs(damaged("clipping", severity, voice()))
    share = np.mean(cut >= cut.max() * (1 - 1e-6))
    assert share == pytest.approx(KINDS["clipping"].amount(severity), abs=0.001)


def test_clipping_counts_no_digital_silence() -> None:
    wave = np.concatenate([np.zeros(9 * SAMPLE_RATE, np.float32), voice()])
    cut = np.abs(damaged("clipping", 5, wave))
    assert cut.max() > SILENCE
    assert np.mean(cut[cut > 0] >= cut.max() * (1 - 1e-6)) == pytest.approx(0.4, abs=0.001)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_the_gain_is_the_stated_one(severity: int) -> None:
    wave = voice()
    quieter = damaged("gain", severity, wave)
    assert decibel(wave, quieter) == pytest.approx(KINDS["gain"].amount(severity), abs=0.01)


def test_no_gain_silences_a_faint_recording() -> None:
    faint = voice() * (3 * SILENCE / np.abs(voice()).max())
    assert np.abs(damaged("gain", 5, faint)).max() >= SILENCE
    fainter = voice() * (1.5 * SILENCE / np.abs(voice()).max())
    np.testing.assert_allclose(damaged("gain", 5, fainter), fainter, rtol=1e-6)


def test_a_late_voice_is_late() -> None:
    wave = voice(seconds=3.0)
    late = damaged("shifted_audio", 5, wave)
    before = float(np.sqrt(np.mean(late[:SAMPLE_RATE] ** 2)))
    assert before == pytest.approx(1e-4, rel=0.1), "as loud as the noise between the syllables"
    np.testing.assert_array_equal(late[SAMPLE_RATE:], wave[:-SAMPLE_RATE])


def test_a_short_voice_is_heard_however_late() -> None:
    wave = voice(seconds=0.5)
    wave[:6000] = 0
    for severity in SEVERITIES:
        assert np.abs(damaged("shifted_audio", severity, wave)).max() >= SILENCE


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([k.name for k in AUDIO]),
    st.sampled_from(SEVERITIES),
    st.integers(0, 20),
    st.floats(0.06, 1.5),
    st.floats(-3.8, 0.0),
)
def test_damaged_audio_is_usable_as_long_and_repeatable(
    name: str, severity: int, seed: int, seconds: float, level: float
) -> None:
    wave = voice(seed, seconds)
    wave *= np.float32(10**level / np.abs(wave).max())
    before = wave.copy()
    first, again = (damaged(name, severity, wave) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(wave, before)
    assert first.shape == wave.shape
    assert first.dtype == np.float32
    check_media(first, "waveform")

"""Damage to waveforms ``[N]`` at `SAMPLE_RATE`: noise, voices, rooms, overload, level.

Only `attenuation` lowers the level: a room and an overload keep the recording's root mean square,
which they would change otherwise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from emobench.corpus.preparation.clips import SILENCE
from emobench.corruption.corruption import Donors
from emobench.errors import DataError
from emobench.interface.dataset import SAMPLE_RATE

Wave = NDArray[np.float32]
Floats = NDArray[np.float64]

VOICES = 6
"""Talkers in babble; Snyder et al. 2018 (x-vectors) mix three to seven."""

FAINTEST = 2 * SILENCE
"""No gain leaves a peak below this: silent audio would be taken for absent audio."""


def white_noise(wave: Wave, snr: float, rng: np.random.Generator, donors: Donors) -> Wave:
    """Add white Gaussian noise at `snr` dB over the whole recording."""
    return _mixed(wave, rng.standard_normal(len(wave)), snr)


def babble(wave: Wave, snr: float, rng: np.random.Generator, donors: Donors) -> Wave:
    """Add `VOICES` other speakers, equally loud, looped from random positions, at `snr` dB.

    Raises
    ------
    DataError
        No other recording of the corpus can be used.
    """
    voices = donors.voices()
    if not voices:
        raise DataError("babble needs recordings of other utterances, and there are none.")
    chosen = rng.choice(len(voices), size=min(VOICES, len(voices)), replace=False)
    crowd = np.zeros(len(wave))
    for i in chosen:
        start = int(rng.integers(len(voices[i])))
        one = np.resize(np.roll(voices[i].astype(np.float64), -start), len(wave))
        crowd += one / max(_level(one), 1e-12)
    return _mixed(wave, crowd, snr)


def reverberation(wave: Wave, rt60: float, rng: np.random.Generator, donors: Donors) -> Wave:
    """Put the recording into a room with a reverberation time of `rt60` s, cut to its length."""
    wet = fftconvolve(wave.astype(np.float64), room(rt60, rng))[: len(wave)]
    return _at_level(wet, _level(wave))


def room(rt60: float, rng: np.random.Generator) -> Floats:
    """Impulse response of a room: the direct sound, then noise that falls by 60 dB in `rt60` s.

    Polack's statistical model (1988) of late reverberation; the tail holds as much energy as the
    direct sound.
    """
    seconds = np.arange(int(1.2 * rt60 * SAMPLE_RATE)) / SAMPLE_RATE
    response = rng.standard_normal(len(seconds)) * 10 ** (-3 * seconds / rt60)
    response[0] = 0.0
    response /= np.sqrt((response**2).sum())
    response[0] = 1.0
    return response


def clipping(wave: Wave, share: float, rng: np.random.Generator, donors: Donors) -> Wave:
    """Cut off the peaks, so that a `share` of the samples is at the limit, at the same level."""
    size = np.abs(wave)
    # Digital silence cannot be overloaded.
    limit = float(np.quantile(size[size > 0], 1 - share))
    return _at_level(np.clip(wave.astype(np.float64), -limit, limit), _level(wave))


def attenuation(wave: Wave, decibel: float, rng: np.random.Generator, donors: Donors) -> Wave:
    """Lower the level by `decibel`, as far as the recording does not become silent."""
    peak = float(np.abs(wave).max())
    factor = max(10 ** (-decibel / 20), min(1.0, FAINTEST / peak))
    return (wave * factor).astype(np.float32)


def _level(wave: NDArray[np.floating]) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(wave.astype(np.float64) ** 2)))


def _at_level(wave: Floats, level: float) -> Wave:
    return (wave * (level / max(_level(wave), 1e-12))).astype(np.float32)


def _mixed(wave: Wave, noise: Floats, snr: float) -> Wave:
    """Add `noise` at a signal-to-noise ratio of `snr` dB."""
    wanted = _level(wave) * 10 ** (-snr / 20)
    return (wave + noise * (wanted / max(_level(noise), 1e-12))).astype(np.float32)

"""Voices: source-filter synthesis of an utterance that expresses an emotion.

A glottal source (harmonics with a spectral tilt, jitter and shimmer) and breath noise pass
through the formants of a row of syllables. What an emotion changes, and in which direction,
follows the reviews of vocal correlates [1]_ [2]_; the sizes are rounded from them and are
relative to the speaker's own habits. Vowel formants are the means of men in [3]_.

References
----------
.. [1] K. R. Scherer. Vocal communication of emotion: a review of research paradigms. Speech
   Communication 40(1-2), 227-256, 2003.
.. [2] P. N. Juslin, P. Laukka. Communication of emotions in vocal expression and music
   performance: different channels, same code? Psychological Bulletin 129(5), 770-814, 2003.
.. [3] G. E. Peterson, H. L. Barney. Control methods used in a study of the vowels. JASA 24(2),
   175-184, 1952.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emobench import SAMPLE_RATE

Floats = NDArray[np.float64]

_CORRELATES: Final[dict[str, tuple[float, ...]]] = {
    # pitch range slope  gain  rate  tilt breath jitter tremor formants
    "anger": (3.5, 1.50, -1.5, 7.0, 1.15, -3.5, -4.0, 1.5, 0.0, 1.02),
    "disgust": (-2.5, 0.90, -3.0, -1.5, 0.75, -2.5, 2.0, 3.5, 0.0, 0.90),
    "fear": (6.0, 0.65, 1.0, 1.0, 1.30, -1.0, 6.0, 2.2, 1.0, 1.00),
    "happiness": (5.5, 1.80, 3.0, 4.5, 1.10, -2.0, -2.0, 0.8, 0.0, 1.10),
    "neutral": (0.0, 1.00, 0.0, 0.0, 1.00, 0.0, 0.0, 0.8, 0.0, 1.00),
    "sadness": (-1.5, 0.50, -2.0, -5.0, 0.74, 3.5, 5.0, 1.2, 0.2, 0.98),
}
"""Offsets to the speaker's own voice. Semitones of mean pitch; factor on the pitch range;
semitones from the first to the last syllable; dB of level; factor on the syllable rate; dB per
octave of spectral tilt (negative: a brighter, tenser voice); dB of breath noise; per cent of
jitter; semitones of tremor; factor on the formants (a smile shortens the vocal tract, a
sneer or protruded lips lengthen it)."""

_SPREAD: Final = np.array([0.8, 0.15, 1.0, 1.2, 0.06, 0.5, 1.0, 0.2, 0.08, 0.01])
"""Standard deviation of each from utterance to utterance, at noise 1."""

_FLOOR: Final = np.array([-12.0, 0.1, -8.0, -15.0, 0.5, -6.0, -12.0, 0.1, 0.0, 0.85])
"""No voice goes below this."""

_VOWELS: Final = np.array(
    [
        [270, 2290, 3010, 3600],
        [390, 1990, 2550, 3500],
        [530, 1840, 2480, 3500],
        [730, 1090, 2440, 3400],
        [570, 840, 2410, 3300],
        [300, 870, 2240, 3300],
        [490, 1350, 1690, 3200],
    ],
    dtype=np.float64,
)
"""Formants of seven vowels in Hz [7, 4]; the fourth is our own round figure."""

_BANDWIDTHS: Final = np.array([70.0, 100.0, 150.0, 250.0])
_STEP: Final = 160
"""Samples per step of the contours (10 ms)."""
_WINDOW, _HOP = 512, 256
_TABLE: Final = 4096
"""Points of one period of the glottal source."""
_LEVEL: Final = -27.0
"""RMS level of a neutral voice in dB of full scale."""
_ROOM: Final = -58.0
"""Level of the room's noise at noise 1, in dB of full scale."""


@dataclass(frozen=True)
class VoiceTraits:
    """A speaker's own voice: pitch (Hz), formant factor, level (dB), rate and tilt (dB/octave)."""

    pitch: float
    tract: float
    level: float
    rate: float
    tilt: float
    breath: float


def draw_voice(speaker: int, rng: np.random.Generator) -> VoiceTraits:
    """Draw a speaker's voice; even speakers have a low one, odd speakers a high one."""
    low = speaker % 2 == 0
    return VoiceTraits(
        pitch=(112.0 if low else 200.0) * 2.0 ** (rng.normal(0.0, 1.2) / 12.0),
        tract=(1.0 if low else 1.16) * (1.0 + rng.normal(0.0, 0.025)),
        level=rng.normal(0.0, 1.0),
        rate=4.6 * (1.0 + rng.normal(0.0, 0.06)),
        tilt=9.0 + rng.normal(0.0, 0.5),
        breath=-24.0 + rng.normal(0.0, 1.0),
    )


@dataclass(frozen=True)
class _Delivery:
    """How this utterance is spoken: the columns of `_CORRELATES`, drawn."""

    pitch: float
    range: float
    slope: float
    gain: float
    rate: float
    tilt: float
    breath: float
    jitter: float
    tremor: float
    formants: float


def _draw_delivery(emotion: str, rng: np.random.Generator, noise: float) -> _Delivery:
    """Draw intensity and deviations around the emotion's profile."""
    neutral, target = np.array(_CORRELATES["neutral"]), np.array(_CORRELATES[emotion])
    intensity = 1.0 - min(1.0, 0.35 * noise) * rng.beta(1.5, 2.0)
    values = neutral + intensity * (target - neutral)
    values += noise * _SPREAD * rng.standard_normal(len(values))
    return _Delivery(*np.maximum(values, _FLOOR).tolist())


@dataclass(frozen=True)
class _Syllables:
    """The row of syllables over the steps of an utterance: who is where, and how loud."""

    of_step: NDArray[np.int64]
    place: Floats
    spoken: NDArray[np.bool_]
    count: int


def _draw_syllables(steps: int, rate: float, rng: np.random.Generator) -> _Syllables:
    """Place syllables between a leading and a trailing silence of 40 to 220 ms."""
    head, tail = rng.integers(4, 23, size=2)
    length = steps - head - tail
    count = max(2, round(length * _STEP / SAMPLE_RATE * rate))
    shares = rng.gamma(12.0, size=count)
    edges = head + np.concatenate([[0.0], np.cumsum(shares / shares.sum())]) * length
    middle = np.arange(steps) + 0.5
    of_step = np.clip(np.searchsorted(edges, middle, side="right") - 1, 0, count - 1)
    place = np.clip((middle - edges[of_step]) / np.diff(edges)[of_step], 0.0, 1.0)
    return _Syllables(of_step, place, (middle > edges[0]) & (middle < edges[-1]), count)


def _pitch_contour(
    traits: VoiceTraits, how: _Delivery, syllables: _Syllables, rng: np.random.Generator
) -> Floats:
    """Return the pitch per step in Hz: accents, slope, tremor and jitter."""
    steps = len(syllables.place)
    accents = rng.normal(0.0, 1.6, syllables.count)
    position = syllables.of_step + syllables.place
    melody = np.interp(position, np.arange(syllables.count) + 0.5, accents)
    relative = position / syllables.count
    semitones = how.pitch + how.range * (melody + 1.5 * (0.5 - relative))
    semitones += how.slope * (relative - 0.5)
    time = np.arange(steps) * _STEP / SAMPLE_RATE
    semitones += how.tremor * np.sin(2 * np.pi * (6.0 * time + rng.random()))
    jitter = 1.0 + 0.01 * how.jitter * rng.standard_normal(steps)
    contour: Floats = np.clip(traits.pitch * 2.0 ** (semitones / 12.0) * jitter, 55.0, 560.0)
    return contour


def _glottal_source(pitch: Floats, tilt: float, samples: int) -> Floats:
    """Return a harmonic source [samples] with `tilt` dB per octave, free of aliasing."""
    at = np.arange(samples)
    hertz = np.interp(at, np.arange(len(pitch)) * _STEP, pitch)
    phase = np.cumsum(hertz / SAMPLE_RATE)
    harmonics = np.arange(1, int(0.47 * SAMPLE_RATE / pitch.max()) + 1)
    spectrum = np.zeros(_TABLE // 2 + 1, dtype=np.complex128)
    spectrum[harmonics] = 1j * harmonics ** (-tilt / 6.02)
    period = np.fft.irfft(spectrum)
    period /= np.sqrt(np.mean(period**2))
    source: Floats = period[(phase * _TABLE).astype(np.int64) % _TABLE]
    return source


def _formant_gain(formants: Floats) -> Floats:
    """Return the gain of vowels [S, 4 formants] as log magnitude [S, window // 2 + 1]."""
    hertz = np.fft.rfftfreq(_WINDOW, 1.0 / SAMPLE_RATE)
    f, b = formants[:, :, None], _BANDWIDTHS[:, None]
    resonance = f**2 / np.sqrt((f**2 - hertz**2) ** 2 + (b * hertz) ** 2)
    gain: Floats = np.log(resonance).sum(1)
    return gain


def _filtered(signal: Floats, log_gain: Floats) -> Floats:
    """Filter `signal` [N] by a gain per frame [F, window // 2 + 1] (overlap-add, hop 256)."""
    frames = len(log_gain)
    padded = np.zeros((frames + 1) * _HOP)
    padded[_HOP : _HOP + len(signal)] = signal
    window = np.sqrt(np.hanning(_WINDOW + 1)[:-1])
    view = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    shaped = np.fft.irfft(np.fft.rfft(view * window) * np.exp(log_gain), _WINDOW) * window
    out = np.zeros((frames + 1, _HOP))
    out[:-1] += shaped[:, :_HOP]
    out[1:] += shaped[:, _HOP:]
    return out.ravel()[_HOP : _HOP + len(signal)]


def _per_frame(values: Floats, syllables: _Syllables, frames: int) -> Floats:
    """Glide from one syllable's values [S, K] to the next's, per frame [F, K]."""
    step = np.clip((np.arange(frames) * _HOP) // _STEP, 0, len(syllables.place) - 1)
    position = syllables.of_step[step] + syllables.place[step] - 0.5
    left = np.clip(np.floor(position), 0, syllables.count - 1).astype(np.int64)
    right = np.minimum(left + 1, syllables.count - 1)
    # A glide takes the outer third of a syllable, its vowel stands in between.
    weight = np.clip((position - left - 0.33) / 0.34, 0.0, 1.0)[:, None]
    glided: Floats = (1.0 - weight) * values[left] + weight * values[right]
    return glided


def render_voice(
    emotion: str, samples: int, traits: VoiceTraits, rng: np.random.Generator, noise: float
) -> NDArray[np.int16]:
    """Speak an utterance.

    Parameters
    ----------
    emotion
        What the voice expresses.
    samples
        Length at `SAMPLE_RATE`.
    traits
        The speaker's voice.
    rng
        The utterance's own generator.
    noise
        Multiplies deviations from the emotion's profile and the room's noise.

    Returns
    -------
    16-bit samples [samples].
    """
    how = _draw_delivery(emotion, rng, noise)
    steps = -(-samples // _STEP)
    frames = -(-samples // _HOP) + 1
    syllables = _draw_syllables(steps, traits.rate * how.rate, rng)
    pitch = _pitch_contour(traits, how, syllables, rng)
    source = _glottal_source(pitch, traits.tilt + how.tilt, samples)
    vowels = _VOWELS[rng.integers(0, len(_VOWELS), syllables.count)]
    gain = _per_frame(_formant_gain(vowels * traits.tract * how.formants), syllables, frames)

    stress = 1.0 + 0.25 * rng.standard_normal(syllables.count)
    shimmer = 1.0 + 0.03 * how.jitter * rng.standard_normal(steps)
    swell = np.sin(np.pi * syllables.place) ** 0.7 * syllables.spoken
    envelope = swell * np.clip(stress, 0.3, None)[syllables.of_step] * shimmer
    hiss = 10.0 ** ((traits.breath + how.breath) / 20.0)
    # Consonants: a burst of noise at the start of two syllables of three.
    consonant = (rng.random(syllables.count) < 0.66) * rng.uniform(0.1, 0.35, syllables.count)
    burst = (syllables.place < 0.22) * syllables.spoken * consonant[syllables.of_step]
    at, knots = np.arange(samples), (np.arange(steps) + 0.5) * _STEP
    white = rng.standard_normal(samples)
    excitation = source * np.interp(at, knots, envelope)
    excitation += white * np.interp(at, knots, hiss * (swell + 0.3 * syllables.spoken))
    voiced = _filtered(excitation, gain)
    voiced /= np.sqrt(np.mean(voiced**2)) + 1e-9
    # White noise less its local mean is the high, hissing part of it.
    voiced += (white - np.roll(white, 1)) * np.interp(at, knots, burst)
    level = _LEVEL + traits.level + how.gain
    room = noise * 10.0 ** ((_ROOM + rng.normal(0.0, 3.0)) / 20.0) * rng.standard_normal(samples)
    signal = 10.0 ** (level / 20.0) * voiced + room
    return np.round(np.clip(signal, -1.0, 1.0) * 32767.0).astype(np.int16)

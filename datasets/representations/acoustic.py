"""Light acoustic representations: log-mel, MFCC and prosody on one 25 Hz grid.

Short-time analysis is the usual 25 ms window every 10 ms; four frames are averaged into one of
40 ms, which keeps syllables apart and makes recurrent models four times cheaper. All three have
the same number of steps, so a model may put them side by side.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
import torchaudio
from numpy.typing import NDArray
from torch import Tensor

from emobench import SAMPLE_RATE, Representation

HOP = 160
WINDOW = 400
FFT = 512
POOL = 4
STEP_SECONDS = HOP * POOL / SAMPLE_RATE
MELS = 40
COEFFICIENTS = 20
PITCH_LOW, PITCH_HIGH = 60, 500

Array = NDArray[np.float32]


class Waveform(Representation):
    """The samples themselves, ``[N, 1]`` at `SAMPLE_RATE`, for models with a speech backbone.

    Stored as float16, whose rounding lies 66 dB below the sample.
    """

    name = "waveform"
    modality = "audio"
    source = "waveform"
    standardise = False
    dtype = "float16"
    steps_per_second = SAMPLE_RATE

    def extract(self, media: Array) -> Array:
        """Return ``[N, 1]``."""
        return np.asarray(media, dtype=np.float32)[:, None]


@cache
def _mel() -> torchaudio.transforms.MelSpectrogram:
    return torchaudio.transforms.MelSpectrogram(
        SAMPLE_RATE, n_fft=FFT, win_length=WINDOW, hop_length=HOP, n_mels=MELS
    )


@cache
def _dct() -> Tensor:
    return torchaudio.functional.create_dct(COEFFICIENTS, MELS, norm="ortho")


_last: list[tuple[Array, Tensor]] = []
"""The last waveform and its energies: log-mel and MFCC are made from the same ones."""


def _log_mel(wave: Array) -> Tensor:
    """Natural logarithm of the mel energies, ``[T, 40]`` at 100 Hz, floored at -100 dB."""
    # Read once: another thread may lay its own waveform there in between.
    kept = _last[0] if _last else None
    if kept is None or kept[0] is not wave:
        energy: Tensor = _mel()(torch.from_numpy(np.ascontiguousarray(wave, dtype=np.float32)))
        kept = (wave, energy.clamp(min=1e-10).log().T)
        _last[:] = [kept]
    return kept[1]


def _pooled(values: Tensor) -> Array:
    """Average of each `POOL` frames: ``[T, D]`` to ``[ceil(T / 4), D]``."""
    pooled = F.avg_pool1d(values.T[None], POOL, ceil_mode=True, count_include_pad=False)
    result: Array = pooled[0].T.numpy()
    return result


class LogMel(Representation):
    """Log-mel energies, ``[T, 40]`` at 25 Hz."""

    name = "log_mel"
    modality = "audio"
    source = "waveform"
    steps_per_second = 1 / STEP_SECONDS

    def extract(self, media: Array) -> Array:
        """Return ``[T, 40]``."""
        return _pooled(_log_mel(media))


class MFCC(Representation):
    """Mel-frequency cepstral coefficients 0 to 19, ``[T, 20]`` at 25 Hz."""

    name = "mfcc"
    modality = "audio"
    source = "waveform"
    steps_per_second = 1 / STEP_SECONDS

    def extract(self, media: Array) -> Array:
        """Return ``[T, 20]``."""
        return _pooled(_log_mel(media) @ _dct())


class Prosody(Representation):
    """Pitch, energy and voicing, ``[T, 4]`` at 25 Hz.

    Columns: log2 of the fundamental frequency over 100 Hz where voiced (0 where not), log
    energy, voicing (height of the normalised autocorrelation at the pitch period, 0 to 1), and
    the change of log energy over 20 ms.
    """

    name = "prosody"
    modality = "audio"
    source = "waveform"
    steps_per_second = 1 / STEP_SECONDS
    version = 2
    voiced = 0.5

    def extract(self, media: Array) -> Array:
        """Return ``[T, 4]``."""
        wave = torch.from_numpy(np.ascontiguousarray(media, dtype=np.float32))
        frames = F.pad(wave, (FFT // 2, FFT // 2)).unfold(0, FFT, HOP)
        energy = frames.pow(2).mean(dim=1).clamp(min=1e-10).log()
        hertz, voicing = _pitch(frames)
        octave = torch.where(voicing > self.voiced, (hertz / 100.0).log2(), torch.zeros(()))
        change = F.pad(energy[2:] - energy[:-2], (1, 1)) if len(energy) > 2 else energy * 0
        return _pooled(torch.stack([octave, energy, voicing, change], dim=1))


def _pitch(frames: Tensor) -> tuple[Tensor, Tensor]:
    """Fundamental frequency in Hz and voicing (0 to 1) of frames ``[T, FFT]``, ``[T]`` each.

    The shortest lag whose normalised autocorrelation peak is at least nine tenths of the highest
    one. Taking the highest itself reports an octave or more too low wherever a multiple of the
    period fits as well; so does torchaudio's ``detect_pitch_frequency`` on steady tones.
    """
    centred = frames - frames.mean(dim=1, keepdim=True)
    spectrum = torch.fft.rfft(centred, n=2 * FFT)
    correlation = torch.fft.irfft(spectrum.abs().pow(2))[:, :FFT]
    unbiased = correlation / (FFT - torch.arange(FFT)) * FFT
    low, high = SAMPLE_RATE // PITCH_HIGH, SAMPLE_RATE // PITCH_LOW
    around = unbiased[:, low - 1 : high + 1]
    heights = around[:, 1:-1]
    highest = heights.amax(dim=1, keepdim=True)
    peak = (heights >= around[:, :-2]) & (heights >= around[:, 2:]) & (heights >= 0.9 * highest)
    first = torch.where(peak.any(dim=1), peak.float().argmax(dim=1), heights.argmax(dim=1))
    voicing = highest.squeeze(1) / correlation[:, 0].clamp(min=1e-8)
    return SAMPLE_RATE / (low + first).float(), voicing.clamp(0.0, 1.0)

"""Waveforms as 16 kHz mono."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import soundfile
import torch
import torchaudio
from numpy.typing import NDArray

from emobench import SAMPLE_RATE, ClipError
from emobench.datasets.media.film import decoded

FILMS = {".mp4", ".avi", ".mkv", ".mov", ".flv", ".webm"}
STREAMED = 0xFFFFFFFF
"""Length in a WAV header that was written before the length was known."""


def read_audio(path: Path) -> NDArray[np.float32]:
    """Read the sound of an audio file or a film as float32 ``[N]``, mono, at `SAMPLE_RATE`.

    Raises
    ------
    ClipError
        The file cannot be read or is cut short, or a film has no sound.
    """
    try:
        if not path.stat().st_size:
            raise ClipError(f"{path} is empty (0 bytes)")
        _refuse_cut_short(path)
        if path.suffix.lower() in FILMS:
            return _film_sound(path)
        wave, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError, av.error.FFmpegError) as error:
        raise ClipError(f"{path} cannot be read: {error}") from None
    mono: NDArray[np.float32] = wave.mean(axis=1)
    if rate == SAMPLE_RATE or not len(mono):
        return mono
    resampled = torchaudio.functional.resample(torch.from_numpy(mono), rate, SAMPLE_RATE)
    return np.asarray(resampled, dtype=np.float32)


def _refuse_cut_short(path: Path) -> None:
    """Raise if a WAV file is shorter than its header says, which libsndfile ignores."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return
    told, size = int.from_bytes(head[4:8], "little"), path.stat().st_size
    if told != STREAMED and size < told + 8:
        raise ClipError(f"{path} is cut short: {size} of its {told + 8} bytes are there")


def _film_sound(path: Path) -> NDArray[np.float32]:
    with av.open(str(path)) as film:
        if not film.streams.audio:
            raise ClipError(f"{path} has no sound")
        # Channels are averaged here, because FFmpeg's downmix makes stereo louder by 3 dB.
        resampler = av.AudioResampler(format="fltp", rate=SAMPLE_RATE)
        parts = [
            piece.to_ndarray().mean(axis=0)
            for frame in decoded(film, film.streams.audio[0], path)
            for piece in resampler.resample(frame)
        ]
        parts += [piece.to_ndarray().mean(axis=0) for piece in resampler.resample(None)]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)

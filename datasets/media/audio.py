"""Waveforms as 16 kHz mono."""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from pathlib import Path

import av
import numpy as np
import soundfile
import torch
import torchaudio
from numpy.typing import NDArray

from emobench import SAMPLE_RATE, ClipError
from emobench.datasets.media.film import ENOUGH, decoded, film, sound
from emobench.datasets.media.segment import Segment
from emobench.datasets.media.source import Content, content

Wave = NDArray[np.float32]

LOWEST_RATE, HIGHEST_RATE = 1_000, 1_000_000
"""A rate outside is a broken header, not a recording."""

EXACT = ("WAV", "WAVEX", "RF64", "W64", "FLAC", "AIFF", "CAF", "AU")
EXACT_CODES = ("PCM", "FLOAT", "DOUBLE", "ULAW", "ALAW")
"""Formats of libsndfile in which any sample can be gone to, and whose headers count them."""

BLOCK = 1 << 20
"""Frames that are read at once: a broken header may promise more than fits into memory."""

MOST_FRAMES = 1 << 29
"""Frames of a recording that are read, three hours at 48 kHz: silence takes next to no bytes."""

MARGIN = 0.1
"""Seconds that are read around a segment, as resampling mixes neighbours."""

LARGEST_KERNEL = 1 << 22
"""Weights up to which torchaudio resamples; rates without a common divisor need far more."""


def read_audio(path: Path, start: float | None = None, end: float | None = None) -> Wave:
    """Read the sound of an audio file or a film as float32 ``[N]``, mono, at `SAMPLE_RATE`.

    What is read is told by the content, never by the suffix.

    Parameters
    ----------
    path
        The file.
    start, end
        Seconds from the beginning of the sound: only this segment is returned.

    Raises
    ------
    ClipError
        The file cannot be read or is cut short, a film has no sound, or the segment lies outside.
    """
    segment = Segment(start, end)
    if segment.whole:
        return _whole(path)
    with content(path) as file:
        recording = _recording(file)
        if recording is not None:
            with recording:
                if _is_exact(recording):
                    return _segment(recording, path, segment)
    facts = path.stat()
    wave = _last_whole(path, (facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino))
    segment.check(path, len(wave) / SAMPLE_RATE)
    first, last = segment.steps(SAMPLE_RATE, len(wave))
    return wave[first:last].copy()


def sound_seconds(path: Path) -> float | None:
    """Length of a file that libsndfile reads; None for others."""
    with content(path) as file:
        recording = _recording(file)
        if recording is None:
            return None
        with recording:
            return float(recording.frames / recording.samplerate)


def _whole(path: Path) -> Wave:
    with content(path) as file:
        recording = _recording(file)
        if recording is None:
            file.seek(0)
            return _film_sound(file, path)
        with recording:
            _check_rate(recording.samplerate, path)
            mono = _mono(recording, path)
            enough = recording.frames * (1 if _is_exact(recording) else ENOUGH)
            if len(mono) < enough:
                raise ClipError(
                    f"{path} is cut short: {len(mono)} of its {recording.frames} samples are there"
                )
            return _resampled(mono, recording.samplerate)


@lru_cache(maxsize=1)
def _last_whole(path: Path, state: tuple[int, ...]) -> Wave:
    """The sound of the last file, whose next segment is asked for next, as a rule.

    `state`: what differs once the file is another.
    """
    return _whole(path)


def _recording(file: Content) -> soundfile.SoundFile | None:
    """What libsndfile makes of it; None if it is for FFmpeg."""
    try:
        return soundfile.SoundFile(file)
    except soundfile.LibsndfileError:
        return None


def _is_exact(recording: soundfile.SoundFile) -> bool:
    return recording.format in EXACT and recording.subtype.startswith(EXACT_CODES)


def _mono(recording: soundfile.SoundFile, path: Path, frames: int | None = None) -> Wave:
    """Read on, up to so many frames, and average the channels."""
    blocks: list[Wave] = []
    left = recording.frames if frames is None else frames
    at_once, read = max(1, BLOCK // recording.channels), 0
    while left > 0:
        block = recording.read(min(left, at_once), dtype="float32", always_2d=True)
        if not len(block):
            break
        read += len(block)
        _refuse_long(read, path)
        blocks.append(block.mean(axis=1))
        left -= len(block)
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def _segment(recording: soundfile.SoundFile, path: Path, segment: Segment) -> Wave:
    """The same samples as if the whole were read, resampled and cut."""
    rate = recording.samplerate
    _check_rate(rate, path)
    segment.check(path, recording.frames / rate)
    length = -(-recording.frames * SAMPLE_RATE // rate)
    first, last = segment.steps(SAMPLE_RATE, length)
    # Where both grids meet, the resampler has the same phase as at the beginning of the file.
    meet = rate // gcd(rate, SAMPLE_RATE)
    margin = round(MARGIN * rate)
    begin = max(0, first * rate // SAMPLE_RATE - margin) // meet * meet
    stop = min(recording.frames, (last or length) * rate // SAMPLE_RATE + margin)
    recording.seek(begin)
    mono = _mono(recording, path, stop - begin)
    if len(mono) < stop - begin:
        raise ClipError(f"{path} is cut short: its samples end before the segment")
    before = begin * SAMPLE_RATE // rate
    return _resampled(mono, rate)[first - before : (last or length) - before]


def _refuse_long(frames: int, path: Path) -> None:
    if frames > MOST_FRAMES:
        raise ClipError(
            f"{path} has more than {MOST_FRAMES:,} samples, which are not read at once: cut it "
            "into pieces"
        )


def _check_rate(rate: int, path: Path) -> None:
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise ClipError(f"{path} is broken: its header tells a sampling rate of {rate} Hz")


def _resampled(mono: Wave, rate: int) -> Wave:
    if rate == SAMPLE_RATE or not len(mono):
        return mono
    if rate * SAMPLE_RATE // gcd(rate, SAMPLE_RATE) ** 2 > LARGEST_KERNEL:
        frame = av.AudioFrame.from_ndarray(mono[None], format="fltp", layout="mono")
        frame.sample_rate = rate
        resampler = av.AudioResampler(format="fltp", rate=SAMPLE_RATE)
        pieces = [*resampler.resample(frame), *resampler.resample(None)]
        return np.concatenate([piece.to_ndarray()[0] for piece in pieces])
    resampled = torchaudio.functional.resample(torch.from_numpy(mono), rate, SAMPLE_RATE)
    return np.asarray(resampled, dtype=np.float32)


def _film_sound(file: Content, path: Path) -> Wave:
    with film(file) as container:
        # Channels are averaged here, because FFmpeg's downmix makes stereo louder by 3 dB.
        resampler = av.AudioResampler(format="fltp", rate=SAMPLE_RATE)
        parts: list[Wave] = []
        length = 0
        for frame in decoded(container, sound(container, path), path):
            pieces = [piece.to_ndarray().mean(axis=0) for piece in resampler.resample(frame)]
            parts += pieces
            length += sum(len(piece) for piece in pieces)
            _refuse_long(length, path)
        parts += [piece.to_ndarray().mean(axis=0) for piece in resampler.resample(None)]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)

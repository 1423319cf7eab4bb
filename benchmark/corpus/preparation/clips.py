"""Checks of recordings and texts, the same for every corpus."""

from __future__ import annotations

from typing import Any

import numpy as np

from emobench.interface.dataset import FRAME_RATE, SAMPLE_RATE, ClipError

MAX_SECONDS = 60.0
"""Longer clips are cut here: an utterance of a minute is a segmentation error."""

MIN_SECONDS = 0.05
"""Shorter clips hold no frame of speech and count as empty."""

SILENCE = 1e-4
"""Peak amplitude below which a waveform is silent (-80 dB of full scale)."""


def check_media(media: Any, source: str) -> tuple[Any, str | None]:
    """Return usable media, and a description of any change made to them.

    Raises
    ------
    ClipError
        The media are empty, silent or not finite.
    """
    if source == "waveform":
        return _waveform(np.asarray(media, dtype=np.float32))
    if source == "frames":
        return _frames(np.asarray(media))
    if source == "transcript":
        if not str(media).strip():
            raise ClipError("empty text")
        return media, None
    values = np.asarray(media, dtype=np.float32)
    if values.size == 0:
        raise ClipError(f"empty {source}")
    if not np.isfinite(values).all():
        raise ClipError(f"{source} with NaN or infinite values")
    return values, None


def _waveform(wave: Any) -> tuple[Any, str | None]:
    seconds = len(wave) / SAMPLE_RATE
    if seconds < MIN_SECONDS:
        raise ClipError(f"empty audio ({seconds:.3f} s)")
    if not np.isfinite(wave).all():
        raise ClipError("audio with NaN or infinite samples")
    if np.abs(wave).max() < SILENCE:
        raise ClipError(f"silent audio ({seconds:.1f} s)")
    if seconds > MAX_SECONDS:
        return wave[: int(MAX_SECONDS * SAMPLE_RATE)], f"audio of {seconds:.0f} s, too long"
    return wave, None


def _frames(frames: Any) -> tuple[Any, str | None]:
    if len(frames) == 0:
        raise ClipError("empty video (no frame)")
    if frames.max() == frames.min():
        raise ClipError("blank video (every pixel equal)")
    limit = int(MAX_SECONDS * FRAME_RATE)
    if len(frames) > limit:
        return frames[:limit], f"video of {len(frames) / FRAME_RATE:.0f} s, too long"
    return frames, None

"""eGeMAPS, the minimal acoustic set of openSMILE, for ``pip install "emobench[opensmile]"``.

Eyben et al. 2016, "The Geneva Minimalistic Acoustic Parameter Set (GeMAPS) for Voice Research and
Affective Computing", IEEE Transactions on Affective Computing 7(2), doi 10.1109/TAFFC.2015.2457417,
tables 1 to 3 for the descriptors and section 3.2 for the functionals. openSMILE computes them by
its own configuration ``eGeMAPSv02``. Nothing else in emobench imports it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from emobench import SAMPLE_RATE, Representation

Array = NDArray[np.float32]

SHORTEST = round(0.06 * SAMPLE_RATE)
"""Samples of openSMILE's longest window, that of the pitch; it gives NaN for less."""

POOL = 4
"""Descriptors of 10 ms in a step, as in the other acoustic representations."""


@cache
def _extractor(level: str) -> Any:
    import opensmile

    return opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02,
        feature_level=opensmile.FeatureLevel(level),
        num_workers=1,
    )


def _computed(level: str, wave: Array) -> Array:
    """What openSMILE makes of a waveform, ``[T, D]``; a shorter one is followed by silence."""
    padded = np.pad(np.asarray(wave, dtype=np.float32), (0, max(0, SHORTEST - len(wave))))
    made: Array = _extractor(level)(padded, SAMPLE_RATE)
    return np.ascontiguousarray(made[0].T, dtype=np.float32)


class _OpenSmile(Representation):
    modality = "audio"
    source = "waveform"
    licence: ClassVar[str] = (
        "openSMILE is audEERING's: free for research, teaching and personal use; products that use "
        "it, or features made with it, need a licence of theirs"
    )
    packages: ClassVar[dict[str, str]] = {"opensmile": "emobench[opensmile]"}


class Egemaps(_OpenSmile):
    """The 88 functionals of eGeMAPSv02, one vector for the whole clip: ``[1, 88]``."""

    name = "egemaps"

    def extract(self, media: Array) -> Array:
        """Return ``[1, 88]``."""
        return _computed("func", media)


class EgemapsDescriptors(_OpenSmile):
    """The 25 low-level descriptors of eGeMAPSv02, ``[T, 25]`` at 25 Hz.

    openSMILE's frames come every 10 ms, and four are averaged into a step. Pitch, jitter, shimmer
    and formants are 0 in frames without a voice, and that is averaged too.
    """

    name = "egemaps_lld"
    steps_per_second = 100 / POOL

    def extract(self, media: Array) -> Array:
        """Return ``[T, 25]``."""
        frames = _computed("lld", media)
        starts = np.arange(0, len(frames), POOL)
        counts = np.diff(np.append(starts, len(frames)))[:, None]
        return np.asarray(np.add.reduceat(frames, starts) / counts, dtype=np.float32)

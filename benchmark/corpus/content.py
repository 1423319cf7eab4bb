"""Keys by which copies of an utterance are found, whatever it is called."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
"""One key per utterance; 0 where it has nothing."""

LOOK_SIDE = 8
NEAR = 2
"""Bits of 64 in which the looks of near-duplicates may differ."""


def content_key(media: Any, source: str) -> int:
    """64 bits of the content, never 0: equal for equal samples, pixels, features or words.

    Words are equal when they differ only in case, width, punctuation or spacing.
    """
    if source == "transcript":
        data = normalised(str(media)).encode() or str(media).encode()
    else:
        array = np.ascontiguousarray(media)
        data = f"{array.dtype}{array.shape}".encode() + array.tobytes()
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big") or 1


def normalised(text: str) -> str:
    """Casefolded words with nothing but single spaces between them."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in folded)
    return " ".join(letters.split())


def look_key(frames: NDArray[np.uint8]) -> int:
    """Difference hash of the middle frame ``[T, H, W]``: 64 bits that small changes leave alone.

    Each bit says whether a cell of an 8 x 9 reduction is brighter than its right neighbour
    (Krawetz 2013). 0 where nothing differs.
    """
    frame = frames[len(frames) // 2].astype(np.float32)
    rows = np.array_split(frame, LOOK_SIDE, axis=0)
    cells = np.array(
        [[part.mean() for part in np.array_split(row, LOOK_SIDE + 1, axis=1)] for row in rows]
    )
    bits = cells[:, 1:] > cells[:, :-1]
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def near(looks: Keys, others: Keys) -> NDArray[np.bool_]:
    """Which of `looks` ``[N]`` differ from some of `others` ``[M]`` in at most `NEAR` bits."""
    known = np.unique(others[others != 0])
    found = np.zeros(len(looks), dtype=bool)
    for start in range(0, len(looks), 256):
        part = looks[start : start + 256]
        apart = np.bitwise_count(part[:, None] ^ known[None, :])
        found[start : start + 256] = (apart <= NEAR).any(axis=1) & (part != 0)
    return found

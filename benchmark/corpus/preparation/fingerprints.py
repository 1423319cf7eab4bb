"""Fingerprints of content: they identify duplicates whatever the files are called."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.scripts import without_needless_blanks

Keys = NDArray[np.uint64]
"""One key per utterance; 0 where its input is absent."""

LOOK_SIDE = 8
NEAR = 2
"""Bits of 64 in which the hashes of near-duplicates may differ."""


def content_key(media: Any, source: str) -> int:
    """64 bits of the content, never 0: equal for equal samples, pixels, features or words."""
    if source == "transcript":
        return _digest(str(media).strip().encode())
    array = np.ascontiguousarray(media)
    return _digest(f"{array.dtype}{array.shape}".encode(), array.reshape(-1).view(np.uint8).data)


def perceptual_hash(media: Any, source: str) -> int:
    """64 bits that small changes do not alter; 0 for media without such a hash.

    It hashes the words of a text without case, width, punctuation and spacing, and is the
    difference hash of a film's middle frame.
    """
    if source == "transcript":
        words = normalised(str(media))
        return _digest(words.encode()) if words else 0
    return difference_hash(media[len(media) // 2]) if source == "frames" else 0


def _digest(*parts: bytes | memoryview) -> int:
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        digest.update(part)
    return int.from_bytes(digest.digest(), "big") or 1


def normalised(text: str) -> str:
    """Casefolded words, separated by single spaces where their script separates words."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in folded)
    return without_needless_blanks(" ".join(letters.split()))


def difference_hash(picture: NDArray[np.uint8]) -> int:
    """64 bits of a grey picture ``[H, W]`` that scaling, light and compression hardly change.

    Each bit says whether a cell of an 8 x 9 reduction is brighter than its right neighbour
    (Krawetz 2013). 0 where nothing differs.
    """
    rows = np.array_split(picture.astype(np.float32), LOOK_SIDE, axis=0)
    cells = np.array(
        [[part.mean() for part in np.array_split(row, LOOK_SIDE + 1, axis=1)] for row in rows]
    )
    bits = cells[:, 1:] > cells[:, :-1]
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def nearly_equal(looks: Keys, others: Keys, source: str) -> NDArray[np.bool_]:
    """Whether each of `looks` ``[N]`` resembles any of `others` ``[M]``.

    Pictures resemble each other if they differ in at most `NEAR` bits; other media must be equal.
    """
    known = np.unique(others[others != 0])
    if source != "frames":
        return np.isin(looks, known)
    found = np.zeros(len(looks), dtype=bool)
    for start in range(0, len(looks), 256):
        part = looks[start : start + 256]
        apart = np.bitwise_count(part[:, None] ^ known[None, :])
        found[start : start + 256] = (apart <= NEAR).any(axis=1) & (part != 0)
    return found

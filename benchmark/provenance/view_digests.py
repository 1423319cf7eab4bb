"""Digests of what a training read and what a cell showed: of splits, values and masks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from emobench.corpus.preparation.fit import Feature
from emobench.corpus.view import FoldView
from emobench.missingness import Mask
from emobench.store.records import SplitRecord

DRAWN: Final = 64
"""Utterances of which all values are hashed; of the others the length."""
DIGITS: Final = 20


def split_record(view: FoldView) -> SplitRecord:
    """The ids of train, dev and test of a fold, in their order."""
    parts = {
        name: tuple(view.ids[i] for i in getattr(view.parts, name))
        for name in ("train", "dev", "test")
    }
    return SplitRecord(**parts)


def input_digests(view: FoldView) -> dict[str, str]:
    """Digest of each representation as the model reads it, by modality and name.

    It is of all lengths, of how values are standardised, and of all values of `DRAWN` utterances:
    other libraries or files change most of them, and the whole of a large corpus is not read.
    """
    return {
        f"{modality}/{name}": _feature_digest(one, view.source_rows)
        for modality, features in view.features.items()
        for name, one in features.items()
    }


def _feature_digest(one: Feature, rows: np.ndarray) -> str:
    digest = hashlib.sha256()
    known = np.unique(rows)
    digest.update(np.ascontiguousarray(one.table.lengths[known], np.int64).tobytes())
    for values in (one.mean, one.scale):
        if values is not None:
            digest.update(np.ascontiguousarray(values, np.float32).tobytes())
    drawn = known[np.unique(np.linspace(0, len(known) - 1, DRAWN).astype(np.int64))]
    for row in drawn.tolist():
        digest.update(np.ascontiguousarray(one.table[row]).tobytes())
    return digest.hexdigest()[:DIGITS]


def mask_digest(ids: Sequence[str], modalities: Iterable[str], mask: Mask) -> str:
    """Digest of what each utterance shows: `mask` ``[N, M]`` for the N `ids`, the same for all."""
    digest = hashlib.sha256(_lines([*modalities, "", *ids]))
    digest.update(np.packbits(np.asarray(mask, dtype=bool)).tobytes())
    return digest.hexdigest()[:DIGITS]


def _lines(words: Iterable[str]) -> bytes:
    return "".join(f"{word}\n" for word in words).encode()

"""Pairs test utterances, so that each is shown another utterance's input."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from emobench.corpus.view import FoldView
from emobench.errors import ModelError
from emobench.generation.pooling import rows_with
from emobench.randomness import PAIRING_SEED, draw_key


def partners(view: FoldView, modality: str) -> dict[int, int]:
    """Test row to the test row that lends its `modality`, by a hash: the same for every model.

    The inputs of the modality are permuted among the test utterances that have it, so that each is
    still shown once, and never with its own utterance. Partners have different speakers, hence are
    never two recordings of one take, unless one speaker has more than half of the utterances or the
    corpus names no speakers.

    Raises
    ------
    ModelError
        Fewer than two test utterances have the modality.
    """
    rows = rows_with(view, modality, view.parts.test)
    if len(rows) < 2:
        raise ModelError(f"fewer than two test utterances have {modality}: there is no other one")
    order = sorted(rows.tolist(), key=lambda i: (_key(view.speakers[i]), _key(view.ids[i])))
    # In the order of speakers, a step of the largest one's size leads away from every speaker.
    largest = max(Counter(view.speakers[i] for i in order).values())
    step = largest if 2 * largest <= len(order) else len(order) // 2
    return dict(zip(order, np.roll(np.array(order), -step).tolist(), strict=True))


def partner_rows(found: dict[int, int], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The partner of each of `rows`."""
    return np.array([found[int(i)] for i in rows], dtype=np.int64)


def _key(word: str) -> str:
    return draw_key(word, PAIRING_SEED)

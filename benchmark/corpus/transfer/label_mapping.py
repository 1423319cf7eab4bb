"""The classes that two corpora have in common, and the mapping of each corpus to them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from emobench.corpus.corpus import Corpus
from emobench.errors import Skip
from emobench.interface.card import CANONICAL

LEAST = 2
"""Classes that two corpora must have in common for a transfer to mean anything."""


def common_classes(first: Corpus, second: Corpus) -> tuple[str, ...]:
    """Names of the classes that both corpora have, in the same order from either side.

    Classes are matched by the common names on both cards (`DatasetCard.canonical`); if either card
    has none, by their own names. The order is that of `CANONICAL`, then of the alphabet, so that
    the labels of a test do not depend on the corpus of the training.

    Raises
    ------
    Skip
        There are fewer than two, or several classes can hold for an utterance of one of them.
    """
    for corpus in (first, second):
        if corpus.multilabel:
            raise Skip(f"several classes can hold for an utterance of {corpus.request.label}")
    ours, theirs = _maps(first, second)
    found = tuple(sorted(set(ours.values()) & set(theirs.values()), key=_place))
    if len(found) < LEAST:
        raise Skip(
            f"{first.request.label} and {second.request.label} have "
            f"{f'only the class {found[0]}' if found else 'no class'} in common"
            + _hint(first, second)
        )
    return found


def _hint(*corpora: Corpus) -> str:
    """Advice for a corpus that does not say what its labels stand for."""
    silent = [c.request.label for c in corpora if not c.dataset.card.canonical]
    return f"; {silent[0]} can say what its labels stand for (option canonical)" if silent else ""


def to_common(corpus: Corpus, other: Corpus, classes: tuple[str, ...]) -> NDArray[np.int64]:
    """Index in `classes` of each class of `corpus` ``[C]``; -1 where it has no counterpart."""
    ours, _ = _maps(corpus, other)
    place = {name: i for i, name in enumerate(classes)}
    return np.array([place.get(ours.get(c, ""), -1) for c in corpus.classes], dtype=np.int64)


def _place(name: str) -> tuple[int, str]:
    return (CANONICAL.index(name) if name in CANONICAL else len(CANONICAL), name)


def _maps(first: Corpus, second: Corpus) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Own class to common name, for both corpora."""
    cards = [first.dataset.card, second.dataset.card]
    if all(card.canonical for card in cards):
        return cards[0].canonical, cards[1].canonical
    return {c: c for c in cards[0].classes}, {c: c for c in cards[1].classes}

"""Inner folds divide what is not tested, and part no speaker."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emobench import DatasetCard
from emobench.corpus.corpus import Corpus
from emobench.corpus.inner_folds import check_inner_folds, inner_split
from emobench.corpus.split import Split
from emobench.errors import DataError, RequestError


@pytest.mark.parametrize("count", [2, 3])
def test_every_row_that_is_not_tested_is_dev_once(small: Any, count: int) -> None:
    corpus, parts = small.corpus, small.parts
    seen = np.sort(np.concatenate([parts.train, parts.dev]))
    folds = [inner_split(corpus, parts, number, count) for number in range(count)]
    np.testing.assert_array_equal(np.sort(np.concatenate([f.dev for f in folds])), seen)
    speakers = corpus.table["speaker"].to_numpy()
    for fold in folds:
        assert len(fold.test) == 0
        np.testing.assert_array_equal(np.sort(np.concatenate([fold.train, fold.dev])), seen)
        assert not set(speakers[fold.train]) & set(speakers[fold.dev])
        assert set(corpus.labels[fold.train]) == set(corpus.labels)


@pytest.mark.parametrize(("count", "word"), [(1, "at least 2"), (50, "fewer inner folds")])
def test_a_number_that_cannot_be_drawn_is_refused(small: Any, count: int, word: str) -> None:
    with pytest.raises(RequestError, match=word):
        check_inner_folds(small.corpus, small.parts, count)


def corpus_of(labels: list[int], speakers: list[int]) -> tuple[Corpus, Split]:
    """A corpus in memory, all of whose rows are train."""
    table = pd.DataFrame({
        "id": [f"u{i}" for i in range(len(labels))],
        "speaker": [f"s{speaker}" for speaker in speakers],
        "label": ["abc"[i] for i in labels],
    })  # fmt: skip
    card = DatasetCard("made", "", ("a", "b", "c"), (), "", "", "As it comes.")
    dataset: Any = SimpleNamespace(card=card)
    request: Any = SimpleNamespace(label="made")
    none = np.zeros(0, int)
    return Corpus(request, dataset, table, "", ()), Split(np.arange(len(labels)), none, none)


def test_two_folds_of_two_speakers_can_be_drawn() -> None:
    corpus, parts = corpus_of([0, 1, 2] * 6, [0] * 9 + [1] * 9)
    check_inner_folds(corpus, parts, 2)


def test_a_class_that_one_speaker_alone_speaks_cannot_be_learned_without_them() -> None:
    corpus, parts = corpus_of([0, 1] * 12 + [2] * 6, [*range(12)] * 2 + [12] * 6)
    with pytest.raises(DataError, match="class 'c' has no utterance to learn from"):
        check_inner_folds(corpus, parts, 3)


def test_more_folds_than_any_class_has_utterances_are_refused() -> None:
    corpus, parts = corpus_of([0, 0, 1, 1, 2, 2], [0, 1, 2, 3, 4, 5])
    with pytest.raises(RequestError, match=r"^--inner 4: .*n_splits=4"):
        check_inner_folds(corpus, parts, 4)

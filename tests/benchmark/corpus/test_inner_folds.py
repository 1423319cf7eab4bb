"""Inner folds divide what is not tested, and part no speaker."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emobench.corpus.inner_folds import check_inner_folds, inner_split
from emobench.errors import RequestError


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

"""Rows that repeat utterances: each has an id of its own."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emobench.corpus.row_index import numbered

NAMES = ["a", "b", "c", "d"]


@given(st.lists(st.integers(0, 3), max_size=20))
def test_each_row_has_an_id_of_its_own_that_names_its_utterance(rows: list[int]) -> None:
    ids = numbered(NAMES, np.array(rows, dtype=np.int64))
    assert len(set(ids)) == len(rows)
    assert [name.split("#")[0] for name in ids] == [NAMES[row] for row in rows]
    for row in set(rows):
        own = [name for name, r in zip(ids, rows, strict=True) if r == row]
        assert own == [NAMES[row], *(f"{NAMES[row]}#{n}" for n in range(2, len(own) + 1))]

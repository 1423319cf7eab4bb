"""Whose names may stand in a submission, and under which form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.leaderboard.submission.people import NUMBERED, PUBLISHED, Names

names = st.text(min_size=1, max_size=6)


@settings(max_examples=20)
@given(
    st.dictionaries(names, names, max_size=6),
    st.sampled_from(["", "speaker", "video", "speaker or video"]),
    st.booleans(),
)
def test_numbers_part_the_utterances_as_names_do_and_show_none(units, word, names_all):
    ids = np.array([*units, "alone"])
    made = Names(word, units, is_public=False, names_all=names_all)
    assert made.form == NUMBERED
    shown = made.units_of(ids)
    pairs = set(zip([units.get(i) for i in ids.tolist()], shown, strict=True))
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})
    kind = word.split(" or ")[0] or "unit"
    assert all(one is None or one.startswith(f"{kind} ") for one in shown)


@pytest.mark.parametrize(
    ("public", "everybody", "word", "form"),
    [
        (True, True, "speaker", PUBLISHED),
        (True, False, "dialogue", PUBLISHED),
        (True, False, "speaker", NUMBERED),
        (False, True, "dialogue", NUMBERED),
    ],
)
def test_names_stay_only_where_the_corpus_published_them(public, everybody, word, form):
    made = Names(word, {"u1": "Ada"}, public, everybody)
    ids = np.array(["u1"])
    assert made.form == form
    assert ("Ada" in made.units_of(ids)) == (form == PUBLISHED)
    shown = made.speakers_of(ids, np.array(["Ada"]))
    assert ("Ada" in shown) == (public and everybody)

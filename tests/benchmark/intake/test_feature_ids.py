"""Whose features are whose, whatever the spelling of the ids."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import match_ids

NAMES = ["u1", "Zoë 2", "Ses01_F000", "03bSnISJMiM_1.5", "v 7"]
RENDERINGS = (
    str, str.upper, lambda n: unicodedata.normalize("NFD", n), lambda n: f" {n} ",
    lambda n: f"clips/{n}.wav", lambda n: f"a\\b\\{n}.mp4", lambda n: f"./x/{n}",
    lambda n: f"{n}.npy",
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(RENDERINGS), min_size=5, max_size=5), st.booleans())
def test_renderings_of_an_id_find_it(ways, swapped):
    written = {way(name): name for way, name in zip(ways, NAMES, strict=True)}
    asked, known = (NAMES, list(written)) if swapped else (list(written), NAMES)
    match = match_ids(asked, known)
    expected = {n: w for w, n in written.items()} if swapped else written
    assert match.found == expected
    assert bool(match.notes) == any(a != b for a, b in expected.items())
    assert match.doubts == ()


def test_folders_that_disagree_are_not_one_file():
    match = match_ids(["a/u1", "b/u1.wav", "c/u2"], ["a/u1.wav", "d/u2.wav"])
    assert match.found == {"a/u1": "a/u1.wav"}


def test_what_can_be_two_is_neither_and_said():
    match = match_ids(["u1", "u2"], ["a/u1.wav", "b/u1.wav", "a/u2.wav"])
    assert match.found == {"u2": "a/u2.wav"}
    assert "'u1' can be 'a/u1.wav' or 'b/u1.wav'" in match.doubts[0]
    match = match_ids(["a/u1", "b/u1"], ["u1"])
    assert match.found == {}
    assert "'u1' can be of 'a/u1' and others" in match.doubts[0]


def test_marks_between_the_parts_of_an_id_differ_by_program():
    known = ["v_0", "Ses0_spk_1", "w[2]"]
    match = match_ids(["v$_$0", "Ses0/spk/1", "w$_$2"], known)
    assert list(match.found.values()) == known
    assert "with other marks" in match.notes[0]
    assert match_ids(["v$_$0", "v/0"], ["v_0"]).found == {}


def test_as_written_comes_first():
    match = match_ids(["U1", "u1"], ["u1", "U1"])
    assert match.found == {"U1": "U1", "u1": "u1"}
    assert match_ids(["U1", "u1"], ["u1"]).found == {"u1": "u1"}

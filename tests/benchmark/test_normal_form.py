"""One normal form: renderings of one name are equal, other names stay apart."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import NameIndex, normal_form, spellings, visible_name

QUICK = settings(max_examples=60, deadline=None)
WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=12)


@QUICK
@given(WORDS)
def test_a_normal_form_is_its_own(name: str) -> None:
    assert normal_form(normal_form(name)) == normal_form(name)


@QUICK
@given(WORDS, st.sampled_from(("NFC", "NFD", "NFKC", "NFKD")), st.sampled_from(" \u00a0\u3000\t"))
def test_renderings_of_one_name_are_equal(name: str, form: str, blank: str) -> None:
    written = unicodedata.normalize(form, name).replace(" ", blank)
    for rendering in (written, f"{blank}{written} ", f"\u200b{written}\ufeff", f"{written}\ufe0f"):
        assert normal_form(rendering) == normal_form(name)


@QUICK
@given(st.integers(0, 10**9), st.integers(0, 4), st.integers(0, 3))
def test_a_whole_number_has_many_ways(value: int, zeros: int, decimals: int) -> None:
    text = "0" * zeros + str(value) + ("." + "0" * decimals if decimals else "")
    assert normal_form(text) == normal_form(f"+{text}") == str(value)
    assert normal_form(str(value).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))) == str(
        value
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [("angry", "angry2"), ("1", "-1"), ("1.5", "1"), ("a b", "ab"), ("é", "e"), ("01a", "1a")],
)
def test_other_names_stay_apart(one: str, other: str) -> None:
    assert normal_form(one) != normal_form(other)


def test_the_commonest_spelling_is_kept_and_all_are_shown() -> None:
    (found,) = spellings(["Joy", "joy", "joy", "jo\u200by"]).values()
    assert found.name == "joy"
    assert found.counts == {"Joy": 1, "joy": 2, "jo\u200by": 1}
    assert "'jo\\u200by' (1)" in str(found)
    assert visible_name("A\u0308rger") == "'A\\u0308rger'"


def test_a_name_is_found_as_written_first_and_never_if_two_could_be_meant() -> None:
    index = NameIndex(["U1", "u1", "V1"])
    assert index.find("U1") == "U1"
    assert index.find("v1") == "V1"
    assert index.find("ｕ1") is None

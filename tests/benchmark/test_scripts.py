"""Texts in scripts without blanks are taken apart, and lose nothing; others stay as they are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.corpus.preparation.fingerprints import normalised
from emobench.corruption.corruption import Donors
from emobench.corruption.words import word_deletions, word_errors
from emobench.randomness import corruption_stream
from emobench.scripts import text_units, without_needless_blanks

SENTENCES = {
    "Han": "今天我们真的气死了。",
    "kana": "きょうはとてもうれしいです。",
    "Thai": "วันนี้ฉันดีใจมากจริงๆ",
    "Lao": "ມື້ນີ້ຂ້ອຍດີໃຈຫຼາຍ",
    "Khmer": "ថ្ងៃនេះខ្ញុំសប្បាយណាស់",
    "Myanmar": "ဒီနေ့ကျွန်တော်ပျော်တယ်",
    "Tibetan": "དེ་རིང་ང་དགའ་པོ་བྱུང་།",
    "Javanese": "ꦲꦏ꧀ꦱꦫꦗꦮ",
}
PIECES = st.sampled_from(
    [*SENTENCES.values(), "yes", "Ärger!", "हिन्दी", "나는", "،", "—", "é", " "]
)
MIXED = st.lists(PIECES | st.text(max_size=6), max_size=6).map("".join)


@settings(max_examples=50, deadline=None)
@given(MIXED)
def test_the_units_of_a_text_are_the_text(text: str) -> None:
    units = text_units(text)
    assert "".join(blank + unit for blank, unit in units) == " ".join(text.split())
    assert all(unit and blank in ("", " ") for blank, unit in units)


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(max_codepoint=0x0E00), max_size=40))
def test_where_blanks_part_words_they_are_the_units(text: str) -> None:
    assert [unit for _, unit in text_units(text)] == text.split()
    assert without_needless_blanks(text) == text


@pytest.mark.parametrize("script", SENTENCES)
def test_a_sentence_without_blanks_is_several_units(script: str) -> None:
    assert len(text_units(SENTENCES[script])) >= 5


def damaged(damage, text: str, utterance: str) -> str:
    name = damage.__name__
    others = Donors(lambda: [], lambda: [unit for _, unit in text_units("甲乙丙丁")])
    return damage(text, 0.3, corruption_stream(name, utterance), others)


@pytest.mark.parametrize("script", SENTENCES)
def test_some_letters_of_a_sentence_without_blanks_are_damaged_not_all(script: str) -> None:
    text = SENTENCES[script] * 3
    true = [unit for _, unit in text_units(text)]
    left = [len(text_units(damaged(word_deletions, text, f"u{i}"))) for i in range(60)]
    assert 1 - sum(left) / (60 * len(true)) == pytest.approx(0.3, abs=0.06)
    said = [damaged(word_errors, text, f"u{i}") for i in range(60)]
    wrong = sum(said_one.count(letter) for said_one in said for letter in "甲乙丙丁")
    assert wrong / (60 * len(true)) == pytest.approx(0.3, abs=0.06)
    assert all(" " not in text for text in said)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["Han", "kana", "Thai", "Lao", "Khmer", "Myanmar"]), st.data())
def test_a_text_that_a_tool_segmented_is_the_same_text(script: str, data: st.DataObject) -> None:
    units = [unit for _, unit in text_units(SENTENCES[script])]
    blanks = data.draw(
        st.lists(st.sampled_from(["", " "]), min_size=len(units), max_size=len(units))
    )
    segmented = "".join(unit + blank for unit, blank in zip(units, blanks, strict=True))
    assert normalised(segmented) == normalised(SENTENCES[script])

"""What damage to transcripts does, measured on what comes out."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import DataError
from emobench.corpus.preparation.clips import check_media
from emobench.corruption.corruption import Donors
from emobench.corruption.registry import KINDS
from emobench.interface.protocol import SEVERITIES
from emobench.randomness import corruption_stream

POOL = ["I", "really", "do", "not", "know", "what", "you", "want", "Anna", "said", "quietly"]
OTHERS = Donors(lambda: [], lambda: POOL)
SENTENCE = "it was the best of times and the worst of times"


def damaged(name: str, severity: int, text: str, utterance: str = "u1") -> str:
    return KINDS[name].damage(text, severity, corruption_stream(name, utterance), OTHERS)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_the_word_error_rate_is_the_stated_one(severity: int) -> None:
    true = SENTENCE.split()
    said = [damaged("word_errors", severity, SENTENCE, f"u{i}").split() for i in range(400)]
    wrong = [a != b for words in said for a, b in zip(true, words, strict=True)]
    assert sum(wrong) / len(wrong) == pytest.approx(KINDS["word_errors"].amount(severity), abs=0.03)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_the_stated_share_of_words_is_left_out(severity: int) -> None:
    left = [len(damaged("word_deletions", severity, SENTENCE, f"u{i}").split()) for i in range(400)]
    lost = 1 - sum(left) / (400 * len(SENTENCE.split()))
    assert lost == pytest.approx(KINDS["word_deletions"].amount(severity), abs=0.03)


def test_words_that_are_wrong_stay_wrong_in_the_same_way() -> None:
    true = SENTENCE.split()
    for i in range(50):
        said = [damaged("word_errors", s, SENTENCE, f"u{i}").split() for s in SEVERITIES]
        for mild, strong in itertools.pairwise(said):
            assert all(b == c for a, b, c in zip(true, mild, strong, strict=True) if a != b)


def test_left_out_words_stay_left_out() -> None:
    for i in range(50):
        left = [damaged("word_deletions", s, SENTENCE, f"u{i}").split() for s in SEVERITIES]
        for mild, strong in itertools.pairwise(left):
            rest = iter(mild)
            assert all(word in rest for word in strong), "a word came back"


@given(st.sampled_from(["word_errors", "word_deletions"]), st.sampled_from(SEVERITIES))
def test_one_word_stays_one_word(name: str, severity: int) -> None:
    for i in range(20):
        assert len(damaged(name, severity, "No", f"u{i}").split()) == 1


def test_a_wrong_word_is_another_word() -> None:
    for i in range(100):
        text = damaged("word_errors", 5, "KNOW know Know", f"u{i}").split()
        assert all(w.casefold() != "know" or w in ("KNOW", "know", "Know") for w in text)
    only = Donors(lambda: [], lambda: ["No", "no"])
    with pytest.raises(DataError, match="words of other utterances"):
        KINDS["word_errors"].damage("NO", 5, corruption_stream("word_errors", "u1"), only)


@settings(deadline=None)
@given(
    st.sampled_from(["word_errors", "word_deletions"]),
    st.sampled_from(SEVERITIES),
    st.text(min_size=1).filter(lambda t: t.strip()),
)
def test_a_damaged_text_is_usable_and_repeatable(name: str, severity: int, text: str) -> None:
    first, again = (damaged(name, severity, text) for _ in range(2))
    assert first == again
    check_media(first, "transcript")

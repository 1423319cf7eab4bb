"""What verify calls wrong or doubtful, a run says and the page shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emobench import DataError
from emobench.corpus.preparation.clip_policy import check_clips
from emobench.corpus.verify import Finding, verify
from emobench.grid.results.warnings import doubt_warnings

WORDS = {"a": "this is the first word", "b": "this is the second word", "c": "the third word is"}


def filled(maker: Any, texts: dict[str, str] = WORDS, count: int = 24) -> Any:
    for i in range(count):
        maker.add(text=texts["abc"[i % 3]], audio=np.full(1200, 0.5, np.float32) * (i + 1) / count)
    return maker


def suspicious(target: Any) -> list[Finding]:
    return [f for f in verify(target) if f.suspicious]


def test_a_sound_corpus_is_not_doubted(maker: Any) -> None:
    assert suspicious(filled(maker).prepared("mfcc")) == []


def test_doubts_of_the_loader_are_findings_and_warnings(maker: Any) -> None:
    filled(maker)
    (maker.root / "doubts.txt").write_text("The labels look like numbers.\nTwo names are one.\n")
    target = maker.prepared("mfcc")
    found = suspicious(target)
    assert [(f.verdict, f.text) for f in found] == [
        ("doubt", "The labels look like numbers."),
        ("doubt", "Two names are one."),
    ]
    lines = list(doubt_warnings(target.corpus, found))
    assert lines == [
        "warning: made: The labels look like numbers.",
        "warning: made: Two names are one.",
        "`emobench data verify made` tells more of made",
    ]


def test_a_warning_names_three_utterances(maker: Any) -> None:
    corpus = filled(maker).corpus()
    finding = Finding("wrong", "five are odd", tuple("vwxyz"))
    assert next(
        doubt_warnings(corpus, [finding])
    ) == "warning: made: five are odd (v, w, x, ...)".replace("...", "…")


def test_texts_of_unknown_words_are_doubted(maker: Any) -> None:
    for i in range(24):
        maker.add(text=f"q{i}a q{i}b known", audio=np.full(1200, (i + 1) / 24))
    found = suspicious(maker.prepared("mfcc"))
    assert len(found) == 1
    assert found[0].text.startswith("67% of the words of the test texts are unknown")


@pytest.mark.parametrize("policy_name", ["absent", "fail"])
def test_a_modality_of_which_no_clip_can_be_used_is_an_error(maker: Any, policy_name: str) -> None:
    for i in range(12):
        maker.add(text=WORDS["abc"[i % 3]], audio=[])
    target = maker.prepared("mfcc")
    with pytest.raises(DataError, match="None of the 12 audio clips of made can be used") as error:
        check_clips(target, policy_name)
    assert "u000.waveform.npy cannot be read" in str(error.value)
    assert "run without audio: --dataset text=made" in str(error.value)
    assert any(f.verdict == "wrong" and f.text in str(error.value) for f in verify(target))


def test_one_usable_clip_is_enough_to_go_on(maker: Any) -> None:
    for i in range(12):
        maker.add(text=WORDS["abc"[i % 3]], audio=[] if i else np.full(1200, 0.5))
    check_clips(maker.prepared("mfcc"), "absent")


def test_rows_of_another_width_are_named(maker: Any) -> None:
    for i in range(12):
        maker.add(vision=np.ones((4, 5 if i != 7 else 6)) * i)
    with pytest.raises(DataError, match=r"1 of 12 rows .*u007 \(6\).*transposed"):
        maker.prepared("action_units")


def test_any_failure_of_a_loader_is_a_sentence(maker: Any) -> None:
    filled(maker)
    (maker.root / "u003.waveform.npy").write_bytes(b"no array")
    with pytest.raises(DataError, match="made failed on the waveform of u003"):
        maker.prepared("mfcc")

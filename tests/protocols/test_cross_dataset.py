"""Which trainings and tests cross_dataset asks for."""

from __future__ import annotations

import pytest

from emobench import RequestError, Setting, Target
from emobench.protocols.cross_dataset import ALONE, CrossDataset, CrossDatasetOptions
from emobench.protocols.full_modalities import FullModalities

B = Target("b", ("text",), ("angry", "sad"))
C = Target("c", ("text", "audio"), reason="a and c have no class in common")
SETTING = Setting(("text", "audio"), "a", others=(B, C))


def test_two_tests_for_each_other_corpus_from_one_training() -> None:
    trials = CrossDataset().trials(SETTING)
    names = ["full", "b", "in_corpus[b]", "c", "in_corpus[c]"]
    assert [t.condition.name for t in trials] == names
    assert len({t.regime for t in trials}) == 1
    there, here = trials[1].condition, trials[2].condition
    assert (there.corpus, there.classes) == ("b", None)
    assert (here.corpus, here.classes) == ("a", "b")
    assert "angry, sad" in there.description
    assert [t.skip for t in trials] == ["", "", "", C.reason, C.reason]


def test_the_training_and_the_own_test_are_those_of_full_modalities() -> None:
    ours = CrossDataset().trials(SETTING)[0]
    theirs = FullModalities().trials(SETTING)[0]
    assert ours.regime.name == theirs.regime.name
    assert ours.regime.draws == theirs.regime.draws
    assert ours.condition.present == theirs.condition.present


def test_one_corpus_alone_is_skipped_with_the_remedy() -> None:
    (trial,) = CrossDataset().trials(Setting(("text",), "a"))
    assert trial.skip == ALONE


def test_nobody_stands_on_both_sides() -> None:
    joint = Target("a+b", ("text",), ("angry", "sad"), members=("a", "b"))
    names = {
        t.condition.name for t in CrossDataset().trials(Setting(("text",), "a", others=(joint, B)))
    }
    assert "a+b" not in names
    assert "b" in names
    about = Setting(("text",), "a+b", others=(B, C), members=("a", "b"))
    assert [t.condition.name for t in CrossDataset().trials(about)] == ["full", "c", "in_corpus[c]"]


def test_leave_one_corpus_out() -> None:
    protocol = CrossDataset(CrossDatasetOptions(leave_one_out=True))
    assert protocol.joins(("a", "b", "c")) == [("b", "c"), ("a", "c"), ("a", "b")]
    # With two corpora it is what all pairs are.
    assert protocol.joins(("a", "b")) == []
    assert CrossDataset().joins(("a", "b", "c")) == []
    # What was joined to be trained on is not tested on, but tests this corpus's classes.
    joint = Target("b+c", ("text",), ("angry", "sad"), members=("b", "c"))
    names = {t.condition.name for t in protocol.trials(Setting(("text",), "a", others=(joint, B)))}
    assert names == {"full", "b", "in_corpus[b]", "in_corpus[b+c]"}


def test_standardisations_are_rows_of_their_own_and_leave_the_old_ones_as_they_are() -> None:
    plain = CrossDataset().trials(SETTING)
    every = CrossDataset(CrossDatasetOptions(standardise="all")).trials(SETTING)
    assert [t for t in plain if t not in every] == []
    added = [(t.regime.name, t.condition.name) for t in every if t not in plain]
    assert added[:3] == [
        ("full", "b[by corpus]"),
        ("standardised_by_speaker", "b[by speaker]"),
        ("standardised_by_speaker", "in_corpus[b]"),
    ]
    assert added[-1] == ("standardised_by_speaker", "full")
    for trial in every:
        name = trial.condition.name
        asked = "corpus" if "by corpus" in name else "speaker" if "by speaker" in name else "source"
        assert trial.condition.standardise == asked
        assert ("transductive" in trial.condition.description) == (asked != "source")
    assert {t.skip for t in every if t.condition.corpus == "c"} == {C.reason}


def test_the_source_is_always_beside_the_others() -> None:
    assert CrossDatasetOptions(standardise="speaker").ways == ("source", "speaker")
    assert CrossDatasetOptions(standardise="corpus+source").ways == ("source", "corpus")
    with pytest.raises(RequestError, match="speaker"):
        CrossDatasetOptions(standardise="speakers")

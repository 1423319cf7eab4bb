"""Which trainings, tests and differences disjoint_training asks for."""

from __future__ import annotations

from emobench import Setting, Target
from emobench.protocols.disjoint_training import ONE, DisjointTraining

PAIRED = Setting(("text", "audio"), "a")
CLASSES = ("angry", "sad")
JOINT = Setting(
    ("text", "audio", "vision"),
    "text=a+audio=b+vision=c",
    members=("a", "b", "c"),
    others=(
        Target("d", ("audio", "vision"), CLASSES),
        Target("e", ("audio",), CLASSES),
        Target("f", ("text", "audio"), reason="no class in common"),
        Target("g+h", ("text", "audio"), CLASSES, members=("g", "h")),
    ),
)


def test_a_paired_corpus_is_trained_both_ways_and_tested_alike() -> None:
    trials = DisjointTraining().trials(PAIRED)
    asked = [(t.regime.name, t.condition.name) for t in trials]
    assert asked == [
        (regime, condition)
        for regime in ("full", "disjoint")
        for condition in ("full", "text", "audio")
    ]
    assert {t.regime.name: t.regime.single for t in trials} == {"full": False, "disjoint": True}


def test_every_branch_and_both_trainings_are_compared() -> None:
    found = {(c.first, c.second) for c in DisjointTraining().contrasts(PAIRED)}
    assert found == {
        (("full", "full"), ("full", "text")),
        (("full", "full"), ("full", "audio")),
        (("disjoint", "full"), ("disjoint", "text")),
        (("disjoint", "full"), ("disjoint", "audio")),
        (("full", "full"), ("disjoint", "full")),
    }


def test_one_modality_is_skipped_with_the_reason() -> None:
    about = Setting(("text",), "a")
    trials = DisjointTraining().trials(about)
    assert {t.skip for t in trials} == {ONE}
    assert DisjointTraining().contrasts(about) == []


def test_a_joint_corpus_is_tested_where_modalities_meet() -> None:
    trials = DisjointTraining().trials(JOINT)
    assert {t.regime.name for t in trials} == {"full"}
    by_name = {t.condition.name: t for t in trials}
    assert list(by_name)[:4] == ["full", "text", "audio", "vision"]
    assert by_name["d"].condition.corpus == "d"
    assert by_name["d"].condition.present is None
    assert by_name["d:audio"].condition.present == ("audio",)
    assert "d:text" not in by_name
    assert by_name["e"].skip == "e shares only audio with it"
    assert by_name["f"].skip == "no class in common"
    assert "g+h" not in by_name
    assert not by_name["d"].skip


def test_every_compared_row_is_asked_for() -> None:
    for about in (PAIRED, JOINT):
        protocol = DisjointTraining()
        asked = {(t.regime.name, t.condition.name) for t in protocol.trials(about) if not t.skip}
        for contrast in protocol.contrasts(about):
            assert {contrast.first, contrast.second} <= asked

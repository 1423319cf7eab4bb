from __future__ import annotations

import pytest

from emobench import COUNTERPARTS, FLAWS, REPORTS, Protocol, Setting
from emobench.discovery.registry import registry
from emobench.protocols.leakage_audit import AUDITED, Chosen, LeakageAudit

THREE = Setting(("text", "audio", "vision"))


@pytest.fixture
def protocol() -> Protocol:
    loaded: Protocol = registry("protocol")["leakage_audit"].load()()
    return loaded


def test_the_honest_split_first_and_then_every_flaw_once(protocol: Protocol) -> None:
    trials = protocol.trials(THREE)
    assert len(AUDITED) == len(set(AUDITED)) == 11
    flawed = [t for t in trials if t.condition.role == "flawed"]
    assert [t.condition.name for t in flawed] == [*FLAWS, *REPORTS]
    assert [t.split for t in flawed] == [*FLAWS, *[""] * len(REPORTS)]
    assert [t.report for t in flawed] == [*[""] * len(FLAWS), *REPORTS]
    honest = [t for t in trials if t.condition.role == "honest"]
    assert [t.split for t in honest] == ["", *COUNTERPARTS.values()]
    assert trials[0] is honest[0]
    assert all(t.condition.description for t in trials)


def test_a_counterpart_comes_with_its_flaw_alone() -> None:
    for flaw in AUDITED:
        trials = LeakageAudit(Chosen(flaw)).trials(THREE)
        expected = ["honest", *filter(None, [COUNTERPARTS.get(flaw)]), flaw]
        assert [t.condition.name for t in trials] == expected


def test_nothing_but_the_split_differs(protocol: Protocol) -> None:
    trials = protocol.trials(THREE)
    assert {t.regime for t in trials} == {trials[0].regime}
    assert {(t.condition.present, t.condition.rate) for t in trials} == {(THREE.modalities, 0)}
    assert not any(t.options or t.variant or t.skip for t in trials)


def test_the_honest_training_is_that_of_the_ordinary_score(protocol: Protocol) -> None:
    """So that both protocols share its checkpoint and its predictions."""
    other = registry("protocol")["full_modalities"].load()()
    ours, theirs = protocol.trials(THREE)[0], other.trials(THREE)[0]
    assert ours.regime == theirs.regime
    assert ours.condition.present == theirs.condition.present


def test_every_flaw_is_held_against_the_honest_row(protocol: Protocol) -> None:
    found = {c.name: (c.first, c.second) for c in protocol.contrasts(THREE)}
    assert found == {f: (("full", f), ("full", COUNTERPARTS.get(f, "honest"))) for f in AUDITED}

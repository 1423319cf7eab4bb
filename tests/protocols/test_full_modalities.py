from __future__ import annotations

import pytest

from emobench import Setting
from emobench.discovery.registry import registry


@pytest.fixture
def protocol():
    return registry("protocol")["full_modalities"].load()()


@pytest.mark.parametrize(
    "modalities", [("text", "audio", "vision"), ("audio", "vision"), ("text",)]
)
def test_the_one_condition_shows_everything(protocol, modalities):
    (condition,) = protocol.conditions(Setting(modalities))
    assert (condition.name, condition.present, condition.rate) == ("full", modalities, 0)
    assert protocol.summaries(Setting(modalities)) == []


def test_the_one_regime_drops_nothing(protocol):
    (regime,) = protocol.regimes(Setting(("text", "audio", "vision")))
    assert (regime.name, regime.drop) == ("full", 0)


def test_its_training_and_condition_are_those_of_the_other_protocols(protocol):
    """So that both protocols share checkpoints and cells."""
    other = registry("protocol")["missing_modality"].load()()
    three = Setting(("text", "audio", "vision"))
    ours, theirs = protocol.regimes(three)[0], other.regimes(three)[0]
    assert (ours.name, ours.drop) == (theirs.name, theirs.drop)
    here, there = protocol.conditions(three)[0], other.conditions(three)[0]
    assert (here.present, here.rate) == (there.present, there.rate)

from __future__ import annotations

from itertools import combinations

import pytest

from emobench import Setting
from emobench.discovery.registry import registry

THREE = ("text", "audio", "vision")
RATES = [f"missing_0.{i}" for i in range(1, 8)]
SUBSETS = ["text", "audio", "vision", "text+audio", "text+vision", "audio+vision"]


@pytest.fixture
def protocol():
    return registry("protocol")["missing_modality"].load()()


def test_three_modalities_give_every_subset_and_every_rate_under_the_public_names(protocol):
    assert [c.name for c in protocol.conditions(Setting(THREE))] == ["full", *SUBSETS, *RATES]


def test_two_modalities_give_both_alone_and_every_rate(protocol):
    names = [c.name for c in protocol.conditions(Setting(("audio", "vision")))]
    assert names == ["full", "audio", "vision", *RATES]


def test_one_modality_gives_full_alone(protocol):
    assert [c.name for c in protocol.conditions(Setting(("audio",)))] == ["full"]
    assert protocol.summaries(Setting(("audio",))) == []


def test_a_condition_shows_what_its_name_says(protocol):
    for condition in protocol.conditions(Setting(THREE)):
        if condition.name.startswith("missing_"):
            assert condition.present is None
            assert condition.rate == float(condition.name.removeprefix("missing_"))
        else:
            named = THREE if condition.name == "full" else tuple(condition.name.split("+"))
            assert condition.present == named
            assert condition.rate == 0


def test_a_rate_that_cannot_be_reached_says_so(protocol):
    def warned(modalities):
        conditions = protocol.conditions(Setting(modalities))
        return [c.name for c in conditions if "can be reached" in c.description]

    assert warned(THREE) == ["missing_0.7"]
    assert warned(("text", "audio")) == ["missing_0.6", "missing_0.7"]


def test_the_regimes_are_without_and_with_modality_dropout(protocol):
    assert [(r.name, r.drop) for r in protocol.regimes(Setting(THREE))] == [
        ("full", 0.0),
        ("modality_dropout", 0.3),
    ]


@pytest.mark.parametrize("modalities", [c for k in (1, 2, 3) for c in combinations(THREE, k)])
def test_summaries_are_over_conditions_that_exist(protocol, modalities):
    names = [c.name for c in protocol.conditions(Setting(modalities))]
    assert len(names) == len(set(names))
    for summary in protocol.summaries(Setting(modalities)):
        assert set(summary.conditions) <= set(names)
        assert summary.reduce in ("mean", "min")


def test_the_summaries_are_the_mean_over_rates_and_the_worst_subset(protocol):
    rates, subsets = protocol.summaries(Setting(THREE))
    assert (rates.reduce, list(rates.conditions)) == ("mean", ["full", *RATES])
    assert (subsets.reduce, list(subsets.conditions)) == ("min", ["full", *SUBSETS])

"""Trials are pure functions of the model's name and their number."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.discovery.registry import registry
from emobench.grid.search.trial import drawn_values, with_values
from emobench.randomness import trial_stream

SEARCHED = [n for n, e in registry("model").items() if e.load().search_space]


@pytest.mark.parametrize("name", SEARCHED)
@pytest.mark.parametrize("preset", ["compact", "published"])
def test_a_trial_is_the_preset_or_a_valid_configuration(name: str, preset: str) -> None:
    kind = registry("model")[name].load()
    config = asdict(kind.presets.get(preset) or kind.Config())
    drawn = [drawn_values(kind, name, config, (), number) for number in range(20)]
    assert with_values(kind, config, drawn[0]) == config
    for values in drawn:
        found = with_values(kind, config, values)
        assert {field for field in found if found[field] != config[field]} <= set(values)
    assert len({str(values) for values in drawn}) == 20
    assert drawn == [drawn_values(kind, name, config, (), number) for number in range(20)]


@given(st.integers(1, 1000))
def test_trials_of_models_differ(number: int) -> None:
    draws = {trial_stream(name, number).random() for name in ("mlp", "bilstm", "emotiwave")}
    assert len(draws) == 3

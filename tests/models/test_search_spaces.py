"""The search space of every built-in model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emobench import Model
from emobench.contract import Subject, check_search_space
from emobench.discovery.options import options_of
from emobench.discovery.registry import registry
from emobench.interface.search_space import draw, space_defect

MODELS = registry("model")
SEARCHED = sorted(MODELS.keys() - {"majority", "oracle"})
VARIANTS = [(name, v) for name in SEARCHED for v in MODELS[name].card.variants]


def presets(name):
    kind = MODELS[name].load()
    return kind.presets or {"compact": kind.Config()}


@pytest.mark.parametrize("name", SEARCHED)
def test_it_has_no_defect_on_any_preset(name):
    kind = MODELS[name].load()
    for preset, config in presets(name).items():
        assert space_defect(kind.search_space, config) is None, preset


@pytest.mark.parametrize("name", SEARCHED)
def test_it_is_the_models_own_and_holds_the_compact_preset(name):
    kind = MODELS[name].load()
    assert 4 <= len(kind.search_space) <= 7
    assert kind.search_space is not Model.search_space
    config = presets(name)["compact"]
    for field, parameter in kind.search_space.items():
        # Without a C of its own a linear row takes the best of nine on dev: trial 0 does.
        assert field == "penalty" or parameter.holds(getattr(config, field)), field


@pytest.mark.parametrize("name", ["majority", "oracle"])
def test_a_row_that_has_nothing_to_search_says_so(name):
    assert MODELS[name].load().search_space == {}


@pytest.mark.parametrize("name", SEARCHED)
def test_fifty_trials_are_fifty_valid_configurations(name):
    kind = MODELS[name].load()
    meant = {option.name for option in options_of(MODELS[name])}
    for config in presets(name).values():
        drawn = [
            draw(kind.search_space, config, np.random.default_rng([7, trial]))
            for trial in range(50)
        ]
        found = {replace(config, **values) for values in drawn}
        assert len(found) == 50
        assert all(values.keys() <= meant for values in drawn)


def test_the_transformer_of_emotiwave_is_searched_without_what_it_lacks():
    kind = MODELS["emotiwave"].load()
    drawn = draw(
        kind.search_space, kind.presets["transformer"], np.random.default_rng(0), ["fusion"]
    )
    assert set(drawn) == {"learning_rate", "weight_decay", "sampling"}


def test_another_loss_than_the_focal_one_has_no_gamma():
    kind = MODELS["cross_modal_attention"].load()
    preset = kind.presets["compact"]
    assert "focal_gamma" in draw(kind.search_space, preset, np.random.default_rng(0))
    other = replace(preset, loss="cross_entropy")
    assert "focal_gamma" not in draw(kind.search_space, other, np.random.default_rng(0))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "variant"), VARIANTS, ids=[f"{n}-{v}" for n, v in VARIANTS])
def test_every_corner_trains(name, variant):
    check_search_space(Subject(MODELS[name], variant=variant))

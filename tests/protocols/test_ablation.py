from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from emobench import Protocol, Setting, Trial
from emobench.discovery.registry import registry

THREE = ("text", "audio", "vision")
MODELS = [name for name, entry in registry("model").items() if entry.card.ablations]


@pytest.fixture
def protocol() -> Protocol:
    loaded: Protocol = registry("protocol")["ablation"].load()()
    return loaded


def of(name: str, setting: Setting | None = None) -> Setting:
    return replace(setting or Setting(THREE), model=registry("model")[name].card)


def rows(protocol: Protocol, setting: Setting) -> dict[tuple[str, str], Trial]:
    return {(t.regime.name, t.condition.name): t for t in protocol.trials(setting)}


def test_models_have_parts_to_switch() -> None:
    assert len(MODELS) >= 6


@pytest.mark.parametrize("name", MODELS)
def test_every_part_of_the_card_is_a_training_with_its_options(
    protocol: Protocol, name: str
) -> None:
    card = registry("model")[name].card
    found = {key: trial.options for key, trial in rows(protocol, of(name)).items() if trial.options}
    assert found == {("full", part): options for part, options in card.ablations.items()}


def test_a_part_is_tested_on_every_modality(protocol: Protocol) -> None:
    for trial in protocol.trials(of("emotiwave")):
        if trial.options:
            assert trial.condition.present == THREE
            assert trial.regime.present is None


@pytest.mark.parametrize("modalities", [c for k in (1, 2, 3) for c in combinations(THREE, k)])
def test_every_subset_is_trained_and_tested_on_itself(
    protocol: Protocol, modalities: tuple[str, ...]
) -> None:
    setting = Setting(modalities)
    own = [t for t in protocol.trials(setting) if t.regime.name == "one_subset"]
    assert own[0].condition.name == "full"
    assert own[0].regime.present is None
    for trial in own[1:]:
        assert trial.regime.present == trial.condition.present
    shown = {frozenset(t.condition.present or ()) for t in own}
    wanted = {
        frozenset(c) for k in range(1, len(modalities) + 1) for c in combinations(modalities, k)
    }
    assert shown == wanted
    assert len(own) == len(wanted)


def test_a_model_without_parts_and_no_model_have_the_subsets_alone(protocol: Protocol) -> None:
    for setting in (of("late_fusion"), Setting(THREE)):
        assert {t.regime.name for t in protocol.trials(setting)} == {"full", "one_subset"}
        assert not any(t.options for t in protocol.trials(setting))


def test_without_auxiliary_is_a_row_where_there_are_any(protocol: Protocol) -> None:
    assert ("without_auxiliary", "full") not in rows(protocol, of("emotiwave"))
    found = rows(protocol, of("emotiwave", Setting(THREE, auxiliary=True)))
    assert not found["without_auxiliary", "full"].regime.auxiliary
    heads = [c.name for c in protocol.contrasts(of("emotiwave", Setting(THREE, auxiliary=True)))]
    assert "with − without auxiliary" in heads


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("auxiliary", [False, True])
def test_every_row_is_compared_with_the_complete_model(
    protocol: Protocol, name: str, auxiliary: bool
) -> None:
    setting = of(name, Setting(THREE, auxiliary=auxiliary))
    found, contrasts = rows(protocol, setting), protocol.contrasts(setting)
    assert {c.first for c in contrasts} == {("full", "full")}
    others = set(found) - {("full", "full"), ("one_subset", "full")}
    assert {c.second for c in contrasts} == others
    assert len({c.name for c in contrasts}) == len(contrasts) == len(others)


def test_names_are_unique(protocol: Protocol) -> None:
    for name in MODELS:
        assert len(rows(protocol, of(name))) == len(protocol.trials(of(name)))

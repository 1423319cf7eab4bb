"""Every part that a card says can be switched: it is known, changes something, and trains."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
import torch

from emobench.discovery.options import with_options
from emobench.discovery.registry import registry
from emobench.training.seeding import seeded

PARTS = [
    (name, part, options)
    for name, entry in registry("model").items()
    for part, options in entry.card.ablations.items()
]
each = pytest.mark.parametrize(
    ("name", "part", "options"), PARTS, ids=[f"{n}-{part}" for n, part, _ in PARTS]
)


def configured(name: str, options: dict[str, str], preset: str = "compact") -> Any:
    """A model's configuration with options as they are typed."""
    kind = registry("model")[name].load()
    plain = kind.presets.get(preset) or kind.Config()
    return with_options(plain, options, f"model {name}")


def test_every_published_architecture_has_parts() -> None:
    kinds = {name: entry.card.kind for name, entry in registry("model").items()}
    assert {n for n, _, _ in PARTS} == {n for n, kind in kinds.items() if kind == "published"}


@each
@pytest.mark.parametrize("preset", ["compact", "published"])
def test_its_options_are_known_and_each_changes_the_configuration(
    name: str, part: str, options: dict[str, str], preset: str
) -> None:
    before = asdict(configured(name, {}, preset))
    after = asdict(configured(name, options, preset))
    assert {key for key in before if before[key] != after[key]} == set(options)


def test_no_two_parts_of_a_model_are_the_same() -> None:
    for name in {name for name, _, _ in PARTS}:
        found = [str(asdict(configured(name, options))) for n, _, options in PARTS if n == name]
        assert len(set(found)) == len(found)


@pytest.mark.slow
@each
def test_without_it_an_epoch_trains(
    small: Any, tools: Any, name: str, part: str, options: dict[str, str]
) -> None:
    kind = registry("model")[name].load()
    config = configured(name, options | {"epochs": "1"})
    view = small.view(name)
    with seeded(1):
        model = kind(view.task, config)
        before = {key: value.clone() for key, value in model.state_dict().items()}
        session = small.session(view.without_test(), config)
        model.fit(session)
    assert session.epochs
    assert any(not torch.equal(before[key], value) for key, value in model.state_dict().items())
    mask = view.available[view.parts.test]
    table = tools.predict(model, view, mask, tools.CPU)  # an error if a logit is not finite
    assert len(table) == len(view.parts.test)

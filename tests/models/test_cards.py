"""What the cards of published models say of their papers."""

from __future__ import annotations

from pathlib import Path

import pytest

import emobench.protocols
from emobench.discovery.registry import registry
from emobench.interface.card import Card

PUBLISHED = [
    entry.card
    for entry in registry("model").values()
    if isinstance(entry.card, Card) and entry.card.kind == "published"
]


@pytest.mark.parametrize("card", PUBLISHED, ids=lambda card: card.name)
def test_the_regimes_of_the_paper_are_regimes_of_ours(card: Card) -> None:
    folder = Path(emobench.protocols.__path__[0])
    text = "".join(path.read_text() for path in folder.glob("*.py"))
    assert card.paper_regimes
    for name in card.paper_regimes:
        assert f'"{name}"' in text, name


@pytest.mark.parametrize("card", PUBLISHED, ids=lambda card: card.name)
def test_claimed_shares_are_of_its_modalities_and_add_up(card: Card) -> None:
    assert set(card.claimed_contributions) <= set(card.inputs)
    if card.claimed_contributions:
        assert sum(card.claimed_contributions.values()) == pytest.approx(1.0)

"""Numbers on a model's card that are taken from its presets, so that the two cannot disagree.

A card is a literal, read without importing the file. So its sentences name a number by its place,
``{compact.batch_size}``, and whoever shows or stores the card of a loaded model fills it in.
"""

from __future__ import annotations

import re
from dataclasses import replace

from emobench.discovery.registry import Entry
from emobench.errors import RequestError
from emobench.interface.card import Card

_PLACE = re.compile(r"\{(\w+)\.(\w+)\}")
"""A preset and one of its fields; other braces are text."""


def named(entry: Entry) -> Card:
    """The card of a model that is not loaded: each number is named, as ``compact.units``."""
    card = entry.card
    assert isinstance(card, Card)
    sentences = tuple(_PLACE.sub(r"`\1.\2`", one) for one in card.deviations)
    return replace(card, deviations=sentences)


def filled(entry: Entry) -> Card:
    """The card of a model with the numbers of its presets in its deviations.

    Raises
    ------
    RequestError
        The card names a preset or a field that the model does not have.
    """
    card = entry.card
    assert isinstance(card, Card)
    if not any(_PLACE.search(sentence) for sentence in card.deviations):
        return card
    presets = entry.load().presets

    def value(place: re.Match[str]) -> str:
        preset, name = place.groups()
        if not hasattr(presets.get(preset), name):
            raise RequestError(
                f"{entry.path.name}: {place.group()} on its card names no field of a preset."
            )
        found = getattr(presets[preset], name)
        return f"{found:g}" if isinstance(found, float) else str(found)

    return replace(card, deviations=tuple(_PLACE.sub(value, one) for one in card.deviations))

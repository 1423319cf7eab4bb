"""Chooses the representations that a model reads from a corpus."""

from __future__ import annotations

from collections.abc import Mapping

from emobench.discovery.representations import (
    check_usable,
    representation,
    representations,
    source_of,
)
from emobench.errors import RequestError, Skip
from emobench.interface.card import Card

WORDS = {"waveform": "recorded voices", "frames": "frames of faces", "transcript": "texts"}
"""Sources in words."""


def choose_inputs(
    inputs: Mapping[str, tuple[str, ...]],
    sources: Mapping[str, tuple[str, ...]],
    features: bool = False,
    encoders: Mapping[str, str] | None = None,
) -> dict[str, tuple[str, ...]]:
    """Pick, per modality, the representations that the corpus can give.

    Parameters
    ----------
    inputs
        A card's inputs: modality to slots, each ``"a"`` or ``"a|b"`` (the first available).
    sources
        The corpus's sources by modality.
    features
        Whether features that come with the corpus may fill all slots of a modality. They do where
        the slots cannot be filled otherwise, or where the corpus lists them first.
    encoders
        Modality to the representation, of a frozen encoder or another, that takes the place of all
        slots.

    Raises
    ------
    Skip
        The corpus has the modality but none of a slot's representations, or not what the encoder
        needs.
    """
    chosen: dict[str, tuple[str, ...]] = {}
    for modality, slots in inputs.items():
        if modality not in sources:
            continue
        encoder = (encoders or {}).get(modality)
        if encoder and any(map(_replaceable, slots)):
            if source_of(encoder) not in sources[modality]:
                # Its own inputs in their place would be scored as if they were the encoder's.
                what = WORDS.get(source_of(encoder), source_of(encoder))
                raise Skip(f"the {modality} of --encoder needs {what}, which the corpus lacks here")
            chosen[modality] = (encoder,)
            continue
        preferred = _corpus_features(modality, sources[modality][:1]) if features else None
        if preferred and any(map(_replaceable, slots)):
            chosen[modality] = (preferred,)
            continue
        found = {slot: _from_slot(slot, sources[modality]) for slot in slots}
        absent = [slot for slot, name in found.items() if name is None]
        given = _corpus_features(modality, sources[modality]) if features and absent else None
        if absent and (given is None or not all(map(_replaceable, absent))):
            raise Skip(_why_not(modality, absent[0]), subject="it")
        chosen[modality] = (given,) if given else tuple(n for n in found.values() if n)
    return chosen


def _from_slot(slot: str, here: tuple[str, ...]) -> str | None:
    """First of a slot's representations that the sources `here` can give."""
    for name in slot.split("|"):
        if name in representations() and source_of(name) in here:
            return name
    return None


def _replaceable(slot: str) -> bool:
    """Whether a slot is computed from recordings or text, and is not ready-made features."""
    known = [n for n in slot.split("|") if n in representations()]
    return any(source_of(n) != n for n in known)


def _corpus_features(modality: str, here: tuple[str, ...]) -> str | None:
    """First representation of features that come with the corpus."""
    for source in here:
        for name, kind in representations().items():
            if kind.given and kind.modality == modality and source_of(name) == source:
                return name
    return None


def _why_not(modality: str, slot: str) -> str:
    """Say why a corpus cannot give a slot's representation."""
    known = [n for n in slot.split("|") if n in representations()]
    if not known:
        return f"reads {slot} as {modality}: features that have to come with the corpus"
    return f"reads {slot} as {modality}, which needs {representation(known[0]).needs}"


def suited_inputs(
    card: Card,
    track: str,
    sources: Mapping[str, tuple[str, ...]],
    encoders: Mapping[str, str] | None = None,
) -> dict[str, tuple[str, ...]]:
    """Inputs of a model on a corpus, or `Skip` with the reason why it cannot run there."""
    controlled = track == "controlled" or card.kind == "reference"
    inputs = card.inputs if controlled else card.published_inputs
    if not inputs and not controlled:
        raise Skip(f"has no {track} track", subject=card.name)
    absent = [m for m in card.requires if m not in sources]
    if absent:
        raise Skip(f"needs {' and '.join(absent)}, which the corpus lacks here", card.name)
    if controlled:
        for name in (n for slots in inputs.values() for slot in slots for n in slot.split("|")):
            representation(name)  # a misspelt one is the model file's error, not the corpus's
    chosen = choose_inputs(inputs, sources, controlled, encoders)
    for name in (name for names in chosen.values() for name in names):
        try:
            check_usable(name)
        except RequestError as error:
            raise Skip(f"cannot be run here: {str(error).rstrip('.')}", card.name) from None
    if inputs and not chosen:
        raise Skip(f"reads {', '.join(inputs)}, and the corpus has none of them", card.name)
    return chosen

"""Decides before training whether a generator can produce a modality for a model."""

from __future__ import annotations

from collections.abc import Mapping

from emobench.discovery.representations import is_discrete, representation
from emobench.errors import unknown
from emobench.interface.protocol import GENERATORS
from emobench.interface.representation import FittedRepresentation


def why_not(
    generator: str, modality: str, inputs: Mapping[str, tuple[str, ...]], has_generate: bool
) -> str:
    """Why `generator` cannot produce `modality` ("reads ..."), or "".

    Parameters
    ----------
    generator
        One of `emobench.GENERATORS`, or "" where nothing is generated.
    modality
        The modality to produce.
    inputs
        Modality to the representations that the model reads.
    has_generate
        Whether the model implements `generate` in this variant.

    Raises
    ------
    RequestError
        The generator is unknown.
    """
    if not generator:
        return ""
    if generator not in GENERATORS:
        raise unknown("generator", generator, GENERATORS)
    if not set(inputs) - {modality}:
        return f"reads nothing but {modality}, so there is nothing to generate that from"
    if generator == "model":
        return "" if has_generate else "generates nothing"
    for names in inputs.values():
        if reason := next(filter(None, map(_unlike_features, names)), ""):
            return reason
    symbols = [name for name in inputs[modality] if is_discrete(name)]
    if generator == "ridge" and symbols:
        return f"reads {symbols[0]}, words by number, and a ridge regression gives averages"
    return ""


def _unlike_features(name: str) -> str:
    """Why a representation can be neither compared nor averaged, or ""."""
    kind = representation(name)
    if kind.reference_only:
        return f"reads {name}, which is known of every utterance and not recorded"
    words = is_discrete(name) and issubclass(kind, FittedRepresentation)
    if not kind.standardise and not words:
        return f"reads {name}: a recording or text itself, of which no average is a feature"
    return ""

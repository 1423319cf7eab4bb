"""``--backbone MODALITY=NAME_OR_FOLDER``: replaces the pretrained encoder of a model."""

from __future__ import annotations

import dataclasses

from emobench.discovery.registry import Entry
from emobench.errors import RequestError, unknown
from emobench.modality import MODALITIES

FIELD = "{}_backbone"
"""Name of the config field in which a model names its backbone for a modality."""

Chosen = list[tuple[Entry, dict[str, str]]]


def with_backbones(chosen: Chosen, words: tuple[str, ...]) -> Chosen:
    """Set the backbones named by `words` as options of every model that has a backbone.

    Parameters
    ----------
    chosen
        Models with their options.
    words
        Each ``MODALITY=NAME_OR_FOLDER``.

    Raises
    ------
    RequestError
        A word is not of this form, or no chosen model has a backbone for its modality.
    """
    for word in words:
        modality, equals, name = word.partition("=")
        if not (equals and name):
            raise RequestError(f"--backbone is written MODALITY=NAME_OR_FOLDER, {word!r} is not.")
        if modality not in MODALITIES:
            raise unknown("modality of --backbone", modality, MODALITIES)
        field = FIELD.format(modality)
        having = [entry.name for entry, _ in chosen if _has(entry, field)]
        if not having:
            raise RequestError(f"--backbone {word}: none of the models has a {modality} backbone.")
        chosen = [
            (entry, options | {field: name} if entry.name in having else options)
            for entry, options in chosen
        ]
    return chosen


def _has(entry: Entry, field: str) -> bool:
    return field in {f.name for f in dataclasses.fields(entry.load().Config)}

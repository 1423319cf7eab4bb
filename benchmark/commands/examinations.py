"""What ``emobench check`` was asked to check, sorted: models, and everything else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.discovery.registry import (
    Entry,
    Kind,
    name_and_options,
    reader_of,
    registry,
    resolve,
)
from emobench.discovery.source import cards_in
from emobench.discovery.words import shield
from emobench.errors import RequestError
from emobench.interface.card import Card, DatasetCard, ProtocolCard

if TYPE_CHECKING:
    from emobench.contract.extensions.examination import Examination
    from emobench.interface.dataset import Folders

Chosen = list[tuple[Entry, dict[str, str]]]

KINDS: dict[type, Kind] = {Card: "model", DatasetCard: "dataset", ProtocolCard: "protocol"}

MAY_HOLD = re.compile("representation", re.IGNORECASE)
"""A file without this word holds no representation."""

HOLDS = re.compile(r"^class \w+\([^)]*Representation\b", re.MULTILINE)
"""So stands one beside a model, whose file is not imported before its own check."""


def sorted_out(words: Iterable[str], where: Folders) -> tuple[Chosen, list[Examination]]:
    """The models that `words` name, and the examinations of all else that they name.

    Parameters
    ----------
    words
        Names, commas, ``all``, wildcards and paths; a name is a model's if there is such a model.
    where
        Where corpora are read, and written.

    Raises
    ------
    RequestError
        A name or an option is unknown, or a file holds nothing that can be checked.
    """
    models: list[str] = []
    found: list[Examination] = []
    for word in words:
        kinds = _kinds(word)
        if "model" in kinds or not kinds:
            models.append(word)  # what nobody knows is said to be no model
        found += [one for kind in kinds for one in _examinations(kind, word, where)]
    return resolve("model", ",".join(models)) if models else [], found


def _kinds(word: str) -> list[str]:
    """The kinds of what a word names; empty for what is unknown, or for several names."""
    name, _ = name_and_options(shield(word, registry("model")))
    if name.endswith(".py"):
        return _kinds_in(Path(name))
    for kind in ("model", "protocol", "dataset"):
        if name in registry(kind):
            return [kind]
    if "," in word or any(c in word for c in "*?[") or word == "all":
        return []
    if reader_of("dataset", name):
        return ["dataset"]
    from emobench.discovery.representations import representations

    return ["representation"] if name in representations() else []


def _kinds_in(path: Path) -> list[str]:
    """The kinds of what the Python file at `path` holds."""
    if not path.is_file():
        raise RequestError(f"There is no file {path}.")
    kinds: list[str] = list(dict.fromkeys(KINDS[type(one.card)] for one in cards_in(path)))
    if representations_in(path):
        kinds.append("representation")
    if not kinds:
        raise RequestError(
            f"{path} holds nothing to check: no class with a card (Card, DatasetCard, "
            "ProtocolCard), and none derived from emobench.Representation with a name."
        )
    return kinds


def representations_in(path: Path) -> list[str]:
    """Whole names of the representations that the file at `path` defines."""
    pattern = HOLDS if cards_in(path) else MAY_HOLD
    if not pattern.search(path.read_text(encoding="utf-8", errors="replace")):
        return []
    from emobench.discovery.own_representations import classes_in, name_in_file

    return [name_in_file(path, kind.modality, kind.name) for kind in classes_in(path)]


def _examinations(kind: str, word: str, where: Folders) -> list[Examination]:
    if kind == "protocol":
        from emobench.grid.plan.protocol_checks import examination as of_protocol

        return [of_protocol(entry, options) for entry, options in resolve("protocol", word)]
    if kind == "dataset":
        from emobench.contract.extensions.dataset_checks import examination as of_dataset
        from emobench.corpus.joint.request import corpus_requests

        return [of_dataset(request) for request in corpus_requests(word, None, None, where)]
    if kind == "representation":
        from emobench.contract.extensions.representation_checks import examination

        names = representations_in(Path(word)) if word.endswith(".py") else [word]
        return [examination(name) for name in names]
    return []

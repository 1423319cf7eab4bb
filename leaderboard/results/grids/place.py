"""The corpus and the protocol of a grid record, found without reading its many rows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from emobench.errors import unknown
from emobench.store.grid_heads import grid_head

Place = tuple[str, str]
"""Corpus, with the split policy in brackets where it is not the standard one, and protocol."""


def place_of(path: Path) -> Place | None:
    """The place of a grid record; None for a file that is none."""
    head = grid_head(path)
    return place(head.dataset, head.split, head.protocol) if head is not None else None


def place(dataset: str, split: str, protocol: str) -> Place:
    """The place of what has this corpus, split policy and protocol."""
    return (dataset if split == "standard" else f"{dataset}[{split}]", protocol)


def chosen_places(
    known: Iterable[Place], dataset: str | None, protocol: str | None
) -> frozenset[Place]:
    """Return the places on one corpus and protocol, where one is named.

    The bare name of a corpus stands for it with any options, and without brackets for any split.

    Raises
    ------
    RequestError
        Nothing is stored on that corpus or under that protocol.
    """
    places = frozenset(known)
    if dataset is not None:
        datasets = {name for name, _ in places}
        names = {n for n in datasets if dataset in (n, n.split("[")[0], re.split(r"[:\[]", n)[0])}
        if not names:
            raise unknown("stored dataset", dataset, datasets)
        places = frozenset(p for p in places if p[0] in names)
    if protocol is not None:
        if protocol not in (protocols := {name for _, name in places}):
            raise unknown("stored protocol", protocol, protocols)
        places = frozenset(p for p in places if p[1] == protocol)
    return places

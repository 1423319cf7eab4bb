"""Which corpora are on this machine, and why the others cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emobench.discovery.registry import Entry, registry
from emobench.errors import EmobenchError
from emobench.interface.card import DatasetCard

if TYPE_CHECKING:
    from emobench.interface.dataset import Folders

BUILT_IN, HERE, UNUSABLE, ABSENT = "built in", "here", "not usable", "absent"


@dataclass(frozen=True)
class CorpusState:
    """A corpus on this machine.

    Parameters
    ----------
    name, title
        As on its card.
    state
        ``built in``, ``here``, ``not usable`` (there is a folder, and it cannot be read) or
        ``absent``.
    utterances
        How many there are; None where it is not known.
    modalities
        Those that are here.
    why
        Why it cannot be used, and how to get it; "" where it can.
    """

    name: str
    title: str
    state: str
    utterances: int | None
    modalities: tuple[str, ...]
    why: str


def corpora_here(where: Folders) -> Iterator[CorpusState]:
    """Look at every corpus that is a folder of the data folder; tables of one's own are not."""
    for entry in registry("dataset").values():
        assert isinstance(entry.card, DatasetCard)
        if not entry.card.suffixes:
            yield _state(entry, entry.card, where)


def _state(entry: Entry, card: DatasetCard, where: Folders) -> CorpusState:
    name, title = entry.name, card.title
    if card.default:
        return CorpusState(name, title, BUILT_IN, None, tuple(card.modalities), "")
    dataset = entry.load()(where, None)
    try:
        count = len(dataset.utterances())
        found = tuple(m for m, sources in dataset.sources().items() if sources)
    except EmobenchError as error:
        state = UNUSABLE if (where.data / entry.name).is_dir() else ABSENT
        return CorpusState(name, title, state, None, (), str(error))
    return CorpusState(name, title, HERE, count, found, "")

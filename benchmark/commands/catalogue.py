"""Models, corpora and protocols: what there is, in a line each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, get_args

from emobench.discovery.registry import Kind, registry
from emobench.discovery.source import AnyCard
from emobench.errors import unknown
from emobench.interface.card import Card, DatasetCard

if TYPE_CHECKING:
    import pandas as pd

KINDS: tuple[Kind, ...] = get_args(Kind)


class Listed(NamedTuple):
    """A line of the catalogue: its kind, how it is typed, and what it is."""

    kind: Kind
    name: str
    title: str


def catalogue(kind: str = "all") -> pd.DataFrame:
    """Return models, corpora and protocols as a table, as ``emobench list`` prints them.

    Parameters
    ----------
    kind
        ``models``, ``datasets``, ``protocols`` or ``all``.

    Returns
    -------
    DataFrame
        ``kind`` (``model``, ``dataset`` or ``protocol``), ``name`` as it is typed, ``title``.

    Raises
    ------
    RequestError
        There is no such kind.
    """
    import pandas as pd

    lines = [line for one in kinds_called(kind).values() for line in lines_of(one)]
    return pd.DataFrame(lines, columns=list(Listed._fields))


def kinds_called(word: str) -> dict[str, Kind]:
    """Plural to kind of what was typed: one of the plurals, or ``all``.

    Raises
    ------
    RequestError
        There is no such kind.
    """
    plurals = {f"{kind}s": kind for kind in KINDS}
    if word != "all" and word not in plurals:
        raise unknown("kind", word, [*plurals, "all"])
    return plurals if word == "all" else {word: plurals[word]}


def lines_of(kind: Kind) -> Iterator[Listed]:
    """Every entry of a kind, and the further rows that its card names."""
    for entry in registry(kind).values():
        yield Listed(kind, entry.name, _summary(entry.card))
        for what, options in getattr(entry.card, "rows", {}).items():
            typed = "".join(f":{key}={value}" for key, value in options.items())
            yield Listed(kind, f"{entry.name}{typed}", f"The same, {what}")


def _summary(card: AnyCard) -> str:
    if isinstance(card, Card):
        source = ", ".join(str(p) for p in (card.authors, card.year) if p)
        tail = f" ({source})" if source else ""
        return f"{card.title}{tail}" if card.kind != "reference" else card.title
    if isinstance(card, DatasetCard):
        classes = f"{len(card.classes)} classes" if card.classes else "your classes"
        return f"{card.title}: {'+'.join(card.modalities)}, {classes}"
    return f"{card.title}: {card.question}"

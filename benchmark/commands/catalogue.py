"""Models, corpora and protocols: what there is, in a line each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from emobench.discovery.registry import Kind, registry
from emobench.discovery.source import AnyCard
from emobench.errors import unknown
from emobench.interface.card import Card, DatasetCard

if TYPE_CHECKING:
    import pandas as pd

KINDS: tuple[Kind, ...] = get_args(Kind)
REPRESENTATIONS = "representations"
"""The kind that has no cards: a list of all leaves it out, since its files are imported for it."""


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
        ``models``, ``datasets``, ``protocols``, ``representations``, or ``all`` but the last.

    Returns
    -------
    DataFrame
        ``kind`` (``model``, ``dataset``, ``protocol`` or ``representation``), ``name`` as it is
        typed, ``title``.

    Raises
    ------
    RequestError
        There is no such kind.
    """
    import pandas as pd

    columns = list(Listed._fields)
    if kind == REPRESENTATIONS:
        rows = [("representation", one["name"], one["what"]) for one in listed_representations()]
        return pd.DataFrame(rows, columns=columns)
    lines = [line for one in kinds_called(kind).values() for line in lines_of(one)]
    return pd.DataFrame(lines, columns=columns)


def listed_representations() -> list[dict[str, Any]]:
    """Every representation that models can read, by its modality, as plain data."""
    import inspect

    from emobench.discovery.representations import representations
    from emobench.modality import MODALITIES

    found = sorted(
        (k for k in representations().values() if not k.reference_only),
        key=lambda kind: (MODALITIES.index(kind.modality), kind.given, kind.name),
    )
    return [
        {
            "name": kind.name,
            "modality": kind.modality,
            "what": (inspect.getdoc(kind) or "").splitlines()[0].replace("``", ""),
            "version": kind.version,
            "licence": kind.licence,
            "packages": dict(kind.packages),
        }
        for kind in found
    ]


def kinds_called(word: str) -> dict[str, Kind]:
    """Plural to kind of what was typed: one of the plurals, or ``all``.

    Raises
    ------
    RequestError
        There is no such kind.
    """
    plurals = {f"{kind}s": kind for kind in KINDS}
    if word != "all" and word not in plurals:
        raise unknown("kind", word, [*plurals, REPRESENTATIONS, "all"])
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

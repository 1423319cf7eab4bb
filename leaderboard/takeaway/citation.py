"""Whom to cite for a section: the harness, the corpora and the models, as BibTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.reader import Results
from emobench.store.records import DatasetCard, ModelCard

AUTHORS: Final = "The emobench developers"
TITLE: Final = "emobench"
"""As in CITATION.cff, which is not part of an installed package."""

Fields = dict[str, str]


def citations(results: Results, section: Section) -> str:
    """Return the BibTeX entries of a section, each once, in a fixed order.

    Corpora and models are cited as their cards say; one without a publication is left out.
    """
    entries = section.all_entries
    digests = sorted({entry.newest.corpus or "" for entry in entries})
    corpora = [record.card for d in digests if (record := results.corpus(d)) is not None]
    versions = sorted({entry.newest.emobench for entry in entries} - {""})
    return card_citations(", ".join(versions), _year(entries), corpora, [e.card for e in entries])


def card_citations(
    version: str, year: str, corpora: Iterable[DatasetCard], models: Iterable[ModelCard]
) -> str:
    """Return the BibTeX entries of the harness, of corpora and of models, by their cards."""
    found = [_harness(version, year)]
    for card in sorted(corpora, key=lambda card: card.name):
        if card.year and card.authors:
            name, licence = f"corpus-{card.name}-{card.year}", card.licence
            found.append(_entry(name, card.title, card.authors, card.year, "", card.link, licence))
    for one in sorted(models, key=lambda card: card.name):
        if one.year and one.authors:
            name = f"model-{one.name}-{one.year}"
            found.append(_entry(name, one.title, one.authors, one.year, one.venue, one.link, ""))
    return "\n".join(dict.fromkeys(found))


def _year(entries: Sequence[ModelEntry]) -> str:
    return max((entry.newest.created for entry in entries), default="")[:4]


def _harness(version: str, year: str) -> str:
    fields = {"author": f"{{{AUTHORS}}}", "title": f"{{{TITLE}}}", "version": version}
    return _written("software", "emobench", fields | {"year": year})


def _entry(
    name: str, title: str, authors: str, year: int, venue: str, link: str, licence: str
) -> str:
    fields = {
        "author": bib_authors(authors),
        "title": f"{{{bib_text(title)}}}",
        "year": str(year),
        "howpublished": bib_text(venue),
        "url": link if link.startswith("http") else f"https://{link}" if link else "",
        "note": bib_text(f"Licence: {licence}") if licence else "",
    }
    return _written("misc", name, fields)


def _written(kind: str, name: str, fields: Fields) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    key = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")
    lines = [f"  {field} = {{{value}}}" for field, value in fields.items() if value]
    return f"@{kind}{{{key},\n" + ",\n".join(lines) + "\n}\n"


def bib_authors(names: str) -> str:
    """Return authors as BibTeX has them: ``A, B and C`` becomes ``{A} and {B} and {C}``."""
    parts = [part.strip() for part in re.split(r",| and ", names) if part.strip()]
    return " and ".join("others" if p == "others" else f"{{{bib_text(p)}}}" for p in parts)


def bib_text(text: str) -> str:
    """Return text for a field: what LaTeX would trip over is escaped, braces are left out."""
    text = re.sub(r"[{}\\]", "", " ".join(text.split()))
    return re.sub(r"([&%$#_])", r"\\\1", text)

"""Every number of a page by its address, found without scoring anything."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Final

from emobench.errors import RequestError, unknown
from emobench.leaderboard.pedigree.address import (
    BEST_SINGLE,
    CONTRAST,
    OVER,
    SEGMENTS,
    SUMMARY,
    WITHOUT_COPIES,
    Address,
    Number,
    address_of,
    is_short,
    parse_number,
    segments,
)
from emobench.leaderboard.pedigree.page_number import COSTS
from emobench.leaderboard.pedigree.sections import StoredSections
from emobench.leaderboard.results.board import LATE_FUSION, MAJORITY, MARKS, Section
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.reports.flawed_score import MEASURE_OF
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.measures import RANKING
from emobench.leaderboard.tables.headline import OWN

NEAR: Final = 6
"""IDs that are proposed at most."""


def addresses(
    sections: StoredSections, keys: Collection[tuple[str, str, str]] = ()
) -> Iterator[Address]:
    """List the numbers of the page: of every section, or of those in `keys`.

    What was skipped has none. A number that is listed can still be blank where cells are missing.
    """
    for key in sections.keys:
        if not keys or key in keys:
            section = sections.section(key)
            for entry in sections.entries(key):
                yield from _of_entry(section, entry)


def main_numbers(sections: StoredSections, key: tuple[str, str, str]) -> list[Address]:
    """Return the ranking score of every row under a section's main condition."""
    section = sections.section(key)
    return [
        address_of(entry, regime, condition, RANKING)
        for entry in sections.entries(key)
        for regime, condition in _places(entry)
        if condition == section.headline
    ]


def _places(entry: ModelEntry) -> list[tuple[str, str]]:
    """Regime and condition of every row that was not skipped."""
    asked = ((s.regime, s.condition) for s in entry.slots if s.skipped is None)
    return [*dict.fromkeys(asked)]


def _of_entry(section: Section, entry: ModelEntry) -> Iterator[Address]:
    places = _places(entry)
    parts = [*section.members, *([WITHOUT_COPIES] if section.has_copies else [])]
    for regime, condition in places:
        for measure in measures.MEASURES:
            yield address_of(entry, regime, condition, measure.name)
            for part in parts if not section.elsewhere(condition) else ():
                yield address_of(entry, regime, condition, measure.name, part)
        for cost in COSTS:
            yield address_of(entry, regime, condition, cost)
        yield from _related(section, entry, regime, condition)
    if entry.search is None:
        yield from _reduced(section, entry, places)


def _reduced(
    section: Section, entry: ModelEntry, places: list[tuple[str, str]]
) -> Iterator[Address]:
    """The summaries and contrasts of a model."""
    for regime in dict.fromkeys(regime for regime, _ in places):
        for summary in section.summaries:
            for measure in measures.counting():  # the explorer shows them all
                yield address_of(entry, regime, f"{SUMMARY}{summary.name}", measure.name)
    for one in section.contrasts:
        if {one.first, one.second} <= set(places):
            for name in _switched():
                yield address_of(entry, one.first[0], f"{CONTRAST}{one.name}", name)


def _switched() -> list[str]:
    return [m.name for m in measures.switch(lambda m: m.by_condition)]


def _related(section: Section, entry: ModelEntry, regime: str, condition: str) -> Iterator[Address]:
    """The numbers that compare a row with others."""

    def of(measure: str, relation: str, other: str = "") -> Address:
        return address_of(entry, regime, condition, measure, "", relation, other)

    if condition == section.headline and entry.search is not None:
        yield of(RANKING, "gain")
        yield of(RANKING, "optimism")
        fusion = f"{LATE_FUSION} {entry.budget}"
        if entry.label != fusion and entry.default_label not in MARKS:
            yield of(RANKING, OVER, fusion)
    elif condition == section.headline and entry.label not in MARKS:
        here = {e.label for e in section.entries}
        others = [LATE_FUSION] if LATE_FUSION in here else []
        others += [BEST_SINGLE] if here.issuperset(section.singles) else []
        for other in others:
            yield of(RANKING, OVER, other)
            if regime == _first_regime(entry) and _has_own_regimes(section):
                yield address_of(entry, OWN.name, condition, RANKING, "", OVER, other)
    role = next((c.role for c in section.conditions if c.name == condition), "")
    if role == "transfer":
        for measure in measures.switch(lambda m: m.by_corpus):
            yield of(measure.name, "loss")
    elif role == "flawed":
        report = next((s.report for s in entry.slots if s.condition == condition), "")
        priced = [MEASURE_OF.get(report, RANKING)]
        # A flaw that takes each measure from its own look is priced in all of them.
        priced += [m.name for m in measures.counting() if not report and m.name not in priced]
        for name in priced:
            yield of(name, "inflation")
    elif condition != section.headline and role != "honest" and entry.model != MAJORITY:
        for name in _switched():
            yield of(name, "left")


def _first_regime(entry: ModelEntry) -> str:
    return _places(entry)[0][0]


def _has_own_regimes(section: Section) -> bool:
    """Whether a table can gather every model under the regime of its paper."""
    named = {e.card.paper_regimes[0] for e in section.competitors() if e.card.paper_regimes}
    return bool(named) and len(section.regimes) > 1


def resolve(root: Path, text: str) -> tuple[StoredSections, Address]:
    """Find the number that a typed ID means.

    Parameters
    ----------
    root
        The results folder.
    text
        An address or a short ID.

    Raises
    ------
    RequestError
        There is none, with near ones; a short ID stands for several; nothing is stored.
    """
    names = segments(text)
    if len(names) == len(SEGMENTS):
        return _typed(root, names)
    sections = StoredSections(root)
    known = [*addresses(sections)]
    if is_short(text.strip()):
        found = [one for one in known if one.short == text.strip().lower()]
        if len(found) == 1:
            return sections, found[0]
        if found:
            raise RequestError(f"{text} stands for several: {', '.join(map(str, found))}.")
        raise RequestError(
            f"No number of {root} has the short ID {text}. It is of other results, or its row is "
            f"no longer shown; {_listing(root)} lists what there is."
        )
    raise RequestError(_not_found(text, known, root))


def _listing(root: Path) -> str:
    """The command that lists the numbers of a folder."""
    where = [] if root == Path("results") else ["--results", str(root)]
    return f"`{shlex.join(['emobench', 'why', *where])}` without an ID"


def _typed(root: Path, names: Sequence[str]) -> tuple[StoredSections, Address]:
    """The address with these parts; the first part that is not there is named, with near ones."""
    number = parse_number(names[-1])
    sections = StoredSections(root)
    dataset, protocol, track = names[:3]
    key = (dataset, track, protocol)
    if key not in sections.keys:
        places = [(d, p, t) for d, t, p in sections.keys]
        _check(names[:3], places)
    entries = sections.entries(key)
    labels = [entry.label for entry in entries]
    if names[5] not in labels and names[5] in sections.outdated(key):
        raise RequestError(
            f"{names[5]} is not on the page: {dataset} has changed since it was run. Run it again."
        )
    listed = [*addresses(sections, {key})]
    address = Address(
        dataset, protocol, track, names[3], names[4], names[5], number or Number(names[6])
    )
    if address in listed:
        return sections, address
    if number is not None and _is_derived(address, sections, listed):
        return sections, address
    known = [_parts(one) for one in listed]
    _check(names, known)
    raise RequestError(_not_found("/".join(names), listed, root))


def _is_derived(address: Address, sections: StoredSections, listed: Sequence[Address]) -> bool:
    """Whether it is a number of a row that is not printed: less any other row, any measure."""
    number, entries = address.number, sections.entries(address.section)
    own = {(one.regime, one.condition) for one in listed if one.model == address.model}
    named = {m.name for m in measures.MEASURES}
    if number.measure not in named or number.part:
        return False
    if number.relation == OVER:
        others = {e.label for e in entries} | {BEST_SINGLE}
        anywhere = {condition for _, condition in own}
        return number.other in others and address.condition in anywhere
    return (address.regime, address.condition) in own and bool(number.relation)


def _parts(one: Address) -> tuple[str, ...]:
    return (*astuple(one)[:6], str(one.number))


def _check(names: Sequence[str], known: Sequence[tuple[str, ...]]) -> None:
    """Refuse the first part of an address that nothing has, and say what stands there."""
    kinds = dict(zip(SEGMENTS, ("stored dataset", "protocol", "track", *SEGMENTS[3:]), strict=True))
    # The model is looked at before its regime and condition: more is known of it then.
    order = [i for i in (0, 1, 2, 5, 3, 4, 6) if i < len(names)]
    left = [*known]
    for i in order:
        kept = [one for one in left if one[i] == names[i]]
        if not kept:
            there = dict.fromkeys(one[i] for one in left)
            raise unknown(kinds[SEGMENTS[i]], names[i], there)
        left = kept


def _not_found(text: str, known: Sequence[Address], root: Path) -> str:
    near = [str(one) for one in nearest(text, known)]
    said = f"{text!r} is no ID of a number: that is an address, {'/'.join(SEGMENTS).upper()}, or a "
    said += "short ID."
    if near:
        return "\n  ".join([f"{said} Did you mean one of these?", *near])
    return f"{said} {_listing(root)} lists them."


def nearest(text: str, known: Iterable[Address]) -> list[Address]:
    """Return the addresses that have all parts of `text`, or those that are spelled most like it.

    Short ones come first.
    """
    words = [word for word in text.lower().replace("/", " ").split() if word]
    every = {str(one): one for one in known}
    having = [t for t in every if all(word in t.lower() for word in words)]
    if not having:
        names = {t.split("/", 3)[-1]: t for t in every}
        close = difflib.get_close_matches(text, [*names], n=NEAR, cutoff=0.5)
        return [every[names[name]] for name in close]
    return [every[t] for t in sorted(having, key=lambda t: (len(t), t))[:NEAR]]

"""A number by its address, as the page has it, and the rows that it is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from emobench.errors import RequestError
from emobench.leaderboard.pedigree.address import (
    BEST_SINGLE,
    WITHOUT_COPIES,
    Address,
    Number,
)
from emobench.leaderboard.pedigree.sections import StoredSections
from emobench.leaderboard.results.board import LATE_FUSION, MAJORITY, Section
from emobench.leaderboard.results.comparison import (
    contrast,
    final,
    gap,
    relative,
    summarise,
)
from emobench.leaderboard.results.comparisons.families import PlannedContrast
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.scoring import Score, ScoreRow
from emobench.leaderboard.results.searches.contest import Contender, contests
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.measures import RANKING
from emobench.leaderboard.tables.audits.inflation import inflations
from emobench.leaderboard.tables.headline import OWN, Standings, own_standings, standings
from emobench.leaderboard.tables.transfer import in_corpus_row
from emobench.store.records import SearchResult

COSTS: Final = {
    "params": "params",
    "train_seconds": "train_seconds",
    "predict_ms_per_utterance": "predict_ms",
}
"""What is no score: column of ``leaderboard.csv`` to the row's field."""


@dataclass(frozen=True)
class Ingredient:
    """A row that a number is made of, and the score of it that counts."""

    section: Section
    entry: ModelEntry
    row: ScoreRow
    measure: str
    part: str = ""

    @property
    def score(self) -> Score | None:
        """The score of the part that counts."""
        if self.part == WITHOUT_COPIES:
            return self.row.without_copies
        return self.row.members.get(self.part) if self.part else self.row.score


@dataclass(frozen=True)
class PageNumber:
    """A number as the page has it.

    Parameters
    ----------
    value
        The number.
    interval
        With its interval; None where it has none.
    made
        How it is made of `rows`: ``one``, ``difference`` (first less second), ``least difference``
        (first less each of the others, the least one), ``mean``, ``minimum``, ``share``,
        ``optimism`` or ``cost``.
    rows
        The rows.
    p_value, p_text
        The p that stands beside it, and what it was adjusted for; None where none does.
    chosen
        Of ``optimism``: the searches, one per fold.
    """

    value: float
    interval: Estimate | None
    made: str
    rows: tuple[Ingredient, ...]
    p_value: float | None = None
    p_text: str = ""
    chosen: tuple[SearchResult, ...] = field(default=())


def page_number(sections: StoredSections, address: Address) -> PageNumber:
    """Compute a number as the page does, from the stored predictions.

    Raises
    ------
    RequestError
        There is no such number; the message says why.
    """
    number = address.number
    if number.relation:
        return RELATED[number.relation](sections, address)
    if address.summary:
        return _summary(sections, address)
    if address.contrast:
        return _contrast(sections, address)
    row = _row(sections, address)
    if number.measure in COSTS:
        value = getattr(row.row, COSTS[number.measure])
        if value is None:
            raise _none(f"of this row no {number.measure} is stored")
        return PageNumber(float(value), None, "cost", (row,))
    score = _score(row)
    if number.measure not in score.sampled:
        return PageNumber(score.values[number.measure], None, "one", (row,))
    estimate = score.estimate(number.measure)
    return PageNumber(estimate.value, estimate, "one", (row,))


def _none(why: str) -> RequestError:
    return RequestError(f"There is no such number: {why}.")


def _entry(section: Section, label: str) -> ModelEntry:
    entry = section.entry(label)
    if entry is None:
        raise _none(f"no row {label} is stored in this section")
    return entry


def _row(sections: StoredSections, address: Address, label: str = "") -> Ingredient:
    """The row of an address, or of another model in its place."""
    label, place = label or address.model, (address.regime, address.condition)
    section = sections.section(address.section, {place}, {label})
    entry = _entry(section, label)
    row = section.rows[label].get(place)
    if row is None:
        raise _none(f"{label} was not asked for regime {place[0]}, condition {place[1]}")
    return Ingredient(section, entry, row, address.number.measure, address.number.part)


def _score(one: Ingredient) -> Score:
    if one.score is None:
        why = one.row.reason or "nothing to score"
        raise _none(f"{one.entry.label} is {one.row.status}: {why}")
    return one.score


def _whole(section: Section) -> set[tuple[str, str]]:
    """The places of the main condition under every regime."""
    return {(regime.name, section.headline) for regime in section.regimes}


def _over(sections: StoredSections, address: Address) -> PageNumber:
    """A model less another one: a planned difference of a table, or any other."""
    number, about = address.number, sections.section(address.section)
    if address.summary:
        raise _none(
            f"the difference to {number.other} of a summary has no ID. That of a mean stands in "
            f"the ranking that opens the section, and emobench compare prints it. The summary's "
            f"own scores have IDs, such as {replace(address, number=Number(number.measure))}"
        )
    if address.condition == about.headline and number.measure == RANKING:
        section = sections.section(address.section, _whole(about))
        found = _planned(sections, section, address)
        if found is not None:
            return found
    if number.other == BEST_SINGLE:
        raise _none(
            f"over the best single modality stands in main tables alone ({RANKING}, condition "
            f"{about.headline}), where every one of these rows is there"
        )
    first, second = _row(sections, address), _row(sections, address, number.other)
    told = gap(_finished(first), _finished(second), number.measure)
    if told is None:
        raise _none(f"{address.model} and {number.other} were tested on other utterances")
    return PageNumber(
        told.value, told.interval(-1.0, 1.0), "difference", (first, second), told.p_value,
        "of this difference alone",
    )  # fmt: skip


def _finished(one: Ingredient) -> Score:
    score = one.row.final
    if score is None:
        raise _none(f"{one.entry.label} is {one.row.status}: {one.row.reason}")
    return score


def _planned(sections: StoredSections, section: Section, address: Address) -> PageNumber | None:
    """A difference that a main table or a contest plans for every model."""
    number, entry = address.number, _entry(section, address.model)
    if entry.search is not None:
        one = _contender(sections, section, address)
        if one is None or one.over_fusion is None or number.other == BEST_SINGLE:
            return None
        fusion = _entry(section, number.other)
        other = section.row(fusion, address.regime, one.row.condition)
        family = "the differences over the searched late fusion"
        return _with_p(section, one.over_fusion, (entry, fusion), (one.row, other), family)
    table = _table(section, address.regime)
    mine = next((r for r in table.rows if r.entry.label == entry.label), None) if table else None
    if table is None or mine is None:
        return None
    found = {LATE_FUSION: mine.over_fusion, BEST_SINGLE: mine.over_single}.get(number.other)
    if found is None:
        return None
    names = section.singles if number.other == BEST_SINGLE else (number.other,)
    by_label = {r.entry.label: r for r in table.rows}
    rows = tuple(by_label[name] for name in names if name in by_label and by_label[name].row.final)
    planned = sum(g is not None for r in table.rows for g in (r.over_single, r.over_fusion))
    made = "least difference" if number.other == BEST_SINGLE else "difference"
    parts = tuple(Ingredient(section, r.entry, r.row, RANKING) for r in (mine, *rows))
    text = f"after Holm for the {planned} planned differences of its table"
    return PageNumber(found.gap.value, found.gap, made, parts, found.p_value, text)


def _table(section: Section, regime: str) -> Standings | None:
    """The main table of a regime, or that of the regimes of the papers."""
    if regime == OWN.name:
        return own_standings(section)
    one = next((r for r in section.regimes if r.name == regime), None)
    return standings(section, one) if one is not None else None


def _with_p(
    section: Section,
    planned: PlannedContrast,
    entries: tuple[ModelEntry, ModelEntry],
    rows: tuple[ScoreRow, ScoreRow | None],
    family: str,
) -> PageNumber:
    parts = tuple(
        Ingredient(section, entry, row, RANKING)
        for entry, row in zip(entries, rows, strict=True)
        if row is not None
    )
    text = f"after Holm for {family}"
    return PageNumber(planned.gap.value, planned.gap, "difference", parts, planned.p_value, text)


def _contender(sections: StoredSections, section: Section, address: Address) -> Contender | None:
    found = (
        one for one in contests(sections.results, section) if one.regime.name == address.regime
    )
    rows = (row for one in found for row in one.rows)
    return next((row for row in rows if row.entry.label == address.model), None)


def _gain(sections: StoredSections, address: Address) -> PageNumber:
    about = sections.section(address.section)
    section = sections.section(address.section, _whole(about))
    one = _contender(sections, section, address)
    if one is None:
        raise _none(f"{address.model} was not searched in regime {address.regime}")
    if one.gain is None or one.default is None:
        unfinished = f"{one.entry.default_label} and {one.entry.label} are not both done"
        raise _none(one.doubt or unfinished)
    both = (one.entry, _entry(section, one.entry.default_label))
    return _with_p(section, one.gain, both, (one.row, one.default), "the gains of its table")


def _optimism(sections: StoredSections, address: Address) -> PageNumber:
    about = sections.section(address.section)
    section = sections.section(address.section, _whole(about), {address.model})
    entry = _entry(section, address.model)
    found = section.outcomes.get(entry.label, {}).get(address.regime)
    row = section.rows[entry.label].get((address.regime, section.headline))
    if found is None or found.optimism is None or row is None:
        raise _none(f"{address.model} was not searched there, or not every fold is done")
    rows = (Ingredient(section, entry, row, RANKING),)
    return PageNumber(
        found.optimism.value, found.optimism, "optimism", rows, chosen=found.results
    )  # fmt: skip


def _summary(sections: StoredSections, address: Address) -> PageNumber:
    about, measure = sections.section(address.section), address.number.measure
    summary = next((s for s in about.summaries if s.name == address.summary), None)
    if summary is None:
        raise _none(f"the protocol has no summary {address.summary!r}")
    places = {(regime.name, name) for regime in about.regimes for name in summary.conditions}
    section = sections.section(address.section, places, {address.model})
    entry = _entry(section, address.model)
    found = summarise(section, entry, address.regime, summary, measure)
    rows = [section.row(entry, address.regime, name) for name in summary.conditions]
    there = tuple(Ingredient(section, entry, row, measure) for row in rows if row is not None)
    if found is None:
        both = zip(summary.conditions, rows, strict=True)
        missing = [name for name, row in both if not final(row)]
        raise _none(
            f"not every condition of it is done: {', '.join(missing) or 'other utterances'}"
        )
    made = "minimum" if summary.reduce == "min" else "mean"
    return PageNumber(found.value, found, made, there)


def _contrast(sections: StoredSections, address: Address) -> PageNumber:
    about, measure = sections.section(address.section), address.number.measure
    one = next((c for c in about.contrasts if c.name == address.contrast), None)
    if one is None:
        raise _none(f"the protocol has no contrast {address.contrast!r}")
    section = sections.section(address.section, {one.first, one.second}, {address.model})
    entry = _entry(section, address.model)
    rows = [section.row(entry, *place) for place in (one.first, one.second)]
    return _difference(section, entry, rows[0], rows[1], measure)


def _difference(
    section: Section,
    entry: ModelEntry,
    first: ScoreRow | None,
    second: ScoreRow | None,
    measure: str,
) -> PageNumber:
    """One model's row less another one of its rows."""
    found = contrast(final(first), final(second), measure)
    if found is None or first is None or second is None:
        undone = (row for row in (first, second) if row and not row.final)
        why = [f"{row.regime}, {row.condition}: {row.status}" for row in undone]
        raise _none(f"not both of its scores are there ({'; '.join(why) or 'not asked for'})")
    rows = tuple(Ingredient(section, entry, row, measure) for row in (first, second))
    return PageNumber(found.value, found, "difference", rows)


def _left(sections: StoredSections, address: Address) -> PageNumber:
    about, measure = sections.section(address.section), address.number.measure
    names = {about.headline, address.condition}
    places = {(regime.name, name) for regime in about.regimes for name in names}
    section = sections.section(address.section, places, {address.model, MAJORITY})
    entry, floor = _entry(section, address.model), _entry(section, MAJORITY)
    value = relative(section, entry, address.regime, address.condition, measure)
    if value is None:
        why = "a part of it is missing, or the full score is too close to the commonest class"
        raise _none(why)
    pairs = [(e, n) for n in (address.condition, section.headline) for e in (entry, floor)]
    rows = [(e, section.row(e, address.regime, n)) for e, n in pairs]
    rows[1] = rows[1] if final(rows[1][1]) else rows[3]
    parts = tuple(Ingredient(section, e, row, measure) for e, row in rows if row is not None)
    return PageNumber(value, None, "share", parts)


def _loss(sections: StoredSections, address: Address) -> PageNumber:
    mine = _row(sections, address)
    asked = next((c for c in mine.section.having("transfer") if c.name == address.condition), None)
    if asked is None or not asked.corpus:
        raise _none(f"{address.condition} tests on no other corpus")
    score, label = _score(mine), mine.section.corpus_label
    for key in sections.keys:
        about = sections.section(key)
        if key[1:] != address.section[1:] or about.corpus_label != asked.corpus:
            continue
        names = {c.name for c in about.having("in_corpus") if c.classes == label}
        places = {(r.name, n) for r in about.regimes for n in names}
        there = sections.section(key, places)
        entry = _entry(there, address.model)
        home = in_corpus_row(there, entry, label, asked.standardise)
        found = contrast(score, home.score if home else None, address.number.measure)
        if home is not None and found is not None:
            rows = (mine, Ingredient(there, entry, home, address.number.measure))
            return PageNumber(found.value, found, "difference", rows)
    raise _none(f"no finished training on {asked.corpus} is stored beside it")


def _inflation(sections: StoredSections, address: Address) -> PageNumber:
    about, measure = sections.section(address.section), address.number.measure
    names = {c.name for role in ("honest", "flawed") for c in about.having(role)}
    places = {(regime.name, name) for regime in about.regimes for name in names}
    section = sections.section(address.section, places, {address.model})
    entry = _entry(section, address.model)
    for one in inflations(section):
        if (one.row.regime, one.condition) != (address.regime, address.condition):
            continue
        if one.measure == measure:
            against = section.row(entry, one.row.regime, one.against)
            return _difference(section, entry, one.row, against, measure)
    raise _none(f"{address.condition} is no flaw that is priced in {measure}")


RELATED: Final[Mapping[str, Callable[[StoredSections, Address], PageNumber]]] = {
    "over": _over,
    "left": _left,
    "loss": _loss,
    "inflation": _inflation,
    "gain": _gain,
    "optimism": _optimism,
}
"""Relation to what computes it; see `emobench.leaderboard.pedigree.address.RELATIONS`."""

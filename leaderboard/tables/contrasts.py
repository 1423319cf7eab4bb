"""The differences that answer a protocol's question, with intervals, for every model."""

from __future__ import annotations

from emobench.leaderboard.report import number_format as numbers
from emobench.leaderboard.results.board import MAJORITY, Section
from emobench.leaderboard.results.comparison import contrast
from emobench.leaderboard.results.entries import Entry
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.tables.score_table import (
    MEASURE_TITLES,
    Cell,
    Line,
    Notes,
    ScoreTable,
    estimate_cell,
)
from emobench.store.records import Contrast

FEW = 5
"""Contrasts that fit side by side."""
UNPAIRED = "tested on other utterances: the two intervals are drawn apart"


def contrast_table(section: Section, measure: str) -> ScoreTable:
    """Every contrast of the protocol for every model; models that lack one are left out of it.

    A line for each model with few contrasts, one for each contrast of each model with many.
    """
    return _narrow(section, measure) if len(section.contrasts) <= FEW else _long(section, measure)


def _narrow(section: Section, measure: str) -> ScoreTable:
    notes = Notes()
    lines = []
    for entry in section.entries:
        cells = tuple(_cell(section, entry, one, measure, notes) for one in section.contrasts)
        if any(cell.value is not None for cell in cells):
            lines.append(Line(entry.label, entry.card.kind, cells))
    heads = tuple((c.name, c.description) for c in section.contrasts)
    return ScoreTable(MEASURE_TITLES[measure], heads, tuple(lines), notes.listed())


def _long(section: Section, measure: str) -> ScoreTable:
    notes = Notes()
    lines = []
    for entry in section.entries:
        if entry.model == MAJORITY:  # it reads nothing, so nothing makes a difference to it
            continue
        for one in section.contrasts:
            difference = _cell(section, entry, one, measure, notes)
            if difference.value is not None:
                both = (_score(section, entry, place, measure) for place in (one.first, one.second))
                lines.append(Line(entry.label, entry.card.kind, (*both, difference), one.name))
    heads = (
        ("first", "score of the first"),
        ("second", "score of the second"),
        ("difference", "first less second"),
    )
    return ScoreTable(MEASURE_TITLES[measure], heads, tuple(lines), notes.listed())


def _score(section: Section, entry: Entry, place: tuple[str, str], measure: str) -> Cell:
    row = section.row(entry, *place)
    return estimate_cell(row.score.estimate(measure) if row and row.score else None)


def _cell(section: Section, entry: Entry, one: Contrast, measure: str, notes: Notes) -> Cell:
    rows = [section.row(entry, *place) for place in (one.first, one.second)]
    scores = [row.score if row and row.is_done else None for row in rows]
    found = contrast(scores[0], scores[1], measure)
    if found is None:
        return Cell(numbers.BLANK)
    paired = scores[0] is not None and scores[1] is not None and scores[0].test == scores[1].test
    note = "" if paired else UNPAIRED
    return _signed(found, note, notes.mark(note) if note else "")


def _signed(found: Estimate, note: str, mark: str) -> Cell:
    return Cell(
        numbers.signed(found.value), numbers.signed_interval(found), found.value, note, mark
    )

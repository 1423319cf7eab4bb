"""The differences that answer a protocol's question, with intervals, for every model."""

from __future__ import annotations

from emobench.leaderboard.pedigree.address import CONTRAST, address_of
from emobench.leaderboard.results.board import MAJORITY, Section
from emobench.leaderboard.results.comparison import contrast, final
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.statistics.measures import Measure
from emobench.leaderboard.tables.score_table import (
    Column,
    Footnotes,
    ScoreTable,
    TableCell,
    difference_cell,
    estimate_cell,
    model_row,
    with_id,
)
from emobench.store.records import Contrast

FEW = 5
"""Contrasts that fit side by side."""
UNPAIRED = "tested on other utterances: paired by what units they share, if those are the same"


def contrast_table(section: Section, measure: Measure) -> ScoreTable:
    """Every contrast of the protocol, for every model that has both of its scores.

    A row for each model with few contrasts, one for each contrast of each model with many.
    """
    return _narrow(section, measure) if len(section.contrasts) <= FEW else _long(section, measure)


def _narrow(section: Section, measure: Measure) -> ScoreTable:
    notes = Footnotes()
    rows = []
    for entry in section.entries:
        cells = tuple(_cell(section, entry, one, measure, notes) for one in section.contrasts)
        if any(cell.value is not None for cell in cells):
            rows.append(model_row(entry, cells))
    columns = tuple(Column(c.name, c.description) for c in section.contrasts)
    return ScoreTable(measure.title, columns, tuple(rows), notes.listed())


def _long(section: Section, measure: Measure) -> ScoreTable:
    notes = Footnotes()
    rows = []
    for entry in section.entries:
        if entry.model == MAJORITY:  # it reads no input, so all its differences are 0
            continue
        for one in section.contrasts:
            difference = _cell(section, entry, one, measure, notes)
            if difference.value is not None:
                both = (_score(section, entry, place, measure) for place in (one.first, one.second))
                rows.append(model_row(entry, (*both, difference), one.name))
    columns = (
        Column("first", "score of the first"),
        Column("second", "score of the second"),
        Column("difference", "first less second"),
    )
    return ScoreTable(measure.title, columns, tuple(rows), notes.listed())


def _score(
    section: Section, entry: ModelEntry, place: tuple[str, str], measure: Measure
) -> TableCell:
    row = section.row(entry, *place)
    return estimate_cell(row.score.estimate(measure.name) if row and row.score else None)


def _cell(
    section: Section, entry: ModelEntry, one: Contrast, measure: Measure, notes: Footnotes
) -> TableCell:
    first, second = (final(section.row(entry, *place)) for place in (one.first, one.second))
    paired = first is not None and second is not None and first.test == second.test
    found = contrast(first, second, measure.name)
    note = "" if paired or found is None else UNPAIRED
    cell = difference_cell(found, note, notes.mark(note) if note else "")
    return with_id(cell, address_of(entry, one.first[0], f"{CONTRAST}{one.name}", measure.name))

"""Every number of a section, computed from stored predictions, as tables with all digits."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any, Final

from emobench.leaderboard.report.csv_table import csv_table
from emobench.leaderboard.report.sections import SectionView, places
from emobench.leaderboard.results.board import Board, Section
from emobench.leaderboard.results.model_pairs import section_pairs
from emobench.leaderboard.results.scoring import Score
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.takeaway.csv_file import number_text
from emobench.leaderboard.takeaway.shelves import Shelf, part_tables

FOLDER: Final = "numbers"
SCORES: Final = (
    *("model", "regime", "condition", "part", "n_seeds", "n_test", "n_units"),
    *("measure", "value", "low", "high"),
)
DIFFERENCES: Final = (
    *("first", "second", "regime", "condition", "n_test", "difference", "low", "high", "p"),
    "verdict",
)


def number_tables(board: Board, view: SectionView) -> dict[str, str]:
    """Return the name of each table to its content as CSV.

    Parameters
    ----------
    board
        With this section alone.
    view
        The section, computed.

    Notes
    -----
    ``scores.csv`` has every score and its interval, ``differences.csv`` the paired difference of
    every two rows wherever both are done in macro-F1, of means over conditions too,
    ``leaderboard.csv`` is the public table, and ``tables/`` and ``lists/`` hold all that
    the page prints: ranks, contrasts, summaries, confusions, calibration, costs.
    """
    section = view.section
    texts = {
        "leaderboard.csv": csv_table(board, places([view])),
        "scores.csv": _csv(SCORES, _scores(section)),
        "differences.csv": _csv(DIFFERENCES, _differences(section)),
        **{name: text for name, text in page_tables(view).items() if name.endswith(".csv")},
    }
    return {f"{FOLDER}/{name}": text for name, text in texts.items()}


def page_tables(view: SectionView) -> Mapping[str, str]:
    """Return every table of a section by the name that it has among what is taken away."""
    shelf = Shelf(view.section.anchor, view.section.dataset)
    shelf.add_table(view.sizes, "sizes", "utterances by part and class", ())
    shelf.add_table(view.conditions, "test conditions", "what the test inputs look like", ())
    if view.problems is not None:
        shelf.add_table(view.problems, "problems", "clips", ())
    for one in view.answers:
        if one.table is not None:
            shelf.add_table(one.table, "answer", one.title, (one.regime,))
    for part in view.parts:
        for table, words in part_tables(part):
            shelf.add_table(table, part.name, part.title, words)
        for name, table in part.lists:
            shelf.add_list(table, part.name, part.title, (name,))
    return shelf.texts


def _csv(head: Iterable[str], lines: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(lines)
    return text.getvalue()


def _scores(section: Section) -> Iterator[tuple[Any, ...]]:
    for entry in section.all_entries:
        for row in section.rows[entry.label].values():
            parts = {"": row.score, **row.members, "without copies": row.without_copies}
            for part, score in parts.items():
                if score is not None:
                    place = (entry.label, row.regime, row.condition, part)
                    yield from ((*place, *values) for values in _values(score))


def _values(score: Score) -> Iterator[tuple[Any, ...]]:
    sizes = (score.n_seeds, score.n_test, score.n_units)
    for measure in measures.MEASURES:
        bounds = ("", "")
        if measure.interval:
            found = score.estimate(measure.name)
            bounds = (number_text(found.low), number_text(found.high))
        yield (*sizes, measure.name, number_text(score.values[measure.name]), *bounds)
    for name, weight in score.weights.items():
        yield (*sizes, f"weight of {name}", number_text(weight), "", "")


def _differences(section: Section) -> Iterator[tuple[Any, ...]]:
    labels = [entry.label for entry in section.all_entries]
    for first, second in combinations(labels, 2):
        for one in section_pairs(section, first, second, measures.RANKING, None):
            numbers = (one.gap.value, one.gap.low, one.gap.high, one.p_value)
            yield (
                first, second, one.regime, one.condition, one.n_test,
                *map(number_text, numbers), one.verdict,
            )  # fmt: skip

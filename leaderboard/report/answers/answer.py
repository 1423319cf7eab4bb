"""One view that a section opens with."""

from __future__ import annotations

from dataclasses import dataclass

from emobench.leaderboard.tables.score_table import ScoreTable


@dataclass(frozen=True)
class Answer:
    """A sentence that answers the section's question, with what shows it.

    Parameters
    ----------
    title
        What the view is of, in a word or two; a reader chooses by it.
    sentence
        The answer, generated from the numbers, with its test. Inline Markdown.
    chart
        SVG, with a title and a description of its own; "" where there is nothing to draw.
    caption
        What the chart has. Inline Markdown.
    table
        The ranking; None where the section ranks nothing.
    apart
        What differences can be told apart, inline Markdown.
    regime
        The regime whose tables stand below while the view is shown; "" shows all of them.
    wide
        Whether the chart stands above the table, and not beside it.
    meaning
        What the view is, in a sentence part.
    """

    title: str
    sentence: str
    chart: str = ""
    caption: str = ""
    table: ScoreTable | None = None
    apart: str = ""
    regime: str = ""
    wide: bool = False
    meaning: str = ""

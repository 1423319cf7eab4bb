"""A part of a section: a heading with prose, tables and charts, for page and Markdown alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emobench.leaderboard.tables.score_table import ScoreTable


@dataclass(frozen=True)
class Group:
    """What belongs to one regime, or to the whole part.

    Parameters
    ----------
    title, meaning
        Inline Markdown, the second part in small weight.
    tables
        Between them a reader of the page switches.
    chart
        SVG.
    regime
        The regime that it belongs to, as a reader chooses it; "" stands for all of them.
    """

    title: str = ""
    tables: tuple[ScoreTable, ...] = ()
    chart: str = ""
    meaning: str = ""
    regime: str = ""


@dataclass(frozen=True)
class Part:
    """One heading of a section and what is below it.

    Parameters
    ----------
    name
        Unique within the section.
    title, text, items, small, folded
        Inline Markdown (code, bold and web addresses): heading, paragraphs, a list, small print,
        and the summary under which the groups are folded away, or "".
    groups
        Tables and charts.
    layout
        ``""`` (one below the other), ``charts`` (side by side), ``panels`` (the same, but small) or
        ``models`` (a table for each model, of which a reader chooses one).
    open
        Whether what is folded is unfolded at first.
    key
        Where the legend of the models' colours and signs precedes the groups: ``always``, on
        ``narrow``
        screens only, or "".
    in_markdown
        How many tables of each group Markdown prints.
    code
        What is typed into a shell, shown after the groups.
    lists
        Names and tables that are too long for a page: they are only among what is taken away.
    """

    name: str
    title: str
    text: Sequence[str] = ()
    groups: Sequence[Group] = ()
    items: Sequence[str] = ()
    small: str = ""
    folded: str = ""
    layout: str = ""
    open: bool = False
    key: str = ""
    in_markdown: int = 1
    code: str = ""
    lists: Sequence[tuple[str, ScoreTable]] = ()

"""What a page leaves out because a part of the results was asked for: nobody shall miss that."""

from __future__ import annotations

from emobench.leaderboard.results.board import LATE_FUSION, MAJORITY, MARKS, Section
from emobench.leaderboard.results.selections.selection import Selection
from emobench.leaderboard.tables.answers.leaders import listed

NAMED = 6
"""Rows left out that a sentence names; it counts the rest."""


def page_omissions(selection: Selection) -> str:
    """Say which part of what is stored a page shows, inline Markdown; "" where it is all."""
    parts = [
        f"the corpus `{selection.dataset}`" if selection.dataset is not None else "",
        f"the protocol `{selection.protocol}`" if selection.protocol is not None else "",
        f"the models `{', '.join(selection.models)}`" if selection.models else "",
    ]
    named = list(filter(None, parts))
    if not named:
        return ""
    return (
        f"**Chosen from what is stored:** {', '.join(named)}. `emobench leaderboard` without these "
        "options makes the page of everything."
    )


def section_omissions(section: Section) -> str:
    """Say which rows of a section were not chosen, inline Markdown; "" where all are shown."""
    if not section.left_out:
        return ""
    marks = [e.label for e in section.all_entries if e.default_model in MARKS]
    beside = f", and what they are measured against ({listed(marks, NAMED)})" if marks else ""
    absent = [
        f"`{name}`"
        for name in (LATE_FUSION, *section.singles, MAJORITY)
        if section.entry(name) is None
    ]
    without = (
        f" Nothing is compared with {listed(absent, NAMED)}: not stored here." if absent else ""
    )
    return (
        f"**{share_text(section)}:** those that were chosen{beside}. Left out: "
        f"{listed(section.left_out, NAMED)}. Ranks, adjusted p and sentences are about the rows "
        "shown here alone; where rows were chosen after their scores were seen, they promise too "
        f"much.{without}"
    )


def share_text(section: Section) -> str:
    """How many of a section's rows are shown; "" where all are."""
    shown = len(section.all_entries)
    return f"{shown} of {shown + len(section.left_out)} rows" if section.left_out else ""

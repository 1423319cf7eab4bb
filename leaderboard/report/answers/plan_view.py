"""The view that a planned section opens with, and the word that parts all others from it."""

from __future__ import annotations

from dataclasses import replace

from emobench.leaderboard.report.answers.answer import Answer
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.tables.plans.comparison_table import comparison_table
from emobench.leaderboard.tables.plans.sentences import EXPLORATORY, section_sentence

TITLE = "planned"


def with_plan(section: Section, views: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """Put the planned comparisons first, and say of every other view that it explores.

    Without a plan the views stay as they are.
    """
    plan, found = section.plan, section.planned
    if plan is None:
        return views
    explored = tuple(replace(one, sentence=f"{EXPLORATORY}: {one.sentence}") for one in views)
    if not found:
        return explored
    first = Answer(
        TITLE,
        section_sentence(plan, found),
        table=comparison_table(plan, found),
        meaning="what was frozen before, parted from all else below",
    )
    return (first, *explored)

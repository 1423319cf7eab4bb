"""The views of any section, in the order in which a reader chooses between them."""

from __future__ import annotations

from emobench.leaderboard.report.answers.answer import Answer
from emobench.leaderboard.report.answers.change_views import (
    audit_views,
    claim_views,
    contrast_views,
    generated_views,
    tuned_views,
)
from emobench.leaderboard.report.answers.standing_views import main_views, summary_views
from emobench.leaderboard.report.context import SectionContext


def answers(context: SectionContext) -> tuple[Answer, ...]:
    """Return what a section opens with: what its protocol asks for first, searched models last."""
    return (*_asked(context), *tuned_views(context))


def _asked(context: SectionContext) -> list[Answer]:
    if context.is_claims:
        return claim_views(context)
    found: list[Answer] = []
    if context.inflations:
        found = audit_views(context)
    elif context.generated_verdict:
        found = generated_views(context)
    elif context.trained_anew:
        found = contrast_views(context)
    elif (summary := context.summary) is not None:
        found = summary_views(context, summary)
    return found or main_views(context)

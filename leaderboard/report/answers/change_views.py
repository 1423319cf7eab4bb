"""The views of a section whose question is about differences, and of searched models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from emobench.leaderboard.charts.intervals import Dot, IntervalChart, Rule, interval_chart
from emobench.leaderboard.charts.style import Style
from emobench.leaderboard.report.answers.answer import Answer
from emobench.leaderboard.report.context import SectionContext
from emobench.leaderboard.results.searches.contest import Contest
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.tables.answers.changes import (
    Change,
    change_table,
    changes,
    contrast_pairs,
    counts_text,
    flaw_pairs,
    generated_pairs,
)
from emobench.leaderboard.tables.claims import Claim, claims
from emobench.leaderboard.tables.score_table import ScoreTable
from emobench.leaderboard.tables.searches.contest_table import answer, contest_table
from emobench.wording import counted

MOST = 24
"""Lines of a chart of differences; of more, each name has its largest one alone."""


def audit_views(context: SectionContext) -> list[Answer]:
    """Return what the flaws of evaluations are worth, honest against flawed."""
    found = changes(flaw_pairs(context.section, context.inflations))
    if not found:
        return []
    said = counts_text(found, "flawed evaluations", "raise a score", "lower one")
    chart = _arrows(
        found, context.looks, f"audit-view-{context.section.anchor}",
        "Scores on the honest evaluation and on each flawed one",
        "score, honest (hollow) to flawed",
    )  # fmt: skip
    table = change_table(found, "Flaw", ("Flawed", "Honest", "Inflation"))
    caption = (
        "From the honest score (hollow) to the flawed one (filled) with its 95% interval; pale "
        "where no difference is shown."
    )
    return [Answer("every flaw", said, chart, caption, table)]


def contrast_views(context: SectionContext) -> list[Answer]:
    """Return the protocol's contrasts."""
    found = changes(contrast_pairs(context.section))
    if not found:
        return []
    said = counts_text(found, "differences", "be above zero", "be below zero")
    heads = ("First", "Second", "Difference")
    table = change_table(found, "Difference", heads)
    chart = _forest(found, context, "contrasts-view", "Differences of the protocol")
    caption = "The first score less the second one, paired, with 95% intervals; pale if not shown."
    return [Answer("differences", said, chart, caption, table)]


def generated_views(context: SectionContext) -> list[Answer]:
    """Return whether a generated modality beats a constant, regime by regime."""
    views = []
    for regime in context.section.regimes:
        found = changes(generated_pairs(context.section, regime))
        if not found:
            continue
        said = counts_text(found, "generated inputs", "beat the train mean", "be worse than it")
        name = f"generated-view-{regime.name}"
        chart = _forest(found, context, name, "Generated input less the train mean")
        caption = (
            "Macro-F1 with the generated input less that with the train mean; pale if not shown."
        )
        heads = ("Generated", "Train mean", "Difference")
        table = change_table(found, "Modality", heads)
        views.append(Answer(regime.name, said, chart, caption, table, regime=regime.name,
                            meaning=regime.description))  # fmt: skip
    return views


def claim_views(context: SectionContext) -> list[Answer]:
    """Return how many of the published results were reached, and where."""
    known = [one for one in claims(context.section, context.ran) if _ran(one)]
    if not known:
        text = "None of the published results could be run here; the reasons stand beside them."
        return [Answer("claims", text)]
    counts = {role: sum(_reached(one, role) for one in known) for role in ("paper", "honest")}
    n = len(known)
    text = (
        f"Of {counted(n, 'published result')} with a claimed number that ran here, "
        f"**{counts['paper']} {_is(counts['paper'])} reached under the paper's own protocol and "
        f"{counts['honest']} on an honest split** (reached: the claim is not above the 95% "
        "interval; each for itself, no correction)."
    )
    dots = [
        Dot(_role(role), estimate, "c-s0" if role == "paper" else "c-s1",
            before=Estimate(one.setting.claimed, one.setting.claimed, one.setting.claimed),
            group=f"{one.model}, {one.setting.measure}")
        for one in known
        for role in ("paper", "honest", "corrected")
        if (estimate := one.estimates.get(role)) is not None and one.setting.claimed is not None
    ]  # fmt: skip
    chart = interval_chart(
        IntervalChart(
            f"claims-view-{context.section.anchor}", "Claimed and measured scores", "score", dots
        )
    )
    return [Answer("claims", text, chart, "From the claim (hollow) to what was measured (filled).")]


def tuned_views(context: SectionContext) -> list[Answer]:
    """Return each budget's searched models, from their preset to their chosen settings."""
    views = []
    for one in context.contests:
        table = contest_table(one)
        kept = ("Rank", "Default", "Tuned", "Gain")
        places = [i for i, column in enumerate(table.columns) if column.head in kept]
        rows = tuple(replace(r, cells=tuple(r.cells[i] for i in places)) for r in table.rows)
        marks = {cell.mark for row in rows for cell in row.cells}
        small = ScoreTable(
            "Ranking", tuple(table.columns[i] for i in places), rows,
            tuple(note for note in table.notes if note[0] in marks),
            style="ranking", sortable=False,
        )  # fmt: skip
        title = f"{one.title}, {one.regime.name}" if _several(context) else one.title
        views.append(
            Answer(
                f"tuned: {title}", answer(one), _tuned_chart(context, one),
                "Macro-F1 on test from the preset (hollow) to the chosen settings (filled) with "
                "its 95% interval; pale where no gain is shown.",
                small, regime=one.regime.name,
                meaning="every model after a search with an equal number of trials",
            )
        )  # fmt: skip
    return views


def _several(context: SectionContext) -> bool:
    return len({one.regime.name for one in context.contests}) > 1


def _tuned_chart(context: SectionContext, contest: Contest) -> str:
    dots = []
    for one in contest.rows:
        after = one.row.score.estimate("macro_f1") if one.row.score else None
        before = (
            one.default.score.estimate("macro_f1") if one.default and one.default.score else None
        )
        if after is None or one.place in ("ceiling", "floor"):
            continue
        shown = one.gain is not None and one.gain.is_shown
        look = context.looks[one.entry.label].name
        dots.append(Dot(one.entry.default_label, after, look, before if not one.doubt else None,
                        muted=not shown))  # fmt: skip
    # What lies far below the ranked models would squeeze them: the table has its numbers.
    ranked = [e for one in contest.competitors if one.row.score
              for e in [one.row.score.estimate("macro_f1")]]  # fmt: skip
    if ranked:
        low, high = min(e.low for e in ranked), max(e.high for e in ranked)
        dots = [dot for dot in dots if dot.at.high >= low - 0.5 * (high - low)]
    name = f"tuned-view-{context.section.anchor}-{contest.budget}-{contest.regime.name}"
    title = f"Macro-F1 from the preset to the chosen settings, {contest.title}"
    return interval_chart(IntervalChart(name, title, "macro-F1", dots))


def chart_lines(found: Sequence[Change]) -> list[tuple[Change, str, str]]:
    """Each difference with its label and group; of many, each name has its largest alone."""
    if len(found) <= MOST:
        return [(one, one.label, one.pair.name) for one in found]
    names = dict.fromkeys(one.pair.name for one in found)
    most = [
        max((c for c in found if c.pair.name == name), key=lambda one: abs(one.gap.value))
        for name in names
    ]
    return [(one, one.pair.name, "") for one in most]


def _arrows(
    found: Sequence[Change], looks: Mapping[str, Style], name: str, title: str, caption: str
) -> str:
    dots = [
        Dot(label, one.first, looks[one.pair.entry.label].name, one.second,
            muted=not (one.is_up or one.is_down), group=group)
        for one, label, group in chart_lines(found)
    ]  # fmt: skip
    return interval_chart(IntervalChart(name, title, caption, dots))


def _forest(found: Sequence[Change], context: SectionContext, name: str, title: str) -> str:
    dots = [
        Dot(label, one.gap, context.looks[one.pair.entry.label].name,
            muted=not (one.is_up or one.is_down), group=group)
        for one, label, group in chart_lines(found)
    ]  # fmt: skip
    return interval_chart(
        IntervalChart(
            f"{name}-{context.section.anchor}", title, "difference in macro-F1", dots,
            (Rule("no difference", 0.0),), signed=True,
        )
    )  # fmt: skip


def _is(n: int) -> str:
    return "is" if n == 1 else "are"


def _ran(one: Claim) -> bool:
    return one.setting.claimed is not None and any(one.estimates.values())


def _reached(one: Claim, role: str) -> bool:
    estimate = one.estimates.get(role)
    claimed = one.setting.claimed
    return estimate is not None and claimed is not None and claimed <= estimate.high


def _role(role: str) -> str:
    return {"paper": "paper's protocol", "honest": "honest split"}.get(role, role)

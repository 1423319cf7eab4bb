"""The parts of a section about searches: default and tuned, the luck of the search, the choices."""

from __future__ import annotations

from dataclasses import replace

from emobench.leaderboard.charts.expected_best import expected_chart
from emobench.leaderboard.report.context import SectionContext, by_condition
from emobench.leaderboard.report.part import Group, Part
from emobench.leaderboard.results.searches.contest import Contest
from emobench.leaderboard.results.searches.curves import curves
from emobench.leaderboard.tables.conditions import condition_table
from emobench.leaderboard.tables.score_table import ScoreTable
from emobench.leaderboard.tables.searches.chosen_values import chosen_table
from emobench.leaderboard.tables.searches.contest_table import contest_table
from emobench.leaderboard.tables.searches.expected_best import expected_table
from emobench.wording import counted


def tuned(context: SectionContext) -> Part | None:
    """Return every model beside itself with its preset, one table per budget and regime."""
    if not context.contests:
        return None
    text = [
        "Every model with something to search, reference rows included, had as many trials as "
        "every other, for each training apart. Trial 0 is the preset; the others are drawn from "
        "the range that the model declares. The trial with the best dev macro-F1 was chosen "
        "inside each fold, without its test part, and then trained anew with the seeds of the "
        "table. Models are ranked within a budget only: searched and default rows are not mixed.",
    ]
    groups = [Group(_title(one), (contest_table(one),)) for one in context.contests]
    small = (
        f"Macro-F1 under `{context.section.headline}`, each 95% interval for itself. Gain and "
        "difference are paired, their p is after Holm for all of the column, and colour marks p "
        "below .05. Ranks hold for all ranked models of a table at once. Optimism is what the "
        "choice promised on dev less what its settings score on test, a mean over folds of each "
        "fold's own macro-F1 (Tuned pools the folds): the best of noisy scores is too high, and "
        "dev is not test. A gain is about the settings that were chosen, not about another search."
    )
    if any(one.search.inner for one in context.contests):
        small += " With inner folds the best on dev is a mean over them, of shorter train parts."
    return Part("tuned", "Tuned at an equal budget", text, groups, small=small)


def expected(context: SectionContext) -> Part | None:
    """Return the expected best dev score against the number of trials: table and chart."""
    groups = []
    for one in context.contests:
        found = curves(one)
        table = expected_table(one, found)
        if one.search.trials < 2 or not table.rows:
            continue
        groups.append(Group(_title(one), (table,)))
        if chart := expected_chart(one, found, context.section.anchor, context.looks):
            groups.append(Group("", (), chart))
    if not groups:
        return None
    text = [
        "What a smaller search would have found: the mean best dev macro-F1 of the preset and n − "
        "1 random trials over all subsets of the trials that were run (Dodge et al. 2019, drawn "
        "without replacement as Tang et al. 2020 recommend). These are dev scores of one training "
        "each: they rank searches, not models.",
        *_halving(context),
    ]
    small = (
        "Intervals are from a smoothed bootstrap of the random trials: they show the luck of the "
        "draw alone, not that of the dev utterances or of the seed. The preset is no draw, so one "
        "trial has none. A failed trial counts as 0."
    )
    title = "Expected best on dev against the number of trials"
    return Part("expected", title, text, groups, small=small)


def chosen(context: SectionContext) -> Part | None:
    """Return the chosen values per fold, folded away."""
    found = [(one, chosen_table(one)) for one in context.contests]
    groups = [Group(_title(one), (table,)) for one, table in found if table.rows]
    if not groups:
        return None
    n = sum(len({row.label for row in group.tables[0].rows}) for group in groups)
    text = (
        "A field that takes part only with some value of another one has a dash where it does not. "
        "A choice that often lies at the end of its range asks for a wider one."
    )
    return Part(
        "chosen", "What the searches chose", [text], groups,
        folded=f"{counted(n, 'search', 'searches')}: preset, choice of each fold, range",
    )  # fmt: skip


def tuned_conditions(context: SectionContext) -> Part | None:
    """Return the searched models under every condition, folded away."""
    section = context.section
    if len(section.conditions) < 2 or not context.contests:
        return None
    groups = []
    for one in context.contests:
        alone = replace(section, entries=tuple(row.entry for row in one.rows))
        tables = tuple(_known(condition_table(alone, one.regime, m)) for m in by_condition())
        groups.append(Group(_title(one), tables))
    folded = f"{counted(len(section.conditions), 'condition')}, {counted(len(groups), 'table')}"
    text = "Conditions that no searched model was run under have no column."
    return Part(
        "tuned-conditions", "Tuned, every condition", [text], groups, folded=folded, in_markdown=0
    )  # fmt: skip


def _known(table: ScoreTable) -> ScoreTable:
    """The table without blank columns, and without the footnotes to them."""
    shown = table.without_blank_columns()
    marks = {cell.mark for row in shown.rows for cell in row.cells}
    return replace(shown, notes=tuple(note for note in shown.notes if note[0] in marks))


def _title(one: Contest) -> str:
    return f"{one.title[0].upper()}{one.title[1:]}, regime `{one.regime.name}`"


def _halving(context: SectionContext) -> list[str]:
    """Say what stopped trials mean for the numbers, if any trial was stopped."""
    if not any(row.outcome.stopped for one in context.contests for row in one.rows):
        return []
    return [
        "With successive halving the weaker trials were stopped early. Their scores are those of "
        "unfinished trainings, hence lower bounds (≥) of what they would have reached; the chosen "
        "trial was trained to its end."
    ]

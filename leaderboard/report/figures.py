"""The parts of a section that are charts, one for each regime or each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.charts.corruptions import corruption_chart
from emobench.leaderboard.charts.costs import CostPoint, cost_chart
from emobench.leaderboard.charts.courses import MANY, course_chart, score_bounds
from emobench.leaderboard.charts.robustness import curve_chart
from emobench.leaderboard.charts.style import Style
from emobench.leaderboard.charts.subsets import subset_chart
from emobench.leaderboard.report.context import SectionContext, regime_group
from emobench.leaderboard.report.part import Group, Part
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.comparisons.pooled_rows import pooled_row
from emobench.leaderboard.results.courses import courses as read_courses
from emobench.leaderboard.results.scoring import ScoreRow
from emobench.leaderboard.tables.details.costs import cost_table
from emobench.leaderboard.tables.headline import Standing, Standings
from emobench.store.records import Regime
from emobench.wording import counted

NO_GAIN = 0.02
"""A score that is less above the majority class's is no better for a chart of costs."""

Cost = Callable[[ScoreRow], float | None]


def curves(context: SectionContext) -> Part | None:
    """Return the robustness curves of the regimes that the section does not open with."""

    def draw(section: Section, regime: Regime, looks: Mapping[str, Style]) -> str:
        return "" if _opens_with(context, regime) else curve_chart(section, regime, looks)

    same = "; every panel has the same scale" if len(context.section.regimes) > 1 else ""
    text = (
        "Macro-F1 as more of the test inputs go missing; the horizontal axis is the share that is "
        "really missing. It stays below a condition's nominal rate where every utterance keeps a "
        "modality (the list of test conditions has both). Bands are 95% intervals; grey lines are "
        f"reference rows{same}."
    )
    return _part(context, "curves", "Robustness", text, draw, key="narrow")


def _opens_with(context: SectionContext, regime: Regime) -> bool:
    """Whether the curves of a regime stand at the head of the section."""
    summary, section = context.summary, context.section
    return summary is not None and any(
        pooled_row(section, entry, regime.name, summary).is_done for entry in section.entries
    )


def subsets(context: SectionContext) -> Part | None:
    """Return the dots and intervals by subset of modalities."""
    more = " Each subset is scored on the utterances that have any of it."
    text = (
        "Macro-F1 when the test inputs have only the modalities named. Bars are 95% intervals, "
        "lines in the order of the tables; reference rows are grey, each with a sign of its own."
        f"{more if context.section.members else ''}"
    )
    return _part(context, "subsets", "Some modalities only", text, subset_chart)


def corruptions(context: SectionContext) -> Part | None:
    """Return the panels by kind of damage."""
    text = (
        "Macro-F1 from undamaged test inputs (0) to severity 5 of each kind of damage; the list of "
        "test conditions says what each severity is. Every panel has the same scale. A level "
        "line belongs to a model that does not read the damaged modality, or is robust to it."
    )
    return _part(context, "severity", "By severity", text, corruption_chart)


def costs(context: SectionContext) -> Part | None:
    """Return score against parameters, training time and latency, for the first regime.

    A cost that the records do not hold is not drawn.
    """
    if context.is_claims or context.inflations:
        return None
    found = context.standings[0]
    rows = [one for one in found.rows if one.estimate is not None and one.place != "floor"]
    kinds: tuple[tuple[str, str, Cost, Callable[[float], str]], ...] = (
        ("parameters", "trainable parameters", lambda row: row.params,
         lambda x: numbers.count(round(x))),
        ("training time", "seconds per training", lambda row: row.train_seconds, numbers.duration),
        ("latency", "milliseconds per utterance", lambda row: row.predict_ms, numbers.milliseconds),
    )  # fmt: skip
    flat = _no_better(found)
    groups, drawn = [], {}
    for i, (word, what, cost, text) in enumerate(kinds):
        points = [
            CostPoint(one.entry.label, float(value), one.estimate.value)
            for one in rows
            if one.estimate is not None and one not in flat and (value := cost(one.row))
        ]
        name = f"cost-{i}-{context.section.anchor}"
        if chart := cost_chart(name, what, points, context.looks, text):
            drawn[word] = points
            groups.append(Group(f"Macro-F1 against {what}", (), chart))
    if not groups:
        return None
    groups.append(Group("", (cost_table(rows, drawn),)))
    said = (
        f"Under `{found.condition}`, regime `{found.regime.name}`. The dashed line joins the "
        "models that no other one beats in both, by the scores as they are: it says nothing of "
        "what is shown apart. Reference rows are hollow. Times hold for the machine that they were "
        "measured on; peak memory is not stored, so it is not here."
    )
    if flat:
        names = ", ".join(one.entry.label for one in flat)
        said += f" Left out of the charts, for they are less than .02 above `majority`: {names}."
    folded = f"{counted(len(drawn), 'chart')} and a table: {', '.join(drawn)}"
    return Part(
        "cost", "What a score costs", [said], groups, folded=folded, layout="charts", key="always",
        in_markdown=0,
    )  # fmt: skip


def _no_better(found: Standings) -> list[Standing]:
    """The rows that gain nothing over the floor: they would squeeze all others to a line."""
    floor = next((one.estimate for one in found.rows if one.place == "floor"), None)
    if floor is None:
        return []
    scored = [one for one in found.rows if one.estimate is not None and one.place != "floor"]
    return [one for one in scored if one.estimate and one.estimate.value < floor.value + NO_GAIN]


def courses(context: SectionContext) -> Part | None:
    """Return the training and dev curves, folded away."""
    section = context.section
    rows = [
        (entry, regime, found)
        for entry in section.entries
        for regime in section.regimes
        if (found := read_courses(context.results, entry, regime.name, section.headline))
    ]
    bounds = score_bounds([one for *_, found in rows for one in found])
    groups, banded = [], False
    for entry, regime, found in rows:
        name = f"Training and dev curves of {entry.label}, regime {regime.name}"
        chart = course_chart(found, context.looks[entry.label], name, bounds)
        title = f"{entry.label}, `{regime.name}`"
        groups.append(Group(title, (), chart, counted(len(found), "training")))
        banded |= len(found) > MANY
    if not any(group.chart for group in groups):
        return None
    lines = "A line is one training (fold and seed). "
    if banded:
        lines += f"Of more than {MANY} the median is drawn, with a band from the lowest to the "
        lines += "highest, as long as half of them go on. "
    text = (
        f"{lines}Filled dots are the looks whose weights were kept in the end, hollow ones the "
        "best of other stages; stages before the last are dashed. All panels of dev macro-F1 have "
        "the same scale; losses do not compare models."
    )
    folded = f"{counted(len(groups), 'row')}, each with the curves of its trainings"
    return Part(
        "courses", "Training and dev curves", [text], groups, folded=folded, layout="charts",
        in_markdown=0,
    )  # fmt: skip


def _part(
    context: SectionContext,
    name: str,
    title: str,
    text: str,
    draw: Callable[[Section, Regime, Mapping[str, Style]], str],
    key: str = "always",
) -> Part | None:
    groups = [
        regime_group(regime, chart=chart)
        for regime in context.section.regimes
        if (chart := draw(context.section, regime, context.looks))
    ]
    if not groups:
        return None
    return Part(name, title, [text], groups, layout="charts", key=key, in_markdown=0)

"""The part of a section that says how sure models are, against how often they are right."""

from __future__ import annotations

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.charts.reliability import reliability_chart
from emobench.leaderboard.report.context import SectionContext
from emobench.leaderboard.report.part import Group, Part
from emobench.leaderboard.results.utterances.answers import Answers
from emobench.leaderboard.statistics.metrics import BINS
from emobench.leaderboard.tables.conditions import by_score
from emobench.leaderboard.tables.details.calibration import bin_table, calibration_table
from emobench.store.records import Regime
from emobench.wording import counted


def calibration(context: SectionContext) -> Part | None:
    """Return tables of the calibration error and a reliability diagram for each model."""
    if context.is_claims:
        return None
    section, groups, n = context.section, [], 0
    regimes = section.regimes[: 1 if context.trained_anew else None]
    for regime in regimes:
        some = _answers(context, regime)
        if not some:
            continue
        title = f"Regime `{regime.name}`" if len(regimes) > 1 else ""
        tables = (calibration_table(some), bin_table(some))
        groups.append(Group(title, tables, regime=regime.name))
        for one in some:
            label, found = one.entry.label, one.reliability
            # The position keeps names apart of which only the signs differ that an id cannot have.
            name = f"reliability-{section.anchor}-{n}"
            chart = reliability_chart(name, label, found, context.looks[label])
            ece = f"ECE {numbers.score(found.error.value)}"
            groups.append(Group(label, (), chart, ece, regime.name))
            n += 1
    if not groups:
        return None
    several = section.corpus is not None and section.corpus.multilabel
    what = "the yes or no to each class" if several else "the answer, which is the likeliest class"
    text = (
        f"Probability of {what}, against how often it is right, under `{section.headline}`. A dot "
        f"is one of {BINS} bins of equal width, as large as the bin is full; thin lines are the "
        "gaps whose mean, by the number of answers, is the expected calibration error (ECE). Bars "
        "count the answers of all seeds. Below the diagonal a model is too sure of itself."
    )
    small = (
        "ECE is the mean over seeds of each seed's own, in the same bins (Guo et al. 2017); dots "
        "pool the seeds, so that their gaps can be smaller. Few utterances raise an ECE: it is to "
        "be read against the column By chance, which takes utterances as independent. Intervals "
        "are for new units and new trainings, as elsewhere, and do not take that off."
    )
    if several:
        small += " ECE is a mean over classes; dots pool them."
    return Part(
        "calibration", "Calibration", [text], groups, small=small, layout="panels",
        folded=f"{counted(n, 'reliability diagram')}, ECE with intervals, numbers of each bin",
    )  # fmt: skip


def _answers(context: SectionContext, regime: Regime) -> list[Answers]:
    """The answers of every model that a regime shows, in the order of the tables."""
    found = []
    for entry in by_score(context.section, regime):
        row = context.section.row(entry, regime.name, context.section.headline)
        if row is not None and (one := context.answers.get((entry.label, row.regime))):
            found.append(one)
    return found

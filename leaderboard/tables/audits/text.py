"""The result of a leakage audit in plain words that are computed from its numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import spearmanr

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.results.board import MAJORITY, ORACLE, Section
from emobench.leaderboard.results.comparison import final
from emobench.leaderboard.results.scoring import HONEST_SPLIT
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.measures import RANKING, title_of
from emobench.leaderboard.tables.audits.inflation import (
    ClassInflation,
    Inflation,
    LargestInflation,
    honest_condition,
)
from emobench.store.records import Audit

NOTICED = 0.01
"""Duplicates explain nothing where a flawed split adds less than this share of them."""

ALONG = 0.5
"""From this rank correlation on, recall is said to follow."""

MOSTLY = 0.5
"""From this share of the inflation on, rows without a duplicate are said to have most of it."""

RANDOM = "random_clips"
"""The flaw of drawing at random, one of `emobench.FLAWS`."""


def headline(worst: LargestInflation) -> str:
    """Say which model gains most under a flawed split, and how much."""
    one = worst.whole
    values = (numbers.score(e.value) for e in (one.flawed, one.honest) if e)
    gain = f", {_gain(one.inflation)}" if one.inflation else ""
    return (
        f"{one.entry.label} gains most under `{one.condition}`: {' in place of '.join(values)}"
        f"{gain}."
    )


def nothing_measurable(found: Sequence[Inflation]) -> str:
    """Say that no flawed split is shown to raise a score, and what the largest difference is."""
    known = [
        x for x in found if x.inflation and x.row.flaw and x.entry.model not in (MAJORITY, ORACLE)
    ]
    if not known:
        return ""
    most = max(known, key=_value)
    assert most.inflation is not None
    return (
        "No flaw of a split or a training raises a score measurably here: the largest difference, "
        f"of {most.entry.label} under `{most.condition}`, is {_gain(most.inflation)}."
    )


def best_reports(found: Sequence[Inflation]) -> str:
    """Say what the other flaws are worth at most, where that is measurable."""
    rest = [x for x in found if x.row.report or x.row.looks or x.has_counterpart]
    parts = []
    for flaw in dict.fromkeys(x.condition for x in rest if x.is_measurable):
        most = max((x for x in rest if x.condition == flaw and x.is_measurable), key=_value)
        assert most.inflation is not None
        what = f"{_gain(most.inflation)} in {title_of(most.measure)} to {most.entry.label}"
        parts.append(f"`{flaw}` is worth at most {what}")
    return f"Beside the flaws of splits, {'; '.join(parts)}." if parts else ""


def _value(one: Inflation) -> float:
    return one.inflation.value if one.inflation else 0.0


def _gain(one: Estimate) -> str:
    return f"{numbers.signed(one.value)} {numbers.signed_interval(one)}"


def explanation(section: Section, worst: LargestInflation) -> str:
    """Explain the largest inflation: by duplicates, by the choice of the epoch, or by neither."""
    one = worst.whole
    honest, flawed = section.audits[HONEST_SPLIT], section.audits[one.row.flaw]
    if _share(flawed) - _share(honest) > NOTICED:
        rest = f"{_rest(one)}{_at_random(section, one)}"
        return f"{_of_the_rows(section, flawed, honest)}{_by_class(worst.classes)}{rest}."
    sentence = (
        f"{_whole(_share(flawed))} of the test rows have a duplicate in train, and "
        f"{_whole(_share(honest))} on the honest split: copies do not explain it"
    )
    if flawed.chosen_on > honest.chosen_on + NOTICED * flawed.tested:
        share = _whole(flawed.chosen_on / max(1, flawed.tested))
        return f"{sentence}. {share} of the test rows are in dev, where the epoch is chosen."
    condition = next((c for c in section.conditions if c.name == one.condition), None)
    what = f" What differs is the split: {condition.description}." if condition else ""
    return f"{sentence}.{what}"


def honest_copies(section: Section, one: Inflation) -> str:
    """Say how much the honest split's duplicates raise a model's score; "" where it has none."""
    audit = section.audits.get(HONEST_SPLIT)
    row = section.row(one.entry, one.row.regime, honest_condition(section))
    if audit is None or not audit.twins or row is None or row.score is None:
        return ""
    if row.without_copies is None:
        return ""
    whole, rest = (s.values[RANKING] for s in (row.score, row.without_copies))
    return (
        f"The honest split has duplicates as well: {len(audit.twins):,} of {audit.tested:,} test "
        f"rows ({_share(audit):.1%}). Without them {one.entry.label} scores {numbers.score(rest)} "
        f"in place of {numbers.score(whole)}."
    )


def _of_the_rows(section: Section, flawed: Audit, honest: Audit) -> str:
    words = section.corpus is not None and section.corpus.modalities == ("text",)
    how = "word for word" if words else "too, as the same utterance or an equal one"
    return (
        f"Of the {flawed.tested:,} test rows {_whole(_share(flawed))} are in train {how} "
        f"({_whole(_share(honest))} on the honest split)"
    )


def _by_class(classes: Sequence[ClassInflation]) -> str:
    """Say whether the classes with more copies, else with more duplicates, gain more recall."""
    gains = [one.gain for one in classes]
    for what, values in (
        ("classes that were copied most often gain most", [one.copied for one in classes]),
        (
            "classes with most duplicates gain most",
            [one.shares[1] - one.shares[0] for one in classes],
        ),
    ):
        if len(set(values)) < 2 or len(set(gains)) < 2:
            continue
        along = float(spearmanr(values, gains).statistic)
        if along >= ALONG:
            order = np.argsort(values, kind="stable")
            ends = " and ".join(_named(classes[int(i)]) for i in (order[-1], order[0]))
            return f"; {what} (rank correlation {numbers.score(along)}): {ends}"
    return "; which classes gain does not follow from how many duplicates they have"


def _named(one: ClassInflation) -> str:
    before, after = (numbers.score(r) for r in one.recalls)
    share = _whole(one.shares[1])
    return f"{one.label} ({share} with a duplicate) from recall {before} to {after}"


def has_another_cause(one: Inflation) -> bool:
    """Whether rows without any duplicate have most of the inflation."""
    if one.without_duplicates is None or one.honest is None or one.inflation is None:
        return False
    left = one.without_duplicates.value - one.honest.value
    return left / one.inflation.value >= MOSTLY


def _rest(one: Inflation) -> str:
    """Say how much inflation remains on the rows without a duplicate."""
    if one.without_duplicates is None or one.tested is None or one.duplicates is None:
        return ""
    rest = numbers.score(one.without_duplicates.value)
    text = f"; on the {one.tested - one.duplicates:,} rows without a duplicate the macro-F1 is "
    if not has_another_cause(one):
        return text + rest
    end = ", so most of the inflation is there without any copy and has another cause"
    return text + rest + end


def _at_random(section: Section, one: Inflation) -> str:
    """If copies do not explain the inflation, say how much a random draw alone raises the score."""
    if not has_another_cause(one) or one.row.flaw == RANDOM:
        return ""
    rows = section.rows[one.entry.label].values()
    drawn = next((r.final for r in rows if r.flaw == RANDOM and r.regime == one.row.regime), None)
    honest = final(section.row(one.entry, one.row.regime, honest_condition(section)))
    if drawn is None or honest is None:
        return ""
    gain = numbers.signed(drawn.values[RANKING] - honest.values[RANKING])
    return f" (drawing at random, with no speaker kept apart, is worth {gain} by itself)"


def _share(audit: Audit) -> float:
    return len(audit.twins) / audit.tested if audit.tested else 0.0


def _whole(share: float) -> str:
    return f"{share:.0%}"

"""Differences that answer a question, all of them tested together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.results.board import MAJORITY, ORACLE, Section
from emobench.leaderboard.results.comparison import final
from emobench.leaderboard.results.comparisons.families import PlannedContrast
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.scoring import Score
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.holm import adjusted
from emobench.leaderboard.statistics.measures import RANKING
from emobench.leaderboard.statistics.variance import difference_of
from emobench.leaderboard.tables.answers.leaders import gap_cell
from emobench.leaderboard.tables.audits.inflation import Inflation
from emobench.leaderboard.tables.generation import generated_modalities
from emobench.leaderboard.tables.score_table import Column, ScoreTable, TableCell, TableRow
from emobench.store.records import Regime


@dataclass(frozen=True)
class Pair:
    """Two scores whose difference is asked for.

    Parameters
    ----------
    name
        What the difference is about: a contrast, a flaw, a pair of corpora.
    detail
        Which case of a model it is, where it has several; else "".
    """

    entry: ModelEntry
    name: str
    first: Score
    second: Score
    measure: str = RANKING
    detail: str = ""


@dataclass(frozen=True)
class Change:
    """The first score of a pair less the second one, with a p for all pairs at once."""

    pair: Pair
    tested: PlannedContrast

    @property
    def gap(self) -> Estimate:
        """The difference with its interval, for itself."""
        return self.tested.gap

    @property
    def label(self) -> str:
        """The model, and which case of it."""
        pair = self.pair
        return f"{pair.entry.label}, {pair.detail}" if pair.detail else pair.entry.label

    @property
    def first(self) -> Estimate:
        """The first score with its interval."""
        return self.pair.first.estimate(self.pair.measure)

    @property
    def second(self) -> Estimate:
        """The second score with its interval."""
        return self.pair.second.estimate(self.pair.measure)

    @property
    def is_up(self) -> bool:
        """Whether the first score is shown to be the higher one."""
        return self.tested.is_shown and self.gap.value > 0

    @property
    def is_down(self) -> bool:
        """Whether the first score is shown to be the lower one."""
        return self.tested.is_shown and self.gap.value < 0


def changes(pairs: Iterable[Pair]) -> list[Change]:
    """Return the differences of `pairs`, their p after Holm for all of them together."""
    found = list(pairs)
    gaps = [
        difference_of(one.first.sampled[one.measure], one.second.sampled[one.measure])
        for one in found
    ]
    holm = adjusted(np.array([gap.p_value for gap in gaps]))
    return [
        Change(one, PlannedContrast(gap.interval(-1.0, 1.0), float(p)))
        for one, gap, p in zip(found, gaps, holm, strict=True)
    ]


def _decides(entry: ModelEntry) -> bool:
    return entry.model not in (MAJORITY, ORACLE)


def contrast_pairs(section: Section) -> Iterator[Pair]:
    """Return both scores of each of the protocol's contrasts, for every model that has them."""
    for one in section.contrasts:
        for entry in filter(_decides, section.entries):
            first, second = (final(section.row(entry, *at)) for at in (one.first, one.second))
            if first is not None and second is not None:
                yield Pair(entry, one.name, first, second)


def flaw_pairs(section: Section, found: Iterable[Inflation]) -> Iterator[Pair]:
    """Return the flawed and the honest score of every model under every flaw."""
    for one in found:
        first = one.row.final
        second = final(section.row(one.entry, one.row.regime, one.against))
        if _decides(one.entry) and first is not None and second is not None:
            detail = one.measure if one.measure != RANKING else ""
            yield Pair(one.entry, one.condition, first, second, one.measure, detail)


def generated_pairs(section: Section, regime: Regime) -> Iterator[Pair]:
    """Return the scores with generated inputs and with the train's mean in their place."""
    for one in generated_modalities(section, regime):
        first, second = final(one.complete), final(one.controls["train_mean"])
        if first is not None and second is not None and first.test == second.test:
            yield Pair(one.entry, one.modality, first, second, detail=one.generator)


def counts_text(
    found: Sequence[Change], subject: str, up: str, down: str, flipped: bool = False
) -> str:
    """Say how many of the differences are shown, and which is the largest of them.

    Parameters
    ----------
    found
        All differences; not empty.
    subject
        What they are of, in the plural: "flawed evaluations".
    up, down
        What a shown difference above, or below, zero means: "raise a score".
    flipped
        Whether `up` is what a difference below zero means, as where losses are asked for.
    """
    n = len(found)
    how = f"Holm over all {n}, family-wise 5%" if n > 1 else "one test at 5%"
    ups, downs = [one for one in found if one.is_up], [one for one in found if one.is_down]
    if flipped:
        ups, downs = downs, ups
    shown = max([*ups, *downs], key=lambda one: abs(one.gap.value), default=None)
    if shown is None:
        most = max(found, key=lambda one: abs(one.gap.value))
        none = f"None of {n} {subject} is" if n > 1 else f"The only one of the {subject} is not"
        return f"**{none} shown to {up} or to {down}** ({how}); the largest is {_named(most)}."
    first, second = ((ups, up), (downs, down)) if ups else ((downs, down), (ups, up))
    text = f"**{len(first[0])} of {n} {subject} {_are(first[0])} shown to {first[1]}**"
    if second[0]:
        text += f", {len(second[0])} to {second[1]}"
    return f"{text} ({how}); the largest shown is {_named(shown)}."


def _are(some: Sequence[Change]) -> str:
    return "is" if len(some) == 1 else "are"


def _named(one: Change) -> str:
    """A difference with its scores and interval: `flaw`, model, .71 in place of .53."""
    scores = f"{numbers.score(one.first.value)} in place of {numbers.score(one.second.value)}"
    gap = f"{numbers.signed(one.gap.value)} {numbers.signed_interval(one.gap)}"
    return f"`{one.pair.name}`, {one.label}: {scores}, {gap}"


def change_table(found: Sequence[Change], stub: str, heads: tuple[str, str, str]) -> ScoreTable:
    """Print of each name the difference that is farthest from zero, and in how many it is shown.

    Parameters
    ----------
    found
        All differences.
    stub
        What a name is.
    heads
        Heads of the first score, the second one and their difference.
    """
    rows = []
    for name in dict.fromkeys(one.pair.name for one in found):
        here = [one for one in found if one.pair.name == name]
        most = max(here, key=lambda one: abs(one.gap.value))
        shown = [one for one in here if one.is_up or one.is_down]
        cells = (
            TableCell(f"{len(shown)} of {len(here)}", value=len(shown)),
            TableCell(numbers.score(most.second.value), value=most.second.value),
            TableCell(numbers.score(most.first.value), value=most.first.value),
            gap_cell(most.tested),
            TableCell(most.label),
        )
        rows.append(TableRow(name, "", cells))
    columns = (
        Column("Shown in", "Models for which the difference is shown, after Holm over all"),
        Column(heads[1]),
        Column(heads[0]),
        Column(heads[2], "The difference that is farthest from zero; p after Holm", strong=True),
        Column("of", "The model that has it", "text"),
    )
    return ScoreTable("Largest differences", columns, tuple(rows), stub=stub, style="ranking",
                      sortable=False)  # fmt: skip

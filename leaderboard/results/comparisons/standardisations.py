"""The same model under other standardisations of its features: what each is worth over another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from emobench.leaderboard.results.board import MAJORITY, ORACLE, Section
from emobench.leaderboard.results.comparison import gap
from emobench.leaderboard.results.comparisons.families import PlannedContrast
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.scoring import ScoreRow
from emobench.leaderboard.statistics.holm import adjusted
from emobench.leaderboard.statistics.variance import Sampled

SOURCE: Final = "source"
"""The standardisation that others are held against: mean and scale of the train part."""

WAYS: Final = (SOURCE, "corpus", "speaker")
"""Whose mean and scale features are standardised with, in the order of the page."""

OTHER_TEST: Final = "tested on other utterances than the row by source, so no difference is told"


@dataclass(frozen=True)
class StandardisationGain:
    """A model's score on one corpus by one standardisation less that by the source's statistics.

    Parameters
    ----------
    section
        The section of the corpus that was trained on.
    tested
        The corpus that was tested.
    way
        The standardisation, one of `WAYS` but the source's.
    row
        The score that is compared; it names the regime and the condition.
    planned
        The paired difference, its p adjusted for all such differences of the table; None where
        `doubt` says why there is none.
    trained_apart
        Whether the two scores are of two trainings and not of one model.
    """

    section: Section
    entry: ModelEntry
    tested: str
    way: str
    row: ScoreRow
    planned: PlannedContrast | None = None
    doubt: str = ""
    trained_apart: bool = False

    @property
    def one_seed(self) -> bool:
        """Whether nobody knows how much another training would change the difference."""
        score = self.row.score
        return score is not None and score.n_seeds == 1 and not self.entry.card.deterministic


def ways(section: Section) -> tuple[str, ...]:
    """How features were standardised in the tests on other corpora, the source's way first."""
    asked = {c.standardise for c in section.having("transfer")} | {SOURCE}
    return tuple(way for way in WAYS if way in asked)


def own_row(section: Section, entry: ModelEntry, condition: str, way: str) -> ScoreRow | None:
    """Return the row of a condition under a regime that standardises in this way.

    Standardised by the tested corpus, the model is the one of the source's statistics, and its own
    test is not asked for again.
    """
    if way == "corpus":
        return None
    if entry.model in (MAJORITY, ORACLE):
        return section.any_regime(entry, condition)
    names = (r.name for r in section.regimes if r.standardise == way)
    return next((row for n in names if (row := section.row(entry, n, condition))), None)


def transfer_row(section: Section, entry: ModelEntry, corpus: str, way: str) -> ScoreRow | None:
    """Return the row of a model's test on another corpus."""
    asked = (c for c in section.having("transfer") if c.corpus == corpus)
    names = (c.name for c in asked if c.standardise == way)
    return next((row for n in names if (row := section.any_regime(entry, n))), None)


def standardisation_gains(
    sections: Sequence[Section], corpora: Iterable[str], measure: str
) -> tuple[StandardisationGain, ...]:
    """Hold every standardisation against the source's, for every model and pair of corpora.

    Parameters
    ----------
    sections
        Those of one protocol and track, one per corpus that was trained on.
    corpora
        The tested corpora.
    measure
        What to compare.

    Returns
    -------
    tuple of StandardisationGain
        By model, corpus that was trained on, tested corpus and standardisation. All p are Holm's
        for all of them together.

    Notes
    -----
    Both scores are of the same test utterances: they are subtracted unit by unit. By corpus the
    model is the same one, so that they are paired training by training too; by speaker it is
    another training.
    """
    tested = tuple(corpora)
    models = dict.fromkeys(e.label for s in sections for e in s.entries)
    found = [
        one
        for label in models
        for section in sections
        if (entry := section.entry(label)) is not None
        for one in _gains(section, entry, tested, measure)
    ]
    # With one unit nothing is known of others: such a difference is tested by nobody.
    told = [i for i, (_, sampled) in enumerate(found) if sampled and np.isfinite(sampled.error)]
    p_values = np.full(len(found), np.nan)
    p_values[told] = adjusted(np.array([s.p_value for i in told if (s := found[i][1])]))
    return tuple(
        one if sampled is None else _planned(one, sampled, float(p))
        for (one, sampled), p in zip(found, p_values, strict=True)
    )


def _gains(
    section: Section, entry: ModelEntry, tested: Sequence[str], measure: str
) -> Iterator[tuple[StandardisationGain, Sampled | None]]:
    """The differences of one model, with their errors, before they are corrected for each other."""
    if entry.model in (MAJORITY, ORACLE):  # neither reads a feature
        return
    for corpus in tested:
        own = corpus == section.corpus_label
        first, *others = (
            own_row(section, entry, section.headline, way)
            if own
            else transfer_row(section, entry, corpus, way)
            for way in WAYS
        )
        for way, row in zip(WAYS[1:], others, strict=True):
            if first is None or row is None:
                continue
            sampled = gap(row.final, first.final, measure)
            doubt = "" if sampled else _doubt(row, first)
            apart = row.regime != first.regime
            yield (
                StandardisationGain(
                    section, entry, corpus, way, row, doubt=doubt, trained_apart=apart
                ),
                sampled,
            )


def _doubt(row: ScoreRow, first: ScoreRow) -> str:
    """Say why two rows have no difference."""
    if not row.is_done:
        return f"{row.status}: {row.reason}"
    if not first.is_done:
        return f"by source {first.status}: {first.reason}"
    return OTHER_TEST


def _planned(one: StandardisationGain, sampled: Sampled, p_value: float) -> StandardisationGain:
    planned = PlannedContrast(sampled.interval(-1.0, 1.0), p_value)
    return StandardisationGain(
        one.section, one.entry, one.tested, one.way, one.row, planned, "", one.trained_apart
    )

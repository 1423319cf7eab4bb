"""The mean of several conditions as a score of its own, with the error that it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.scoring import Score, ScoreRow
from emobench.leaderboard.statistics.measures import RANKING
from emobench.leaderboard.statistics.metrics import Floats
from emobench.leaderboard.statistics.variance import Sampled, combined
from emobench.store.records import Summary


@dataclass(frozen=True)
class PooledScore(Score):
    """The mean of one model's ranking measure over conditions on the same utterances.

    Parameters
    ----------
    parts
        The scores of the conditions. They share seeds and units, which the errors keep.
    """

    parts: tuple[Score, ...] = ()

    def drawn(self, measure: str) -> Floats:
        """Return the bootstrap replicates ``[R]`` of a measure: means over the conditions."""
        found: Floats = np.mean([one.drawn(measure) for one in self.parts], axis=0)
        return found


def pooled_parts(
    section: Section, entry: ModelEntry, regime: str, summary: Summary
) -> tuple[Score, ...]:
    """Return the scores of a mean's conditions; empty unless every one of them is done.

    Raises
    ------
    ValueError
        The summary is no mean.
    """
    score = pooled_row(section, entry, regime, summary).final
    return score.parts if isinstance(score, PooledScore) else ()


def leading_summary(section: Section) -> Summary | None:
    """Return the mean that the section's question is about: over rates, else the first mean."""
    if section.protocol.show not in ("conditions", "summaries"):
        return None
    means = [s for s in section.summaries if s.reduce == "mean" and len(s.conditions) > 1]
    rates = {condition.name for condition in section.rates}
    return next((s for s in means if rates & set(s.conditions)), next(iter(means), None))


def pooled_row(section: Section, entry: ModelEntry, regime: str, summary: Summary) -> ScoreRow:
    """Return the mean over a summary's conditions as a row; it is done when each of them is.

    Raises
    ------
    ValueError
        The summary is no mean: a smallest score has another distribution.
    """
    if summary.reduce != "mean":
        raise ValueError(f"{summary.name} is a {summary.reduce}, not a mean")
    rows = [section.row(entry, regime, name) for name in summary.conditions]
    here = [row for row in rows if row is not None]
    broken = [row for row in here if not row.is_done]
    first = here[0] if here else ScoreRow(regime, summary.name, "skipped", "not asked for")
    if broken or len(here) < len(rows):
        worst = next((r for s in ("failed", "incomplete") for r in broken if r.status == s), None)
        worst = worst or next(iter(broken), first)
        reason = f"{worst.condition}: {worst.reason}" if worst.reason else "not every condition"
        status = worst.status if broken else "incomplete"
        return replace(first, condition=summary.name, status=status, reason=reason, score=None)
    scores = [row.score for row in here if row.score is not None]
    if len({score.test for score in scores}) != 1:
        why = "the conditions are tested on different utterances"
        return replace(first, condition=summary.name, status="incomplete", reason=why, score=None)
    return replace(first, condition=summary.name, score=_pooled(scores), without_copies=None)


def _pooled(scores: Sequence[Score]) -> PooledScore:
    mean = pooled_mean(scores, RANKING)
    first = scores[0]
    known = {field.name: getattr(first, field.name) for field in fields(Score)}
    return PooledScore(
        **known | {"values": {RANKING: mean.value}, "sampled": {RANKING: mean}},
        parts=tuple(scores),
    )


def pooled_mean(scores: Sequence[Score], measure: str) -> Sampled:
    """Return the mean of a measure over conditions that share their utterances, with its error."""
    if len(scores) == 1:
        return scores[0].sampled[measure]
    share = 1 / len(scores)
    parts = [score.sampled[measure] for score in scores]
    return combined(share * sum(one.value for one in parts), [(share, one) for one in parts])

"""One model under one regime at one place: a condition, or a summary of several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.scoring import Score, ScoreRow
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.variance import Sampled, combined
from emobench.store.records import Summary


@dataclass(frozen=True)
class Place:
    """Where models are scored.

    Parameters
    ----------
    name, description
        As the page has them.
    summary
        What it sums up; None for a condition.
    has_classes
        Whether its classes are the corpus's own: another corpus is scored on the common ones.
    """

    name: str
    description: str
    summary: Summary | None = None
    has_classes: bool = True


@dataclass(frozen=True)
class Spot:
    """What is known of a model there.

    Parameters
    ----------
    status, reason
        As in `ScoreRow`.
    score
        Of a condition that is done, or of the first one of a summary; None otherwise.
    values
        Measure to its mean over seeds; of a summary those with `sampled` alone.
    sampled
        The same with what other units and trainings would change.
    """

    status: str
    reason: str = ""
    score: Score | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    sampled: Mapping[str, Sampled] = field(default_factory=dict)


def places(section: Section) -> list[Place]:
    """Return the conditions of a section, the main one first, and then its summaries."""
    first = sorted(section.conditions, key=lambda c: c.name != section.headline)
    return [
        *(Place(c.name, c.description, None, c.corpus is None) for c in first),
        *(
            Place(s.name, f"{s.description} ({s.reduce} of {', '.join(s.conditions)})", s, False)
            for s in section.summaries
        ),
    ]


def spot(section: Section, entry: ModelEntry, regime: str, place: Place) -> Spot | None:
    """Return what is known of a model at a place; None where nobody asked for it."""
    if place.summary is not None:
        return _summed(section, entry, regime, place.summary)
    row = section.row(entry, regime, place.name)
    if row is None:
        return None
    if row.final is None:
        return Spot(row.status, row.reason or "no score")
    return Spot("done", "", row.final, row.final.values, row.final.sampled)


def _summed(section: Section, entry: ModelEntry, regime: str, summary: Summary) -> Spot | None:
    rows = [section.row(entry, regime, name) for name in summary.conditions]
    here = [row for row in rows if row is not None]
    if not here:
        return None
    if stuck := _stuck(here):
        return Spot(stuck.status, f"{stuck.condition}: {stuck.reason or 'no score'}")
    scores = [row.final for row in here if row.final is not None]
    if len(scores) < len(rows):
        return Spot("incomplete", "not every condition was asked for")
    if len({score.test for score in scores}) != 1:
        return Spot("incomplete", "the conditions are tested on different utterances")
    sampled = {m.name: _reduced(summary, scores, m.name) for m in measures.counting()}
    values = {name: one.value for name, one in sampled.items()}
    return Spot("done", "", scores[0], values, sampled)


def _stuck(rows: list[ScoreRow]) -> ScoreRow | None:
    """The worst of what is not done."""
    for status in ("failed", "incomplete", "skipped"):
        for row in rows:
            if row.status == status:
                return row
    return None


def _reduced(summary: Summary, scores: list[Score], measure: str) -> Sampled:
    parts = [score.sampled[measure] for score in scores]
    if summary.reduce == "min":
        return min(parts, key=lambda one: one.value)
    share = 1 / len(parts)
    return combined(share * sum(one.value for one in parts), [(share, one) for one in parts])

"""What the explorer of one section holds, as plain data for JSON.

Whatever it can show is computed here. In the browser nothing is computed but the difference of two
numbers that are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.charts.style import Style
from emobench.leaderboard.explorer.class_scores import class_scores
from emobench.leaderboard.explorer.pair_gaps import Gaps, gaps
from emobench.leaderboard.explorer.spots import Place, Spot, places, spot
from emobench.leaderboard.explorer.whole_numbers import whole
from emobench.leaderboard.pedigree.address import written
from emobench.leaderboard.results.board import LATE_FUSION, Section
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.metrics import Floats
from emobench.leaderboard.statistics.variance import Sampled
from emobench.leaderboard.tables.conditions import by_score
from emobench.leaderboard.tables.headline import Standings
from emobench.store.records import Regime

MOST_NUMBERS: Final = 450_000
"""Numbers that the differences of a section may take: more would be over 2 MB of the page."""

MOST_BY_CLASS: Final = 40_000
"""The same where classes are compared under every condition, which takes most of the time."""

STATES: Final = ("done", "incomplete", "failed", "skipped")


@dataclass(frozen=True)
class Extent:
    """How much is compared.

    Parameters
    ----------
    every_pair
        Whether each model is compared with each; else with `partners` alone.
    every_place
        Whether classes are compared under each condition; else under the main one alone.
    partners
        Positions of the models that all others are compared with.
    """

    every_pair: bool
    every_place: bool
    partners: tuple[int, ...]


def contents(
    section: Section, standings: Sequence[Standings], looks: Mapping[str, Style]
) -> dict[str, Any]:
    """Return the data of a section's explorer.

    Parameters
    ----------
    section
        The section.
    standings
        Its main tables, for the ranks.
    looks
        How models are drawn.

    Returns
    -------
    dict
        Scores, differences and intervals are whole thousandths, shares of confusion matrices whole
        hundredths, None where there is no number. ``section`` begins the address of each number
        that ``emobench why`` takes. ``cells``, ``pairs``, ``byClass`` and ``matrices`` go by
        regime, then by place. Models are named by their positions.
    """
    entries = _entries(section)
    listed = places(section)
    spots = [
        [[spot(section, entry, regime.name, place) for entry in entries] for place in listed]
        for regime in section.regimes
    ]
    extent = _extent(section, entries, listed, spots)
    reasons: dict[str, int] = {}
    return {
        "title": f"{section.protocol.title or section.protocol.name} on {section.dataset}",
        "section": [
            written(one) for one in (section.dataset, section.protocol.name, section.track)
        ],
        "regimes": [[one.name, one.description] for one in section.regimes],
        "places": [[one.name, one.description, int(one.summary is not None)] for one in listed],
        "measures": _measures(),
        "classes": list(section.corpus.classes) if section.corpus else [],
        "models": [_model(entry, looks) for entry in entries],
        "ranks": [_ranks(regime, standings, entries) for regime in section.regimes],
        "costs": [[_costs(section, one, regime) for one in entries] for regime in section.regimes],
        "cells": [[[_cell(one, reasons) for one in row] for row in by_place] for by_place in spots],
        "reasons": list(reasons),
        "all": [int(extent.every_pair), int(extent.every_place)],
        "pairs": [[_pairs(row, extent) for row in by_place] for by_place in spots],
        "between": _between(spots),
        "byClass": [_by_classes(listed, by_place, extent) for by_place in spots],
        "matrices": [
            [
                [_shares(one) for one in row] if place.has_classes else None
                for place, row in zip(listed, by_place, strict=True)
            ]
            for by_place in spots
        ],
    }


def _measures() -> list[list[Any]]:
    """Name, title, meaning, whether it has intervals, whether its least value is the best."""
    return [
        [m.name, m.title, m.meaning, int(not m.from_logits), int(m.least_is_best)]
        for m in measures.ranking_first()
    ]


def _entries(section: Section) -> list[ModelEntry]:
    """Every model once, in the order of the tables; searched ones last."""
    found = {entry.label: entry for r in section.regimes for entry in by_score(section, r)}
    return list((found | {entry.label: entry for entry in section.all_entries}).values())


def _model(entry: ModelEntry, looks: Mapping[str, Style]) -> list[str]:
    look = looks.get(entry.label)
    kind = f"searched {entry.card.kind}" if entry.search is not None else entry.card.kind
    return [entry.label, kind, look.name if look else "", look.sign if look else "", entry.doubt]


def _ranks(
    regime: Regime, standings: Sequence[Standings], entries: Sequence[ModelEntry]
) -> list[str]:
    """Places under the main condition by macro-F1, as the main table prints them."""
    table = next((one for one in standings if one.regime.name == regime.name), None)
    known = {one.entry.label: str(one.rank) for one in table.rows if one.rank} if table else {}
    return [known.get(entry.label, "") for entry in entries]


def _costs(section: Section, entry: ModelEntry, regime: Regime) -> list[Any]:
    """Parameters, time of a training and of a prediction: each to sort by and as printed."""
    row = section.row(entry, regime.name, section.headline)
    if row is None:
        return []
    return [
        row.params, numbers.count(row.params),
        _digits(row.train_seconds), numbers.duration(row.train_seconds),
        _digits(row.predict_ms), numbers.milliseconds(row.predict_ms),
    ]  # fmt: skip


def _digits(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def _cell(one: Spot | None, reasons: dict[str, int]) -> list[Any] | None:
    """None: not asked for. Else the state, and a reason or seeds, utterances and the scores."""
    if one is None:
        return None
    if one.score is None:
        reason = reasons.setdefault(one.reason, len(reasons))
        return [STATES.index(one.status), reason]
    listed = measures.ranking_first()
    bounds = [one.sampled[m.name].interval(0.0, 1.0) for m in listed if m.name in one.sampled]
    return [
        0, one.score.n_seeds, one.score.n_test,
        whole([one.values.get(m.name, np.nan) for m in listed]),
        whole([bound.low for bound in bounds]), whole([bound.high for bound in bounds]),
    ]  # fmt: skip


def _members(row: Sequence[Spot | None]) -> list[int]:
    """The models that are done, on the utterances that most were tested on."""
    tests = [one.score.test for one in row if one is not None and one.score is not None]
    usual = max(sorted(set(tests)), key=tests.count, default="")
    return [i for i, one in enumerate(row) if one and one.score and one.score.test == usual]


def _extent(
    section: Section,
    entries: Sequence[ModelEntry],
    listed: Sequence[Place],
    spots: Sequence[Sequence[Sequence[Spot | None]]],
) -> Extent:
    """Compare as much as `MOST_NUMBERS` allow: first fewer classes, then fewer pairs."""
    classes = len(section.corpus.classes) if section.corpus else 0
    whole_tests = by_class = mains = 0
    for by_place in spots:
        for i, row in enumerate(by_place):
            n = len(_members(row))
            pairs = n * (n - 1) // 2
            whole_tests += 3 * pairs * len(measures.counting())
            by_class += 3 * pairs * classes * listed[i].has_classes
            mains += 3 * pairs * classes * (i == 0 and listed[i].has_classes)
    ordered = [i for i, entry in enumerate(entries) if not entry.is_reference][:1]
    fusion = [i for i, entry in enumerate(entries) if entry.label == LATE_FUSION]
    return Extent(
        every_pair=whole_tests + mains <= MOST_NUMBERS,
        every_place=whole_tests + by_class <= min(MOST_NUMBERS, MOST_BY_CLASS),
        partners=tuple(dict.fromkeys([*fusion, *ordered])),
    )


def _chosen(members: Sequence[int], extent: Extent) -> tuple[list[int], list[tuple[int, int]]]:
    """Positions within `members` of the partners (empty: every pair counts), and the pairs."""
    if extent.every_pair:
        return [], list(combinations(range(len(members)), 2))
    partners = [i for i, one in enumerate(members) if one in extent.partners]
    return partners, [(i, j) for i in range(len(members)) for j in partners if i != j]


def _packed(found: Gaps) -> list[list[int | None]]:
    return [whole(found.values), whole(found.lows), whole(found.highs)]


def _pairs(row: Sequence[Spot | None], extent: Extent) -> dict[str, Any] | None:
    """Differences of the models of one place: by measure the values, lower and upper ends."""
    members = _members(row)
    partners, pairs = _chosen(members, extent)
    if not pairs:
        return None
    return {"m": members, "w": partners} | {
        "g": [
            _packed(gaps([_sampled(row[i], m.name) for i in members], pairs))
            for m in measures.ranking_first()
            if not m.from_logits
        ]
    }


def _sampled(one: Spot | None, measure: str) -> Sampled:
    assert one is not None
    return one.sampled[measure]


def _between(spots: Sequence[Sequence[Sequence[Spot | None]]]) -> dict[str, list[Any]]:
    """Each model under two regimes on the same utterances: the first regime less the second."""
    found = {}
    for i, j in combinations(range(len(spots)), 2):
        found[f"{i},{j}"] = [_regime_gaps(*rows) for rows in zip(spots[i], spots[j], strict=True)]
    return found


def _regime_gaps(first: Sequence[Spot | None], second: Sequence[Spot | None]) -> dict[str, Any]:
    members = [
        n
        for n, (a, b) in enumerate(zip(first, second, strict=True))
        if a and b and a.score and b.score and a.score.test == b.score.test
    ]
    both = [(n, n + len(members)) for n in range(len(members))]
    rows = [row[n] for row in (first, second) for n in members]
    shown = [m for m in measures.ranking_first() if not m.from_logits] if members else []
    return {
        "m": members,
        "g": [_packed(gaps([_sampled(one, m.name) for one in rows], both)) for m in shown],
    }


def _by_classes(
    listed: Sequence[Place], by_place: Sequence[Sequence[Spot | None]], extent: Extent
) -> list[dict[str, Any] | None]:
    """The classes of each place, None where they are not compared."""
    return [
        _by_class(row, extent) if _has_classes(extent, i, place) else None
        for i, (place, row) in enumerate(zip(listed, by_place, strict=True))
    ]


def _has_classes(extent: Extent, place: int, at: Place) -> bool:
    return at.has_classes and (extent.every_place or place == 0)


def _by_class(row: Sequence[Spot | None], extent: Extent) -> dict[str, Any] | None:
    """F1 of each class by model, and the differences as in `_pairs`, by class."""
    members = _members(row)
    scores = [one.score for i in members if (one := row[i]) is not None and one.score is not None]
    if not scores or len({len(score.confusion) for score in scores}) != 1:
        return None
    partners, pairs = _chosen(members, extent)
    by_model = [class_scores(score) for score in scores]
    by_class = list(zip(*by_model, strict=True))
    return {"m": members, "w": partners} | {
        "f": [whole([one.value for one in some]) for some in by_class],
        "n": [round(float(n)) for n in _support(scores[0].confusion)],
        "g": [_packed(gaps(some, pairs)) for some in by_class] if pairs else [],
    }


def _support(confusion: Floats) -> Any:
    if confusion.ndim == 3:
        return confusion[:, 1].sum(axis=-1)
    return confusion.sum(axis=-1)


def _shares(one: Spot | None) -> list[int | None] | None:
    """A confusion matrix row by row, each the shares of one true class; None without one.

    Where several classes can hold: of each class how many were found, and how many false alarms.
    """
    if one is None or one.score is None:
        return None
    counts = one.score.confusion
    shares = counts / counts.sum(axis=-1, keepdims=True).clip(min=1e-12)
    if counts.ndim == 3:
        shares = shares[:, ::-1, 1]
    return whole(shares.reshape(-1), 2)

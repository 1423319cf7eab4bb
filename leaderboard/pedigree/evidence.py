"""A number of the page once more, from the cells of its rows alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from emobench.leaderboard.pedigree.address import WITHOUT_COPIES
from emobench.leaderboard.pedigree.page_number import COSTS, Ingredient, PageNumber
from emobench.leaderboard.pedigree.plain_scores import plain_score
from emobench.leaderboard.pedigree.raw_cells import RawCell, raw_cells, whole_seeds
from emobench.leaderboard.pedigree.recount import Counted, counted_row, interval, spread
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.reports.flawed_score import MEASURE_OF
from emobench.leaderboard.results.scoring import HONEST_SPLIT, Score
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.bootstrap import LEVEL, Estimate
from emobench.leaderboard.statistics.measures import RANKING
from emobench.store.records import CellReport, SearchResult, Slot, TrainingReport


@dataclass(frozen=True)
class CellValue:
    """A cell, where its rows lie, and what it scores by itself.

    Parameters
    ----------
    n
        Utterances of it that count.
    value
        Its own score; None where it has nothing to score.
    """

    fold: int
    seed: int
    cell: str
    training: str
    file: str
    place: str
    n: int
    value: float | None


@dataclass(frozen=True)
class RowEvidence:
    """A row that a number is made of, counted anew.

    Parameters
    ----------
    counted
        Its score, with that of every seed; None of a cost.
    cells
        Its cells.
    value
        Its score or its cost.
    """

    of: Ingredient
    cells: tuple[CellValue, ...]
    value: float
    counted: Counted | None = None


@dataclass(frozen=True)
class Evidence:
    """A number that was computed once more, and the rows that it is made of."""

    value: float
    interval: Estimate | None
    rows: tuple[RowEvidence, ...]


def evidence(results: Results, found: PageNumber) -> Evidence:
    """Compute a number of the page anew.

    Raises
    ------
    RequestError
        A file is damaged.
    """
    if found.made == "cost":
        return _cost(results, found.rows[0])
    if found.made == "optimism":
        return _optimism(results, found.rows[0], found.chosen)
    rows = tuple(_row(results, one) for one in found.rows)
    counted = [row.counted for row in rows if row.counted is not None]
    value, terms, bounds = _combined(found.made, counted)
    has_interval = found.interval is not None and all(one.effects is not None for one in counted)
    estimate = None
    if found.made == "least difference":
        estimate = _against_best(counted)
    elif has_interval:
        estimate = interval(value, terms, *bounds)
    return Evidence(value, estimate, rows)


def _combined(
    made: str, rows: Sequence[Counted]
) -> tuple[float, list[tuple[float, Counted]], tuple[float, float]]:
    """The number, its derivatives by the rows, and its bounds."""
    values = [one.value for one in rows]
    if made == "difference":
        return values[0] - values[1], [(1.0, rows[0]), (-1.0, rows[1])], (-1.0, 1.0)
    if made == "least difference":
        return values[0] - max(values[1:]), [], (-1.0, 1.0)
    if made == "mean":
        share = 1 / len(rows)
        return sum(values) / len(values), [(share, one) for one in rows], (0.0, 1.0)
    if made == "minimum":
        least = values.index(min(values))
        return values[least], [(1.0, rows[least])], (0.0, 1.0)
    if made == "share":
        here, floor, full, full_floor = values
        return (here - floor) / (full - full_floor), [], (-np.inf, np.inf)
    return values[0], [(1.0, rows[0])], (0.0, 1.0)


def _against_best(rows: Sequence[Counted]) -> Estimate:
    """A row less the best of the others: the least upper end is shared by them."""
    ends = []
    for other in rows[1:]:
        value = rows[0].value - other.value
        error, freedom = spread([(1.0, rows[0]), (-1.0, other)])
        wide, tail = len(rows) - 1, (1 - LEVEL) / 2
        reach = [
            error * float(stdtrit(freedom, 1 - tail / n)) if 0 < error < np.inf else error
            for n in (1, wide)
        ]
        ends.append((value, value - reach[0], value + reach[1]))
    value, low, high = (min(column) for column in zip(*ends, strict=True))
    return Estimate(value, max(low, -1.0), min(high, 1.0))


def _row(results: Results, one: Ingredient) -> RowEvidence:
    row, measure = one.row, one.measure
    look = measure if measure in row.looks else ""
    slots = slots_of(one)
    every = raw_cells(results.root, slots, look)
    counting = [cell.only(_counts(results, one, cell)) for cell in every]
    if row.report in MEASURE_OF and MEASURE_OF[row.report] == measure:
        counting = [_exchanged(cell) for cell in counting]
    seeds = whole_seeds(counting, slots)
    counted = _counted(results, one, seeds)
    best = row.report == "best_of_seeds"
    if best:
        counted = _best_seed(results, one, seeds, counted)
    used = {cell.slot.cell for cells in seeds.values() for cell in cells}
    cells = tuple(_cell_value(c, measure) for c in counting if c.slot.cell in used)
    return RowEvidence(one, cells, counted.value, counted)


def slots_of(one: Ingredient) -> list[Slot]:
    """Return the places of the cells of a row."""
    place = (one.row.regime, one.row.condition)
    return [s for s in one.entry.slots if (s.regime, s.condition) == place]


def _counted(results: Results, one: Ingredient, seeds: Mapping[int, Sequence[RawCell]]) -> Counted:
    score = one.score
    assert isinstance(score, Score)
    condition = next(c for c in one.entry.conditions if c.name == one.row.condition)
    corpus = results.corpus(one.entry.newest.corpus)
    has_interval = not next(m for m in measures.MEASURES if m.name == one.measure).from_logits
    return counted_row(
        seeds, one.measure, results.units(one.entry.newest, condition.corpus).names,
        score.owner, len(corpus.classes) if corpus else 0, has_interval,
    )  # fmt: skip


def _best_seed(
    results: Results, one: Ingredient, seeds: Mapping[int, Sequence[RawCell]], whole: Counted
) -> Counted:
    """The best seed alone; its units move it alike whichever seeds there are.

    Of a measure that has no interval the seed counts that is best by the one that ranks.
    """
    by = whole if whole.effects is not None else _counted(results, _ranking(one), seeds)
    best = max(by.seeds, key=lambda seed: by.seeds[seed])
    alone = _counted(results, one, {best: seeds[best]})
    if alone.effects is None:
        return replace(alone, seeds=whole.seeds)
    repeated = np.repeat(alone.effects, len(whole.seeds), axis=0)
    return replace(alone, effects=repeated, seeds=whole.seeds)


def _ranking(one: Ingredient) -> Ingredient:
    return replace(one, measure=RANKING)


def _exchanged(cell: RawCell) -> RawCell:
    """Truth and decision exchanged, as the flawed report has them."""
    several = cell.truth.ndim == 2
    logits = 2.0 * cell.truth - 1 if several else np.eye(cell.logits.shape[1])[cell.truth]
    return replace(cell, truth=cell.decisions, logits=logits.astype(np.float32))


def _counts(results: Results, one: Ingredient, cell: RawCell) -> NDArray[np.bool_]:
    """Which utterances of a cell count for a number, ``[N]`` bool."""
    rows = np.ones(len(cell.ids), dtype=bool)
    if one.row.members and cell.shown is not None:
        rows &= cell.shown
    if one.part == WITHOUT_COPIES:
        rows &= ~np.isin(cell.ids, sorted(_copies(results, one)))
    elif one.part:
        rows &= cell.member == one.part
    return rows


def _copies(results: Results, one: Ingredient) -> frozenset[str]:
    """Ids of the test utterances that are in train too, of the split of the row."""
    corpus = results.corpus(one.entry.newest.corpus)
    copied = corpus.copied if corpus else frozenset()
    is_audit = any(c.role == "flawed" for c in one.entry.conditions)
    split = slots_of(one)[0].split or (HONEST_SPLIT if is_audit else "")
    audits = {audit.flaw: frozenset(audit.twins) for audit in one.entry.newest.audits}
    return audits.get(split, copied)


def _cell_value(cell: RawCell, measure: str) -> CellValue:
    slot = cell.slot
    value = None
    if len(cell.ids):
        value = plain_score(measure, cell.truth, cell.decisions, cell.logits)
    return CellValue(
        slot.fold, slot.seed, slot.cell or "", slot.training or "", cell.file, cell.place,
        len(cell.ids), value,
    )  # fmt: skip


def _optimism(results: Results, one: Ingredient, chosen: Sequence[SearchResult]) -> Evidence:
    """Mean over folds of the dev score of the choice less the score on the fold's own test."""
    slots = slots_of(one)
    seeds = whole_seeds(raw_cells(results.root, slots), slots)
    folds = sorted({slot.fold for slot in slots})
    promised = {r.fold: t.score for r in chosen for t in r.trials if t.trial == r.chosen}
    tested = {}
    for fold in folds:
        mine = {s: [c for c in cells if c.slot.fold == fold] for s, cells in seeds.items()}
        tested[fold] = _counted(results, one, mine)
    gaps = {fold: float(promised[fold] or 0.0) - tested[fold].value for fold in folds}
    value = sum(gaps.values()) / len(gaps)
    terms = [(-1 / len(folds), tested[fold]) for fold in folds]
    lonely = any(c.effects is not None and c.effects.shape[1] < 2 for c in tested.values())
    if lonely and len(folds) > 1:
        # Where a fold tests one unit alone, the folds are what is drawn.
        table = [
            [float(promised[f] or 0.0) - tested[f].seeds[seed] - value for f in folds]
            for seed in seeds
        ]
        terms = [(1.0, replace(tested[folds[0]], units="folds", effects=np.array(table)))]
    cells = tuple(_cell_value(cell, RANKING) for found in seeds.values() for cell in found)
    mean = sum(c.value for c in tested.values()) / len(tested)
    row = RowEvidence(one, cells, mean)
    return Evidence(value, interval(value, terms, -1.0, 1.0), (row,))


def _cost(results: Results, one: Ingredient) -> Evidence:
    """A cost of a row, from the records of its trainings and cells."""
    slots = slots_of(one)
    if one.measure == "predict_ms_per_utterance":
        cells = [c for s in slots if isinstance(c := results.cell(s), CellReport)]
        timed = [(c.predict_seconds, c.n) for c in cells if c.predict_seconds is not None and c.n]
        value = 1000 * sum(s for s, _ in timed) / sum(n for _, n in timed)
    else:
        names = sorted({slot.training for slot in slots if slot.training})
        found = [r for n in names if isinstance(r := results.training(n), TrainingReport)]
        known = [v for r in found if (v := getattr(r, COSTS[one.measure])) is not None]
        value = float(max(known)) if one.measure == "params" else sum(known) / len(known)
    places = tuple(
        CellValue(s.fold, s.seed, s.cell or "", s.training, f"trainings/{s.training}", "", 0, None)
        for s in slots
        if s.training
    )
    return Evidence(value, None, (RowEvidence(one, places, value),))

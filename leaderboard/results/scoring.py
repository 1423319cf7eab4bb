"""From the cells of one (model, regime, condition) to a status, scores and intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from emobench.leaderboard.results.cells import (
    cell_state,
    complete_seeds,
    pooled_seeds,
    row_status,
)
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.predictions import Predictions, UnreadableError
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.bootstrap import Estimate, bootstrap
from emobench.leaderboard.statistics.metrics import Floats, Ints, confusion_matrix
from emobench.leaderboard.statistics.multilabel_metrics import class_matrices
from emobench.leaderboard.statistics.units import UnitCounts, UnitNames, count_by_unit
from emobench.leaderboard.statistics.variance import Sampled, sampled
from emobench.store.records import CellReport, Condition, Slot, TrainingReport

HONEST_SPLIT = "honest"
"""How a stored audit names the split without a flaw."""

NOTHING_MISSING = "no test utterance has a second modality, so nothing is missing at random"
NOTHING_SHOWN = "no test utterance has any of these modalities"


@dataclass(frozen=True)
class Score:
    """The score of one row over its complete seeds.

    Parameters
    ----------
    n_seeds, n_test
        Complete seeds, and test utterances pooled over folds (of one seed).
    test
        Digest of the test set and its units: only scores with equal ones are paired.
    values
        Measure to its mean over seeds.
    sampled
        Counting measure to its mean over seeds, with what other units and trainings would change.
    counts
        Confusion counts by seed and unit.
    owner
        Whose trainings these are.
    unit
        What is drawn independently (``speaker``); empty if the corpus does not say: the utterance.
    confusion
        ``[C, C]`` counts pooled over seeds, divided by their number; multi-label ``[C, 2, 2]``.
    weights
        Modality to its mean weight, empty for models that report none.
    right
        ``[N]`` how often each utterance was decided rightly, over seeds and, where several labels
        can hold, over labels.
    """

    n_seeds: int
    n_test: int
    test: str
    values: Mapping[str, float]
    sampled: Mapping[str, Sampled]
    counts: UnitCounts
    owner: str
    unit: str
    confusion: Floats
    weights: Mapping[str, float]
    right: Ints

    @property
    def n_units(self) -> int:
        """Units of the test set."""
        return len(self.counts.units)

    @cached_property
    def replicates(self) -> Mapping[str, Floats]:
        """Counting measure to its bootstrap replicates ``[R]``, drawn when they are asked for."""
        return bootstrap(self.counts, self.owner)

    def drawn(self, measure: str) -> Floats:
        """Return the bootstrap replicates ``[R]`` of one counting measure."""
        return bootstrap(self.counts, self.owner, measure)[measure]

    def estimate(self, measure: str) -> Estimate:
        """Return `measure` with its interval."""
        return self.sampled[measure].interval(0.0, 1.0)


@dataclass(frozen=True)
class ScoreRow:
    """One row of the public table.

    Parameters
    ----------
    status
        ``done``, ``skipped``, ``failed`` or ``incomplete``.
    reason
        Why it is not done.
    score
        None when no seed is complete.
    params, train_seconds, predict_ms
        Parameters, mean seconds per training, milliseconds per test utterance.
    missing_rate
        Missing rate that the masks reached.
    members
        Member of a joint corpus to its score, None where no test utterance of it shows anything.
    variant
        The model's variant where the protocol chose it, else "".
    flaw
        The flaw of the split that it was trained and tested on, one of `emobench.FLAWS`, or "".
    report
        The flaw in how its predictions are summed up, or "".
    looks
        Measures that are each scored at the epoch that is best for it on the test part.
    without_copies
        Score over the test utterances without an exact copy in train, where some have a copy.
    findings
        How like the real inputs generated ones were, mean over folds and seeds.
    """

    regime: str
    condition: str
    status: str
    reason: str = ""
    score: Score | None = None
    params: int | None = None
    train_seconds: float | None = None
    predict_ms: float | None = None
    missing_rate: float | None = None
    members: Mapping[str, Score | None] = field(default_factory=dict)
    without_copies: Score | None = None
    findings: Mapping[str, float] = field(default_factory=dict)
    variant: str = ""
    flaw: str = ""
    report: str = ""
    looks: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether every cell of this row has its predictions: only then is it ranked."""
        return self.status == "done"

    @property
    def final(self) -> Score | None:
        """The score of a complete row, which may be ranked and compared; else None."""
        return self.score if self.is_done else None


def score_rows(
    results: Results,
    entry: ModelEntry,
    classes: int,
    copied: frozenset[str] = frozenset(),
    duplicated: Mapping[str, frozenset[str]] | None = None,
) -> dict[tuple[str, str], ScoreRow]:
    """Score every (regime, condition) of `entry`.

    Parameters
    ----------
    results
        Where the cells lie.
    entry
        Whose cells.
    classes
        Number of classes of the corpus; 0 takes it from the predictions.
    copied
        Ids of test utterances that are in train too.
    duplicated
        The same for the splits of a leakage audit, by their flaw; `HONEST_SPLIT` has none.
    """
    groups: dict[tuple[str, str], list[Slot]] = defaultdict(list)
    for slot in entry.slots:
        groups[slot.regime, slot.condition].append(slot)
    rows = {}
    # Outside an audit, every split counts the corpus's own copies as its duplicates.
    is_audit = any(condition.role == "flawed" for condition in entry.conditions)
    for regime in entry.regimes:
        # One owner per set of trainings, so conditions of one regime share their seed draws.
        owner = owner_of(entry, regime.name)
        for condition in entry.conditions:
            if slots := groups.get((regime.name, condition.name)):
                split = slots[0].split or (HONEST_SPLIT if is_audit else "")
                both = (duplicated or {}).get(split, copied)
                units = results.units(entry.newest, condition.corpus)
                row = _row(results, slots, condition, owner, classes, both, units)
                rows[regime.name, condition.name] = row
    return rows


def owner_of(entry: ModelEntry, regime: str) -> str:
    """Name whose trainings those of a regime are; it seeds the draws of seeds."""
    # The model with its preset has the same owner, so that equal seeds are paired.
    return "/".join((entry.default_model, *entry.newest.subject[1:5], regime))


def _row(
    results: Results,
    slots: list[Slot],
    condition: Condition,
    owner: str,
    classes: int,
    copied: frozenset[str],
    units: UnitNames,
) -> ScoreRow:
    states = {slot: cell_state(results, slot) for slot in slots}
    status, reason = row_status(states)
    first = slots[0]
    cells = [state for state in states.values() if isinstance(state, CellReport)]
    reached = _mean([c.missing_rate for c in cells])
    score: Score | None = None
    members: dict[str, Score | None] = {}
    rest: Score | None = None
    if status != "skipped":
        try:
            seeds = pooled_seeds(results, complete_seeds(states))
            pooled = list(seeds.values())
            # Conditions share what differs between trainings only if their seeds are the same.
            owner = f"{owner}/{','.join(map(str, seeds))}"
            joint = bool(pooled and pooled[0].members)
            if joint and condition.rate > 0 and reached == 0:
                status, reason = "skipped", NOTHING_MISSING
            elif joint:
                score, members = score_members(pooled, owner, classes, units)
                if score is None:
                    status, reason = "skipped", NOTHING_SHOWN
            elif pooled:
                score = score_seeds(pooled, owner, classes, units)
            if score is not None and copied:
                rest = score_others(pooled, owner, classes, copied, units)
        except UnreadableError as error:
            status, reason = "failed", str(error)
    trainings = [results.training(name) for name in sorted({s.training or "" for s in slots})]
    reports = [report for report in trainings if isinstance(report, TrainingReport)]
    timed = [c for c in cells if c.predict_seconds is not None and c.n]
    return ScoreRow(
        first.regime,
        first.condition,
        status,
        reason,
        score,
        params=max((r.params for r in reports if r.params is not None), default=None),
        train_seconds=_mean([r.train_seconds for r in reports]),
        predict_ms=1000
        * sum(c.predict_seconds or 0.0 for c in timed)
        / sum(c.n or 0 for c in timed)
        if timed
        else None,
        missing_rate=reached,
        members=members,
        without_copies=rest,
        variant=first.variant,
        flaw=first.split,
        findings=_findings(cells),
    )


def _findings(cells: Sequence[CellReport]) -> dict[str, float]:
    """Mean of each finding over the cells that have it."""
    names = dict.fromkeys(name for cell in cells for name in cell.findings)
    means = {name: _mean([cell.findings.get(name) for cell in cells]) for name in names}
    return {name: mean for name, mean in means.items() if mean is not None}


def score_members(
    pooled: Sequence[Predictions], owner: str, classes: int, units: UnitNames
) -> tuple[Score | None, dict[str, Score | None]]:
    """Score a joint corpus as a whole, and every member of it apart.

    A member has some modalities only, so under a condition that takes them away nothing is left
    of its utterances. They are left out: guesses at nothing would be most of the score.
    """
    first = pooled[0]
    shown = np.ones(len(first.ids), dtype=bool) if first.shown is None else first.shown
    assert first.corpus is not None

    def score(rows: NDArray[np.bool_]) -> Score | None:
        seeds = [seed.take(rows) for seed in pooled]
        return score_seeds(seeds, owner, classes, units) if rows.any() else None

    return score(shown), {name: score(shown & (first.corpus == name)) for name in first.members}


def score_others(
    pooled: Sequence[Predictions],
    owner: str,
    classes: int,
    left_out: frozenset[str],
    units: UnitNames,
) -> Score | None:
    """Score the utterances that are not in `left_out`; None where there are none."""
    first = pooled[0]
    rows = ~np.isin(first.ids, sorted(left_out)) & first.is_scored
    seeds = [seed.take(rows) for seed in pooled]
    return score_seeds(seeds, owner, classes, units) if rows.any() else None


def score_seeds(
    pooled: Sequence[Predictions], owner: str, classes: int = 0, units: UnitNames | None = None
) -> Score:
    """Score the pooled predictions of some seeds on one test set.

    Parameters
    ----------
    pooled
        One per seed, the same utterances in the same order.
    owner
        Whose trainings they are; seeds the draws of seeds.
    classes
        Number of classes; 0 takes it from the logits.
    units
        The unit of each utterance; None: each is its own.
    """
    first = pooled[0]
    names, test = units or UnitNames(), first.test
    size = max(classes, first.logits.shape[1])
    if not len(first.truth):
        raise UnreadableError("there is no test utterance")
    predicted = np.stack([seed.decisions for seed in pooled])
    confusions = confusions_of(pooled, size)
    values = {m.name: _mean_over_seeds(m, pooled, confusions) for m in measures.MEASURES}
    counts = count_by_unit(first.truth, predicted, size, names.of(test, first.ids))
    return Score(
        n_seeds=len(pooled),
        n_test=len(first.truth),
        # Only what was tested on the same utterances, drawn in the same units, is paired.
        test=f"{test} {counts.units.key}",
        values=values,
        sampled=sampled(counts, owner),
        counts=counts,
        owner=owner,
        unit=names.word,
        confusion=confusions.mean(axis=0),
        weights={
            name: float(np.mean([seed.weights[name].mean() for seed in pooled]))
            for name in first.weights
            if all(name in seed.weights for seed in pooled)
        },
        right=(predicted == first.truth).reshape(*predicted.shape[:2], -1).sum(axis=(0, 2)),
    )


def confusions_of(pooled: Sequence[Predictions], classes: int) -> Floats:
    """Count the decisions of each seed: ``[S, C, C]``, multi-label ``[S, C, 2, 2]``."""
    if pooled[0].truth.ndim == 2:
        return np.stack([class_matrices(seed.truth, seed.decisions) for seed in pooled])
    return np.stack([confusion_matrix(seed.truth, seed.decisions, classes) for seed in pooled])


def _mean_over_seeds(
    measure: measures.Measure, pooled: Sequence[Predictions], confusions: Floats
) -> float:
    multilabel = pooled[0].truth.ndim == 2
    if not measure.from_logits:
        return float(measure.of(confusions, multilabel).mean())
    score = measure.multi_label if multilabel else measure.single_label
    return float(np.mean([score(seed.logits, seed.truth) for seed in pooled]))


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None

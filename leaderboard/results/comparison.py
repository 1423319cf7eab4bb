"""Comparing rows on the same test utterances: differences, ranks, the relative score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scipy.stats import binomtest

from emobench.leaderboard.results.board import MAJORITY, Section
from emobench.leaderboard.results.comparisons.families import Family
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.scoring import Score, ScoreRow
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.variance import Sampled, combined, difference_of
from emobench.store.records import Summary

TOO_CLOSE = 0.02
"""A full score within this of the majority row is too close to it to divide by."""


@dataclass(frozen=True)
class Rank:
    """Places that a model's true rank can take, all models' at once with 95% confidence.

    Parameters
    ----------
    first
        1 + the number of models shown to be better.
    last
        The number of models less those shown to be worse.
    n
        Number of models that are ranked; 0 where that is not known.
    """

    first: int
    last: int
    n: int = 0

    @property
    def tied_with_best(self) -> bool:
        """Whether it can be the best: no model is shown to be better."""
        return self.first == 1

    @property
    def is_contested_best(self) -> bool:
        """Whether it can be the best of several: the first of one says nothing."""
        return self.tied_with_best and self.n != 1

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


def ranks(scores: Mapping[str, Score], measure: str = "macro_f1") -> dict[str, Rank]:
    """Rank models: the places of each by its label.

    Parameters
    ----------
    scores
        Label to score, complete rows only. Those that were tested on other utterances than
        most are left out: no paired difference exists.
    measure
        What to rank by.
    """
    return family_ranks(Family(scores, measure), scores)


def family_ranks(family: Family, labels: Iterable[str]) -> dict[str, Rank]:
    """Rank the models `labels` of a family of rows; see `simultaneous_ranks` for the procedure."""
    names, found = family.rank_set(tuple(labels))
    ends = zip(names, found.first, found.last, strict=True)
    return {name: Rank(int(first), int(last), len(names)) for name, first, last in ends}


def gap(first: Score | None, second: Score | None, measure: str) -> Sampled | None:
    """Return `first` minus `second` with its error, paired by the units and trainings they share.

    None where either has no score or they were tested on different utterances.
    """
    if first is None or second is None or first.test != second.test:
        return None
    return difference_of(first.sampled[measure], second.sampled[measure])


def difference(first: Score | None, second: Score | None, measure: str) -> Estimate | None:
    """Return `first` minus `second` with its paired interval.

    None where either has no score or they were tested on different utterances.
    """
    found = gap(first, second, measure)
    return found.interval(-1.0, 1.0) if found is not None else None


def contrast(first: Score | None, second: Score | None, measure: str) -> Estimate | None:
    """Return `first` minus `second`: paired if they have the same units, else as independent.

    The utterances may differ. None where either has no score.
    """
    if first is None or second is None:
        return None
    found = difference_of(first.sampled[measure], second.sampled[measure])
    return found.interval(-1.0, 1.0)


def sign_test(first: Score | None, second: Score | None) -> float | None:
    """Two-sided p that `first` and `second` decide equally many utterances rightly.

    The exact sign test over the utterances that one of them decides rightly more often: with one
    seed and one label per utterance that is McNemar's exact test. Seeds and labels of an utterance
    are counted together, since they are not independent.

    None where either has no score or they were tested on different utterances.
    """
    if first is None or second is None or first.test != second.test:
        return None
    for_first, for_second = (
        (a.right > b.right).sum() for a, b in ((first, second), (second, first))
    )
    total = int(for_first + for_second)
    return float(binomtest(int(for_first), total).pvalue) if total else 1.0


def relative(
    section: Section, entry: ModelEntry, regime: str, condition: str, measure: str
) -> float | None:
    """Share of the gain over the majority row that is left under `condition`.

    (score − majority) / (full − majority), with the `majority` row under the same condition
    (under ``full`` where it lacks that one). None where a part is missing, was tested on other
    utterances, or the full score is within `TOO_CLOSE` of the majority.
    """
    majority = section.entry(MAJORITY)
    if majority is None:
        return None
    row = section.row(entry, regime, condition)
    full = section.row(entry, regime, section.headline)
    base_full = final(section.row(majority, regime, section.headline))
    base = final(section.row(majority, regime, condition)) or base_full
    score, full_score = final(row), final(full)
    if score is None or full_score is None or base is None or base_full is None:
        return None
    if len({s.test for s in (score, full_score, base, base_full)}) != 1:
        return None
    gain = full_score.values[measure] - base_full.values[measure]
    told = difference(full_score, base_full, measure)
    if abs(gain) < TOO_CLOSE or told is None or not told.excludes_zero:
        return None
    return (score.values[measure] - base.values[measure]) / gain


def final(row: ScoreRow | None) -> Score | None:
    """Return the score of a row that exists and is complete."""
    return row.final if row is not None else None


def summarise(
    section: Section, entry: ModelEntry, regime: str, summary: Summary, measure: str
) -> Estimate | None:
    """Reduce a summary's conditions; None unless all are done, and on the same utterances.

    The interval keeps that the conditions share seeds and units; that of a minimum is that of the
    condition which has it.
    """
    rows = [section.row(entry, regime, name) for name in summary.conditions]
    scores = [score for row in rows if (score := final(row)) is not None]
    if len(scores) != len(rows) or len({score.test for score in scores}) != 1:
        return None
    parts = [score.sampled[measure] for score in scores]
    if summary.reduce == "min":
        return min(parts, key=lambda one: one.value).interval(0.0, 1.0)
    share = 1 / len(parts)
    mean = combined(share * sum(p.value for p in parts), [(share, one) for one in parts])
    return mean.interval(0.0, 1.0)


@dataclass(frozen=True)
class Contribution:
    """What one modality is worth to a model.

    Parameters
    ----------
    loss
        Score with every modality less the score without this one.
    share
        The loss as a share of all modalities' losses; None where their sum is not shown to be
        above 0.
    """

    modality: str
    loss: Estimate
    share: Estimate | None


def contributions(
    section: Section, entry: ModelEntry, regime: str, measure: str
) -> list[Contribution]:
    """Return what each modality of the corpus contributes to a model's score.

    Empty unless the model is done, and tested on the same utterances, with every modality and
    without each of them.
    """
    modalities = section.corpus.modalities if section.corpus else ()
    full = final(section.row(entry, regime, section.headline))
    losses = {}
    for modality in modalities:
        rest = set(modalities) - {modality}
        names = [c.name for c in section.subsets if set(c.present or ()) == rest]
        score = final(section.row(entry, regime, names[0])) if names else None
        if full is None or score is None or full.test != score.test:
            return []
        losses[modality] = difference_of(full.sampled[measure], score.sampled[measure])
    if not losses:
        return []
    total = sum(loss.value for loss in losses.values())
    whole = combined(total, [(1.0, loss) for loss in losses.values()])
    shown = whole.interval().low > 0
    return [
        Contribution(m, loss.interval(-1.0, 1.0), _share(loss, whole) if shown else None)
        for m, loss in losses.items()
    ]


def _share(part: Sampled, whole: Sampled) -> Estimate:
    """Return `part` over `whole`, by the quotient's derivatives."""
    value = part.value / whole.value
    return combined(value, [(1 / whole.value, part), (-value / whole.value, whole)]).interval()

"""F1 of each class, with what other units and trainings would change."""

from __future__ import annotations

from emobench.leaderboard.results.scoring import Score
from emobench.leaderboard.statistics.metrics import class_f1
from emobench.leaderboard.statistics.multilabel_metrics import label_f1
from emobench.leaderboard.statistics.variance import Sampled


def class_scores(score: Score) -> list[Sampled]:
    """Return the F1 of the C classes, means over seeds; macro-F1 is the mean of those that occur.

    Notes
    -----
    The effect of a block of units is its pseudo-value less the score, as in
    `emobench.leaderboard.statistics.variance.sampled`.
    """
    counts = score.counts
    measure = label_f1 if counts.multilabel else class_f1
    whole, rest = measure(counts.total), measure(counts.left_out())
    if len(rest) < 2:
        rest = whole[None]
    means = whole.mean(axis=0)
    effects = len(rest) * whole - (len(rest) - 1) * rest - means
    key = (score.owner, counts.units.key)
    return [Sampled(float(mean), {key: effects[..., c].T}) for c, mean in enumerate(means)]

"""Calibration by bins of confidence: the numbers that the expected calibration error is made of.

The bins are those of `expected_calibration_error` and `binary_calibration_error`, so that what is
drawn and the number beside it agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.metrics import BINS, Floats, Ints, bin_of, probabilities
from emobench.leaderboard.statistics.units import Units, blocks
from emobench.leaderboard.statistics.variance import Sampled


@dataclass(frozen=True)
class Reliability:
    """Answers of S trainings by bins of their confidence.

    An answer is the class with the highest probability; where several classes can hold, the yes or
    no of each of L classes. Otherwise L is 1.

    Parameters
    ----------
    counts, confidence, right, spread
        ``[S, L, K]``, summed over the answers of a bin: how many they are, their probability p,
        whether they are right, and p (1 - p).
    gaps
        ``[S, L, K, B]``: `right` less `confidence`, by blocks of units that are left out together.
    sizes
        ``[B]`` utterances of each block.
    place
        Owner of the trainings and key of the units, which paired numbers share.
    """

    counts: Floats
    confidence: Floats
    right: Floats
    spread: Floats
    gaps: Floats
    sizes: Floats
    place: tuple[str, str]

    @property
    def error(self) -> Estimate:
        """Expected calibration error, mean over seeds and classes, with its 95% interval."""
        return self._estimate(lambda gaps: np.abs(gaps).sum(axis=2).mean(axis=1), 0.0)

    @property
    def excess(self) -> Estimate:
        """Mean confidence less the share that is right: above 0 the model is too sure."""
        return self._estimate(lambda gaps: -gaps.sum(axis=2).mean(axis=1), -1.0)

    @property
    def by_chance(self) -> float:
        """About what the error would be if every probability were true and utterances independent.

        Notes
        -----
        The mean of the absolute value of a normal number with the variance of each bin's gap,
        √(2/π) times its standard deviation. Few answers alone make the error larger than 0.
        """
        means = np.sqrt(2 / np.pi * self.spread).sum(axis=2)
        return float(means.mean() / self.sizes.sum())

    def pooled(self) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Return by bin, over all seeds and classes: answers, mean confidence, share right."""
        counts = self.counts.sum(axis=(0, 1))
        n = counts.clip(min=1)
        means = (one.sum(axis=(0, 1)) / n for one in (self.confidence, self.right))
        return (counts.round().astype(np.int64), *means)

    def _estimate(self, score: Any, low: float) -> Estimate:
        """The jackknife of a function of gaps ``[S, L, K, …]`` to ``[S, …]``; see `variance`."""
        n, whole = self.sizes.sum(), self.gaps.sum(axis=-1)
        value = score(whole) / n
        size = len(self.sizes)
        if size > 1:
            without = score(whole[..., None] - self.gaps) / (n - self.sizes)
            effects = size * value[:, None] - (size - 1) * without - value.mean()
        else:
            effects = (value - value.mean())[:, None]
        return Sampled(float(value.mean()), {self.place: effects}).interval(low, 1.0)


def reliability(
    seeds: Sequence[tuple[Floats, Ints]], units: Units, owner: str, bins: int = BINS
) -> Reliability:
    """Sort the answers of some trainings by their confidence.

    Parameters
    ----------
    seeds
        Logits ``[N, C]`` and truth of each training, the same utterances in the same order: truth
        is ``[N]`` class indices, or ``[N, C]`` of zeros and ones where several classes can hold.
    units
        The unit of each utterance.
    owner
        Whose trainings they are.
    bins
        Number of bins K.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017: the
    reliability diagram and the error that sums it up.
    """
    answers = [_answers(logits, truth) for logits, truth in seeds]
    confidence = np.stack([one for one, _ in answers])  # [S, N, L]
    right = np.stack([one for _, one in answers])
    n_seeds, _, labels = confidence.shape
    block = blocks(units.key, len(units)).argmax(axis=1)[units.of]
    size = int(block.max()) + 1
    place = bin_of(confidence, bins)
    rows = np.arange(n_seeds)[:, None, None] * labels + np.arange(labels)
    code = rows * bins + place

    def summed(weights: Floats | None, within: Any = 0, width: int = 1) -> Floats:
        flat = None if weights is None else weights.ravel()
        found = np.bincount((code * width + within).ravel(), flat, n_seeds * labels * bins * width)
        shape = (n_seeds, labels, bins, width) if width > 1 else (n_seeds, labels, bins)
        return found.astype(np.float64).reshape(shape)

    gaps = summed(right - confidence, block[:, None], size)
    return Reliability(
        summed(None), summed(confidence), summed(right), summed(confidence * (1 - confidence)),
        gaps.reshape(n_seeds, labels, bins, size),
        np.bincount(block, minlength=size).astype(np.float64),
        (owner, units.key),
    )  # fmt: skip


def _answers(logits: Floats, truth: Ints) -> tuple[Floats, Floats]:
    """Probability of each answer that is given, and whether it is right: ``[N, L]`` each."""
    if truth.ndim == 2:
        confidence = 1.0 / (1.0 + np.exp(-np.abs(logits.astype(np.float64))))
        return confidence, ((logits > 0) == (truth > 0)).astype(np.float64)
    chances = probabilities(logits)
    right = chances.argmax(axis=1) == truth
    return chances.max(axis=1)[:, None], right.astype(np.float64)[:, None]

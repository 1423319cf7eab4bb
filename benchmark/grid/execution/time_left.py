"""How long the rest of a run takes: an estimate that learns from each job and does not jump."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from emobench.grid.execution.live_look import Running

PATIENCE = 3.0
"""Seconds in which the figure that is shown comes near a new one, at least."""

SHARE = 0.1
"""The same as a share of the time left: news about an hour takes minutes to be told in full.

Together they bound how fast the figure moves beside the clock: by `SPEED` seconds in a second.
"""

SPEED = 1 / SHARE
KNOWN_SHARE = 0.5
"""So much of the waiting work must be of kinds that are known, else there is no figure at all."""

FIRST_LOOKS = 0.15
"""From this share of its looks at dev on, a running training says how long its kind takes."""

MEMORY = 0.8
"""A job counts for so much of the one of its kind that ended after it."""

EARLY_STOP = 0.75
"""A training that may stop early does so, on average, after about this share of its looks."""


def work_kind(model: str, dataset: str | None) -> str:
    """Name the kind of a job, which takes about as long as others of its kind.

    Parameters
    ----------
    model, dataset
        What is trained on what; None for a job that only predicts, as its checkpoint is stored.
    """
    return f"{model} on {dataset}" if dataset is not None else f"{model}, stored"


class TimeLeft:
    """The seconds that are left of a run, from what jobs of each kind took.

    Of a kind without any job so far, other corpora of the model are taken, else all kinds. A job
    that is running counts with what it still needs: by its kind, and by its looks at dev. What is
    shown follows the newest estimate slowly and the clock at once, so that one surprising job does
    not make it jump.

    Parameters
    ----------
    known
        Seconds of trainings that are stored, by kind.
    """

    def __init__(self, known: Mapping[str, Sequence[float]] | None = None) -> None:
        self._known = {kind: list(seconds) for kind, seconds in (known or {}).items()}
        self._seen: dict[str, list[float]] = defaultdict(list)
        self._waiting: Counter[str] = Counter()
        self._shown: float | None = None
        self._at = 0.0

    def begin(self, jobs: Mapping[str, int]) -> None:
        """Begin with so many jobs of each kind; what was learned before stays."""
        self._waiting, self._shown = Counter(jobs), None

    def expect(self, left: Mapping[str, int]) -> None:
        """Correct how many jobs of each kind have not ended."""
        self._waiting = Counter(left)

    def learn(self, more: Mapping[str, Sequence[float]]) -> None:
        """Add stored seconds of kinds."""
        for kind, seconds in more.items():
            self._known.setdefault(kind, []).extend(seconds)

    def ended(self, kind: str, seconds: float) -> None:
        """Count a job that has ended."""
        self._waiting[kind] -= 1
        self._seen[kind].append(seconds)

    @property
    def jobs(self) -> int:
        """Jobs that have not ended."""
        return (+self._waiting).total()

    def seconds(self, workers: int, running: Iterable[Running], now: float) -> float | None:
        """Return the seconds left at the time `now`, smoothed; None while too little is known.

        Parameters
        ----------
        workers
            Jobs that run at the same time.
        running
            The jobs that run, which are among those that have not ended.
        now
            A clock in seconds that never goes back.
        """
        newest = self._newest(workers, [*running])
        if self._shown is None:
            self._shown = newest
        else:
            passed = max(0.0, now - self._at)
            self._shown = max(0.0, self._shown - passed)
            if newest is not None:
                pace = max(PATIENCE, SHARE * max(newest, self._shown))
                self._shown += (newest - self._shown) * (1 - math.exp(-passed / pace))
        self._at = now
        return self._shown

    def _newest(self, workers: int, running: list[Running]) -> float | None:
        """The estimate from what is known this moment."""
        usual = self._usual(running)
        rest = +self._waiting
        if not usual or not rest:
            return None
        if sum(n for kind, n in rest.items() if kind in usual) < KNOWN_SHARE * rest.total():
            return None
        other, by_model = fmean(usual.values()), _by_model(usual)
        needs = [self._need(job, usual.get(job.kind, other)) for job in running]
        total, longest = sum(needs), max(needs, default=0.0)
        rest.subtract(job.kind for job in running)
        for kind, count in (+rest).items():
            seconds = usual.get(kind, by_model.get(_model(kind), other))
            total, longest = total + count * seconds, max(longest, seconds)
        # The last job has to be waited for, however many workers there are.
        return max(total / workers, longest)

    def _usual(self, running: list[Running]) -> dict[str, float]:
        """Seconds of each kind that anything is known of."""
        found = {kind: _recent_mean(times) for kind, times in self._seen.items() if times}
        found |= {kind: fmean(t) for kind, t in self._known.items() if t and kind not in found}
        told = {job.kind: job for job in running if job.kind not in found}
        for kind, job in told.items():
            if _looked(job) >= FIRST_LOOKS:
                found[kind] = EARLY_STOP * job.elapsed / _looked(job)
        return found

    @staticmethod
    def _need(job: Running, whole: float) -> float:
        """Seconds that a running job still takes; its looks bound what its kind lets expect."""
        left = whole - job.elapsed
        looked = _looked(job)
        if looked > 0:
            most = job.elapsed * (1 - looked) / looked
            left = min(max(left, SHARE * most), most)
        return max(left, SHARE / 2 * job.elapsed, 0.0)


def _recent_mean(times: Sequence[float]) -> float:
    """Mean of what jobs took, the last ones first: a worker's first job also opens the corpus."""
    weights = [MEMORY**age for age in range(len(times))]
    return sum(w * t for w, t in zip(weights, reversed(times), strict=True)) / sum(weights)


def _looked(job: Running) -> float:
    """Share of its looks at dev that a training has taken; 0 where it is not known."""
    look = job.look
    # A training in stages says how far its stage is, and not how far it is itself.
    return 0.0 if look is None or look.stage or not look.planned else look.number / look.planned


def _model(kind: str) -> str:
    return kind.partition(" on ")[0]


def _by_model(usual: Mapping[str, float]) -> dict[str, float]:
    """Mean seconds of each model over the corpora that are known."""
    found: dict[str, list[float]] = defaultdict(list)
    for kind, seconds in usual.items():
        found[_model(kind)].append(seconds)
    return {model: fmean(seconds) for model, seconds in found.items()}

"""How long jobs are expected to take, so that the longest start first.

With the longest first no long job is left for the end, when the other workers have nothing to do:
the last ends at most a third later than with the best order (Graham, "Bounds on Multiprocessing
Timing Anomalies", SIAM Journal on Applied Mathematics 17(2), 1969, theorem 2).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from statistics import median
from typing import Generic, TypeVar

W = TypeVar("W")
Kind = tuple[str, str]
"""A model and a corpus: jobs of the same kind take about equally long."""

UNTIMED = math.inf
"""Comes before everything: the first job of a kind is started early, so that its time is known."""


class ExpectedTimes(Generic[W]):
    """Seconds that jobs are expected to take, learned from jobs of the same kind.

    Parameters
    ----------
    kind
        The kind of a job; None if it does not train, which takes little time.
    known
        Kind and seconds of trainings that are stored.
    """

    def __init__(
        self, kind: Callable[[W], Kind | None], known: Iterable[tuple[Kind, float]] = ()
    ) -> None:
        self.kind = kind
        self._seconds: dict[Kind, list[float]] = defaultdict(list)
        for which, seconds in known:
            self._seconds[which].append(seconds)

    def learn(self, job: W, seconds: float) -> bool:
        """Remember that `job` took so long; whether that can change the order of other jobs."""
        kind = self.kind(job)
        if kind is None:
            return False
        before = self._length(kind)
        self._seconds[kind].append(seconds)
        return self._length(kind) != before

    def order(self, jobs: Iterable[W]) -> list[W]:
        """`jobs`, the longest first; of equally long ones, those of the same corpus together.

        Lengths are compared in steps of a factor of two: a worker that goes on with the corpus that
        it has open saves more than a finer order would. Of a kind that was never timed one job is
        first, and the others count as long as the median of the kinds that were.
        """
        seen: set[Kind] = set()
        places: list[tuple[float, str, int, W]] = []
        for number, job in enumerate(jobs):
            kind = self.kind(job)
            if kind is None:
                places.append((math.inf, "", number, job))
                continue
            length = self._length(kind)
            if length == UNTIMED and kind in seen:
                length = self._usual()
            seen.add(kind)
            places.append((-length, kind[1], number, job))
        return [job for *_, job in sorted(places, key=lambda place: place[:3])]

    def _length(self, kind: Kind) -> float:
        found = self._seconds.get(kind)
        return _step(median(found)) if found else UNTIMED

    def _usual(self) -> float:
        kinds = [median(found) for found in self._seconds.values()]
        return _step(median(kinds)) if kinds else 0.0


def _step(seconds: float) -> float:
    return float(math.floor(math.log2(max(seconds, 1e-3))))

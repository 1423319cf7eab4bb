"""The time left of a run: replayed with seconds of a real grid, and with arbitrary ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.grid.execution.expected_time import ExpectedTimes
from emobench.grid.execution.live_look import LiveLook, Running
from emobench.grid.execution.time_left import SPEED, TimeLeft, work_kind

REAL = {
    "audio_only": [1.3, 1.8, 2.6, 2.7, 4.1, 5.6],
    "avfusion": [3.4, 3.5, 3.5, 3.5, 3.7, 4.7, 6.4, 6.5, 7.6, 7.6, 8.3, 9.2],
    "emotiwave": [2.1, 2.3, 2.6, 5.2, 5.4, 5.6, 5.9, 6.7, 6.8, 7.4, 7.6, 8.0],
    "late_fusion": [3.7, 4.2, 4.7, 5.5, 7.0, 7.3],
    "mlp": [1.3, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.8, 2.0, 2.0, 2.3, 2.5],
    "tensor_fusion": [1.5, 1.5, 1.5, 1.5, 1.9, 2.5, 2.9, 3.0, 3.3, 3.4, 3.5, 3.8],
    "text_only": [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    "vision_only": [0.8, 0.8, 1.1, 1.4, 1.8, 1.9],
}
"""Seconds of trainings of a grid on RAVDESS, by model."""

Job = tuple[str, float]


def replay(
    jobs: list[Job], workers: int, told: TimeLeft | Former
) -> Iterator[tuple[float, float | None]]:
    """Each second of a run: what is left in truth, and what was told."""
    kinds = [work_kind(model, "corpus") for model, _ in jobs]
    told.begin(Counter(kinds))
    times = ExpectedTimes[int](lambda i: (jobs[i][0], "corpus"))
    waiting, ends, now = times.order(range(len(jobs))), dict[int, tuple[float, float]](), 0.0
    seen: list[tuple[float, float | None]] = []
    while waiting or ends:
        while waiting and len(ends) < workers:
            first = waiting.pop(0)
            ends[first] = (now, now + jobs[first][1])
        running = [Running(str(i), None, kinds[i], now - began) for i, (began, _) in ends.items()]
        seen.append((now, told.seconds(workers, running, now)))
        now += 1.0
        for i in [i for i, (_, end) in ends.items() if end <= now]:
            del ends[i]
            told.ended(kinds[i], jobs[i][1])
            if times.learn(i, jobs[i][1]):
                waiting = times.order(waiting)
    for at, seconds in seen:
        yield now - at, seconds


class Former:
    """What was told before: the mean of each model, of all where it has none; no running jobs."""

    def begin(self, jobs: Counter[str]) -> None:
        self.waiting, self.took = Counter(jobs), dict[str, list[float]]()

    def ended(self, kind: str, took: float) -> None:
        self.waiting[kind] -= 1
        self.took.setdefault(kind, []).append(took)

    def seconds(self, workers: int, running: list[Running], now: float) -> float | None:
        means = {kind: fmean(s) for kind, s in self.took.items()}
        if not means:
            return None
        unseen = fmean(means.values())
        total = sum(n * means.get(kind, unseen) for kind, n in self.waiting.items())
        return total / min(workers, max(1, self.waiting.total()))


def shuffled(seed: int) -> list[Job]:
    found = [(model, seconds) for model, every in REAL.items() for seconds in every]
    Random(seed).shuffle(found)
    return found


def error(pairs: list[tuple[float, float | None]], share: float) -> float:
    """By which factor the figure is wrong at most, in so large a share of the seconds."""
    every = sorted(max(s / t, t / max(s, 1.0)) for t, s in pairs if s is not None and t > 15)
    return every[round(share * (len(every) - 1))]


def jump(pairs: list[tuple[float, float | None]]) -> float:
    """The largest move of the figure within a second, beside the clock, as a share of the truth."""
    told = [s for _, s in pairs]
    moves = [
        abs(b - a + 1) / t
        for a, b, (t, _) in zip(told, told[1:], pairs, strict=False)
        if a is not None and b is not None and t > 15
    ]
    return max(moves)


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_on_a_real_grid_the_figure_is_never_far_off_and_does_not_jump(workers: int) -> None:
    now = [[*replay(shuffled(seed), workers, TimeLeft())] for seed in range(4)]
    former = [[*replay(shuffled(seed), workers, Former())] for seed in range(4)]
    for pairs in now:
        assert sum(s is None for _, s in pairs) < 0.12 * len(pairs)
        assert error(pairs, 1.0) < 5.0
        assert jump(pairs) < 0.12
    assert max(error(pairs, 1.0) for pairs in former) > 9.0
    assert min(jump(pairs) for pairs in former) > 0.2


seconds = st.floats(0.0, 5000.0)
jobs = st.lists(st.tuples(st.sampled_from("abcd"), seconds), min_size=2, max_size=30)
steps = st.lists(st.floats(0.1, 60.0), min_size=30, max_size=30)


@given(jobs=jobs, pauses=steps, workers=st.integers(1, 8))
def test_beside_the_clock_the_figure_moves_slowly_whatever_comes(
    jobs: list[Job], pauses: list[float], workers: int
) -> None:
    told = TimeLeft()
    told.begin(Counter(kind for kind, _ in jobs))
    now, last = 0.0, None
    for (kind, took), pause in zip(jobs, pauses, strict=False):
        told.ended(kind, took)
        now += pause
        found = told.seconds(workers, [], now)
        if last is not None and found is not None:
            assert -pause - SPEED * pause - 1e-6 <= found - last <= SPEED * pause + 1e-6
        if last is not None and told.jobs:
            assert found is not None  # a figure stays once it is there
        last = found


def test_nothing_is_told_while_most_of_the_work_is_of_unknown_kinds() -> None:
    told = TimeLeft()
    told.begin({"quick": 2, "slow": 8})
    told.ended("quick", 0.1)
    assert told.seconds(1, [], 1.0) is None
    told.ended("slow", 60.0)
    assert told.seconds(1, [], 61.0) == pytest.approx(7 * 60 + 0.1)


def test_what_is_stored_is_known_at_once_and_what_was_seen_here_counts_more() -> None:
    told = TimeLeft({"net on corpus": [100.0, 140.0]})
    told.begin({"net on corpus": 4})
    assert told.seconds(2, [], 0.0) == 240.0
    again = TimeLeft({"net on corpus": [100.0, 140.0]})
    again.begin({"net on corpus": 5})
    again.ended("net on corpus", 10.0)
    assert again.seconds(2, [], 0.0) == 20.0


def test_a_running_job_counts_with_what_it_still_needs_and_its_looks_say_how_much() -> None:
    kind = work_kind("net", "corpus")
    told = TimeLeft({kind: [100.0]})
    told.begin({kind: 1})
    assert told.seconds(1, [Running("a", None, kind, 60.0)], 0.0) == 40.0
    half = LiveLook("", 5, 10, None, 0.5, 10.0, 1.0)
    slow = TimeLeft({kind: [100.0]})
    slow.begin({kind: 1})
    # At half of its looks after 300 seconds: its kind says that it should have ended long ago.
    assert slow.seconds(1, [Running("a", half, kind, 300.0)], 0.0) == pytest.approx(30.0)
    unseen = TimeLeft()
    unseen.begin({kind: 3})
    assert unseen.seconds(1, [Running("a", None, kind, 30.0)], 0.0) is None
    found = unseen.seconds(1, [Running("a", half, kind, 30.0)], 1.0)
    assert found == pytest.approx(0.75 * 60 * 2 + 15)


def test_the_last_long_job_is_waited_for_however_many_workers_there_are() -> None:
    told = TimeLeft({"a on c": [1000.0], "b on c": [1.0]})
    told.begin({"a on c": 1, "b on c": 50})
    assert told.seconds(8, [], 0.0) == 1000.0


def test_another_corpus_of_a_model_stands_for_one_that_was_not_seen() -> None:
    told = TimeLeft({"net on one": [50.0], "other on one": [2.0], "third on one": [2.0]})
    told.begin({"net on two": 2, "other on one": 2})
    assert told.seconds(1, [], 0.0) == 104.0

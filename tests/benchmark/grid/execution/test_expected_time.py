"""The longest jobs start first, and what is not known is learned early."""

from __future__ import annotations

import heapq
from itertools import permutations
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from emobench.grid.execution.expected_time import ExpectedTimes


class Task(NamedTuple):
    """A job, as the order sees it."""

    model: str
    corpus: str = "a"
    number: int = 0
    trains: bool = True


def kind(task):
    return (task.model, task.corpus) if task.trains else None


def test_the_longest_is_first_and_what_only_evaluates_last():
    known = [(("short", "a"), 1.0), (("long", "a"), 40.0), (("middle", "a"), 9.0)]
    tasks = [Task("long", trains=False), Task("short"), Task("middle"), Task("long")]
    order = ExpectedTimes(kind, known).order(tasks)
    assert [task.model for task in order] == ["long", "middle", "short", "long"]
    assert not order[-1].trains


def test_one_job_of_an_untimed_kind_is_first_and_the_others_count_as_usual():
    known = [(("long", "a"), 64.0), (("usual", "a"), 8.0), (("short", "a"), 1.0)]
    tasks = [Task("short"), Task("long"), *(Task("new", number=n) for n in range(3))]
    order = ExpectedTimes(kind, known).order(tasks)
    assert [task.model for task in order] == ["new", "long", "new", "new", "short"]


def test_equally_long_ones_stay_with_their_corpus_and_in_their_order():
    tasks = [Task(m, c, n) for n in range(2) for m in "xy" for c in "ba"]
    times = ExpectedTimes(kind, [((m, c), 10.0) for m in "xy" for c in "ab"])
    order = times.order(tasks)
    assert [task.corpus for task in order] == ["a"] * 4 + ["b"] * 4
    for corpus in "ab":
        assert [t for t in order if t.corpus == corpus] == [t for t in tasks if t.corpus == corpus]


def test_learning_says_whether_the_order_can_change():
    times = ExpectedTimes(kind)
    assert times.learn(Task("x"), 10.0)
    assert not times.learn(Task("x"), 11.0)
    assert times.learn(Task("y"), 100.0)
    assert not times.learn(Task("y", trains=False), 1.0)
    assert [task.model for task in times.order([Task("x"), Task("y")])] == ["y", "x"]


@given(st.lists(st.sampled_from("abcdefgh"), max_size=30), st.randoms(use_true_random=False))
def test_no_job_is_lost_or_doubled(models, random):
    tasks = [Task(m, random.choice("xy"), n, random.random() < 0.7) for n, m in enumerate(models)]
    known = [((m, "x"), random.uniform(0, 100)) for m in "abcd"]
    assert sorted(ExpectedTimes(kind, known).order(tasks)) == sorted(tasks)


def makespan(seconds, workers=2):
    """When the last of jobs ends that start one after the other on free workers."""
    free = [0.0] * workers
    for one in seconds:
        heapq.heappush(free, heapq.heappop(free) + one)
    return max(free)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=6))
def test_the_order_is_never_far_from_the_best_one(powers):
    """Graham's bound for two workers is 7/6; lengths here are exact powers of the step."""
    known = [((str(p), "a"), 2.0**p) for p in powers]
    order = ExpectedTimes(kind, known).order([Task(str(p)) for p in powers])
    ours = makespan([2.0 ** int(task.model) for task in order])
    best = min(makespan([2.0**p for p in some]) for some in permutations(powers))
    assert ours <= best * 7 / 6 + 1e-9

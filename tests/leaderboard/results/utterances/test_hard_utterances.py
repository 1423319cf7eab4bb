"""Utterances that nobody gets right, counted again by hand."""

from __future__ import annotations

import hashlib
from typing import Any, cast

import numpy as np
import pytest

from emobench.leaderboard.results.predictions import Predictions
from emobench.leaderboard.results.utterances.answers import Answers
from emobench.leaderboard.results.utterances.hard_utterances import SHOWN, hardest
from emobench.leaderboard.statistics.units import UnitNames
from emobench.wording import EVERYBODY, NOBODY, UNKNOWN

CLASSES = ("calm", "glad", "sad")
N = 300


class Entry:
    def __init__(self, label: str) -> None:
        self.label = label


def model(label: str, seeds: int, skill: float, several: bool = False) -> Answers:
    rng = np.random.default_rng([7, len(label), seeds])
    truth = np.random.default_rng(1).integers(0, 2 if several else 3, (N, 3) if several else N)
    ids = np.array([f"u{i:03d}" for i in range(N)])
    sign = 2 * truth - 1 if several else np.eye(3)[truth]
    made = [
        Predictions(ids, truth, (rng.normal(size=(N, 3)) + skill * sign).astype(np.float32), {})
        for _ in range(seeds)
    ]
    return Answers(cast(Any, Entry(label)), cast(Any, None), tuple(made), UnitNames())


@pytest.fixture(scope="module")
def some() -> list[Answers]:
    return [model("a", 2, 0.4), model("bb", 1, 0.8), model("ccc", 3, 0.1)]


@pytest.mark.parametrize("several", [False, True])
def test_counts_are_those_of_a_plain_loop(several: bool) -> None:
    some = [model("a", 2, 0.6, several), model("bb", 1, 0.8, several)]
    found = hardest(some, CLASSES, EVERYBODY)
    assert found is not None
    wrong = {
        str(name): sum(
            bool(np.any(seed.decisions[i] != seed.truth[i])) for one in some for seed in one.seeds
        )
        for i, name in enumerate(some[0].ids)
    }
    assert found.trainings == 3
    assert found.missed == sum(n == 3 for n in wrong.values())
    assert found.found == sum(n == 0 for n in wrong.values())
    assert [one.missed for one in found.rows] == [wrong[one.name] for one in found.rows]
    worst = sorted(wrong.values(), reverse=True)
    assert [one.missed for one in found.rows] == worst[: max(found.missed, SHOWN)]
    assert bool(found.classes) != several


def test_what_was_said_is_the_commonest_answer(some: list[Answers]) -> None:
    found = hardest(some, CLASSES, EVERYBODY)
    assert found is not None
    place = {str(name): i for i, name in enumerate(some[0].ids)}
    for row in found.rows:
        i = place[row.name]
        said = [CLASSES[seed.decisions[i]] for one in some for seed in one.seeds]
        assert row.truth == CLASSES[some[0].truth[i]]
        assert said.count(row.said) == row.said_by == max(map(said.count, CLASSES))
        assert row.missed == sum(word != row.truth for word in said)
    inside = [r.chance for r in found.rows if r.missed == r.trainings]
    assert inside == sorted(inside)


def test_models_that_err_alone_miss_as_many_as_is_said() -> None:
    # Independent by construction: what is said has to lie near what is found.
    some = [model(f"{'x' * k}", 1, 0.3) for k in range(1, 4)]
    found = hardest(some, CLASSES, EVERYBODY)
    assert found is not None
    assert found.within == pytest.approx(sum(one.expected for one in found.classes))
    for said in (found.expected, found.within):
        assert abs(found.missed - said) < 3 * np.sqrt(said)
    assert sum(one.n for one in found.classes) == N
    assert sum(one.missed for one in found.classes) == found.missed
    # The same model twice errs together: it misses far more than independent ones would.
    twice = hardest([some[0], some[0], some[0]], CLASSES, EVERYBODY)
    assert twice is not None
    assert twice.missed > 2 * twice.expected


@pytest.mark.parametrize("people", [NOBODY, UNKNOWN])
def test_ids_of_a_corpus_that_names_nobody_are_replaced(some: list[Answers], people: str) -> None:
    plain, hidden = (hardest(some, CLASSES, who) for who in (EVERYBODY, people))
    assert plain is not None
    assert hidden is not None
    for one, other in zip(plain.rows, hidden.rows, strict=True):
        assert other.name == f"#{hashlib.sha256(one.name.encode()).hexdigest()[:10]}"


def test_one_model_is_not_all(some: list[Answers]) -> None:
    assert hardest(some[:1], CLASSES, EVERYBODY) is None

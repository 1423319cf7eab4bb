from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emobench.leaderboard.results.comparison import Rank, difference, family_ranks, ranks
from emobench.leaderboard.results.comparisons.families import Family, best_of_p, decides_alike
from emobench.leaderboard.results.predictions import Predictions
from emobench.leaderboard.results.scoring import Score, score_seeds
from emobench.leaderboard.statistics.units import UnitNames
from emobench.leaderboard.statistics.variance import combined, difference_of

N = 240
IDS = np.array([f"u{i:04d}" for i in range(N)])
SPEAKERS = UnitNames("speaker", {name: f"s{i % 20}" for i, name in enumerate(IDS)})


def scored(hit: float, name: str, seeds: int = 2, units: UnitNames = SPEAKERS) -> Score:
    truth = np.arange(N) % 4
    pooled = []
    for seed in range(seeds):
        rng = np.random.default_rng([sum(map(ord, name)), seed])
        logits = rng.normal(0, 1, (N, 4)).astype(np.float32)
        logits[np.arange(N), truth] += 9.0 * (rng.random(N) < hit)
        pooled.append(Predictions(IDS, truth, logits, {}))
    return score_seeds(pooled, name, 4, units)


@pytest.fixture(scope="module")
def family() -> Family:
    hits = {"a": 0.9, "b": 0.88, "c": 0.6, "one": 0.7, "two": 0.68, "three": 0.1}
    return Family({name: scored(hit, name) for name, hit in hits.items()})


def test_ranks_are_of_the_models_asked_for(family: Family) -> None:
    assert {n: str(r) for n, r in family_ranks(family, "abc").items()} == {
        "a": "1–2", "b": "1–2", "c": "3"
    }  # fmt: skip
    assert family_ranks(family, ["c"]) == {"c": Rank(1, 1, 1)}
    assert family_ranks(family, []) == {}
    assert ranks({}) == {}


def mean_of(first: Score, second: Score) -> Score:
    """The mean of two scores on the same units, each with trainings of its own."""
    parts = [one.sampled["macro_f1"] for one in (first, second)]
    mean = combined(sum(p.value for p in parts) / 2, [(0.5, p) for p in parts])
    return replace(first, values={"macro_f1": mean.value}, sampled={"macro_f1": mean})


def test_a_mean_over_trainings_of_their_own_has_the_error_of_both(family: Family) -> None:
    scores = [scored(0.8, name, seeds=40) for name in ("x", "y", "z")]
    mean, other = mean_of(*scores[:2]), scores[2]
    pairs = Family({"mean": mean, "z": other}).pairs
    alone = difference_of(mean.sampled["macro_f1"], other.sampled["macro_f1"])
    assert pairs.gaps[0, 1] == pytest.approx(alone.value)
    assert pairs.errors[0, 1] == pytest.approx(alone.error, rel=0.1)


def test_a_mean_over_different_numbers_of_seeds_is_not_ranked(family: Family) -> None:
    mean = mean_of(family.scores["a"], scored(0.8, "x", seeds=3))
    found = Family({**family.scores, "mean": mean})
    assert set(family_ranks(found, ["a", "b", "mean"])) == {"a", "b"}


def test_a_contrast_with_one_row_is_the_paired_difference(family: Family) -> None:
    found = family.contrasts(["a", "c"], {"fusion": ["one"]})
    assert set(found) == {("a", "fusion"), ("c", "fusion")}
    alone = difference(family.scores["a"], family.scores["one"], "macro_f1")
    assert alone is not None
    shown = found["a", "fusion"].gap
    assert (shown.value, shown.low, shown.high) == pytest.approx(
        (alone.value, alone.low, alone.high)
    )
    assert found["a", "fusion"].is_shown


def test_more_contrasts_make_each_of_them_harder(family: Family) -> None:
    alone = family.contrasts(["c"], {"fusion": ["one"]})["c", "fusion"]
    among = family.contrasts(["a", "b", "c"], {"fusion": ["one"], "single": ["one", "two"]})
    assert len(among) == 6
    assert among["c", "fusion"].p_value > alone.p_value
    assert among["c", "fusion"].gap == alone.gap


def test_over_the_best_of_several_nobody_knows_which_it_is(family: Family) -> None:
    found = family.contrasts(["c"], {"best": ["one", "two", "three"]})["c", "best"]
    each = [difference(family.scores["c"], family.scores[r], "macro_f1") for r in ("one", "two")]
    assert found.gap.value == min(one.value for one in each if one)
    assert found.gap.low == min(one.low for one in each if one)
    assert found.gap.high >= min(one.high for one in each if one)
    # A reference that is far behind is not the best, and changes nothing but the level.
    assert family.contrasts(["three"], {"best": ["three"]}) == {}
    assert family.contrasts(["a"], {"best": ["nowhere"]}) == {}


def test_better_than_the_best_is_better_than_each() -> None:
    sure, unsure, worse = (0.3, 0.02, 19.0), (0.01, 0.02, 19.0), (-0.3, 0.02, 19.0)
    assert best_of_p([sure, sure]) < 0.001
    assert best_of_p([sure, unsure]) == pytest.approx(best_of_p([unsure]), abs=0.01)
    assert best_of_p([sure, worse]) < 0.001  # worse than one of them, and so than the best
    assert best_of_p([(0.0, 0.0, 19.0), sure]) == 1.0
    assert best_of_p([(0.3, float("inf"), 1.0)]) == 1.0


def test_neither_is_called_better_than_the_best_too_often() -> None:
    # Of three references two are truly the best, and as good as the model.
    rng = np.random.default_rng(5)
    levels = np.array([0.0, 0.0, 0.0, -2.0])
    wrong = 0
    for _ in range(1500):
        units = rng.normal(levels[:, None], 1, (4, 20))
        gaps = units[0] - units[1:]
        errors = gaps.std(axis=1, ddof=1) / np.sqrt(20)
        wrong += best_of_p([*zip(gaps.mean(axis=1), errors, [19.0] * 3, strict=True)]) < 0.05
    assert wrong / 1500 < 0.062


def test_what_can_be_told_apart_grows_with_the_family(family: Family) -> None:
    few, many = family.resolution("ab"), family.resolution([*"abc", "one", "two"])
    assert few is not None
    assert many is not None
    assert few.ranked is None
    assert many.ranked is not None
    assert many.low <= many.alone <= many.high < many.ranked
    assert (many.n_pairs, many.n_units, many.unit, many.seeds) == (10, 20, "speaker", (2, 2))
    assert family.resolution("a") is None


def test_models_that_decide_alike_and_one_unit_claim_nothing() -> None:
    one, same = scored(0.8, "a"), scored(0.8, "a")
    assert decides_alike(one, same, "macro_f1")
    assert not decides_alike(one, scored(0.8, "b"), "macro_f1")
    alone = UnitNames("video", dict.fromkeys(IDS, "all"))
    lonely = Family({n: scored(h, n, units=alone) for n, h in (("a", 0.9), ("c", 0.2))})
    assert {str(rank) for rank in family_ranks(lonely, "ac").values()} == {"1–2"}
    assert lonely.resolution("ac") is None
    assert not lonely.contrasts("a", {"fusion": ["c"]})["a", "fusion"].is_shown


def test_models_that_no_seed_changes_do_not_count_as_one_seed() -> None:
    scores = {"a": scored(0.9, "a", 3), "b": scored(0.8, "b", 3), "c": scored(0.6, "c", 1)}
    found = Family(scores, fixed={"c"}).resolution("abc")
    assert found is not None
    assert found.seeds == (3, 3)
    unknown = Family(scores).resolution("abc")
    assert unknown is not None
    assert unknown.seeds == (1, 3)
    assert unknown.alone > found.alone

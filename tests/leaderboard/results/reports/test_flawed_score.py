"""Reports with a flaw, on made-up predictions whose price is known by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score

from emobench.interface.protocol import REPORTS as PLANNED
from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.comparison import contrast
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.reports.flawed_score import MEASURE_OF, NEEDS_SEEDS, REPORTS
from emobench.leaderboard.results.scoring import Score, ScoreRow
from emobench.leaderboard.tables.audits.inflation import inflations
from emobench.leaderboard.tables.audits.text import best_reports, nothing_measurable

from ...conftest import CLASSES, Made, Writer

N = 120
TRUTH = np.repeat(range(6), [70, 10, 10, 10, 10, 10])
LOOKS = "best_epoch_on_test_per_measure"
FULL = ({"name": "full", "description": "All.", "drop": 0.0},)
WATCHED = ("accuracy", "macro_f1", "weighted_f1", "uar")


def guessed(right: float, seed: int) -> np.ndarray:
    """Decisions of which a share is right, all others the first class."""
    known = np.random.default_rng(seed).random(N) < right
    return np.where(known, TRUTH, 0)


class Reported(Writer):
    """Four seeds of known decisions; a flawed report stands on the same cells as the honest row."""

    shares: ClassVar[tuple[float, ...]] = (0.2, 0.3, 0.5, 0.9)
    flaws: ClassVar[tuple[str, ...]] = tuple(REPORTS)

    @property
    def conditions(self) -> list[dict[str, Any]]:
        role = {"honest": "honest"}
        return [
            {"name": n, "description": "", "present": None, "rate": 0.0,
             "role": role.get(n, "flawed")}
            for n in ("honest", *self.flaws)
        ]  # fmt: skip

    def predict(
        self, made: Made, regime: str, condition: dict[str, Any], fold: int, seed: int
    ) -> tuple[pd.DataFrame, float]:
        frame = pd.DataFrame({"id": [f"u{i:03d}" for i in range(N)], "label": TRUTH})
        for c, column in enumerate(np.eye(6)[guessed(self.shares[seed], seed)].T):
            frame[f"logit_{c}"] = column.astype(np.float32)
        if condition["name"] == LOOKS:
            for number, measure in enumerate(WATCHED):
                look = np.eye(6)[guessed(0.5 + number / 10, 9)]
                for c, column in enumerate(look.T):
                    frame[f"look_{measure}_logit_{c}"] = column.astype(np.float32)
        return frame, 0.0

    def rows(self, made: Made) -> list[dict[str, Any]]:
        found = super().rows(made)
        honest = {row["seed"]: row["cell"] for row in found if row["condition"] == "honest"}
        for row in found:
            if row["condition"] in REPORTS:
                row |= {"report": row["condition"], "cell": honest[row["seed"]]}
            elif row["condition"] != "honest":
                row["split"] = row["condition"]
        return found


def section(root: Path, seeds: int = 4, flaws: tuple[str, ...] = tuple(REPORTS)) -> Section:
    here = Reported(root, seeds=seeds, regimes=FULL)
    here.flaws = flaws  # type: ignore[misc]
    here.grid(Made("net", "own", {"text": 1.0}), summaries=[])
    (found,) = read_board(Results(root)).sections
    return found


def row_of(found: Section, condition: str) -> ScoreRow:
    return found.rows["net"]["full", condition]


def score_of(found: Section, condition: str) -> Score:
    score = row_of(found, condition).final
    assert score is not None
    return score


def macro(seed: int) -> float:
    return float(f1_score(TRUTH, guessed(Reported.shares[seed], seed), average="macro"))


def swapped(seed: int) -> float:
    guess = guessed(Reported.shares[seed], seed)
    return float(f1_score(guess, TRUTH, average="weighted", zero_division=0))


def test_the_planned_flaws_are_those_that_are_known_here() -> None:
    assert set(REPORTS) == set(PLANNED)
    assert set(MEASURE_OF) <= set(REPORTS)


def test_the_best_seed_is_held_against_the_mean(tmp_path: Path) -> None:
    found = section(tmp_path)
    best, honest = score_of(found, "best_of_seeds"), score_of(found, "honest")
    scores = [macro(seed) for seed in range(4)]
    assert honest.values["macro_f1"] == pytest.approx(np.mean(scores))
    assert best.values["macro_f1"] == pytest.approx(max(scores))
    price = contrast(best, honest, "macro_f1")
    assert price is not None
    assert price.value == pytest.approx(max(scores) - np.mean(scores))
    assert price.low < price.value < price.high
    (line,) = (x for x in inflations(found) if x.condition == "best_of_seeds")
    assert line.inflation == price


def test_the_best_of_many_seeds_is_measurably_above_their_mean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reported, "shares", (0.3, 0.35, 0.4, 0.4, 0.45, 0.5, 0.5, 0.6, 0.9))
    found = section(tmp_path, seeds=9)
    (line,) = (x for x in inflations(found) if x.condition == "best_of_seeds")
    assert line.is_measurable
    assert "`best_of_seeds` is worth at most" in best_reports(inflations(found))


def test_equal_seeds_have_no_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "guessed", lambda right, seed: np.where(TRUTH > 3, TRUTH, 0))
    found = section(tmp_path)
    price = contrast(score_of(found, "best_of_seeds"), score_of(found, "honest"), "macro_f1")
    assert price is not None
    assert (price.value, price.low, price.high) == pytest.approx((0, 0, 0), abs=1e-12)
    assert "best_of_seeds" not in best_reports(inflations(found))


def test_two_seeds_show_nothing_and_one_seed_needs_another(tmp_path: Path) -> None:
    two = section(tmp_path / "two", seeds=2)
    price = contrast(score_of(two, "best_of_seeds"), score_of(two, "honest"), "macro_f1")
    assert price is not None
    assert not price.excludes_zero
    one = section(tmp_path / "one", seeds=1)
    row = row_of(one, "best_of_seeds")
    assert (row.status, row.reason, row.score) == ("skipped", NEEDS_SEEDS, None)
    assert [x.condition for x in inflations(one)] == ["f1_arguments_swapped"]


def test_exchanged_arguments_weigh_classes_by_how_often_they_are_predicted(tmp_path: Path) -> None:
    found = section(tmp_path)
    flawed, honest = score_of(found, "f1_arguments_swapped"), score_of(found, "honest")
    expected = np.mean([swapped(seed) for seed in range(4)])
    assert flawed.values["weighted_f1"] == pytest.approx(expected)
    assert flawed.values["accuracy"] == pytest.approx(honest.values["accuracy"])
    bounds = [score.estimate("accuracy") for score in (flawed, honest)]
    assert bounds[0].low == pytest.approx(bounds[1].low)
    assert bounds[0].high == pytest.approx(bounds[1].high)
    (line,) = (x for x in inflations(found) if x.condition == "f1_arguments_swapped")
    assert line.measure == "weighted_f1"
    assert line.paired
    assert line.inflation is not None
    assert line.inflation.value == pytest.approx(expected - honest.values["weighted_f1"])
    assert line.inflation.value > 0, "who answers with the commonest class gains"


def test_each_measure_comes_from_its_own_look(tmp_path: Path) -> None:
    found = section(tmp_path, flaws=(LOOKS,))
    score = score_of(found, LOOKS)
    of = {
        "accuracy": accuracy_score(TRUTH, guessed(0.5, 9)),
        "macro_f1": f1_score(TRUTH, guessed(0.6, 9), average="macro"),
        "weighted_f1": f1_score(TRUTH, guessed(0.7, 9), average="weighted"),
    }
    assert {name: score.values[name] for name in of} == pytest.approx(of)
    lines = inflations(found)
    assert [x.measure for x in lines] == ["macro_f1", "accuracy", "weighted_f1", "uar"]
    for line in lines:
        assert line.inflation is not None
        honest = score_of(found, "honest").values[line.measure]
        assert line.inflation.value == pytest.approx(score.values[line.measure] - honest)


def test_the_honest_row_is_untouched_by_flaws_beside_it(tmp_path: Path) -> None:
    alone = score_of(section(tmp_path / "alone", flaws=()), "honest")
    beside = score_of(section(tmp_path / "beside", flaws=(*REPORTS, LOOKS)), "honest")
    assert alone.values == beside.values
    assert all((alone.replicates[m] == beside.replicates[m]).all() for m in alone.replicates)


def test_an_unknown_report_is_not_scored_as_if_it_were_honest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "results"
    section(root)
    monkeypatch.setattr("emobench.leaderboard.results.reports.flawed_score.REPORTS", {})
    (found,) = read_board(Results(root)).sections
    assert {row_of(found, name).status for name in REPORTS} == {"skipped"}


def test_the_headline_claims_nothing_that_cannot_be_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "guessed", lambda right, seed: np.where(TRUTH > 3, TRUTH, 0))
    found = inflations(section(tmp_path, flaws=("random_clips",)))
    said = nothing_measurable(found)
    assert said.startswith("No flaw of a split or a training raises a score measurably")
    assert best_reports(found) == ""
    assert len(CLASSES) == 6

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard.results.board import read_board
from emobench.leaderboard.results.courses import counts_updates, course, courses
from emobench.leaderboard.results.reader import Results
from emobench.store.records import Epoch, TrainingReport


def report(*epochs: dict[str, Any], best: int | None) -> TrainingReport:
    return TrainingReport(epochs=tuple(Epoch(**one) for one in epochs), best_epoch=best)


def test_each_stage_has_a_best_look_and_one_look_is_kept() -> None:
    one = course(
        report(
            {"epoch": 1, "stage": "frozen", "dev_macro_f1": 0.5, "dev_loss": 1.0},
            {"epoch": 2, "stage": "frozen", "dev_macro_f1": 0.5, "dev_loss": 0.9},
            {"epoch": 3, "stage": "frozen", "dev_macro_f1": 0.4, "dev_loss": 0.1},
            {"epoch": 4, "stage": "all", "dev_macro_f1": 0.45, "dev_loss": 1.0},
            best=2,
        )
    )
    frozen, whole = one.stages
    assert (frozen.name, whole.name) == ("frozen", "all")
    assert frozen.best is not None
    assert frozen.best.record.epoch == 2  # an equal score at a lower loss
    assert whole.best is not None
    assert whole.best.record.epoch == 4
    assert one.kept is frozen.best


def test_what_a_training_says_it_kept_counts() -> None:
    one = course(
        report({"epoch": 1, "dev_macro_f1": 0.5}, {"epoch": 2, "dev_macro_f1": 0.6}, best=1)
    )
    (stage,) = one.stages
    assert stage.best is one.kept
    assert one.kept is not None
    assert one.kept.record.epoch == 1


def test_a_stage_without_dev_has_no_best_look() -> None:
    one = course(
        report(
            {"epoch": 1, "stage": "translators", "train_loss": 4.0},
            {"epoch": 2, "stage": "joint", "dev_macro_f1": 0.6},
            best=2,
        )
    )
    assert one.stages[0].best is None
    assert one.stages[1].best is one.kept


def test_updates_go_on_where_a_stage_counts_again() -> None:
    one = course(
        report(
            {"epoch": 1, "updates": 50},
            {"epoch": 2, "updates": 100},
            {"epoch": 3, "stage": "all", "updates": 40},
            {"epoch": 4, "stage": "all", "updates": 80},
            best=None,
        )
    )
    assert [look.updates for look in one.looks] == [50, 100, 140, 180]
    assert counts_updates([one])
    old = course(report({"epoch": 1, "updates": 50}, {"epoch": 2}, best=None))
    assert not counts_updates([one, old])


def test_a_row_has_a_course_for_each_fold_and_seed(
    writer: Callable[..., Any], made: Any, tmp_path: Path
) -> None:
    small = writer(folds=2, subsets=(), rates=(), n=20)
    small.grid(made("net", "own", {"text": 1.0}))
    small.grid(made("majority", "reference"))
    results = Results(small.root)
    (section,) = read_board(results).sections
    net, majority = section.entry("net"), section.entry("majority")
    assert net is not None
    assert majority is not None
    found = courses(results, net, "full", "full")
    assert [(one.fold, one.seed) for one in found] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [one.kept.epochs for one in found if one.kept] == [5, 6, 5, 6]
    assert courses(results, majority, "full", "full") == []


def test_fields_that_are_not_set_are_not_stored() -> None:
    assert Epoch(epoch=1, dev_loss=0.5).content() == {"epoch": 1, "dev_loss": 0.5}
    whole = {"epoch": 2, "updates": 9, "losses": {"cycle": 0.5}, "dev_accuracy": 0.25}
    assert Epoch(**whole).content() == whole
    assert Epoch.model_validate({"epoch": 3, "memory": 7}).content()["memory"] == 7
    with pytest.raises(ValueError, match="updates"):
        Epoch(epoch=1, updates="many")

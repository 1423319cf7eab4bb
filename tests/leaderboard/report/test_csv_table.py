from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

COLUMNS = (
    "model,variant,track,dataset,protocol,regime,condition,status,reason,n_seeds,n_test,"
    "accuracy,accuracy_low,accuracy_high,macro_f1,macro_f1_low,macro_f1_high,weighted_f1,uar,ece,"
    "params,train_seconds,predict_ms_per_utterance,commonest_class_macro_f1,best_single,"
    "best_single_macro_f1"
)


@pytest.fixture(scope="module")
def table(page: Path) -> pd.DataFrame:
    return pd.read_csv(page.with_name("leaderboard.csv"))


def test_the_public_columns_come_first_in_their_order(page: Path) -> None:
    assert page.with_name("leaderboard.csv").read_text().splitlines()[0].startswith(COLUMNS)


def test_one_row_per_model_and_condition(table: pd.DataFrame) -> None:
    key = [
        *("model", "variant", "track", "dataset", "protocol", "regime", "condition"),
    ]
    assert not table.duplicated(key).any()
    counts = table.groupby("dataset").size().to_dict()
    assert counts == {"folded": 4, "simulated": 9 * 2 * 5, "simulated[random]": 1}


def test_every_score_has_the_commonest_class_and_the_best_single_row_beside_it(
    table: pd.DataFrame,
) -> None:
    scored = table[(table.n_seeds > 0) & (table.dataset == "simulated")]
    assert scored.commonest_class_macro_f1.notna().all()
    majority = scored[(scored.model == "majority") & (scored.condition == "full")]
    assert (majority.commonest_class_macro_f1 >= majority.macro_f1 - 1e-9).all()
    singles = scored[scored.model.isin(["text_only", "audio_only", "vision_only"])]
    for (regime, condition), rows in singles[singles.status == "done"].groupby(
        ["regime", "condition"]
    ):
        here = scored[(scored.regime == regime) & (scored.condition == condition)]
        best = rows.loc[rows.macro_f1.idxmax()]
        assert set(here.best_single) == {best.model}
        assert here.best_single_macro_f1.to_numpy() == pytest.approx(best.macro_f1)


def test_every_status_has_its_reason(table: pd.DataFrame) -> None:
    assert set(table.status) == {"done", "skipped", "failed", "incomplete"}
    assert table[table.status == "done"].reason.isna().all()
    assert table[table.status != "done"].reason.notna().all()


def test_scores_lie_in_their_intervals_and_are_blank_without_a_seed(table: pd.DataFrame) -> None:
    scored = table[table.n_seeds > 0]
    for name in ("accuracy", "macro_f1"):
        assert (scored[f"{name}_low"] <= scored[name]).all()
        assert (scored[name] <= scored[f"{name}_high"]).all()
    blank = table[table.n_seeds == 0]
    assert len(blank)
    assert blank[["n_test", "accuracy", "macro_f1", "uar", "ece"]].isna().all(axis=None)


def test_folds_count_once_in_n_test(table: pd.DataFrame) -> None:
    assert set(table[table.dataset == "folded"].n_test) == {120}


def test_ranks_stand_in_the_rows_of_the_main_condition(table: pd.DataFrame) -> None:
    ranked = table[table.rank_first.notna()]
    assert set(ranked.condition) == {"full"}
    assert not set(ranked.model) & {"majority", "oracle", "late_fusion", "text_only"}
    assert len(ranked[ranked.dataset == "simulated"]) == 2 * 2  # alpha_net and beta_net, twice
    assert (ranked.rank_first <= ranked.rank_last).all()
    assert (ranked.rank_first == 1).any()

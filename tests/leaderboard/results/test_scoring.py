from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.metrics import f1_score

from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import ScoreRow


def only(root: Path) -> Section:
    (section,) = read_board(Results(root)).sections
    return section


@pytest.fixture
def rows(writer: Callable[..., Any], made: Any) -> Callable[..., dict[tuple[str, str], ScoreRow]]:
    def build(
        setting: dict[str, Any] | None = None, **faults: Any
    ) -> dict[tuple[str, str], ScoreRow]:
        written = writer(**(setting or {}))
        written.grid(made("net", skill={"text": 1.0, "audio": 1.0}, **faults))
        return dict(only(written.root).rows["net"])

    return build


def test_a_complete_row_is_done(rows: Any) -> None:
    row = rows()["full", "full"]
    assert (row.status, row.reason, row.score.n_seeds, row.score.n_test) == ("done", "", 2, 90)
    assert row.params == 27000
    assert row.train_seconds == pytest.approx(11.0)
    assert row.predict_ms == pytest.approx(1000 * 0.4 / 90)


def test_a_failed_cell_fails_its_row_and_leaves_the_complete_seeds(rows: Any) -> None:
    row = rows(failed=("audio",))["full", "audio"]
    assert (row.status, row.reason, row.score.n_seeds) == ("failed", "NaN in logits", 1)


def test_a_failed_training_fails_every_row_of_its_regime(rows: Any) -> None:
    found = rows(training_fails=("full",))
    assert {r.reason for (regime, _), r in found.items() if regime == "full"} == {"loss diverged"}
    assert all(r.score is None for (regime, _), r in found.items() if regime == "full")
    assert found["modality_dropout", "full"].is_done


def test_an_incomplete_row_says_how_far_it_is(rows: Any) -> None:
    row = rows(incomplete=("text",))["full", "text"]
    assert row.status == "incomplete"
    assert row.reason == "1 of 2 cells done (1 fold x 2 seeds)"


def test_skipped_only_when_every_cell_is(rows: Any) -> None:
    row = rows({"subsets": ("vision",)})["full", "vision"]
    assert (row.status, row.reason, row.score) == ("skipped", "needs text or audio", None)


def test_a_seed_without_all_folds_is_not_scored(rows: Any) -> None:
    found = rows({"folds": 3, "n": 30, "seeds": 2}, incomplete=("text",))
    row = found["full", "text"]
    assert row.reason == "3 of 6 cells done (3 folds x 2 seeds)"
    assert (row.score.n_seeds, row.score.n_test) == (1, 90)


def test_folds_are_pooled_and_scored_once(writer: Callable[..., Any], made: Any) -> None:
    written = writer(folds=3, n=30, seeds=1, subsets=(), rates=(), regimes=REGIME)
    written.grid(made("net", skill={"text": 1.0}))
    frames = [pd.read_parquet(p) for p in written.root.glob("cells/*/predictions.parquet")]
    pooled = pd.concat(frames)
    logits = pooled[[f"logit_{c}" for c in range(6)]].to_numpy()
    expected = f1_score(pooled["label"], logits.argmax(1), average="macro")
    score = only(written.root).rows["net"]["full", "full"].score
    assert score is not None
    assert score.n_test == 90
    assert score.values["macro_f1"] == pytest.approx(expected)


REGIME = ({"name": "full", "description": "", "drop": 0.0},)


def test_broken_predictions_fail_the_row(writer: Callable[..., Any], made: Any) -> None:
    written = writer(seeds=1, subsets=(), rates=(), regimes=REGIME)
    written.grid(made("net"))
    (path,) = written.root.glob("cells/*/predictions.parquet")
    path.write_bytes(b"not parquet")
    row = only(written.root).rows["net"]["full", "full"]
    assert row.status == "failed"
    assert row.reason.startswith("predictions unreadable")


def test_weights_are_means_over_utterances(rows: Any) -> None:
    found = rows(weighs=True)
    assert found["full", "full"].score.weights == {"text": 0.5, "audio": 0.5, "vision": 0.5}
    assert found["full", "text"].score.weights == {"text": 0.5, "audio": 0.0, "vision": 0.0}
    assert found["full", "text"].missing_rate == pytest.approx(2 / 3)

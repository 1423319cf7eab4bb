"""The training that watches the test part, and the guard that no honest one can."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from emobench import ModelError
from emobench.corpus.leakage.flawed_splits import BEST_PER_MEASURE, flawed_view
from emobench.corpus.preparation.fit import Feature
from emobench.discovery.registry import registry
from emobench.grid.execution.kept_looks import best_looks, with_best_looks
from emobench.grid.execution.worker import run_job
from emobench.interface.protocol import Regime
from emobench.store.store import Store
from emobench.training.looks.best_looks import WATCHED
from emobench.training.session import TrainingSession

FLAWS = {"flaws": "selected_on_test+best_epoch_on_test_per_measure"}


@pytest.fixture
def jobs(plan_of: Any) -> dict[str, Any]:
    """The jobs of a small network: honest, chosen on test, and with looks at test kept."""
    plan = plan_of(
        [("mlp", {"epochs": "4", "hidden": "8"}), "late_fusion"],
        ("leakage_audit", FLAWS),
        seeds=1,
    )
    return {j.flaw: j for j in plan.jobs.values() if j.spec.model == "mlp"}


def predictions(store: Store, job: Any) -> pd.DataFrame:
    (key,) = job.cells
    return store.predictions(job.key, key)


def test_each_measure_is_at_its_best_look_at_the_test_part(
    tmp_path: Any, jobs: dict[str, Any]
) -> None:
    store = Store(tmp_path / "results")
    store.open()
    for job in jobs.values():
        assert run_job(job, store.root, "cpu").failed == 0
    kept, chosen = (predictions(store, jobs[f]) for f in (BEST_PER_MEASURE, "selected_on_test"))
    honest = predictions(store, jobs[""])
    assert kept["id"].tolist() == chosen["id"].tolist() == honest["id"].tolist()
    assert not [c for c in (*chosen, *honest) if c.startswith("look_")]
    truth = kept["label"].to_numpy()
    classes = sum(c.startswith("logit_") for c in kept)

    def decided(table: pd.DataFrame, prefix: str = "") -> np.ndarray:
        names = [f"{prefix}logit_{c}" for c in range(classes)]
        found: np.ndarray = table[names].to_numpy().argmax(axis=1)
        return found

    for measure, score in WATCHED.items():
        best = score(truth, decided(kept, f"look_{measure}_"))
        assert best >= score(truth, decided(chosen)) - 1e-12, measure
        assert best >= score(truth, decided(honest)) - 1e-12 or measure != "macro_f1"
    macro = WATCHED["macro_f1"]
    # The same training, so the best macro-F1 on test is that of the checkpoint chosen on test.
    assert macro(truth, decided(kept, "look_macro_f1_")) == macro(truth, decided(chosen))


def test_no_other_training_gets_a_keeper(small: Any, jobs: dict[str, Any]) -> None:
    honest = small.view("mlp")
    assert best_looks(jobs[""], honest) is None
    assert best_looks(jobs["selected_on_test"], honest) is None
    with pytest.raises(ModelError, match="repeats the test part"):
        best_looks(jobs[BEST_PER_MEASURE], honest)
    with pytest.raises(ModelError, match="other utterances"):
        with_best_looks(pd.DataFrame({"id": ["a"]}), pd.DataFrame({"id": ["b"]}))


class Sealed:
    """The values of a representation, of which test rows cannot be read."""

    def __init__(self, table: Any, sealed: set[int]) -> None:
        self.table, self.sealed = table, sealed
        self.size, self.lengths = table.size, table.lengths

    def __getitem__(self, row: int) -> Any:
        assert row not in self.sealed, "a training read a test row"
        return self.table[row]


def sealed(view: Any) -> Any:
    tested = set(view.source_rows[view.parts.test].tolist())

    def closed(one: Feature) -> Feature:
        return replace(one, table=Sealed(one.table, tested))

    features = {m: {n: closed(f) for n, f in fs.items()} for m, fs in view.features.items()}
    return replace(view, features=features).without_test()


def fit(small: Any, view: Any) -> TrainingSession:
    kind = registry("model")["mlp"].load()
    config = kind.Config(epochs=1, hidden=8)
    session = TrainingSession(view, Regime("full", ""), config, 0, torch.device("cpu"))
    kind(view.task, config).fit(session)
    return session


def test_an_honest_training_never_reads_a_test_row(small: Any) -> None:
    inputs = {m: tuple(f) for m, f in small.view("mlp").features.items()}
    for flaw in ("", "few_shot_own_split, draw 1"):
        session = fit(small, sealed(flawed_view(small.prepared, small.policy, 0, inputs, flaw)))
        assert session.best_looks is None
        assert len(session.epochs) == 1
    # The guard sees it where it happens: the flawed training's dev part is the test part.
    with pytest.raises(AssertionError, match="read a test row"):
        fit(small, sealed(flawed_view(small.prepared, small.policy, 0, inputs, BEST_PER_MEASURE)))


def test_a_model_without_epochs_is_skipped_with_the_reason(plan_of: Any) -> None:
    plan = plan_of(["late_fusion"], ("leakage_audit", {}), seeds=2)
    (grid,) = plan.grids
    reasons = {r.condition: str(r.skipped) for r in grid.rows if r.skipped}
    assert "is not trained by epochs" in reasons[BEST_PER_MEASURE]
    assert "gives the same with every seed" in reasons["best_of_seeds"]
    seeds = {r.condition: r.seed for r in grid.rows}
    drawn = [seeds[name] for name in ("few_shot_random_folds", "few_shot_own_split")]
    assert (seeds["honest"], drawn) == (0, [1, 1])
    cells = {r.condition: r.cell for r in grid.rows}
    assert cells["f1_arguments_swapped"] == cells["honest"], "no prediction is made again"

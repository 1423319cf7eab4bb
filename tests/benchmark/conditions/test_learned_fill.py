"""Learned vectors: trained with the model, stored with it, and shown where something is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from emobench import Model, ModelError, Output
from emobench.conditions.constants import usual_length
from emobench.conditions.learned_fill import LearnedFill, fill_lengths, learn_to_fill
from emobench.discovery.registry import registry
from emobench.grid.execution.worker import run_job
from emobench.grid.plan.jobs import Job
from emobench.grid.plan.plan import Plan
from emobench.store.records import TrainingReport
from emobench.store.store import Store
from emobench.store.training_folder import read_training

INPUTS = {
    "text": ("word_vectors",),
    "audio": ("log_mel", "prosody"),
    "vision": ("face_descriptor",),
}
NET = ("tensor_fusion", {"epochs": "2"})
LEARNED = ("missing_modality", {"fill": "learned"})


@pytest.fixture(scope="module")
def view(small: Any) -> Any:
    return small.view_of(INPUTS)


def shown(view: Any, *hidden: str) -> Any:
    rows = view.parts.test
    mask = view.available[rows].copy()
    for modality in hidden:
        mask[::2, view.modalities.index(modality)] = False
    return view.batch(rows, mask)


def test_the_vector_stands_where_something_is_missing_and_nowhere_else(view: Any) -> None:
    fill = LearnedFill(view.task.inputs, fill_lengths(view))
    with torch.no_grad():
        for i, vector in enumerate(fill.vectors.values()):
            vector.fill_(i + 3.0)
    before = shown(view, "audio")
    after = fill(before)
    for modality, there in before.present.items():
        assert after.present[modality].all()
        for name, own in before.inputs[modality].items():
            found, steps = after.inputs[modality][name], usual_length(view, modality)
            assert torch.equal(found.values[there, : own.values.shape[1]], own.values[there])
            assert torch.equal(found.lengths[there], own.lengths[there])
            assert (found.lengths[~there] == steps).all()
            assert (found.values[~there, :steps] == fill.vectors[name]).all()


def test_each_vector_that_stands_somewhere_gets_a_gradient(view: Any) -> None:
    fill = LearnedFill(view.task.inputs, fill_lengths(view))
    after = fill(shown(view, "audio", "vision"))
    sum(s.values.sum() for reps in after.inputs.values() for s in reps.values()).backward()
    for vector in fill.vectors.values():
        assert vector.grad is not None
        assert vector.grad.abs().sum() > 0


class Summed(Model):
    """The classes' logits are sums of the voice's first features."""

    def forward(self, batch: Any) -> Output:
        return Output(batch["audio"].values.sum(dim=1)[:, : len(self.task.classes)])


def test_a_model_sees_every_batch_filled_and_its_parameters_have_the_vectors(view: Any) -> None:
    model = Summed(view.task, Summed.Config())
    batch = shown(view, "audio")
    absent = ~batch.present["audio"]
    assert not model(batch).logits[absent].any()
    learn_to_fill(model, fill_lengths(view))
    names = {n.removeprefix("learned_fill.vectors.") for n, _ in model.named_parameters()}
    assert names == {"word_vectors", "log_mel", "prosody", "face_descriptor"}
    with torch.no_grad():
        model.learned_fill.vectors["log_mel"].fill_(2.0)
    assert (model(batch).logits[absent] == 2.0 * usual_length(view, "audio")).all()


def test_numbers_of_words_are_refused_with_a_sentence() -> None:
    with pytest.raises(ModelError, match="tokens are numbers of words"):
        LearnedFill({"text": {"tokens": 9}, "audio": {"log_mel": 40}}, {})


def learned_job(plan: Plan) -> Job:
    (job,) = (job for job in plan.jobs.values() if job.regime.fill == "learned")
    return job


def tables(store: Store, job: Job) -> dict[str, pd.DataFrame]:
    return {cell.condition.name: store.predictions(job.key, key) for key, cell in job.cells.items()}


def logits(table: pd.DataFrame) -> np.ndarray:
    return table.filter(regex="^logit_").to_numpy()


def test_vectors_are_trained_stored_and_loaded_again(
    plan_of: Callable[..., Plan], lose: Callable[..., None], tmp_path: Path
) -> None:
    store = Store(tmp_path)
    store.open()
    job = learned_job(plan_of([NET], LEARNED, seeds=1))
    outcome = run_job(job, store.root, "cpu")
    assert outcome.failed == 0, outcome.note
    weights = store.checkpoint(job.spec.key())
    vectors = {n: w for n, w in weights.items() if n.startswith("learned_fill.")}
    assert len(vectors) == 5
    assert all(w.abs().max() > 0 for w in vectors.values())
    report = json.loads((store.training(job.key) / "training.json").read_text())["report"]
    assert report["params"] == sum(w.numel() for w in weights.values())

    before = tables(store, job)
    # What an absent modality is: with vectors of another training, the predictions are others.
    lose(tmp_path, *job.cells)
    assert run_job(job, store.root, "cpu").note == "checkpoint was there"
    for condition, table in tables(store, job).items():
        pd.testing.assert_frame_equal(table, before[condition], check_exact=True)

    changed = {n: w + 3.0 if n in vectors else w for n, w in weights.items()}
    rewrite(store, job, changed, lose)
    after = tables(store, job)
    complete = before["full"].filter(regex="^present_").all(axis=1).to_numpy()
    same = (logits(after["full"]) == logits(before["full"])).all(axis=1)
    assert (same == complete).all()
    assert complete.any()
    assert not complete.all()
    assert (logits(after["text"]) != logits(before["text"])).any(axis=1).all()


def rewrite(
    store: Store, job: Job, weights: dict[str, torch.Tensor], lose: Callable[..., None]
) -> None:
    """Put other weights into the store, and predict with them."""
    found = read_training(store.training(job.key))
    assert found is not None
    report = TrainingReport.model_validate(found.report)
    store.write_training(job.key, job.spec, report, weights, replace=True)
    lose(store.root, *job.cells)
    assert run_job(job, store.root, "cpu").failed == 0


PUBLISHED = [
    ("avfusion", {}),
    ("cross_modal_attention", {}),
    ("emotiwave", {"units": "4", "hidden": "8"}),
    ("emoxformer", {}),
]


@pytest.mark.parametrize(("name", "options"), PUBLISHED, ids=[n for n, _ in PUBLISHED])
def test_every_architecture_that_is_offered_it_trains_its_vectors(
    plan_of: Callable[..., Plan], tmp_path: Path, name: str, options: dict[str, str]
) -> None:
    store = Store(tmp_path)
    store.open()
    plan = plan_of([(name, options | {"epochs": "1"})], LEARNED, seeds=1)
    job = learned_job(plan)
    outcome = run_job(job, store.root, "cpu")
    assert outcome.failed == 0, outcome.note
    weights = store.checkpoint(job.spec.key())
    vectors = [w for n, w in weights.items() if n.startswith("learned_fill.")]
    assert len(vectors) == sum(map(len, job.inputs.values()))
    assert all(w.abs().max() > 0 for w in vectors)


def test_a_training_that_never_reaches_the_vectors_fails_and_says_so(
    plan_of: Callable[..., Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It trains its parts one by one, and none of them has the vectors; here it does not say so.
    kind = registry("model")["cross_modal_translation"].load()
    monkeypatch.setattr(kind, "takes_learned_fill", True)
    job = learned_job(plan_of([("cross_modal_translation", {"epochs": "1"})], LEARNED, seeds=1))
    store = Store(tmp_path)
    store.open()
    outcome = run_job(job, store.root, "cpu")
    assert outcome.done == 0
    assert "never reaches the vectors that are to be learned" in outcome.note
    assert not store.training_done(job.key)

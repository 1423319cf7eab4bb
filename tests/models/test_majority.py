from __future__ import annotations

import numpy as np
import pytest

from emobench import Task
from emobench.discovery.registry import registry


def test_it_predicts_the_most_frequent_class_of_train_for_everyone(small, tools):
    model, view = small.model("majority", fit=True), small.view("majority")
    table = tools.predict(model, view, view.available[view.parts.test], tools.CPU)
    logits = table.filter(regex="^logit_").to_numpy()
    counts = np.bincount(view.labels[view.parts.train], minlength=6)
    assert (logits.argmax(axis=1) == counts.argmax()).all()
    assert np.exp(logits[0]) == pytest.approx(counts / counts.sum(), abs=1e-6)


def test_it_looks_at_nothing(small, tools):
    model, view = small.model("majority"), small.view("majority")
    nothing = np.zeros((len(view.parts.test), 3), dtype=bool)
    table = tools.predict(model, view, nothing, tools.CPU)
    assert len(table.filter(regex="^logit_").drop_duplicates()) == 1
    assert registry("model")["majority"].card.inputs == {}


def test_a_class_without_utterances_gets_a_finite_logit():
    kind = registry("model")["majority"].load()
    model = kind(Task(("a", "b"), {}, (4, 0)), kind.Config())
    assert np.isfinite(model.logits.numpy()).all()
    assert model.logits.argmax() == 0

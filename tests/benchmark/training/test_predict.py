from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
import torch

from emobench import ModelError, Output
from emobench.corpus.view import FoldView
from emobench.discovery.registry import registry
from emobench.store.records import TrainingReport
from emobench.store.spec import ConditionSpec
from emobench.store.store import Store
from emobench.training.sampling import evaluation_order

THREE = ("text", "audio", "vision")
MODELS = [
    ("emotiwave", {"units": 8, "hidden": 16, "epochs": 1}),
    ("emotiwave", {"units": 8, "hidden": 16, "epochs": 1, "fusion": "attention"}),
    ("cross_modal_attention", {"width": 32, "heads": 4, "epochs": 1}),
    ("cross_modal_translation", {"width": 16, "epochs": 1, "warmup_epochs": 1}),
    ("avfusion", {"epochs": 1}),
    ("emoxformer", {"epochs": 1}),
    ("tensor_fusion", {"epochs": 1}),
    ("mlp", {"epochs": 1}),
    ("bilstm", {"epochs": 1}),
    *((name, {}) for name, e in registry("model").items() if e.card.closed_form),
]
everyone = pytest.mark.parametrize(
    "trained", MODELS, ids=lambda m: m[0] + m[1].get("fusion", ""), indirect=True
)


@pytest.fixture(scope="module")
def trained(request, small):
    """A model that was fitted a little, in its corrected variant, with its view."""
    name, config = request.param
    return small.model(name, fit=True, **config), small.view(name)


def mixed(view, tools):
    """Every subset of the modalities, mixed over the test utterances."""
    mask = tools.all_subsets(view.parts.test, view.available)
    # The interface promises at least one of the corpus's modalities.
    mask[~mask.any(axis=1)] = view.available[view.parts.test][~mask.any(axis=1)]
    return mask


def logits(table: pd.DataFrame) -> np.ndarray:
    return table.filter(regex="^logit_").to_numpy()


def test_every_published_model_is_in_this_test():
    assert {name for name, _ in MODELS} == set(registry("model"))


@everyone
def test_rows_and_columns_are_the_test_split_in_the_corpus_order(trained, tools):
    model, view = trained
    mask = mixed(view, tools)
    table = tools.predict(model, view, mask, tools.CPU)
    rows = view.parts.test
    assert table["id"].tolist() == [view.ids[i] for i in rows]
    assert table["label"].tolist() == view.labels[rows].tolist()
    assert table["speaker"].tolist() == [view.speakers[i] for i in rows]
    heads = ["id", "label", "speaker", *(f"logit_{c}" for c in range(6))]
    heads += [f"present_{m}" for m in THREE]
    assert table.columns[: len(heads)].tolist() == heads
    assert set(table.columns[len(heads) :]) <= {f"weight_{m}" for m in THREE}
    assert (table[[f"present_{m}" for m in THREE]].to_numpy() == mask).all()
    assert np.isfinite(logits(table)).all()


@everyone
def test_each_utterance_alone_gets_the_logits_it_gets_among_others(trained, tools):
    model, view = trained
    mask = mixed(view, tools)
    together = logits(tools.predict(model, view, mask, tools.CPU))
    rows = view.parts.test
    alone = [
        tools.logits_of(model, view.batch(rows[[i]], mask[[i]], labels=False))[0].numpy()
        for i in range(len(rows))
    ]
    assert np.abs(together - np.stack(alone)).max() <= 1e-5


@everyone
def test_more_padding_changes_nothing(trained, tools):
    model, view = trained
    rows, mask = view.parts.test[:9], mixed(view, tools)[:9]
    batch = view.batch(rows, mask, labels=False)
    longer = {
        m: {
            n: dataclasses.replace(s, values=torch.nn.functional.pad(s.values, (0, 0, 0, 11)))
            for n, s in reps.items()
        }
        for m, reps in batch.inputs.items()
    }
    padded = dataclasses.replace(batch, inputs=longer)
    difference = tools.logits_of(model, batch) - tools.logits_of(model, padded)
    assert difference.abs().max() <= 1e-5


@everyone
def test_what_is_stored_for_an_absent_modality_changes_no_prediction(trained, tools):
    model, view = trained
    mask = mixed(view, tools)
    before = logits(tools.predict(model, view, mask, tools.CPU))
    after = logits(tools.predict(model, Altered(view, mask), mask, tools.CPU))
    assert (before == after).all()


class Altered:
    """A view whose stored values are turned upside down wherever the mask says absent."""

    def __init__(self, view, mask):
        absent = {
            m: set(view.parts.test[~mask[:, i]].tolist()) for i, m in enumerate(view.modalities)
        }
        self.__dict__.update(view.__dict__)
        self._memo = {}  # what the true view keeps in memory is not altered
        self.features = {
            m: {n: Upside(f, absent[m]) for n, f in features.items()}
            for m, features in view.features.items()
        }

    def lengths(self, rows):
        return FoldView.lengths(self, rows)

    def batch(self, *arguments, **options):
        return FoldView.batch(self, *arguments, **options)

    once, _rows = FoldView.once, FoldView._rows


class Upside:
    def __init__(self, feature, rows):
        self.feature, self.rows, self.size, self.table = feature, rows, feature.size, feature.table

    def read(self, row, out):
        self.feature.read(row, out)
        if row in self.rows:
            out[...] = 1e3 - out


def test_the_alteration_above_would_be_seen_if_the_modality_were_present(small, tools):
    model, view = small.model("emotiwave", units=8), small.view("emotiwave")
    mask = mixed(view, tools)
    everything = view.available[view.parts.test]
    before = logits(tools.predict(model, view, everything, tools.CPU))
    after = logits(tools.predict(model, Altered(view, mask), everything, tools.CPU))
    changed = (before != after).any(axis=1)
    assert (changed == (everything & ~mask).any(axis=1)).all()


@everyone
def test_stored_weights_predict_the_same_in_a_fresh_model(trained, tools, tmp_path):
    model, view = trained
    store = Store(tmp_path)
    spec = ConditionSpec(present=None, rate=0.0, mask_seed=0)
    store.write_training("k", spec, TrainingReport(), checkpoint=model.state_dict())
    with tools.seeded(77):
        fresh = type(model)(view.task, model.config, model.variant)
    fresh.load_state_dict(store.checkpoint("k"))
    mask = mixed(view, tools)
    tables = [tools.predict(m, view, mask, tools.CPU) for m in (model, fresh)]
    pd.testing.assert_frame_equal(*tables, check_exact=True)


@everyone
def test_modality_weights_sum_to_one_over_the_present_and_are_zero_on_the_absent(trained, tools):
    model, view = trained
    table = tools.predict(model, view, mixed(view, tools), tools.CPU)
    if not table.filter(regex="^weight_").columns.tolist():
        assert model.card.name != "emotiwave"
        return
    weights = table[[f"weight_{m}" for m in THREE]].to_numpy()
    present = table[[f"present_{m}" for m in THREE]].to_numpy()
    assert weights.sum(axis=1) == pytest.approx(np.ones(len(table)), abs=1e-6)
    assert (weights[~present] == 0).all()
    assert (weights[present] > 0).all()


def test_labels_are_hidden_from_the_model_at_test(small, tools):
    view = small.view("majority")
    model = small.model("majority")
    seen = []

    def forward(batch):
        seen.append(batch.labels)
        return Output(torch.zeros(len(batch), 6))

    model.forward = forward
    tools.predict(model, view, view.available[view.parts.test], tools.CPU)
    assert len(seen) == len(list(evaluation_order(view.parts.test, 64)))
    assert not torch.cat(seen).any()


@pytest.mark.parametrize(("width", "fill"), [(5, 0.0), (7, 0.0), (6, float("nan"))])
def test_a_wrong_or_broken_output_is_a_model_error(small, tools, width, fill):
    view, model = small.view("majority"), small.model("majority")
    model.forward = lambda batch: Output(torch.full((len(batch), width), fill))
    with pytest.raises(ModelError, match=r"shape|NaN"):
        tools.predict(model, view, view.available[view.parts.test], tools.CPU)


def test_predicting_switches_dropout_off(small, tools):
    model, view = small.model("emotiwave", units=8, dropout=0.9), small.view("emotiwave")
    mask = view.available[view.parts.test]
    model.train()
    tables = [tools.predict(model.train(), view, mask, tools.CPU) for _ in range(2)]
    pd.testing.assert_frame_equal(*tables, check_exact=True)

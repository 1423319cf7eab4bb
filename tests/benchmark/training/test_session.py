from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score

from emobench import ModelError, Output, RequestError, TrainingConfig
from emobench.training.sampling import SAMPLERS


@pytest.fixture(scope="module")
def view(small):
    return small.view("late_fusion")


def epoch(session):
    return list(session.train_batches())


def shown(batches) -> dict[str, tuple[bool, ...]]:
    """Utterance id to which modalities its batch showed."""
    return {
        name: tuple(bool(batch.present[m][i]) for m in ("text", "audio", "vision"))
        for batch in batches
        for i, name in enumerate(batch.ids)
    }


def ids(view, rows) -> set[str]:
    return {view.ids[i] for i in rows}


@pytest.mark.parametrize("sampling", sorted(SAMPLERS))
def test_no_test_utterance_is_in_a_train_or_dev_batch(small, view, sampling):
    session = small.session(view, TrainingConfig(sampling=sampling), drop=0.3)
    train = {i for _ in range(3) for b in epoch(session) for i in b.ids}
    dev = {i for b in session.dev_batches() for i in b.ids}
    test = ids(view, view.parts.test)
    assert test
    assert not test & (train | dev)
    assert not train & dev
    assert train <= ids(view, view.parts.train)
    assert dev == ids(view, view.parts.dev)


def test_an_epoch_shows_every_train_utterance_once_in_another_order_each_time(small, view):
    session = small.session(view, TrainingConfig(batch_size=7))
    first, second = epoch(session), epoch(session)
    orders = [[i for b in batches for i in b.ids] for batches in (first, second)]
    assert sorted(orders[0]) == sorted(orders[1]) == sorted(ids(view, view.parts.train))
    assert orders[0] != orders[1]
    assert max(len(b) for b in first) == 7


def test_the_seed_decides_the_order_and_the_masks(small, view):
    def draw(seed):
        return [
            (b.ids, shown([b])) for b in epoch(small.session(view, TrainingConfig(), 0.3, seed))
        ]

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


def test_batches_carry_the_true_labels(small, view):
    label = dict(zip(view.ids, view.labels.tolist(), strict=True))
    session = small.session(view, TrainingConfig())
    for batch in [*epoch(session), *session.dev_batches()]:
        assert batch.labels.tolist() == [label[i] for i in batch.ids]


def test_without_missingness_what_an_utterance_has_is_shown(small, view):
    session = small.session(view, TrainingConfig())
    here = dict(zip(view.ids, map(tuple, view.available.tolist()), strict=True))
    seen = shown([*epoch(session), *session.dev_batches()])
    assert seen == {i: here[i] for i in seen}


def test_train_masks_are_drawn_anew_every_epoch_and_dev_masks_once(small, view):
    session = small.session(view, TrainingConfig(), drop=0.5)
    assert shown(epoch(session)) != shown(epoch(session))
    dev = shown(session.dev_batches())
    assert dev == shown(session.dev_batches())
    other = small.session(view, TrainingConfig(), drop=0.5, seed=9)
    assert dev == shown(other.dev_batches())
    assert dev != shown(small.session(view, TrainingConfig()).dev_batches())


def test_modality_dropout_erases_values_and_keeps_one_available_modality(small, view):
    session = small.session(view, TrainingConfig(), drop=0.9)
    here = dict(zip(view.ids, view.available.tolist(), strict=True))
    for batch in [*epoch(session), *session.dev_batches()]:
        for i, name in enumerate(batch.ids):
            kept = [m for m in ("text", "audio", "vision") if batch.present[m][i]]
            assert kept
            for m, available in zip(("text", "audio", "vision"), here[name], strict=True):
                assert available or m not in kept
                if m not in kept:
                    assert batch[m].lengths[i] == 0
                    assert not batch[m].values[i].any()


def test_the_share_that_is_erased_is_the_regimes(small, view):
    session = small.session(view, TrainingConfig(), drop=0.3)
    here = dict(zip(view.ids, view.available.tolist(), strict=True))
    three = {i for i, a in here.items() if all(a)}
    seen = [m for _ in range(60) for i, m in shown(epoch(session)).items() if i in three]
    # .3 each, minus the cases in which all three would go and one is kept.
    assert 1 - np.mean(seen) == pytest.approx(0.3 - 0.3**3 / 3, abs=0.02)


def test_class_balanced_sampling_evens_the_classes_out(small, view):
    def counts(sampling):
        session = small.session(view, TrainingConfig(sampling=sampling))
        labels = [x for _ in range(60) for b in epoch(session) for x in b.labels.tolist()]
        return np.bincount(labels, minlength=6) / len(labels)

    uniform, balanced = counts("uniform"), counts("class_balanced")
    assert uniform.max() / uniform.min() > 1.5
    assert balanced == pytest.approx([1 / 6] * 6, abs=0.03)


def test_an_unknown_sampling_is_named():
    with pytest.raises(RequestError, match=r"Unknown sampling 'magic'. Known: class_balanced"):
        TrainingConfig(sampling="magic")


def test_the_dev_score_is_macro_f1_and_mean_loss(small, tools):
    model = small.model("emotiwave", units=4)
    session = small.session(small.view("emotiwave"), model.config, drop=0.3)
    model.train()
    score, loss = session.dev_score(model)
    assert not model.training
    guesses, labels, losses = [], [], []
    for batch in session.dev_batches():
        logits = tools.logits_of(model, batch)
        guesses += logits.argmax(1).tolist()
        labels += batch.labels.tolist()
        losses += torch.nn.functional.cross_entropy(logits, batch.labels, reduction="none").tolist()
    assert score == pytest.approx(
        f1_score(labels, guesses, labels=sorted(set(labels)), average="macro", zero_division=0)
    )
    assert loss == pytest.approx(np.mean(losses), rel=1e-5)


@pytest.mark.parametrize(("width", "fill"), [(2, 0.0), (6, float("nan"))])
def test_a_broken_answer_on_dev_is_a_model_error(small, width, fill):
    model = small.model("majority")
    model.forward = lambda batch: Output(torch.full((len(batch), width), fill))
    with pytest.raises(ModelError, match="logits"):
        small.session(small.view("majority"), model.config).dev_score(model)


def test_the_loop_is_the_harness_loop(small):
    model = small.model("emotiwave", units=4, epochs=2)
    session = small.session(small.view("emotiwave"), model.config)
    session.loop(model)
    assert [e["epoch"] for e in session.epochs] == [1, 2]
    assert session.best_epoch in (1, 2)

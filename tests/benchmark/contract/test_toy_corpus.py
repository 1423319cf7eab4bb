"""The corpus that checks run on goes through the pipeline that real ones go through."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from emobench.contract.fixture import contract_fixture
from emobench.contract.toy_corpus import CLASSES
from emobench.corpus.preparation.extract import prepared

RAW = {"text": ("characters",), "audio": ("waveform",), "vision": ("frames",)}
LIGHT = {
    "text": ("tokens", "word_vectors"),
    "audio": ("log_mel", "mfcc", "prosody"),
    "vision": ("action_units", "face_descriptor"),
}


@pytest.fixture(scope="module")
def views():
    return contract_fixture().view(RAW), contract_fixture().view(LIGHT)


def test_speakers_are_apart_and_every_class_is_in_every_part():
    table = contract_fixture().corpus.table
    speakers = table.groupby("split")["speaker"].agg(set)
    assert not speakers["train"] & speakers["dev"]
    assert not (speakers["train"] | speakers["dev"]) & speakers["test"]
    assert (table.groupby("split")["label"].nunique() == len(CLASSES)).all()
    assert dict(table["split"].value_counts()) == {"train": 48, "dev": 12, "test": 12}


def test_no_clip_is_refused_and_every_modality_is_lacked_by_some(views):
    assert prepared(contract_fixture().corpus).problems == []
    for rows in (views[0].parts.train, np.concatenate([views[0].parts.dev, views[0].parts.test])):
        present = views[0].available[rows]
        assert (~present).any(axis=0).all()
        assert present.any(axis=1).all()
    patterns = {tuple(p) for p in views[0].available[views[0].parts.train]}
    assert len(patterns) == 7


def test_raw_representations_have_their_real_size_and_values(views):
    view, _ = views
    batch = view.batch(view.parts.test, view.available[view.parts.test])
    waveform = batch.inputs["audio"]["waveform"].values
    frames = batch.inputs["vision"]["frames"]
    assert waveform.shape[2] == 1
    assert waveform.shape[1] > 8000
    assert waveform.min() < -0.1
    assert waveform.max() <= 1
    assert frames.values.shape[2] == 48 * 48
    assert 0 <= frames.values[frames.mask].min() < frames.values.max() <= 1
    letters = batch.inputs["text"]["characters"]
    assert {chr(int(c)) for c in letters.values[letters.mask]} <= set("abcdefghijklmnopqrstuvwxyz ")


def test_lengths_are_ragged_and_the_first_is_as_short_as_can_be(views):
    _, view = views
    for modality, least in (("text", 1), ("audio", 2), ("vision", 1)):
        lengths = next(iter(view.features[modality].values())).table.lengths
        real = lengths[lengths > 0]
        assert lengths[0] == real.min() == least
        assert len(set(real)) >= 4


@pytest.mark.parametrize("modality", ["text", "audio", "vision"])
def test_every_modality_tells_the_class(views, modality):
    _, view = views
    vectors, labels = {}, {}
    for part in ("train", "test"):
        rows = getattr(view.parts, part)
        batch = view.batch(rows, view.available[rows])
        has = batch.present[modality].numpy()
        names = [n for n in batch.inputs[modality] if n != "tokens"]
        sequences = [batch.inputs[modality][n] for n in names]
        means = [s.values.sum(1) / s.lengths.clamp(min=1)[:, None] for s in sequences]
        vectors[part] = np.concatenate([m.numpy() for m in means], axis=1)[has]
        labels[part] = batch.labels.numpy()[has]
    fitted = LogisticRegression(max_iter=500).fit(vectors["train"], labels["train"])
    assert fitted.score(vectors["test"], labels["test"]) >= 0.8

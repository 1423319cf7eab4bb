"""Pickles: MMSA's layout, that of MulT, and others."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from emobench_tests_feature_files import MANY, failure, mmsa

from emobench import open_features


@pytest.mark.parametrize("name", ["regression_labels", "classification_labels", "raw_text", "id"])
def test_mmsa_parts_that_do_not_agree(name, tmp_path):
    path = mmsa(tmp_path / "f", MANY)
    parts = pickle.loads(path.read_bytes())
    parts["valid"][name] = list(parts["valid"][name]) + list(parts["valid"][name])[:1]
    path.write_bytes(pickle.dumps(parts))
    text = failure(path, "audio")
    assert str(path / "valid") in text
    assert "3" in text
    assert "2" in text


def test_the_mult_layout_with_ids_of_two_columns(tmp_path):
    part = {
        "id": np.array([["v", 0.0], ["v", 1.0]], dtype=object),
        "text": np.ones((2, 50, 3)),
        "labels": np.zeros((2, 1, 1)),
    }
    path = tmp_path / "f.pkl"
    path.write_bytes(pickle.dumps({"train": part}, 2))
    assert open_features(path, "text").ids == ("v_0", "v_1")


def test_an_utterance_in_two_parts(tmp_path):
    path = mmsa(tmp_path / "f", MANY)
    parts = pickle.loads(path.read_bytes())
    parts["test"] = parts["train"]
    path.write_bytes(pickle.dumps(parts))
    assert "more than once: b[1]" in failure(path, "audio")


@pytest.mark.parametrize("value", [[1], "text", np.ones(3), {"train": {"text": np.ones((1, 2))}}])
def test_pickles_of_another_layout(value, tmp_path):
    (tmp_path / "f.pkl").write_bytes(pickle.dumps(value))
    failure(tmp_path / "f.pkl")


def test_a_hostile_pickle_is_refused_by_name(tmp_path):
    (tmp_path / "f.pkl").write_bytes(b"cposix\nsystem\n(S'touch canary'\ntR.")
    assert "wants to call posix.system" in failure(tmp_path / "f.pkl")

"""The restricted decision over the classes in common."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import log_softmax

from emobench.training.class_restriction import restricted

PLACES = np.array([1, -1, 0, 1])


def table(logits: np.ndarray) -> pd.DataFrame:
    columns = {f"logit_{c}": logits[:, c].astype(np.float32) for c in range(logits.shape[1])}
    head = {"id": [f"u{i}" for i in range(len(logits))], "label": np.zeros(len(logits), int)}
    return pd.DataFrame(head | columns | {"present_text": True})


def test_a_class_without_counterpart_is_never_chosen() -> None:
    found = restricted(table(np.array([[0.0, 9.0, 1.0, 0.0], [0.0, 9.0, -3.0, 0.0]])), PLACES, 2)
    assert found[["logit_0", "logit_1"]].to_numpy().argmax(axis=1).tolist() == [0, 1]


def test_classes_that_mean_the_same_count_together() -> None:
    # Neither 0 nor 3 alone is as likely as 2, together they are.
    logits = np.log(np.array([[0.3, 0.0001, 0.4, 0.2999]]))
    found = restricted(table(logits), PLACES, 2)
    np.testing.assert_allclose(
        np.exp(found[["logit_0", "logit_1"]].to_numpy()), [[0.4, 0.5999]], atol=1e-4
    )


def test_one_class_each_keeps_the_order_of_log_probabilities() -> None:
    logits = np.random.default_rng(0).normal(size=(20, 3))
    found = restricted(table(logits), np.array([2, 0, 1]), 3)
    expected = log_softmax(logits, axis=1)[:, [1, 2, 0]]
    np.testing.assert_allclose(found[[f"logit_{k}" for k in range(3)]], expected, atol=1e-5)


def test_other_columns_stay_and_the_old_logits_go() -> None:
    found = restricted(table(np.zeros((2, 4))), PLACES, 2)
    assert list(found.columns) == ["id", "label", "logit_0", "logit_1", "present_text"]
    assert found["logit_0"].dtype == np.float32


def test_huge_logits_stay_finite() -> None:
    found = restricted(table(np.array([[1e30, -1e30, 0.0, 1e30]])), PLACES, 2)
    assert np.isfinite(found[["logit_0", "logit_1"]].to_numpy()).all()

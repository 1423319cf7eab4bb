"""The second set of formulas says what the page's own formulas say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.leaderboard.pedigree.plain_scores import (
    confusion,
    count_score,
    is_independent,
    plain_score,
)
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.metrics import confusion_matrix
from emobench.leaderboard.statistics.multilabel_metrics import class_matrices


def drawn(seed: int, n: int, classes: int, several: bool) -> tuple[np.ndarray, np.ndarray]:
    """Truth and logits, some classes of which never occur."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(0, 2, (n, classes)).astype(np.float32)
    if several:
        return (generator.random((n, classes)) < 0.3).astype(np.int64), logits
    return generator.integers(0, max(1, classes - seed % 3), n), logits


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(2, 6), st.booleans())
def test_both_sets_of_formulas_agree(seed: int, n: int, classes: int, several: bool) -> None:
    truth, logits = drawn(seed, n, classes, several)
    decisions = (logits > 0).astype(np.int64) if several else logits.argmax(axis=1)
    if several:
        whole = class_matrices(truth, decisions)
        if not truth.any() or not (truth.any(axis=0) & ~truth.all(axis=0)).any():
            return  # no class has both answers, and its mean recall is not defined
    else:
        whole = confusion_matrix(truth, decisions, classes)
    unit = np.arange(n) % 4
    counted = confusion(truth, decisions, unit, classes)
    np.testing.assert_array_equal(counted.sum(axis=0), whole)
    for measure in measures.MEASURES:
        mine = plain_score(measure.name, truth, decisions, logits)
        if measure.from_logits:
            formula = measure.multi_label if several else measure.single_label
            assert mine == pytest.approx(float(formula(logits, truth)), abs=1e-12)
        else:
            assert mine == pytest.approx(float(measure.of(whole, several)), abs=1e-12)
            assert count_score(measure.name, whole) == pytest.approx(mine, abs=1e-12)


def test_a_measure_without_a_second_formula_is_scored_by_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    new = measures.Measure(
        "hits", "Hits", "Number of hits",
        lambda m: np.trace(m, axis1=-2, axis2=-1), lambda m: m[..., 1, 1].sum(-1),
    )  # fmt: skip
    monkeypatch.setattr(measures, "MEASURES", (*measures.MEASURES, new))
    truth, logits = drawn(1, 20, 3, False)
    decisions = logits.argmax(axis=1)
    assert plain_score("hits", truth, decisions, logits) == (truth == decisions).sum()
    assert not is_independent("hits")
    assert is_independent("macro_f1")

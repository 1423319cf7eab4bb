from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest

from emobench import TrainingConfig
from emobench.discovery.registry import registry

THREE = ("text", "audio", "vision")
SUBSETS = list(chain.from_iterable(combinations(range(3), k) for k in (1, 2, 3)))


@pytest.fixture(scope="module")
def view(small):
    return small.view("oracle")


def brute_force(joint: np.ndarray, expressed: list[int | None]) -> np.ndarray:
    """P(label | what is expressed), by going through every combination."""
    posterior = np.zeros(6)
    for y in range(6):
        for cell in np.ndindex(6, 6, 6):
            if all(e is None or e == c for e, c in zip(expressed, cell, strict=True)):
                posterior[y] += joint[(y, *cell)]
    return posterior / posterior.sum()


@pytest.mark.parametrize("subset", SUBSETS, ids=lambda s: "+".join(THREE[i] for i in s))
def test_it_is_the_bayes_decision_from_what_is_present(small, view, tools, subset):
    model = small.model("oracle", fit=True)
    rows = view.parts.test
    mask = view.available[rows].copy()
    mask[:, [i for i in range(3) if i not in subset]] = False
    table = tools.predict(model, view, mask, tools.CPU)
    got = np.exp(table.filter(regex="^logit_").to_numpy())
    joint = small.corpus.dataset.generating_process()
    classes = small.corpus.classes
    words = small.corpus.table[[f"expressed_{m}" for m in THREE]].to_numpy()
    for i in range(0, len(rows), 2):
        expressed = [classes.index(words[rows[i], m]) if mask[i, m] else None for m in range(3)]
        assert got[i] == pytest.approx(brute_force(joint, expressed), abs=1e-6)


def test_with_nothing_present_it_answers_with_the_prior(small, view, tools):
    model = small.model("oracle", fit=True)
    rows = view.parts.test[:2]
    logits = tools.logits_of(model, view.batch(rows, np.zeros((2, 3), dtype=bool)))
    prior = small.corpus.dataset.generating_process().sum(axis=(1, 2, 3))
    assert logits.exp().numpy() == pytest.approx(np.stack([prior] * 2), abs=1e-6)


def test_a_corpus_without_a_known_process_is_refused(small, view):
    kind = registry("model")["oracle"].load()
    model = kind(view.task, TrainingConfig())
    session = small.session(view, TrainingConfig())
    session.generating_process = None
    with pytest.raises(ValueError, match="only a simulated corpus"):
        model.fit(session)

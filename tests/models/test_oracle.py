from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import qmc

from emobench import Batch, Condition, Model, Sequence, TrainingConfig
from emobench.conditions.masks import condition_mask
from emobench.datasets.simulation.perception import (
    confusion_tables,
    joint_probability,
    label_prior,
)
from emobench.discovery.registry import registry
from emobench.missingness import random_mask

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


def joint_of(ambiguity: float, redundancy: float, imbalance: float) -> np.ndarray:
    return joint_probability(label_prior(imbalance), confusion_tables(ambiguity), redundancy)


PROCESSES = {"default": (1.0, 0.3, 1.0), "uneven": (0.7, 0.6, 4.0)}
RATES = tuple(i / 10 for i in range(8))


@pytest.fixture(scope="module", params=PROCESSES)
def process(request: pytest.FixtureRequest) -> np.ndarray:
    """P(label, text, audio, vision) of a simulated corpus."""
    return joint_of(*PROCESSES[request.param])


@pytest.fixture(scope="module")
def oracle(small: Any, view: Any, process: np.ndarray) -> Model:
    """The oracle of that process."""
    made: Model = registry("model")["oracle"].load()(view.task, TrainingConfig())
    session = small.session(view, TrainingConfig())
    session.generating_process = process
    made.fit(session)
    return made.eval()


CELLS = list(np.ndindex(6, 6, 6))


def combinations_batch(subset: tuple[int, ...]) -> Batch:
    """An utterance for each expressed (text, audio, vision), of which only `subset` is there."""
    inputs, present = {}, {}
    for i, modality in enumerate(THREE):
        onehot = torch.eye(6)[[cell[i] for cell in CELLS]][:, None] * float(i in subset)
        lengths = torch.full((len(CELLS),), int(i in subset))
        inputs[modality] = {f"expressed_{modality}": Sequence(onehot, lengths)}
        present[modality] = torch.full((len(CELLS),), i in subset)
    names = tuple(map(str, CELLS))
    return Batch(names, inputs, present, torch.zeros(len(CELLS), dtype=torch.int64))


def expected_accuracy(
    model: Model, tools: Any, joint: np.ndarray, subset: tuple[int, ...]
) -> float:
    """Accuracy of what the model decides, every combination weighted by its probability."""
    decided = tools.logits_of(model, combinations_batch(subset)).argmax(dim=1).tolist()
    return float(sum(joint[(y, *cell)] for y, cell in zip(decided, CELLS, strict=True)))


def best(joint: np.ndarray, subset: tuple[int, ...]) -> float:
    """Sum over what the subset expresses of the likeliest label's probability."""
    hidden = tuple(1 + i for i in range(3) if i not in subset)
    return float(joint.sum(axis=hidden).max(axis=0).sum())


def subset_chances(rate: float) -> dict[tuple[int, ...], float]:
    """P(exactly this subset is kept): each dropped with p, the largest of all dropped is kept."""
    # Dropping with p erases p - p³/3, since one is kept: solved for p; 2/3 is all that can be had.
    roots = np.roots([-1 / 3, 0, 1, -min(rate, 2 / 3)])
    p = float(min(r.real for r in roots if abs(r.imag) < 1e-6 and r.real > -1e-9))
    found = {s: (1 - p) ** len(s) * p ** (3 - len(s)) for s in SUBSETS}
    return {s: chance + (p**3 / 3 if len(s) == 1 else 0.0) for s, chance in found.items()}


@pytest.mark.parametrize("subset", SUBSETS, ids=lambda s: "+".join(THREE[i] for i in s))
def test_its_score_on_a_subset_is_the_closed_form(oracle, process, tools, subset):
    found = expected_accuracy(oracle, tools, process, subset)
    assert found == pytest.approx(best(process, subset), abs=1e-9)


@pytest.mark.parametrize("rate", RATES)
def test_its_score_at_a_missing_rate_is_the_closed_form(oracle, process, tools, rate):
    chances = subset_chances(rate)
    assert sum(chances.values()) == pytest.approx(1.0)
    closed = sum(chance * best(process, s) for s, chance in chances.items())
    # The masks' own rule, on 65,536 evenly spread draws in place of the hash.
    draws = qmc.Sobol(3, seed=1).random_base2(16)
    kept = random_mask(draws, np.ones(draws.shape, dtype=bool), rate)
    shares = [float((kept == [i in s for i in range(3)]).all(axis=1).mean()) for s in SUBSETS]
    found = sum(
        share * expected_accuracy(oracle, tools, process, s)
        for share, s in zip(shares, SUBSETS, strict=True)
        if share
    )
    assert found == pytest.approx(closed, abs=1e-3)


def test_on_a_corpus_its_score_is_the_closed_form_but_for_the_draw(small, view, tools):
    joint = small.corpus.dataset.generating_process()
    parts = small.parts
    rows = np.sort(np.concatenate([parts.train, parts.dev, parts.test]))
    everyone = replace(view, parts=type(parts)(rows[:0], rows[:0], rows))
    model = small.model("oracle", fit=True)
    ids, available = [view.ids[i] for i in rows], view.available[rows]
    conditions = [Condition("full", "")]
    conditions += [Condition("m", "", present=tuple(THREE[i] for i in s)) for s in SUBSETS]
    conditions += [Condition("r", "", rate=rate) for rate in RATES[1:]]
    for condition in conditions:
        mask = condition_mask(condition, ids, THREE, available)
        table = tools.predict(model, everyone, mask, tools.CPU)
        right = table.filter(regex="^logit_").to_numpy().argmax(axis=1) == table["label"]
        chances = np.array([best(joint, tuple(np.flatnonzero(row))) for row in mask])
        spread = np.sqrt((chances * (1 - chances)).sum()) / len(rows)
        assert abs(right.mean() - chances.mean()) < 3.5 * spread
        assert len(right) == len(rows) > 100

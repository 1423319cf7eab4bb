"""Averages over the real steps, and what words are made of."""

from __future__ import annotations

import numpy as np
import torch

from emobench import Sequence
from emobench.generation.pooling import pooling, sequences, train_statistics


def test_padding_and_absence_do_not_count(planted) -> None:
    pool = pooling(planted, "vision")
    values = torch.arange(24.0).reshape(2, 3, 4)
    found = {"action_units": Sequence(values, torch.tensor([2, 0]))}
    statistics = pool.statistics(found)
    np.testing.assert_allclose(statistics[0], [2, 3, 4, 5, 2, 2, 2, 2])
    assert not statistics[1].any()
    np.testing.assert_allclose(pool.means(found), statistics[:, :4])


def test_words_become_few_numbers_that_do_not_depend_on_their_order(planted) -> None:
    rows = planted.parts.test[:4]
    pool, found = pooling(planted, "text"), sequences(planted, "text", rows)
    values = pool.statistics(found)
    assert values.shape[0] == 4
    assert 1 <= values.shape[1] <= 50
    tokens = found["tokens"]
    turned = tokens.values.clone()
    for i, steps in enumerate(tokens.lengths.tolist()):
        turned[i, :steps] = turned[i, :steps].flip(0)
    again = pool.statistics({"tokens": Sequence(turned, tokens.lengths)})
    np.testing.assert_allclose(again, values, atol=1e-6)
    none = pool.statistics({"tokens": Sequence(turned, torch.zeros(4, dtype=torch.int64))})
    assert not none.any()


def test_train_is_pooled_once_and_in_order(planted) -> None:
    whole = train_statistics(planted, "audio")
    assert whole is train_statistics(planted, "audio")
    rows = planted.parts.train[[5, 9]]
    np.testing.assert_allclose(
        pooling(planted, "audio").statistics(sequences(planted, "audio", rows)),
        whole[[5, 9]],
        rtol=1e-4,
        atol=1e-5,
    )

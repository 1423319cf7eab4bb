"""Ridge regression: one vector at every step, from train alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emobench import ModelError
from emobench.conditions.constants import usual_length
from emobench.generation.ridge import Ridge


def shown(view, rows):
    return view.batch(rows, np.ones((len(rows), 3), dtype=bool), labels=False)


def test_its_prediction_stands_at_every_step_of_the_usual_length(planted) -> None:
    made = Ridge(planted, "audio", ("vision",))(shown(planted, planted.parts.test))
    assert [s.values.shape[2] for s in made.values()] == [20, 4]
    for sequence in made.values():
        assert (sequence.lengths == usual_length(planted, "audio")).all()
        assert (sequence.values == sequence.values[:, :1]).all()


def test_without_its_source_it_says_what_those_without_it_have_on_average(planted) -> None:
    train, rows = planted.parts.train, planted.parts.test
    made = Ridge(planted, "vision", ("audio",))(shown(planted, rows))["action_units"]
    absent = ~planted.available[rows, 1]
    said = made.values[:, 0].numpy()[absent]
    assert len(said) > 1
    assert (said == said[0]).all()
    alike = [i for i in train if planted.available[i, 2] and not planted.available[i, 1]]
    feature = planted.features["vision"]["action_units"]
    wanted = np.mean([feature[int(i)].mean(axis=0) for i in alike], axis=0)
    np.testing.assert_allclose(said[0], wanted, atol=0.15)


def test_two_fits_agree_to_the_bit(planted) -> None:
    batch = shown(planted, planted.parts.test)
    one, two = (Ridge(planted, "vision", ("text", "audio"))(batch) for _ in range(2))
    assert (one["action_units"].values == two["action_units"].values).all()


def test_a_target_that_train_lacks_is_refused(planted) -> None:
    available = planted.available.copy()
    available[planted.parts.train, 2] = False
    view = replace(planted, available=available)
    with pytest.raises(ModelError, match="no train utterance has vision"):
        Ridge(view, "vision", ("audio",))

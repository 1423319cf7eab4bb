"""The nearest train utterance is shown as it is."""

from __future__ import annotations

import numpy as np
import pytest

from emobench.generation.neighbours import Neighbours


def shown(view, rows):
    return view.batch(rows, np.ones((len(rows), 3), dtype=bool), labels=False)


def test_a_train_utterance_is_its_own_neighbour(planted) -> None:
    rows = np.array([i for i in planted.parts.train if planted.available[i].all()])[:10]
    found = Neighbours(planted, "vision", ("text", "audio"))
    assert found.nearest(shown(planted, rows)).tolist() == rows.tolist()


@pytest.mark.parametrize("target", ["text", "audio", "vision"])
def test_what_is_shown_was_recorded_of_a_train_utterance_that_has_it(planted, target) -> None:
    sources = tuple(m for m in ("text", "audio", "vision") if m != target)
    found = Neighbours(planted, target, sources)
    batch = shown(planted, planted.parts.test)
    near, made = found.nearest(batch), found(batch)
    assert set(near) <= set(planted.parts.train)
    assert planted.available[near, planted.modalities.index(target)].all()
    for name, sequence in made.items():
        feature = planted.features[target][name]
        for i, row in enumerate(near):
            steps = int(sequence.lengths[i])
            assert (sequence.values[i, :steps].numpy() == feature[int(row)]).all()
            assert not sequence.values[i, steps:].any()

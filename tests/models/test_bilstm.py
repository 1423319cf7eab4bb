from __future__ import annotations

import pytest
import torch

from emobench import Batch, Sequence, Task
from emobench.discovery.registry import registry
from emobench.training.seeding import seeded


@pytest.fixture(scope="module")
def model():
    kind = registry("model")["bilstm"].load()
    task = Task(("a", "b"), {"text": {"x": 2}, "audio": {"x": 3}}, (3, 3))
    with seeded(0):
        return kind(task, kind.Config(units=4, hidden=5)).eval()


@pytest.fixture(scope="module")
def given():
    """Three utterances: whole, one step of voice, no voice."""
    inputs, present = {}, {}
    for m, size, lengths in (("text", 2, [3, 3, 3]), ("audio", 3, [4, 1, 0])):
        values = torch.randn(3, 4, size, generator=torch.Generator().manual_seed(size))
        inputs[m] = {"x": Sequence(values, torch.tensor(lengths))}
        present[m] = torch.tensor(lengths) > 0
    return Batch(("a", "b", "c"), inputs, present, torch.zeros(3, dtype=torch.long))


def head_input(model, batch):
    seen = []
    hook = model.layers.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    with torch.no_grad():
        model(batch)
    hook.remove()
    return seen[0]


def test_the_average_is_that_of_torchs_lstm_over_the_real_steps(model, given):
    encoder = model.encoders["audio"]
    both = torch.nn.LSTM(3, 4, batch_first=True, bidirectional=True)
    onward, back = encoder.onward.state_dict(), encoder.back.state_dict()
    both.load_state_dict(onward | {f"{name}_reverse": value for name, value in back.items()})
    found = head_input(model, given)[:, 8:]
    for i, n in enumerate([4, 1]):
        with torch.no_grad():
            wanted = both(given["audio"].values[i : i + 1, :n])[0].mean(dim=1)[0]
        torch.testing.assert_close(found[i], wanted)


def test_a_learned_vector_stands_for_an_absent_modality(model, given):
    with torch.no_grad():
        model.absent["audio"].fill_(0.5)
    found = head_input(model, given)[:, 8:]
    assert (found[2] == 0.5).all()
    assert not (found[:2] == 0.5).any()

"""`RaggedLSTM` is `torch.nn.LSTM` on packed sequences, computed otherwise."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from emobench import RaggedLSTM, Sequence


def packed_twin(layer: RaggedLSTM, size: int, units: int, both: bool) -> nn.LSTM:
    """The LSTM of torch with the same weights."""
    twin = nn.LSTM(size, units, batch_first=True, bidirectional=both)
    state = {f"{name}_l0": getattr(layer.onward, f"{name}_l0") for name in WEIGHTS}
    if layer.back is not None:
        state |= {f"{name}_l0_reverse": getattr(layer.back, f"{name}_l0") for name in WEIGHTS}
    twin.load_state_dict(state)
    return twin


WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


@settings(max_examples=30, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    more=st.integers(0, 3),
    both=st.booleans(),
)
def test_equals_the_packed_lstm(lengths: list[int], more: int, both: bool) -> None:
    layer = RaggedLSTM(3, 4, bidirectional=both)
    count, steps = torch.tensor(lengths), max(lengths) + more
    values = torch.randn(len(lengths), steps, 3, requires_grad=True)
    states, last = layer(Sequence(values, count))
    (states.values.square().sum() + last.sum()).backward()
    gradient, values.grad = values.grad, None
    assert gradient is not None

    packed = pack_padded_sequence(values, count, batch_first=True, enforce_sorted=False)
    every, (final, _) = packed_twin(layer, 3, 4, both)(packed)
    every = pad_packed_sequence(every, batch_first=True, total_length=steps)[0]
    final = final.transpose(0, 1).flatten(1)
    (every.square().sum() + final.sum()).backward()
    torch.testing.assert_close(states.values, every)
    torch.testing.assert_close(last, final)
    assert values.grad is not None
    torch.testing.assert_close(gradient, values.grad)


def test_an_absent_sequence_is_zero() -> None:
    layer = RaggedLSTM(3, 4, bidirectional=True)
    states, last = layer(Sequence(torch.randn(2, 5, 3), torch.tensor([0, 5])))
    assert not states.values[0].any()
    assert not last[0].any()
    assert last[1].any()


@pytest.mark.parametrize("both", [False, True])
def test_has_the_parameters_of_the_packed_lstm(both: bool) -> None:
    layer = RaggedLSTM(7, 5, bidirectional=both)
    twin = nn.LSTM(7, 5, bidirectional=both)
    assert sum(p.numel() for p in layer.parameters()) == sum(p.numel() for p in twin.parameters())

"""Gradients are seen where there are any, and rounding is not taken for one."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from emobench.contract.gradients import watched


class Attends(nn.Module):
    def __init__(self, keys: int, share: bool = True) -> None:
        super().__init__()
        sizes = {} if share else {"kdim": 6, "vdim": 6}
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True, **sizes)
        self.keys, self.width = keys, 8 if share else 6

    def forward(self) -> torch.Tensor:
        keys = torch.randn(4, self.keys, self.width)
        found, _ = self.attention(torch.randn(4, 3, 8), keys, keys)
        return found.square().mean()


def without(model: nn.Module) -> list[str]:
    torch.manual_seed(0)
    with watched(model) as record:
        for _ in range(3):
            model().backward()
    return record.without


@pytest.mark.parametrize("share", [True, False])
def test_attention_over_several_keys_uses_all_its_thirds(share):
    assert without(Attends(5, share)) == []


def test_attention_over_one_key_is_a_linear_map_whose_queries_and_keys_do_nothing():
    assert [name for name in without(Attends(1)) if "weight" in name] == [
        "attention.in_proj_weight [query]",
        "attention.in_proj_weight [key]",
    ]


def test_a_bias_before_a_normalisation_gets_rounding_and_does_no_harm():
    layers = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))

    class Norm(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = layers

        def forward(self) -> torch.Tensor:
            return self.layers(torch.randn(16, 8)).square().mean()

    assert without(Norm()) == []


def test_frozen_parameters_are_not_asked_for_and_broken_gradients_are_named():
    class Root(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.frozen = nn.Parameter(torch.ones(2), requires_grad=False)
            self.at_zero = nn.Parameter(torch.zeros(2))
            self.unused = nn.Parameter(torch.zeros(2))

        def forward(self) -> torch.Tensor:
            return (self.at_zero.sqrt() * self.frozen).sum()

    model = Root()
    with watched(model) as record:
        model().backward()
    assert record.broken == {"at_zero"}
    assert record.without == ["unused"]
    assert record.backward
    assert set(record.start) == {"at_zero", "unused"}


def test_hooks_go_when_the_watch_ends():
    model = Attends(5)
    with watched(model) as record:
        pass
    model().backward()
    assert not record.backward

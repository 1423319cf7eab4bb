"""Only the rows that are named are replaced, whichever sequence is longer."""

from __future__ import annotations

import pytest
import torch

from emobench import Sequence
from emobench.conditions.splicing import cut_apart, splice

OWN = {
    "mfcc": Sequence(torch.arange(12.0).reshape(3, 2, 2), torch.tensor([2, 0, 1])),
    "prosody": Sequence(torch.arange(6.0).reshape(3, 2, 1), torch.tensor([2, 0, 1])),
}
WHERE = torch.tensor([False, True, False])


def other(steps: int) -> dict[str, Sequence]:
    length = torch.tensor([steps])
    return {
        "mfcc": Sequence(torch.full((1, steps, 2), 7.0), length),
        "prosody": Sequence(torch.full((1, steps, 1), 8.0), length),
    }


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_the_rest_keeps_its_values_and_lengths(steps: int) -> None:
    before = {name: s.values.clone() for name, s in OWN.items()}
    found = splice(OWN, other(steps), WHERE)
    for name, sequence in found.items():
        assert sequence.lengths.tolist() == [2, steps, 1]
        assert torch.equal(sequence.values[~WHERE, :2], OWN[name].values[~WHERE])
        assert not sequence.values[~WHERE, 2:].any()
        assert torch.equal(sequence.values[1, :steps], other(steps)[name].values[0])
        assert not sequence.values[1, steps:].any()
        assert torch.equal(OWN[name].values, before[name])  # the batch itself is not written to
        assert OWN[name].lengths.tolist() == [2, 0, 1]


def test_several_rows_get_theirs_in_order() -> None:
    where = torch.tensor([True, False, True])
    two = {n: Sequence(s.values[[0, 1]] + 100, torch.tensor([2, 1])) for n, s in OWN.items()}
    found = splice(OWN, two, where)
    for name, sequence in found.items():
        assert torch.equal(sequence.values[where], two[name].values)
        assert sequence.lengths.tolist() == [2, 0, 1]


def test_what_was_side_by_side_is_cut_apart() -> None:
    whole = Sequence(torch.arange(6.0).reshape(1, 2, 3), torch.tensor([2]))
    found = cut_apart(whole, {"mfcc": 2, "prosody": 1})
    assert found["mfcc"].values.tolist() == [[[0, 1], [3, 4]]]
    assert found["prosody"].values.tolist() == [[[2], [5]]]
    assert all(s.lengths.tolist() == [2] for s in found.values())

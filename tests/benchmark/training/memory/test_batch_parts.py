"""A batch that does not fit is cut, and the update is that of the whole."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from emobench.errors import ModelError
from emobench.training.loop import train
from emobench.training.memory.batch_parts import BatchParts, exceptions, need, part_of

SAID = (
    "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.10 GiB of "
    "which 1.20 GiB is free."
)


def tight(net, most, when="forward"):
    """A model whose device holds `most` utterances at once, in ``forward`` or in ``backward``."""

    class Tight(net):
        calls = 0

        def optimizer(self):
            return torch.optim.SGD(self.parameters(), lr=0.5)

        def forward(self, batch):
            type(self).calls += 1
            if when == "forward" and len(batch) > most:
                raise torch.OutOfMemoryError(SAID)
            output = super().forward(batch)
            if when == "backward" and len(batch) > most:
                output.logits.register_hook(_full)
            return output

    return Tight


def _full(gradient):
    raise torch.OutOfMemoryError(SAID)


def trained(made, kind, batches, **changes):
    config = made.Config(epochs=3, patience=9, **changes)
    torch.manual_seed(0)
    model = kind(config=config)
    session = made.Session(config, batches)
    session.parts = BatchParts(session.device)
    train(model, session)
    return model, session


@pytest.mark.parametrize("when", ["forward", "backward"])
@pytest.mark.parametrize(("most", "at_once"), [(31, 16), (16, 16), (7, 4), (1, 1)])
@pytest.mark.parametrize("accumulation", [1, 3])
def test_the_update_is_that_of_the_whole_batch(made, when, most, at_once, accumulation):
    batches = [made.batch(32, seed) for seed in range(5)]
    whole, session = trained(made, tight(made.Net, 99), batches, accumulation=accumulation)
    cut, cut_session = trained(
        made, tight(made.Net, most, when), batches, accumulation=accumulation
    )
    assert session.parts.most is None
    assert cut_session.parts.most == at_once
    for one, other in zip(whole.parameters(), cut.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)
    losses = [[e["train_loss"] for e in s.epochs] for s in (session, cut_session)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_what_fits_is_not_touched_by_any_of_it(made):
    batches = [made.batch(32)]
    plain, _ = trained(made, tight(made.Net, 99), batches)
    again, session = trained(made, tight(made.Net, 32), batches)
    assert session.parts.most is None
    assert all(
        torch.equal(a, b) for a, b in zip(plain.parameters(), again.parameters(), strict=True)
    )


def test_the_next_batches_are_cut_at_once(made):
    kind = tight(made.Net, 8)
    batches = [made.batch(32)]
    trained(made, kind, batches)
    # Three attempts are lost in the first update alone: of 32, 16; then 4 parts in each of 3.
    assert kind.calls == 2 + 3 * 4


def test_a_cut_training_repeats_to_the_bit_with_dropout(made):
    class Dropping(tight(made.Net, 8)):
        def forward(self, batch):
            output = super().forward(batch)
            output.__dict__["logits"] = nn.functional.dropout(output.logits, 0.5, self.training)
            return output

    batches = [made.batch(32)]
    found = [trained(made, Dropping, batches)[0] for _ in range(2)]
    assert torch.equal(found[0].linear.weight, found[1].linear.weight)


def test_a_single_utterance_that_does_not_fit_says_what_it_needs(made):
    with pytest.raises(ModelError, match=r"one utterance at a time: Tried to allocate 2.00 GiB$"):
        trained(made, tight(made.Net, 0), [made.batch(8)])


def test_what_refuses_small_parts_says_that_they_were_cut(made):
    class Normal(tight(made.Net, 1)):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.normal = nn.BatchNorm1d(4)

        def forward(self, batch):
            output = super().forward(batch)
            self.normal(batch["audio"].values.mean(dim=1))
            return output

    with pytest.raises(ModelError, match="with 1 utterances at once, as its batch did not fit"):
        trained(made, Normal, [made.batch(2)])


def test_what_a_cut_changes_is_said(made):
    assert exceptions(made.Net(), "cross_entropy") == ""
    assert "class weights" in exceptions(made.Net(), "weighted")
    assert "batch normalisation" in exceptions(nn.Sequential(nn.BatchNorm1d(2)), "focal")


@settings(max_examples=40)
@given(st.integers(1, 200), st.none() | st.integers(1, 200))
def test_parts_cover_a_batch_once_and_none_is_too_large(size, most):
    parts = BatchParts(torch.device("cpu"), most).slices(size)
    assert [i for part in parts for i in range(size)[part]] == list(range(size))
    lengths = [part.stop - part.start for part in parts]
    assert max(lengths) - min(lengths) <= 1
    assert most is None or max(lengths) <= most


@settings(max_examples=30)
@given(st.integers(1, 70), st.integers(1, 70))
def test_each_utterance_is_worked_on_once_and_in_order(size, fits):
    done: list[int] = []

    def work(part: slice) -> None:
        if part.stop - part.start > fits:
            raise torch.OutOfMemoryError(SAID)
        done.extend(range(size)[part])

    parts = BatchParts(torch.device("cpu"))
    list(parts.each(size, work))
    assert done == list(range(size))
    assert (parts.most is None) is (size <= fits)


def test_a_part_is_the_batch_of_these_utterances(made):
    batch = made.batch(6)
    part = part_of(batch, slice(2, 4))
    assert part.ids == ("u2", "u3")
    assert torch.equal(part["audio"].values, batch["audio"].values[2:4])
    assert torch.equal(part.labels, batch.labels[2:4])
    assert part_of(batch, slice(0, 6)) is batch


def test_the_need_is_what_torch_says_of_it():
    assert need(SAID) == "Tried to allocate 2.00 GiB"
    assert need("") == "no memory was left"

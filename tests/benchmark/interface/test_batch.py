from __future__ import annotations

import torch

from emobench import Batch, Sequence


def sequence(lengths: list[int], size: int, fill: float) -> Sequence:
    values = torch.full((len(lengths), max(lengths), size), fill)
    return Sequence(values, torch.tensor(lengths))


def make() -> Batch:
    audio = {"log_mel": sequence([2, 0, 3], 4, 1.0), "mfcc": sequence([2, 0, 3], 2, 2.0)}
    present = {"audio": torch.tensor([True, False, True])}
    return Batch(("a", "b", "c"), {"audio": audio}, present, torch.tensor([0, 1, 2]))


def test_the_mask_is_true_at_real_steps_only():
    assert make()["audio"].mask.tolist() == [[True, True, False], [False] * 3, [True] * 3]


def test_representations_stand_side_by_side_in_their_order():
    joined = make()["audio"]
    assert joined.values.shape == (3, 3, 6)
    assert joined.values[0, 0].tolist() == [1, 1, 1, 1, 2, 2]
    assert joined.lengths.tolist() == [2, 0, 3]


def test_the_length_of_a_batch_is_its_number_of_utterances():
    assert len(make()) == 3


def test_a_copy_on_a_device_holds_the_same():
    batch, copy = make(), make().to(torch.device("cpu"))
    assert copy.ids == batch.ids
    assert torch.equal(copy["audio"].values, batch["audio"].values)
    assert torch.equal(copy.present["audio"], batch.present["audio"])
    assert torch.equal(copy.labels, batch.labels)
    meta = batch.to(torch.device("meta"))
    assert {meta["audio"].values.device.type, meta.labels.device.type} == {"meta"}

"""Each change of a batch changes what it says, and nothing else."""

from __future__ import annotations

import pytest
import torch

from emobench.contract.batch_changes import (
    erased,
    padded,
    renamed,
    shortened,
    take,
    with_garbage,
)
from emobench.contract.fixture import contract_fixture

INPUTS = {
    "text": ("tokens", "word_vectors"),
    "audio": ("waveform", "mfcc"),
    "vision": ("action_units",),
}


@pytest.fixture(scope="module")
def batch():
    view = contract_fixture().view(INPUTS)
    return view.batch(view.parts.test, view.available[view.parts.test])


def sequences(batch):
    return {(m, n): s for m, parts in batch.inputs.items() for n, s in parts.items()}


def real(sequence):
    return sequence.values[sequence.mask]


def test_more_padding_is_zeros_behind_the_same_values(batch):
    for key, sequence in sequences(padded(batch)).items():
        before = sequences(batch)[key]
        steps = before.values.shape[1]
        assert sequence.values.shape[1] >= steps + 3
        assert torch.equal(sequence.values[:, :steps], before.values)
        assert not sequence.values[:, steps:].any()
        assert torch.equal(sequence.lengths, before.lengths)


@pytest.mark.parametrize("modality", INPUTS)
@pytest.mark.parametrize("absent", [False, True])
def test_garbage_goes_where_nothing_is_to_be_seen_and_looks_real(batch, modality, absent):
    longer = padded(batch)
    for (m, name), sequence in sequences(with_garbage(longer, modality, absent)).items():
        before = sequences(longer)[m, name]
        assert torch.equal(sequence.lengths, before.lengths)
        assert torch.equal(real(sequence), real(before))
        changed = (sequence.values != before.values).any(dim=2)
        if m != modality:
            assert not changed.any()
            continue
        assert changed.any()
        assert not (changed & sequence.mask).any()
        assert not changed[batch.present[m] if absent else ~batch.present[m]].any()
        known = {tuple(v) for v in real(before).tolist()}
        assert {tuple(v) for v in sequence.values[changed].tolist()} <= known


def test_what_is_erased_is_as_the_harness_erases_it(batch):
    view = contract_fixture().view(INPUTS)
    rows = view.parts.test
    mask = view.available[rows].copy()
    mask[:, view.modalities.index("audio")] = False
    for key, sequence in sequences(erased(batch, "audio")).items():
        expected = sequences(view.batch(rows, mask))[key]
        steps = expected.values.shape[1]
        assert torch.equal(sequence.values[:, :steps], expected.values)
        assert not sequence.values[:, steps:].any()
        assert torch.equal(sequence.lengths, expected.lengths)
    assert not erased(batch, "audio").present["audio"].any()
    assert batch.present["audio"].any()


def test_shortened_lengths_run_from_one_step_to_all_and_raw_signals_keep_a_clip(batch):
    for (m, name), sequence in sequences(shortened(batch)).items():
        before = sequences(batch)[m, name]
        present = batch.present[m]
        assert ((sequence.lengths > 0) == present).all()
        assert (sequence.lengths <= before.lengths).all()
        assert not sequence.values[~sequence.mask].any()
        assert sequence.lengths[present].min() == (960 if name == "waveform" else 1)
        assert (sequence.lengths < before.lengths).any()


def test_taken_utterances_keep_everything(batch):
    order = torch.tensor([3, 0])
    some = take(batch, order)
    assert some.ids == (batch.ids[3], batch.ids[0])
    assert torch.equal(some.labels, batch.labels[order])
    assert all(torch.equal(some.present[m], batch.present[m][order]) for m in batch.present)
    for key, sequence in sequences(some).items():
        assert torch.equal(sequence.values, sequences(batch)[key].values[order])


def test_renamed_utterances_have_other_ids_and_labels(batch):
    other = renamed(batch)
    assert not set(other.ids) & set(batch.ids)
    assert (other.labels != batch.labels).all()
    assert other.labels.max() <= batch.labels.max()

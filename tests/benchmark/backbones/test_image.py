from __future__ import annotations

import pytest
import torch

from emobench import ImageBackbone, Sequence


def frames(*lengths: int) -> Sequence:
    values = torch.zeros(len(lengths), max(1, *lengths), 48 * 48)
    for row, n in zip(values, lengths, strict=True):
        row[:n] = torch.rand(n, 48 * 48, generator=torch.Generator().manual_seed(n))
    return Sequence(values, torch.tensor(lengths))


@pytest.mark.parametrize(("name", "size", "pixels"), [("resnet18", 512, 64), ("vit", 12, 32)])
def test_one_vector_per_real_frame_whatever_the_batch(checkpoints, name, size, pixels):
    backbone = ImageBackbone(str(checkpoints[name])).eval()
    assert (backbone.size, backbone.pixels) == (size, pixels)
    with torch.no_grad():
        together, alone = backbone(frames(3, 0, 5)), backbone(frames(3))
    assert together.values.shape == (3, 5, size)
    assert torch.allclose(together.values[0, :3], alone.values[0], atol=1e-4)
    assert not together.values[0, 3:].any()
    assert not together.values[1].any()


def test_saved_weights_are_loaded_and_random_ones_are_not_the_same(checkpoints):
    folder = str(checkpoints["resnet18"])
    with torch.random.fork_rng():
        first, second = ImageBackbone(folder), ImageBackbone(folder)
        fresh = ImageBackbone("resnet18", pretrained=False)
    name = "encoder.layer1.0.conv1.weight"
    assert torch.equal(first.state_dict()[name], second.state_dict()[name])
    assert not torch.equal(first.state_dict()[name], fresh.state_dict()[name])
    assert sum(p.numel() for p in fresh.parameters()) == 11_176_512


def test_normalisation_is_that_of_the_weights_and_can_be_left_out(checkpoints):
    folder = str(checkpoints["resnet18"])
    grey = torch.full((1, 48 * 48), 0.5)
    plain = ImageBackbone(folder, normalise=False, size=40)._images(grey)
    assert plain.shape == (1, 3, 40, 40)
    assert torch.allclose(plain, torch.full_like(plain, 0.5))
    normal = ImageBackbone(folder)._images(grey)[0, :, 0, 0]
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    assert torch.allclose(normal, (0.5 - mean) / deviation)


def test_only_absent_frames_give_zeros_without_a_call(checkpoints):
    found = ImageBackbone(str(checkpoints["vit"]))(frames(0, 0))
    assert found.values.shape == (2, 1, 12)
    assert not found.values.any()

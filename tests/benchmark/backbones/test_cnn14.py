"""CNN14 from a checkpoint in the layout of its authors, which the tests write with few channels."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from emobench import RequestError, Sequence
from emobench.backbones.cnn14 import Cnn14

WIDTHS = (2, 3, 4, 4, 5, 6)
MEL, EMBEDDING, CLASSES = 64, 6, 7

State = dict[str, Tensor]


def state_of(window: int = 512) -> State:
    """Random weights under the official names; real windows and kernels of the spectrogram."""
    draw = torch.Generator().manual_seed(0)

    def random(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=draw) / 3

    bins = window // 2 + 1
    angle = 2 * torch.pi * torch.outer(torch.arange(bins), torch.arange(window)) / window
    hann = torch.hann_window(window)
    state = {
        "spectrogram_extractor.stft.conv_real.weight": (angle.cos() * hann)[:, None],
        "spectrogram_extractor.stft.conv_imag.weight": (-angle.sin() * hann)[:, None],
        "logmel_extractor.melW": random(bins, MEL).abs(),
        "fc1.weight": random(EMBEDDING, WIDTHS[-1]),
        "fc1.bias": random(EMBEDDING),
        "fc_audioset.weight": random(CLASSES, EMBEDDING),
        "fc_audioset.bias": random(CLASSES),
    }
    norms = {"bn0": MEL}
    narrow = 1
    for i, wide in enumerate(WIDTHS, start=1):
        block = f"conv_block{i}"
        state[f"{block}.conv1.weight"] = random(wide, narrow, 3, 3)
        state[f"{block}.conv2.weight"] = random(wide, wide, 3, 3)
        norms |= {f"{block}.bn1": wide, f"{block}.bn2": wide}
        narrow = wide
    for name, size in norms.items():
        state |= {
            f"{name}.weight": random(size) + 1, f"{name}.bias": random(size),
            f"{name}.running_mean": random(size), f"{name}.running_var": random(size).abs() + 0.5,
            f"{name}.num_batches_tracked": torch.tensor(5),
        }  # fmt: skip
    return state


def normed(state: State, name: str, values: Tensor) -> Tensor:
    statistics = state[f"{name}.running_mean"], state[f"{name}.running_var"]
    return F.batch_norm(values, *statistics, state[f"{name}.weight"], state[f"{name}.bias"])


def embedding(state: State, wave: Tensor, window: int = 512) -> Tensor:
    """Embedding of a clip ``[D]``, by torch's spectrogram and the paper's steps."""
    spectrum = torch.stft(
        wave, window, window * 5 // 16, window=torch.hann_window(window), center=True,
        pad_mode="reflect", return_complex=True,
    )  # fmt: skip
    power = spectrum.abs() ** 2
    decibel = 10 * torch.log10((power.T @ state["logmel_extractor.melW"]).clamp(min=1e-10))
    hidden = normed(state, "bn0", decibel)[None, None]
    for i in range(1, 7):
        for k in (1, 2):
            block = f"conv_block{i}"
            hidden = F.conv2d(hidden, state[f"{block}.conv{k}.weight"], padding=1)
            hidden = F.relu(normed(state, f"{block}.bn{k}", hidden))
        hidden = F.avg_pool2d(hidden, 2 if i < 6 else 1)
    steps = hidden.mean(dim=3)[0]
    return F.relu(F.linear(steps.amax(1) + steps.mean(1), state["fc1.weight"], state["fc1.bias"]))


Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def call(content: Any, name: str = "Cnn14_16k_mAP=0.438.pth") -> Path:
        torch.save(content, tmp_path / name)
        return tmp_path / name

    return call


def waves(*lengths: int) -> Sequence:
    values = torch.randn(len(lengths), max(lengths), 1, generator=torch.Generator().manual_seed(1))
    sequence = Sequence(values, torch.tensor(lengths))
    return Sequence(0.1 * values * sequence.mask[..., None], sequence.lengths)


def test_the_embedding_of_a_clip_is_the_papers(save: Save) -> None:
    state = state_of()
    # The authors' files hold more than weights.
    sampler = {"indexes": np.arange(5), "pointer": 3}
    backbone = Cnn14(save({"iteration": 9, "model": state, "sampler": sampler})).eval()
    given = waves(16_000, 0, 24_000)
    with torch.inference_mode():
        found = backbone(given)
    assert found.pooled is not None
    for row in (0, 2):
        wave = given.values[row, : given.lengths[row], 0]
        assert torch.allclose(found.pooled[row], embedding(state, wave), atol=1e-4)
    assert found.lengths.tolist() == [101 // 32, 0, 151 // 32]
    assert found.values.shape == (3, 4, EMBEDDING)
    assert backbone.size == EMBEDDING
    assert not found.values[1].any()
    assert not found.values[0, 3:].any()
    assert found.values[2].std(dim=0).any()


def test_an_utterance_does_not_depend_on_its_batch_and_a_short_one_is_padded(save: Save) -> None:
    backbone = Cnn14(save({"model": state_of()})).eval()
    given = waves(700, 20_000)
    with torch.inference_mode():
        both = backbone(given)
        alone = backbone(Sequence(given.values[:1, :700], given.lengths[:1]))
    assert both.lengths.tolist() == [1, 126 // 32]
    assert torch.equal(both.values[:1, :1], alone.values)


def test_a_checkpoint_of_32_khz_hears_the_waveform_at_that_rate(save: Save) -> None:
    state = state_of(1024)
    backbone = Cnn14(save({"model": state}, "Cnn14_mAP=0.431.pth")).eval()
    times = torch.arange(32_000) / 32_000
    tone = 0.2 * torch.sin(2 * torch.pi * 440 * times)
    with torch.inference_mode():
        found = backbone(Sequence(tone[::2][None, :, None], torch.tensor([16_000])))
        expected = embedding(state, tone, 1024)
    assert found.lengths.tolist() == [101 // 32]
    assert torch.allclose(found.pooled[0], expected, rtol=0.1, atol=0.1)


def _without(state: State) -> State:
    return {k: v for k, v in state.items() if k != "conv_block3.bn2.running_var"}


def _narrower(state: State) -> State:
    return state | {"conv_block2.conv2.weight": torch.zeros(3, 4, 3, 3)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_without, "Missing key.*conv_block3.bn2.running_var"),
        (lambda s: s | {"att_block.att.weight": torch.zeros(2)}, "Unexpected key.*att_block"),
        (_narrower, "size mismatch for conv_block2.conv2.weight"),
        (lambda s: {k: v for k, v in s.items() if "mel" not in k}, "logmel_extractor.melW"),
        (lambda _: state_of(256), "a window of 256 samples"),
    ],
)
def test_other_weights_are_refused(save: Save, change: Callable[[State], State], said: str) -> None:
    path = save({"model": change(state_of())})
    with pytest.raises(RequestError, match=f"{path.name} does not hold the weights.*{said}"):
        Cnn14(path)


def test_what_is_no_checkpoint_is_refused(save: Save, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="holds no weights under 'model'"):
        Cnn14(save(state_of()))
    (tmp_path / "text.pth").write_text("no checkpoint")
    with pytest.raises(RequestError, match="cannot be read as a checkpoint"):
        Cnn14(tmp_path / "text.pth")


class _Runs:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def test_nothing_in_the_file_is_run(tmp_path: Path) -> None:
    for write in (lambda x, f: torch.save(x, f), lambda x, f: f.write_bytes(pickle.dumps(x, 2))):
        path, trace = tmp_path / "bad.pth", tmp_path / "trace"
        write({"model": _Runs(trace)}, path)
        with pytest.raises(RequestError, match="cannot be read as a checkpoint"):
            Cnn14(path)
        assert not trace.exists()

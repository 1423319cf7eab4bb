"""PANNs' CNN14 (Kong et al. 2020) from its authors' checkpoint, as a frozen encoder of sounds."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from emobench.backbones.features import Backbone, Features, spread
from emobench.errors import RequestError
from emobench.interface.batch import Sequence
from emobench.interface.dataset import SAMPLE_RATE

RATES = {512: 16_000, 1024: 32_000}
"""Length of the window to the sampling rate of the checkpoint: Cnn14_16k and Cnn14."""

BLOCKS = 6
SHRINKS = 32
"""Frames of 10 ms that become one step: five blocks halve their number."""

State = Mapping[str, Tensor]


class Cnn14(Backbone):
    """CNN14 over 16 kHz waveforms: one vector for each 320 ms.

    Window, mel filters, widths and weights are the checkpoint's. A step is the network's embedding
    (``fc1``) of its neighbourhood of three steps, maximum and mean added, as the authors' variants
    with decisions per step have it; ``pooled`` is the embedding of the whole clip. Waveforms are
    brought to 32 kHz for a checkpoint of that rate, whose upper half then stays empty. Each
    utterance runs alone, so that none depends on its batch mates.

    Parameters
    ----------
    path
        ``.pth`` file with the weights under ``model``.

    Raises
    ------
    RequestError
        The file is no such checkpoint, or its names or shapes are not CNN14's.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        state = _state(path)
        try:
            self._build(state)
            self.load_state_dict(state)
        except (KeyError, IndexError, RuntimeError) as error:
            line = " ".join(str(error).split())[:300]
            raise RequestError(
                f"{path} does not hold the weights of PANNs' CNN14 (Cnn14 or Cnn14_16k): {line}"
            ) from None
        self.size = int(self.fc1.out_features)

    def _build(self, state: State) -> None:
        """Layers under the checkpoint's names, with its sizes."""
        bins, _, window = state["spectrogram_extractor.stft.conv_real.weight"].shape
        if window not in RATES:
            raise KeyError(f"a window of {window} samples, expected 512 (16 kHz) or 1024 (32 kHz)")
        self.rate, self.hop = RATES[window], RATES[window] // 100
        self.spectrogram_extractor = _Spectrogram(bins, window, self.hop)
        filters = state["logmel_extractor.melW"]
        self.logmel_extractor = nn.Module()
        self.logmel_extractor.melW = nn.Parameter(torch.zeros_like(filters))
        self.bn0 = nn.BatchNorm2d(filters.shape[1])
        width = 1
        for i in range(1, BLOCKS + 1):
            wider = state[f"conv_block{i}.conv1.weight"].shape[0]
            setattr(self, f"conv_block{i}", _Block(width, wider))
            width = wider
        self.fc1 = nn.Linear(width, state["fc1.weight"].shape[0])
        classes = state["fc_audioset.weight"].shape[0]
        self.fc_audioset = nn.Linear(self.fc1.out_features, classes)

    def forward(self, waveform: Sequence) -> Features:
        """Encode waveforms ``[B, N, 1]``; returns a vector per 320 ms."""
        present = waveform.lengths > 0
        each = [
            self._encode(values[:steps, 0])
            for values, steps in zip(waveform.values, waveform.lengths.tolist(), strict=True)
            if steps
        ]
        if not each:
            zeros = torch.zeros(len(present), 1, self.size).to(waveform.values)
            return Features(zeros, waveform.lengths, zeros[:, 0])
        steps = nn.utils.rnn.pad_sequence([s for s, _ in each], batch_first=True)
        counts = torch.tensor([len(s) for s, _ in each], device=present.device)
        clips = torch.stack([clip for _, clip in each])
        return Features(spread(steps, present), spread(counts, present), spread(clips, present))

    def _encode(self, wave: Tensor) -> tuple[Tensor, Tensor]:
        """Embeddings of a waveform's steps ``[T, D]`` and of the whole ``[D]``."""
        if self.rate != SAMPLE_RATE:
            from torchaudio.functional import resample

            wave = resample(wave, SAMPLE_RATE, self.rate)
        wave = F.pad(wave, (0, max(0, (SHRINKS - 1) * self.hop - len(wave))))
        hidden = self.bn0(self._log_mel(wave)[None, :, :, None]).permute(0, 3, 2, 1)
        for i in range(1, BLOCKS + 1):
            hidden = getattr(self, f"conv_block{i}")(hidden)
            if i < BLOCKS:
                hidden = F.avg_pool2d(hidden, 2)
        hidden = hidden.mean(dim=3)  # [1, width, T]
        around = F.max_pool1d(hidden, 3, 1, 1) + F.avg_pool1d(hidden, 3, 1, 1)
        whole = hidden.amax(dim=2) + hidden.mean(dim=2)
        return F.relu(self.fc1(around[0].T)), F.relu(self.fc1(whole[0]))

    def _log_mel(self, wave: Tensor) -> Tensor:
        """Decibels ``[mel bands, frames]``."""
        with torch.autocast(wave.device.type, enabled=False):  # powers differ by many magnitudes
            power = self.spectrogram_extractor(wave.float())
            mel = self.logmel_extractor.melW.T @ power
            return 10 * torch.log10(mel.clamp(min=1e-10))


class _Spectrogram(nn.Module):
    """Power of a waveform, by convolutions whose kernels are windowed cosines and sines."""

    def __init__(self, bins: int, window: int, hop: int) -> None:
        super().__init__()
        self.stft = _Kernels(bins, window, hop)
        self.margin = window // 2

    def forward(self, wave: Tensor) -> Tensor:
        """Map ``[N]`` to ``[bins, frames]``."""
        padded = F.pad(wave[None, None], (self.margin, self.margin), mode="reflect")
        power: Tensor = self.stft.conv_real(padded) ** 2 + self.stft.conv_imag(padded) ** 2
        return power[0]


class _Kernels(nn.Module):
    def __init__(self, bins: int, window: int, hop: int) -> None:
        super().__init__()
        self.conv_real = nn.Conv1d(1, bins, window, stride=hop, bias=False)
        self.conv_imag = nn.Conv1d(1, bins, window, stride=hop, bias=False)


class _Block(nn.Module):
    """Two convolutions of 3 x 3, each normalised and rectified."""

    def __init__(self, narrow: int, wide: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(narrow, wide, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(wide, wide, 3, padding=1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(wide), nn.BatchNorm2d(wide)

    def forward(self, hidden: Tensor) -> Tensor:
        """Map ``[1, narrow, T, F]`` to ``[1, wide, T, F]``."""
        hidden = F.relu(self.bn1(self.conv1(hidden)))
        return F.relu(self.bn2(self.conv2(hidden)))


def _state(path: Path) -> State:
    """The weights under ``model``, unpickled without running anything."""
    from numpy._core.multiarray import _reconstruct

    # The authors store the state of their sampler, too: arrays of integers.
    arrays: list[Any] = [
        np.ndarray, np.dtype, type(np.dtype(np.int64)), type(np.dtype(np.int32)), _reconstruct,
        (_reconstruct, "numpy.core.multiarray._reconstruct"),
    ]  # fmt: skip
    try:
        with torch.serialization.safe_globals(arrays):
            found = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, EOFError, RuntimeError, ValueError) as error:
        line = str(error).strip().splitlines()[0][:200]
        raise RequestError(f"{path} cannot be read as a checkpoint of PyTorch: {line}") from None
    state = found.get("model") if isinstance(found, dict) else None
    if not isinstance(state, dict):
        raise RequestError(f"{path} holds no weights under 'model', as PANNs' checkpoints do.")
    return state

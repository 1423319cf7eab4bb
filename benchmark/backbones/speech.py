"""Speech encoders of transformers that read waveforms: wav2vec 2.0, HuBERT, WavLM."""

from __future__ import annotations

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from emobench.backbones.features import Backbone, Features, spread
from emobench.backbones.loading import encoder, states
from emobench.backbones.weights import folder_of
from emobench.errors import RequestError
from emobench.interface.batch import Sequence
from emobench.interface.dataset import SAMPLE_RATE


class SpeechBackbone(Backbone):
    """A transformers speech encoder over 16 kHz waveforms; about 50 frames a second.

    Parameters
    ----------
    name
        Name on the hub or local folder.
    seconds
        Every waveform is cut or zero-padded to this length, so that a batch runs at once and no
        utterance depends on its batch mates. None runs each utterance at its own length, one by
        one: several of these encoders normalise over time, padding included.
    layer
        Layer of the hidden states: -1 the last, 0 the input of the first.

    Raises
    ------
    Skip
        The weights are not available.
    RequestError
        The encoder does not read waveforms.
    """

    def __init__(self, name: str, seconds: float | None = None, layer: int = -1) -> None:
        super().__init__()
        folder = folder_of("audio", name)
        self.encoder = encoder(folder)
        config = self.encoder.config
        if not hasattr(config, "conv_kernel"):
            raise RequestError(
                f"The audio backbone {name!r} ({config.model_type}) does not read waveforms; take "
                "a wav2vec 2.0, HuBERT or WavLM encoder."
            )
        # Spectral augmentation draws from NumPy's global generator.
        config.apply_spec_augment = False
        if hasattr(self.encoder, "masked_spec_embed"):
            self.encoder.masked_spec_embed.requires_grad_(False)
        self._convolutions = list(zip(config.conv_kernel, config.conv_stride, strict=True))
        self._normalise = _normalises(folder)
        self.samples = None if seconds is None else max(round(seconds * SAMPLE_RATE), self.shortest)
        self.size, self.layer = int(config.hidden_size), layer

    @property
    def shortest(self) -> int:
        """Samples of a single frame; shorter waveforms are zero-padded to this length."""
        samples = 1
        for kernel, stride in reversed(self._convolutions):
            samples = (samples - 1) * stride + kernel
        return samples

    def frames(self, samples: int) -> int:
        """Number of frames of a waveform with `samples` samples."""
        for kernel, stride in self._convolutions:
            samples = (samples - kernel) // stride + 1
        return samples

    def forward(self, waveform: Sequence) -> Features:
        """Encode waveforms ``[B, N, 1]``; returns hidden states of the layer."""
        present = waveform.lengths > 0
        waves = [
            self._normalise_wave(values[:steps, 0])
            for values, steps in zip(waveform.values, waveform.lengths.tolist(), strict=True)
            if steps
        ]
        if not waves:
            zeros = torch.zeros(len(present), 1, self.size).to(waveform.values)
            return Features(zeros, waveform.lengths)
        if self.samples is not None:
            hidden = self._encode(torch.stack([_fit_length(w, self.samples) for w in waves]))
            steps = [self.frames(max(self.shortest, min(len(w), self.samples))) for w in waves]
        else:
            single = [self._encode(w[None])[0] for w in waves]
            steps = [len(h) for h in single]
            hidden = torch.nn.utils.rnn.pad_sequence(single, batch_first=True)
        counts = torch.tensor(steps, device=hidden.device)
        real = torch.arange(hidden.shape[1], device=hidden.device)[None, :] < counts[:, None]
        return Features(spread(hidden * real[..., None], present), spread(counts, present))

    def _encode(self, waves: Tensor) -> Tensor:
        return states(self.encoder(waves, output_hidden_states=self.layer != -1), self.layer)

    def _normalise_wave(self, wave: Tensor) -> Tensor:
        """Waveform ``[N]`` with zero mean and unit variance, if the encoder expects that."""
        if self._normalise:
            wave = (wave - wave.mean()) / torch.sqrt(wave.var(unbiased=False) + 1e-7)
        return F.pad(wave, (0, max(0, self.shortest - len(wave))))


def _fit_length(wave: Tensor, samples: int) -> Tensor:
    return F.pad(wave[:samples], (0, max(0, samples - len(wave))))


def _normalises(folder: Path) -> bool:
    """Whether the encoder's feature extractor normalises each waveform."""
    path = folder / "preprocessor_config.json"
    return bool(json.loads(path.read_text()).get("do_normalize", True)) if path.is_file() else True

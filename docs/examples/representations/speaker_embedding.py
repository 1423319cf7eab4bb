"""Who speaks, as a vector: a pretrained speaker encoder whose weights a package brings along.

    pip install --no-deps resemblyzer==0.1.4
    emobench run --encoder audio=docs/examples/representations/speaker_embedding.py ...

The network is that of Wan, Wang, Papir and Lopez Moreno 2018, "Generalized End-to-End Loss for
Speaker Verification" (ICASSP, section 3), trained by Resemble AI on LibriSpeech and VoxCeleb. The
package's file ``pretrained.pt`` is read, and none of its code, which needs librosa and webrtcvad.
With that code the same windows gave the same vectors to 4e-7; silence is not cut out here.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
import torchaudio
from torch import nn

from emobench import SAMPLE_RATE, Representation

WINDOW, STEP = 160, 80
"""Frames of 10 ms that are embedded together, and from one such window to the next."""


@cache
def parts():
    """The mel filters, the recurrent layers and the projection, with the package's weights."""
    mels = torchaudio.transforms.MelSpectrogram(
        SAMPLE_RATE, n_fft=400, hop_length=160, n_mels=40, norm="slaney", mel_scale="slaney",
        pad_mode="constant",
    )  # fmt: skip
    layers, projection = nn.LSTM(40, 256, 3, batch_first=True), nn.Linear(256, 256)
    package = find_spec("resemblyzer").submodule_search_locations[0]
    # Nothing in the file is run: only tensors are read of it.
    state = torch.load(Path(package, "pretrained.pt"), map_location="cpu", weights_only=True)
    for name, module in (("lstm.", layers), ("linear.", projection)):
        own = {k.removeprefix(name): v for k, v in state["model_state"].items() if name in k}
        module.load_state_dict(own)
    return mels, layers.eval(), projection.eval()


class SpeakerEmbedding(Representation):
    """The voice's identity, ``[1, 256]``: the mean over windows of 1.6 s, of length 1."""

    name = "speaker_embedding"
    modality = "audio"
    source = "waveform"
    licence = "Resemblyzer 0.1.4 and its weights: Apache-2.0"
    packages: ClassVar = {"resemblyzer": "resemblyzer==0.1.4"}

    def extract(self, media):
        """Return ``[1, 256]`` for a waveform ``[N]``; a shorter one is followed by silence."""
        mels, layers, projection = parts()
        # Quiet voices are raised to -30 dB of full scale, as in training.
        wave = media * max(1.0, 10 ** (-30 / 20) / max(float(np.sqrt(np.mean(media**2))), 1e-9))
        with torch.inference_mode():
            frames = mels(torch.from_numpy(np.asarray(wave, dtype=np.float32))).T
            frames = nn.functional.pad(frames, (0, 0, 0, max(0, WINDOW - len(frames))))
            windows = frames.unfold(0, WINDOW, STEP).transpose(1, 2)
            _, (state, _) = layers(windows)
            each = nn.functional.normalize(torch.relu(projection(state[-1])), dim=1)
            return nn.functional.normalize(each.mean(dim=0, keepdim=True), dim=1).numpy()

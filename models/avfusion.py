"""AVFusionModel: a voice branch and a face branch, the voice guiding attention over face frames.

Source: A. Gupta and A. Jain, repository arushjain609/Multimodal-Emotion-Recognition: a README and
a notebook (MultiModal.ipynb), no paper, no saved outputs. All of this is from the notebook: 13 MFCC
of 2.45 s of voice through three convolutions, a BiLSTM, a linear layer and two transformer layers
to a vector a of 128; 16 frames through an ImageNet ResNet18 and a BiLSTM to v_t of 512; alpha =
softmax over t of the mean of tanh(W_v v_t + W_a a), width 64; the mean of v_t (1 + alpha_t) beside
a; layer normalisation, dropout .3, linear. Cross-entropy, Adam 1e-3 with an L2 term of 1e-4,
gradient norm 5, learning rate halved after 3 epochs without progress, 10 epochs of batches of 32.
Parameters with 7 classes: voice 752,512, ResNet18 11,176,512 and the rest of the face branch
1,576,960, fusion 41,024, head 5,767; together 13,552,775. `fusion=concat` leaves the attention out:
the control.

What `corrected` mends, and `as_published` keeps:

- Nothing was said of missing modalities: silence and black frames went through both branches, the
  silence steered alpha, and the layer normalisation of both vectors together made each depend on
  the other's absence. Corrected: each vector is normalised by itself (same parameters) and is zero
  where its modality is absent; without a voice alpha is uniform over the real frames.
- Padding reached the convolutions, the statistics of the batch normalisation and the transformer
  (no padding mask), and odd steps were dropped by the pooling. Corrected: padding is zeroed behind
  every convolution, statistics are those of real steps (same parameters), the transformer gets its
  mask, means are over real steps, and no sequence is too short.
- Half a second was cut off, and if nothing was left, silence taken; short videos repeated a frame.
  Corrected: the window moves towards the start of a short recording; at most 16 distinct frames.
- Frames went to ResNet18 without the normalisation that its weights were trained with.
- The learning rate followed the train loss. Corrected: dev macro-F1.

Not reproduced: the random split by clips, the checkpoint chosen on the test split, dev merged into
train, and the face crops that the notebook's type conversion turned to zeros.

Claims: none; the README and the notebook give no figure.

What it scores, under which recipe, stands in docs/results.md.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
import torchaudio
from torch import Tensor, nn

from emobench import (
    SAMPLE_RATE,
    Batch,
    Card,
    Choice,
    ImageBackbone,
    LogUniform,
    Model,
    Output,
    Parameter,
    PublishedSetting,
    RaggedLSTM,
    RequestError,
    Sequence,
    Task,
    TrainingConfig,
    Uniform,
    unknown,
)

FUSIONS = ("attention", "concat")


@dataclass(frozen=True)
class AVFusionConfig(TrainingConfig):
    """Hyper-parameters; the defaults are the compact preset."""

    fusion: str = "attention"
    """``attention`` (audio-guided, over time) or ``concat`` (the same branches without it)."""
    vision_backbone: str = ""
    """timm's name or a local folder; empty: a linear layer per frame (controlled track)."""
    frame_pixels: int = 112
    """Height and width of the frames that the backbone gets; 0: the backbone's own."""
    audio_width: int = 32
    """Width of the voice branch behind the convolutions (published: 128)."""
    channels: str = "32+32+32"
    """Channels of the voice branch's three convolutions, joined by + (published: 32+64+128)."""
    frame_width: int = 32
    """Width of a frame behind the linear layer that stands in for the backbone."""
    vision_units: int = 32
    """LSTM units over frames, in each direction (published: 256)."""
    gate_width: int = 64
    """Width of the attention's sum of voice and frame."""
    heads: int = 4
    """Attention heads of the voice branch's transformer."""
    layers: int = 2
    """Layers of the voice branch's transformer."""
    frames: int = 16
    """Frames drawn per utterance."""
    dropout: float = 0.3
    """Dropout in the voice branch and before the classes."""
    weight_decay: float = 1e-4
    """L2 coefficient of Adam."""
    clip_norm: float = 5.0
    """Largest gradient norm."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.fusion not in FUSIONS:
            raise unknown("fusion", self.fusion, FUSIONS)
        sizes = (self.frame_width, self.vision_units, self.gate_width, self.layers, self.frames)
        if min(sizes) < 1 or not 0 <= self.dropout < 1:
            raise RequestError("widths, layers and frames must be at least 1, dropout in [0, 1).")
        if self.heads < 1 or self.audio_width < 4 or self.audio_width % self.heads:
            raise RequestError(f"audio_width must be a multiple of heads, got {self.audio_width}.")
        if not re.fullmatch(r"[1-9]\d*(\+[1-9]\d*){2}", self.channels):
            raise RequestError(
                f"channels are written 32+64+128, three of them, got {self.channels}."
            )

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of the convolutions, as numbers."""
        return tuple(map(int, self.channels.split("+")))


class Cepstrum(nn.Module):
    """MFCC 0 to 12 of 2.45 s of voice, at 100 Hz: librosa's, which the notebook uses."""

    window = round(2.45 * SAMPLE_RATE)
    skipped = round(0.5 * SAMPLE_RATE)
    hop = 160
    size = 13

    def __init__(self, published: bool) -> None:
        super().__init__()
        self.published = published
        mel: dict[str, Any] = {"pad_mode": "constant", "norm": "slaney", "mel_scale": "slaney"}
        mel |= {"n_fft": 512, "hop_length": self.hop, "win_length": 400, "n_mels": 128}
        with warnings.catch_warnings():
            # 128 mel bands are more than 257 frequencies fill: some are empty, there as here.
            warnings.simplefilter("ignore", UserWarning)
            self.mfcc = torchaudio.transforms.MFCC(SAMPLE_RATE, self.size, melkwargs=mel)

    def forward(self, waveform: Sequence) -> Sequence:
        """Turn waveforms ``[B, N, 1]`` into coefficients ``[B, 246, 13]``."""
        room = (waveform.lengths - self.window).clamp(min=0)
        start = torch.full_like(room, self.skipped)
        if not self.published:
            start = torch.minimum(start, room)
        at = start[:, None] + torch.arange(self.window, device=room.device)
        waves = waveform.values[..., 0].gather(1, at.clamp(max=waveform.values.shape[1] - 1))
        waves = waves * (at < waveform.lengths[:, None])
        with torch.autocast(waves.device.type, enabled=False):
            # One channel each: levels are floored 80 dB below the loudest of all channels.
            values = self.mfcc(waves.float()[:, None])[:, 0].transpose(1, 2)
        steps = 1 + (waveform.lengths - start).clamp(0, self.window) // self.hop
        whole = torch.full_like(steps, values.shape[1])
        lengths = whole if self.published else torch.where(waveform.lengths > 0, steps, 0)
        return _masked(values, lengths)


class RealStepNorm(nn.BatchNorm1d):
    """Batch normalisation of ``[B, T, C]`` whose statistics are those of real steps alone."""

    def forward(self, values: Tensor, real: Tensor) -> Tensor:  # type: ignore[override]
        """Normalise where `real` ``[B, T]`` is true; zero elsewhere."""
        steps = values[real]
        if self.training and len(steps) < 2:  # no variance to be had: the running one serves
            normalised = F.batch_norm(
                steps, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
            )
        else:
            normalised = super().forward(steps)
        result = normalised.new_zeros(values.shape)
        result[real] = normalised
        return result


class VoiceBranch(nn.Module):
    """Convolutions, BiLSTM, transformer and mean: one vector ``[B, audio_width]``."""

    def __init__(self, size: int, config: AVFusionConfig, published: bool) -> None:
        super().__init__()
        self.published, self.dropout = published, config.dropout
        width = config.audio_width
        sizes, kernels = (size, *config.widths), (7, 7, 5)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(sizes[i], sizes[i + 1], k, padding=k // 2) for i, k in enumerate(kernels)
        )
        norm = nn.BatchNorm1d if published else RealStepNorm
        self.norms = nn.ModuleList(norm(channels) for channels in sizes[1:])
        self.lstm = RaggedLSTM(sizes[-1], width, bidirectional=True)
        self.project = nn.Linear(2 * width, width)
        layer = nn.TransformerEncoderLayer(
            width, config.heads, 4 * width, config.dropout, batch_first=True
        )
        self.transformer = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)

    def forward(self, sequence: Sequence) -> Tensor:
        """Return the vector of each utterance; corrected, zero where there is no voice."""
        sequence = _masked(sequence.values, sequence.lengths)
        if self.published:  # pooling twice must leave a step
            missing = max(0, 4 - sequence.values.shape[1])
            values = F.pad(sequence.values, (0, 0, 0, missing))
            sequence = Sequence(values, sequence.lengths.clamp(min=4))
        for i in range(len(self.convolutions)):
            sequence = self._convolve(i, sequence)
            sequence = _pooled(sequence, not self.published) if i < 2 else sequence
        sequence, _ = self.lstm(sequence)
        real = sequence.mask
        padding = ~real
        padding[:, 0] = False  # a row without a single key would be NaN; it is erased below
        hidden = self.transformer(
            self.project(sequence.values),
            src_key_padding_mask=None if self.published else padding,
        )
        return _mean(Sequence(hidden * real[..., None], sequence.lengths))

    def _convolve(self, i: int, sequence: Sequence) -> Sequence:
        values = self.convolutions[i](sequence.values.transpose(1, 2))
        if self.published:
            values = self.norms[i](values).transpose(1, 2)
        else:
            values = self.norms[i](values.transpose(1, 2), sequence.mask)
        values = F.dropout(F.relu(values), self.dropout, self.training)
        return Sequence(values, sequence.lengths)


class FaceBranch(nn.Module):
    """Drawn frames through an encoder each and a BiLSTM: states ``[B, 16, 2 units]``."""

    def __init__(self, encoder: nn.Module, size: int, config: AVFusionConfig, whole: bool) -> None:
        super().__init__()
        self.count, self.whole = config.frames, whole
        self.encoder = encoder
        self.lstm = RaggedLSTM(size, config.vision_units, bidirectional=True)

    def forward(self, frames: Sequence) -> Sequence:
        """Return the states of the drawn frames."""
        drawn = draw(frames, self.count, self.whole)
        if isinstance(self.encoder, ImageBackbone):
            drawn = self.encoder(drawn)
        else:
            drawn = _masked(self.encoder(drawn.values), drawn.lengths)
        states: Sequence = self.lstm(drawn)[0]
        return states


class VoiceGuidedAttention(nn.Module):
    """Weights alpha ``[B, T]`` of frames, given the voice."""

    def __init__(self, vision: int, audio: int, width: int) -> None:
        super().__init__()
        self.vision = nn.Linear(vision, width)
        self.audio = nn.Linear(audio, width, bias=False)

    def forward(self, states: Sequence, audio: Tensor, heard: Tensor) -> Tensor:
        """Softmax over real frames; uniform where `heard` ``[B]`` is false."""
        agreement = torch.tanh(self.vision(states.values) + self.audio(audio)[:, None])
        scores = agreement.mean(dim=-1) * heard[:, None]
        scores = scores.masked_fill(~states.mask, float("-inf"))
        return torch.nan_to_num(scores.softmax(dim=1))


class AVFusion(Model):
    """Voice branch, face branch and audio-guided temporal attention; reads no text."""

    card: ClassVar[Card] = Card(
        name="avfusion",
        title="AVFusionModel: voice-guided temporal attention over face frames",
        authors="Gupta and Jain",
        year=2025,
        venue="code repository",
        link="https://github.com/arushjain609/Multimodal-Emotion-Recognition",
        licence="MIT (README)",
        kind="published",
        paper_regimes=("full",),
        inputs={
            "audio": ("log_mel", "mfcc", "prosody"),
            "vision": ("action_units|face_descriptor",),
        },
        published_inputs={"audio": ("waveform",), "vision": ("frames",)},
        variants=("corrected", "as_published"),
        claims=(
            "None: neither the README nor the notebook, which tests on RAVDESS clips of the "
            "speakers it was trained on, gives a figure.",
        ),
        deviations=(
            "On the controlled track frames are action units or descriptors through a linear "
            "layer instead of images through ResNet18, and the voice is log-mel, MFCC and prosody.",
            "Faces are 48 x 48 grey pixels, enlarged; the notebook crops 112 x 112 in colour.",
            "The checkpoint is chosen on dev macro-F1; the notebook chooses it on the test split.",
            "The compact preset's voice branch has {compact.channels} channels and is then "
            "{compact.audio_width} wide, where the notebook's {published.channels} channels widen "
            "13 coefficients; {compact.vision_units} LSTM units over frames, for "
            "{published.vision_units}; batches of {compact.batch_size}, for "
            "{published.batch_size}, and {compact.min_updates} updates or {compact.min_epochs} "
            "epochs, whichever are more, for {published.epochs} epochs.",
        ),
        ablations={
            "concatenation": {"fusion": "concat"},
            "without_dropout": {"dropout": "0"},
        },
        settings=(
            PublishedSetting(
                corpus="ravdess",
                split="random_clips",
                split_text="80 % of the clips for training, 20 % for the test, drawn at random: "
                "every actor is on both sides; the test also chose the checkpoint, which here "
                "dev does",
                measure="accuracy",
                claimed=None,
                modalities=("audio", "vision"),
                source="notebook; saved without outputs",
            ),
        ),
        known_failures={
            "batch_of_one": "Batch normalisation cannot train on the single step that pooling "
            "leaves of one short utterance.",
            "padding_invariance": "Convolutions and transformer read the padding, which is zero at "
            "first and no longer behind the first bias.",
            "erased_values": "An absent voice or face is whatever stands in its place, run through "
            "its branch.",
        },
    )
    Config = AVFusionConfig
    presets: ClassVar[dict[str, TrainingConfig]] = {
        "compact": AVFusionConfig(),
        "published": AVFusionConfig(
            vision_backbone="resnet18",
            audio_width=128,
            channels="32+64+128",
            vision_units=256,
            batch_size=32,
            epochs=10,
            patience=10,
            schedule="plateau",
            plateau=3,
        ),
    }
    # The notebook varies nothing; the decay is an L2 term of Adam, so strong is below 1.
    search_space: ClassVar[dict[str, Parameter]] = {
        "learning_rate": LogUniform(1e-4, 1e-2),
        "weight_decay": LogUniform(1e-6, 1e-1),
        "audio_width": Choice(16, 32, 64),
        "vision_units": Choice(16, 32, 64),
        "layers": Choice(1, 2),
        "dropout": Uniform(0.0, 0.6),
        "sampling": Choice("uniform", "class_balanced"),
    }

    def __init__(self, task: Task, config: AVFusionConfig, variant: str = "corrected") -> None:
        if variant == "as_published":
            config = replace(config, plateau_watches="train_loss")
        super().__init__(task, config, variant)
        self.config: AVFusionConfig = config
        vision, audio = 2 * config.vision_units, config.audio_width
        whole = {"vision": vision, "audio": audio}
        self.widths = {m: width for m, width in whole.items() if m in task.inputs}
        if "vision" in task.inputs:
            self.face = self._face_branch()
        if "audio" in task.inputs:
            raw = "waveform" in task.inputs["audio"]
            self.cepstrum = Cepstrum(self.as_published) if raw else None
            size = Cepstrum.size if raw else task.size("audio")
            self.voice = VoiceBranch(size, config, self.as_published)
        if config.fusion == "attention" and len(self.widths) == 2:
            self.attention = VoiceGuidedAttention(vision, audio, config.gate_width)
        width = sum(self.widths.values())
        apart = [width] if self.as_published else list(self.widths.values())
        self.norms = nn.ModuleList(nn.LayerNorm(size) for size in apart)
        self.head = nn.Sequential(nn.Dropout(config.dropout), nn.Linear(width, len(task.classes)))

    def _face_branch(self) -> FaceBranch:
        config, inputs = self.config, self.task.inputs["vision"]
        if not config.vision_backbone:
            size = config.frame_width
            encoder: nn.Module = nn.Sequential(nn.Linear(sum(inputs.values()), size), nn.ReLU())
        elif "frames" in inputs:
            encoder = ImageBackbone(
                config.vision_backbone,
                normalise=not self.as_published,
                size=config.frame_pixels or None,
            )
            size = encoder.size
        else:
            raise RequestError("avfusion's vision_backbone reads frames: --track published.")
        return FaceBranch(encoder, size, config, self.as_published)

    def forward(self, batch: Batch) -> Output:
        """Return logits ``[B, C]``."""
        vectors: dict[str, Tensor] = {}
        if "audio" in self.widths:
            sequence = batch["audio"]
            vectors["audio"] = self.voice(self.cepstrum(sequence) if self.cepstrum else sequence)
        if "vision" in self.widths:
            states = self.face(batch["vision"])
            if hasattr(self, "attention"):
                alpha = self.attention(states, vectors["audio"], self._heard(batch))
                states = Sequence(states.values * (1 + alpha[..., None]), states.lengths)
            vectors["vision"] = _mean(states)
        return Output(self.head(self._joined(vectors, batch)))

    def _joined(self, vectors: dict[str, Tensor], batch: Batch) -> Tensor:
        """Both branches side by side, normalised ``[B, vision + audio]``."""
        parts = [vectors[m] for m in self.widths]
        if self.as_published:
            whole: Tensor = self.norms[0](torch.cat(parts, dim=1))
            return whole
        present = [batch.present[m][:, None] for m in self.widths]
        apart = [norm(p) * here for norm, p, here in zip(self.norms, parts, present, strict=True)]
        return torch.cat(apart, dim=1)

    def _heard(self, batch: Batch) -> Tensor:
        """Where the voice may guide the attention, ``[B]``; as published, everywhere."""
        return batch.present["audio"] | self.as_published

    def optimizer(self) -> torch.optim.Optimizer:
        """Adam with an L2 term, as in the notebook."""
        return torch.optim.Adam(
            self.parameters(),
            lr=self.config.learning_rate,
            weight_decay=self.config.weight_decay,
            fused=True,
        )


def draw(frames: Sequence, count: int, whole: bool) -> Sequence:
    """Draw `count` frames, evenly spread from the first to the last.

    Of fewer frames each is drawn once; if `whole`, always `count`, frames repeated and black ones
    where there are none.
    """
    wanted = torch.full_like(frames.lengths, count)
    lengths = wanted if whole else torch.minimum(wanted, frames.lengths)
    steps = torch.arange(max(1, int(lengths.max())), device=lengths.device)
    last = (frames.lengths - 1).clamp(min=0)
    at = (steps * last[:, None]) // (lengths - 1).clamp(min=1)[:, None]
    at = torch.minimum(at, last[:, None])[..., None].expand(-1, -1, frames.values.shape[2])
    return _masked(frames.values.gather(1, at), lengths)


def _masked(values: Tensor, lengths: Tensor) -> Sequence:
    """A sequence whose padding is zero."""
    sequence = Sequence(values, lengths)
    return Sequence(values * sequence.mask[..., None], lengths)


def _pooled(sequence: Sequence, keep_last: bool) -> Sequence:
    """Maximum of each two steps; an odd last one is kept or dropped. Values are not negative."""
    values = F.max_pool1d(sequence.values.transpose(1, 2), 2, ceil_mode=keep_last)
    return Sequence(values.transpose(1, 2), (sequence.lengths + keep_last) // 2)


def _mean(sequence: Sequence) -> Tensor:
    """Mean over real steps ``[B, D]`` of a sequence whose padding is zero."""
    return sequence.values.sum(dim=1) / sequence.lengths.clamp(min=1)[:, None]

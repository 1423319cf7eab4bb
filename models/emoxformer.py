"""EmoXFormer: context-gated cross-attention over three backbones, trained in two stages.

Source: the public repository QuratulAinAisha/Multimodal-Emotion-Recognition-using-Disjoint-Datasets
(a script and a README, no paper). Taken from the script: RoBERTa, wav2vec 2.0 and ViT, each through
a linear map to 512; four blocks in which every modality attends to the two others and is gated by
a sigmoid of itself; the mean over time; 1536 to 512 to classes; focal loss with gamma 2; stage one
with frozen backbones (AdamW 1e-4, at most 50 epochs), stage two with everything trained (5e-5, at
most 40), a plateau schedule (factor .2, patience 2) in each; batches that hold equal shares of
MELD's text, RAVDESS's speech and FER2013's faces. The authors publish no result.

What `corrected` mends, and `as_published` keeps:

- Attention and the mean over time counted padding, so a prediction depended on the longest
  utterance of its batch. Corrected: both look at real steps alone.
- An absent modality was silence, a black image or a lone `<s>`, which biases turn into vectors that
  are attended to and averaged. Corrected: it is no key, asks nothing, and its share of the
  classifier's input is one learned vector, zero until absences were trained on. With no other
  modality there, attention adds nothing; with one, that one is not halved.
- Attention that no training utterance could use (disjoint corpora never show two modalities at
  once) stayed at its random start and would spoil a first utterance that has both. Corrected: its
  output starts at zero, and counts only as far as it was trained.
- wav2vec 2.0 ran over a batch's padding without a mask. Corrected: every waveform is brought to one
  length. The ViT got images without the normalisation that it was trained with. Corrected.
- Stage two forgot stage one's best checkpoint. Corrected: it is kept unless dev improves.

On the controlled track the representations themselves play the frozen backbones' output. Behind
each stands a light backbone, a residual temporal convolution that starts as the identity: frozen in
stage one, trained in stage two.

What it scores, under which recipe, stands in docs/results.md.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from emobench import (
    FACE_SIZE,
    Batch,
    Card,
    Choice,
    ImageBackbone,
    LogUniform,
    Model,
    Output,
    Parameter,
    PublishedSetting,
    RequestError,
    Sequence,
    Session,
    SpeechBackbone,
    Task,
    TextBackbone,
    TrainingConfig,
    Uniform,
    text_units,
    texts,
)

RAW = {"text": "characters", "audio": "waveform", "vision": "frames"}
SHORTEST = 400
"""Samples: what the script pads a shorter or absent waveform to."""


@dataclass(frozen=True)
class EmoXFormerConfig(TrainingConfig):
    """Hyper-parameters; the defaults are the compact preset."""

    TRAINING = ("stage_two_learning_rate", "stage_two_epochs")
    text_backbone: str = ""
    """Name or folder of a text model; empty: the light backbone."""
    audio_backbone: str = ""
    """Name or folder of a speech model; empty: the light backbone."""
    vision_backbone: str = ""
    """Name or folder of an image model; empty: the light backbone."""
    seconds: float = 6.0
    """To which length `corrected` brings every waveform for a speech model."""
    pool: int = 8
    """Audio steps of 40 ms that are averaged into one before the light backbone."""
    width: int = 32
    """Width of the fusion blocks (published: 512)."""
    heads: int = 2
    """Heads of each cross-attention (published: 4)."""
    blocks: int = 2
    """Context-gated cross-attention blocks (published: 4)."""
    gate: bool = True
    """Whether a block multiplies each modality by a sigmoid of itself."""
    dropout: float = 0.3
    """Dropout after each projection."""
    head_dropout: float = 0.4
    """Dropout before the classes."""
    stage_two_learning_rate: float = 5e-4
    """Step size of AdamW in stage two (published: 5e-5); half of that of stage one."""
    weight_decay: float = 1e-4
    """Decoupled weight decay."""
    stage_two_share: float = 1 / 3
    """Share of the budget that stage two gets."""
    stage_two_epochs: int = 40
    """With a budget in epochs: at most so many in stage two, and never more than `epochs`."""
    loss: str = "focal"
    """Focal loss, gamma 2."""
    sampling: str = "corpus_balanced"
    """Equal shares of every corpus of a joint one in each batch."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.heads < 1 or self.width < 1 or self.width % self.heads:
            raise RequestError(
                f"width must be a multiple of heads, got {self.width} and {self.heads}."
            )
        if not 0 < self.stage_two_share < 1:
            raise RequestError(f"stage_two_share must be in (0, 1), got {self.stage_two_share}.")
        if min(self.blocks, self.pool, self.stage_two_epochs) < 1 or not self.seconds > 0:
            raise RequestError("blocks, pool, stage_two_epochs and seconds must be positive.")
        if not (0 <= self.dropout < 1 and 0 <= self.head_dropout < 1):
            raise RequestError("dropout and head_dropout must be in [0, 1).")


class LightBackbone(nn.Module):
    """Residual temporal convolution over ``[B, T, D]``; the identity until it is trained."""

    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.size = size
        self.inner = nn.Conv1d(size, width, 3, padding=1)
        self.outer = nn.Linear(width, size)
        nn.init.zeros_(self.outer.weight)
        nn.init.zeros_(self.outer.bias)

    def forward(self, sequence: Sequence) -> Sequence:
        """Return a sequence of the same shape."""
        hidden = F.relu(self.inner(sequence.values.transpose(1, 2))).transpose(1, 2)
        return Sequence(sequence.values + self.outer(hidden), sequence.lengths)


class ContextGatedCrossAttention(nn.Module):
    """Every modality attends to the others and is gated by itself.

    m' = m + mean over others of attention(m, other, other); out = m' * sigmoid(W m'). The pair
    (a, b) has one attention for both directions, as in the script. `silent`: what attention adds
    is zero until it is trained.
    """

    def __init__(
        self, modalities: tuple[str, ...], width: int, heads: int, gate: bool, silent: bool
    ) -> None:
        super().__init__()
        pairs = [f"{a}_{b}" for a, b in combinations(modalities, 2)]
        attention = {p: nn.MultiheadAttention(width, heads, batch_first=True) for p in pairs}
        for one in attention.values() if silent else ():
            nn.init.zeros_(one.out_proj.weight)
        self.attention = nn.ModuleDict(attention)
        self.gates = nn.ModuleDict({m: nn.Linear(width, width) for m in modalities if gate})

    def forward(
        self, states: Mapping[str, Tensor], masks: Mapping[str, Tensor] | None
    ) -> dict[str, Tensor]:
        """Map states ``[B, T, width]`` by modality to new ones.

        `masks` ``[B, T]`` are true at real steps; without them everything is attended to.
        """
        mixed = {m: state + self._context(m, states, masks) for m, state in states.items()}
        return {
            m: x * torch.sigmoid(self.gates[m](x)) if m in self.gates else x
            for m, x in mixed.items()
        }

    def _context(
        self, modality: str, states: Mapping[str, Tensor], masks: Mapping[str, Tensor] | None
    ) -> Tensor:
        """What `modality` finds in the others, on average, ``[B, T, width]``."""
        query, others = states[modality], [m for m in states if m != modality]
        total = torch.zeros_like(query)
        if masks is None:
            for other in others:
                total = total + self._attend(modality, other, query, states[other], None)
            return total / max(1, len(others))
        there = {m: mask.any(dim=1) for m, mask in masks.items()}
        count = torch.stack(list(there.values())).sum(dim=0) - 1
        for other in others:
            # Only utterances that have both: the rest has no key, or nobody who asks.
            rows = (there[modality] & there[other]).nonzero()[:, 0]
            if len(rows):
                padding = ~masks[other][rows]
                found = self._attend(modality, other, query[rows], states[other][rows], padding)
                total = total.index_add(0, rows, found / count[rows, None, None])
        return total

    def _attend(
        self, one: str, other: str, query: Tensor, keys: Tensor, padding: Tensor | None
    ) -> Tensor:
        pair = f"{one}_{other}" if f"{one}_{other}" in self.attention else f"{other}_{one}"
        found: Tensor = self.attention[pair](
            query, keys, keys, key_padding_mask=padding, need_weights=False
        )[0]
        return found


class EmoXFormer(Model):
    """Backbones, four context-gated cross-attention blocks, two training stages."""

    card: ClassVar[Card] = Card(
        name="emoxformer",
        title="EmoXFormer: context-gated cross-attention, trained in two stages",
        authors="QuratulAinAisha (GitHub account)",
        venue="code repository",
        link="https://github.com/QuratulAinAisha/Multimodal-Emotion-Recognition-using-Disjoint-Datasets",
        licence="none stated",
        kind="published",
        paper_regimes=("disjoint", "full"),
        paper_regime_note="The paper's text, voices and faces are three corpora: the regime "
        "disjoint on one corpus, or full on a joint corpus.",
        inputs={
            "text": ("word_vectors",),
            "audio": ("log_mel", "mfcc", "prosody"),
            "vision": ("action_units|face_descriptor",),
        },
        published_inputs={
            "text": ("characters",),
            "audio": ("waveform",),
            "vision": ("frames",),
        },
        variants=("corrected", "as_published"),
        claims=(
            "None: neither the README nor the script gives a result. The script would print one "
            "pooled accuracy over MELD's test (2,610), FER2013's PrivateTest (3,589) and a random "
            "tenth of RAVDESS's clips (144), whose actors are in train as well.",
        ),
        deviations=(
            "Selection, schedule and early stopping follow dev macro-F1; the script takes the "
            "checkpoint of the best validation accuracy and stops on the validation loss.",
            "RAVDESS is split by actor, not clip by clip; dev and test are never augmented.",
            "An epoch has as many draws as train utterances; the script repeats RAVDESS seven "
            "times and draws with replacement, each corpus a third in expectation.",
            "Of the augmentations colour is left out, as the faces are grey. Crops are of the "
            "48 x 48 pixels, and all frames of a video are changed alike. The gain is lost where "
            "the waveform is normalised, as wav2vec 2.0's feature extractor says.",
            "As published, an absent text is zeros through the projection's bias; the script runs "
            "RoBERTa over a lone, masked `<s>`, which is another constant.",
            "A video gives one ViT vector per frame; FER2013's pictures give one.",
            "The compact preset has {compact.blocks} blocks of width {compact.width} with "
            "{compact.heads} heads, batches of {compact.batch_size}, learning rates "
            "{compact.learning_rate} and {compact.stage_two_learning_rate}, in both stages "
            "together {compact.min_updates} updates or {compact.min_epochs} epochs, whichever are "
            "more, gradient norm {compact.clip_norm}, and averages {compact.pool} audio steps into "
            "one.",
        ),
        ablations={
            "without_gate": {"gate": "false"},
            "one_block": {"blocks": "1"},
            "cross_entropy": {"loss": "cross_entropy"},
            "without_corpus_balance": {"sampling": "uniform"},
            "without_dropout": {"dropout": "0", "head_dropout": "0"},
        },
        settings=(
            PublishedSetting(
                corpus="text=meld+audio=ravdess+vision=fer2013",
                split_text="MELD and FER2013 as they are split officially; a random tenth of "
                "RAVDESS's clips, which here are parted by actor",
                measure="accuracy",
                claimed=None,
                modalities=("text", "audio", "vision"),
                source="README and script: one pooled accuracy is printed, no number is given",
            ),
        ),
        known_failures={
            "batch_of_one": "a prediction depends on the longest utterance of its batch",
            "batch_mates": "a prediction depends on the longest utterance of its batch",
            "padding_invariance": "attention and the mean over time count padding as signal",
            "erased_values": "an absent modality is attended to and averaged like a present one",
        },
    )
    Config = EmoXFormerConfig
    config: EmoXFormerConfig
    presets: ClassVar[dict[str, TrainingConfig]] = {
        "compact": EmoXFormerConfig(),
        "published": EmoXFormerConfig(
            text_backbone="roberta-base",
            audio_backbone="facebook/wav2vec2-base",
            vision_backbone="vit_base_patch16_224",
            width=512,
            heads=4,
            blocks=4,
            learning_rate=1e-4,
            stage_two_learning_rate=5e-5,
            batch_size=32,
            epochs=50,
            stage_two_epochs=40,
            patience=20,
            schedule="plateau",
            plateau=2,
            plateau_factor=0.2,
            clip_norm=0.0,
        ),
    }
    # The script varies nothing but the step size, between its two stages.
    search_space: ClassVar[dict[str, Parameter]] = {
        "learning_rate": LogUniform(1e-4, 1e-2),
        "stage_two_learning_rate": LogUniform(5e-5, 5e-3),
        "weight_decay": LogUniform(1e-5, 1.0),
        "width": Choice(16, 32, 48),
        "blocks": Choice(1, 2, 3),
        "dropout": Uniform(0.0, 0.6),
        "sampling": Choice("corpus_balanced", "class_balanced"),
    }

    def __init__(self, task: Task, config: EmoXFormerConfig, variant: str = "corrected") -> None:
        super().__init__(task, config, variant)
        names, width = task.modalities, config.width
        self.pool, self.drop = config.pool, config.dropout
        backbones = {m: self._backbone(m) for m in names}
        self.backbones = nn.ModuleDict(backbones)
        self.projections = nn.ModuleDict(
            {m: nn.Linear(b.size, width) for m, b in backbones.items()}
        )
        self.blocks = nn.ModuleList(
            ContextGatedCrossAttention(
                names, width, config.heads, config.gate, silent=not self.as_published
            )
            for _ in range(config.blocks)
        )
        self.head = nn.Sequential(
            nn.Linear(width * len(names), width),
            nn.ReLU(),
            nn.LayerNorm(width),
            nn.Dropout(config.head_dropout),
            nn.Linear(width, len(task.classes)),
        )
        if not self.as_published:
            self.absent = nn.ParameterDict({m: torch.zeros(width) for m in names})

    def _is_raw(self, modality: str) -> bool:
        """Whether this modality comes as recorded, for a backbone of the published track."""
        return RAW[modality] in self.task.inputs[modality]

    def _backbone(
        self, modality: str
    ) -> LightBackbone | TextBackbone | SpeechBackbone | ImageBackbone:
        config = self.config
        if not self._is_raw(modality):
            return LightBackbone(self.task.size(modality), config.width)
        name = getattr(config, f"{modality}_backbone")
        if not name:
            raise RequestError(f"emoxformer reads raw {modality} here: name a backbone for it.")
        if modality == "text":
            return TextBackbone(name)
        if modality == "audio":
            return SpeechBackbone(name, None if self.as_published else config.seconds)
        return ImageBackbone(name, normalise=not self.as_published)

    def forward(self, batch: Batch) -> Output:
        """Return logits ``[B, C]``."""
        states, masks = {}, {}
        for modality in self.task.modalities:
            features = self.backbones[modality](self._input(modality, batch))
            state = self.projections[modality](features.values)
            states[modality] = F.dropout(state, self.drop, self.training)
            masks[modality] = features.mask
        for block in self.blocks:
            states = block(states, None if self.as_published else masks)
        summaries = [self._summary(m, states[m], masks[m]) for m in states]
        return Output(self.head(torch.cat(summaries, dim=1)))

    def _summary(self, modality: str, state: Tensor, mask: Tensor) -> Tensor:
        """One vector per utterance ``[B, width]``."""
        if self.as_published:
            return state.mean(dim=1)
        real = mask[..., None]
        mean = (state * real).sum(dim=1) / real.sum(dim=1).clamp(min=1)
        return torch.where(mask.any(dim=1)[:, None], mean, self.absent[modality].to(mean.dtype))

    def _input(self, modality: str, batch: Batch) -> Sequence:
        """What the backbone reads."""
        raw = self._is_raw(modality)
        sequence = batch.inputs[modality][RAW[modality]] if raw else batch[modality]
        if raw and self.training:
            sequence = augmented(modality, sequence)
        if self.as_published:
            sequence = collated(sequence)
        elif not raw:  # the light backbone looks at a step's neighbours
            real = sequence.mask[..., None]
            sequence = Sequence(sequence.values.masked_fill(~real, 0.0), sequence.lengths)
        if modality == "audio" and not raw:
            return pooled(sequence, self.pool)
        if self.as_published and raw and modality != "text":
            return unmasked(sequence, SHORTEST if modality == "audio" else 1)
        return sequence

    def fit(self, session: Session) -> None:
        """Train with frozen backbones, then everything."""
        config = session.config
        assert isinstance(config, EmoXFormerConfig)
        first, second = _stages(config)
        flags = [(p, p.requires_grad) for p in self.backbones.parameters()]
        try:
            self.backbones.requires_grad_(False)
            session.loop(self, config=first, stage="frozen backbones")
        finally:
            for parameter, flag in flags:
                parameter.requires_grad_(flag)
        kept, best, score = copy.deepcopy(self.state_dict()), session.best_epoch, _best(session)
        optimizer = torch.optim.AdamW(
            self.parameters(),
            lr=config.stage_two_learning_rate,
            weight_decay=config.weight_decay,
            fused=True,
        )
        session.loop(self, config=second, optimizer=optimizer, stage="all")
        if not self.as_published and _best(session) <= score:
            self.load_state_dict(kept)
            session.best_epoch = best


def pooled(sequence: Sequence, every: int) -> Sequence:
    """Average each `every` real steps into one: ``[B, T, D]`` to ``[B, ceil(T / every), D]``."""
    extra = -sequence.values.shape[1] % every
    count, steps, size = sequence.values.shape
    windows = (count, (steps + extra) // every, every)
    values = F.pad(sequence.values, (0, 0, 0, extra)).reshape(*windows, size).sum(dim=2)
    counts = F.pad(sequence.mask, (0, extra)).reshape(windows).sum(dim=2)
    lengths = sequence.lengths.add(every - 1).div(every, rounding_mode="floor")
    return Sequence(values / counts.clamp(min=1)[..., None], lengths)


def collated(sequence: Sequence) -> Sequence:
    """The same, padded to the longest utterance of the batch and no further."""
    longest = max(1, int(sequence.lengths.max()))
    return Sequence(sequence.values[:, :longest], sequence.lengths)


def unmasked(sequence: Sequence, shortest: int) -> Sequence:
    """The same as if padding and absent utterances were signal, `shortest` steps at least."""
    values = F.pad(sequence.values, (0, 0, 0, max(0, shortest - sequence.values.shape[1])))
    return Sequence(values, torch.full_like(sequence.lengths, values.shape[1]))


def augmented(modality: str, sequence: Sequence) -> Sequence:
    """The script's augmentations of raw input, drawn per utterance; absent ones stay absent."""
    augment = {"text": _words_dropped, "audio": _shifted, "vision": _jittered}
    return augment[modality](sequence)


def _words_dropped(sequence: Sequence, probability: float = 0.05) -> Sequence:
    """Each word left out with `probability`; a text of which nothing is left is a space.

    In scripts without blanks between words a letter is left out, with its marks.
    """
    rows = []
    for text in texts(sequence):
        units = text_units(text)
        kept = torch.rand(len(units)) >= probability
        left = [blank + unit for (blank, unit), k in zip(units, kept.tolist(), strict=True) if k]
        codes = [float(ord(c)) for c in "".join(left).lstrip() or " " * bool(text)]
        rows.append(torch.tensor(codes, dtype=torch.float32))
    lengths = torch.tensor([len(r) for r in rows])
    # One step at least, as in every batch.
    values = nn.utils.rnn.pad_sequence([*rows, torch.zeros(1)], batch_first=True)[:-1]
    return Sequence(values[..., None].to(sequence.values), lengths.to(sequence.lengths))


def _shifted(sequence: Sequence, most: int = 400) -> Sequence:
    """Half of the waveforms rolled by up to `most` samples in either direction, half made louder.

    Or softer: by a gain of .9 to 1.1, which an encoder that normalises waveforms does not see.
    """
    values = sequence.values.clone()
    for row, steps in zip(values, sequence.lengths.tolist(), strict=True):
        if steps and torch.rand(()) < 0.5:
            row[:steps] *= 0.9 + 0.2 * torch.rand(()).item()
        if steps and torch.rand(()) < 0.5:
            row[:steps] = row[:steps].roll(int(torch.randint(-most, most + 1, ())), 0)
    return Sequence(values, sequence.lengths)


def _jittered(sequence: Sequence, most: float = 0.1) -> Sequence:
    """A crop of each face, half of them mirrored; light and contrast changed by up to `most`.

    All frames of an utterance get the same change.
    """
    faces = _cropped(sequence.values.reshape(*sequence.values.shape[:2], FACE_SIZE, FACE_SIZE))
    flip, light, contrast = torch.rand(3, len(faces), 1, 1, 1, device=faces.device)
    faces = torch.where(flip < 0.5, faces.flip(-1), faces) * (1 + most * (2 * light - 1))
    mean = faces.mean(dim=(-2, -1), keepdim=True)
    faces = (mean + (faces - mean) * (1 + most * (2 * contrast - 1))).clamp(0, 1)
    return Sequence(faces.flatten(-2), sequence.lengths)


def _cropped(faces: Tensor, least: float = 0.9) -> Tensor:
    """A random part of faces ``[B, T, H, W]``, of `least` of the area or more, at the old size.

    Sides are drawn as torchvision's ``RandomResizedCrop`` draws them where the part fits.
    """
    area, shape, *place = torch.rand(4, len(faces), device=faces.device)
    area = least + (1 - least) * area
    ratio = torch.exp((2 * shape - 1) * -area.log())  # from `area` to its inverse: no side above 1
    sides = torch.stack([(area * ratio).sqrt(), (area / ratio).sqrt()], dim=1)
    centre = (2 * torch.stack(place, dim=1) - 1) * (1 - sides)
    where = torch.cat([torch.diag_embed(sides), centre[..., None]], dim=2)
    grid = F.affine_grid(where, list(faces.shape), align_corners=False)
    return F.grid_sample(faces, grid, padding_mode="border", align_corners=False)


def _stages(config: EmoXFormerConfig) -> tuple[EmoXFormerConfig, EmoXFormerConfig]:
    """The budgets of both stages."""
    first, second = (config.share(p) for p in (1 - config.stage_two_share, config.stage_two_share))
    epochs = min(config.epochs, config.stage_two_epochs)
    return replace(first, epochs=config.epochs), replace(second, epochs=epochs)


def _best(session: Session) -> tuple[float, float]:
    """Dev macro-F1 and negative dev loss of the last stage's best epoch."""
    assert session.best_epoch is not None
    record = session.epochs[session.best_epoch - 1]
    return record["dev_macro_f1"], -record["dev_loss"]

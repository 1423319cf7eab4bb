"""EmotiWave: a BiLSTM per modality with concatenation or attention, and the later transformer.

Source: A. Charles, "EmotiWave", preprint (not read) and notebooks, 2025. From the notebooks: three
one-layer BiLSTMs (128 units each way) whose final states are concatenated (768 to 128 to classes,
dropout .3; 1,611,654 parameters on the CMU-MOSEI features of 300, 74 and 713 dimensions) or weighed
by a softmax over modalities with one shared score (256 to 1, no bias; 1,546,374); AdamW 1e-4,
weight decay 1e-2, batch 16, 50 epochs, patience 5, gradient norm 1. From the newer README the
transformer (``fusion=transformer``): each modality averaged to 50 steps, a layer to 256, a class
token before the 150, four layers of eight heads and 1024, dropout .1, then 256 to 512 to classes.
On its inputs (300, 74 and 35 FACET) that makes 3,399,430 parameters, 3,159,040 of them in the four
layers; the README says about 3.2M. It was trained with step size 5e-5, batch 32, 100 epochs,
halving on a plateau of 5, and binary cross-entropy for labels of which several can hold: ask for
``preset=transformer``. Its loss is the binary one where the corpus has several labels an utterance.

What `corrected` mends, and `as_published` keeps:

- The forward LSTM's state was read after the padding, so a prediction depended on the longest
  utterance of its batch. Corrected: at each utterance's own last step. Likewise the transformer
  averages stretches of an utterance's own steps, not of the padded batch, and one with fewer than
  50 steps keeps them as they are; the tokens it lacks are masked.
- A missing modality was a zero sequence through a biased LSTM, a constant that is not zero and
  that took its full share of the attention. Corrected: the encoder is skipped, the representation
  is zero, and the attention logit is minus infinity. In the transformer its tokens are masked.
- No embedding of position or modality is described, so the transformer sees a bag of tokens.
  Corrected: learned ones are added (13,568 parameters at the published size).
- Only the first 300 steps were read, of modalities whose steps last 10 to 300 ms, so that the
  windows did not overlap in time. Corrected: all steps are read.

Modality weights: of the attention they are its own. The concatenation has none; corrected, it
reports how much each modality contributed: the absolute change of the predicted class's log-
probability when that modality's representation is set to zero, as a share of the changes of all
present ones (ours, computed in evaluation alone). The corrected transformer's are what the class
token attends to in the last layer, averaged over heads and summed over each modality. As published
these two report none.

The authors' claims and their split are on the card, and so is every other deviation.

What it scores, under which recipe, stands in docs/results.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from emobench import (
    Batch,
    Card,
    Choice,
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

FUSIONS = ("concat", "attention", "transformer")
READOUTS = ("last", "mean")
LIMIT = 300
"""The notebooks read the first 300 steps of each modality."""


@dataclass(frozen=True)
class EmotiWaveConfig(TrainingConfig):
    """Hyper-parameters; the defaults are the compact preset."""

    fusion: str = "concat"
    """``concat``, ``attention`` (over modalities), or ``transformer`` (over all steps)."""
    readout: str = "last"
    """What represents a modality: the LSTM's ``last`` states, or their ``mean`` over time."""
    units: int = 64
    """LSTM units in each direction."""
    hidden: int = 128
    """Width of the layer before the classes."""
    dropout: float = 0.3
    """Dropout before the classes."""
    steps: int = 50
    """Transformer: tokens per modality, each the average of a stretch of steps."""
    width: int = 64
    """Transformer: width of a token (published: 256)."""
    layers: int = 2
    """Transformer: layers (published: 4)."""
    heads: int = 8
    """Transformer: attention heads."""
    feed_forward: int = 256
    """Transformer: width of the feed-forward layers (published: 1024)."""
    token_dropout: float = 0.1
    """Transformer: dropout in its layers and before the classes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.fusion not in FUSIONS:
            raise unknown("fusion", self.fusion, FUSIONS)
        if self.readout not in READOUTS:
            raise unknown("readout", self.readout, READOUTS)
        for name in ("units", "hidden", "steps", "layers", "heads", "feed_forward"):
            if getattr(self, name) < 1:
                raise RequestError(f"{name} must be at least 1, got {getattr(self, name)}.")
        if self.width < 1 or self.width % self.heads:
            raise RequestError(
                f"width must be a multiple of heads, got {self.width} and {self.heads}."
            )
        for name in ("dropout", "token_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise RequestError(f"{name} must be in [0, 1), got {getattr(self, name)}.")


TRANSFORMER = EmotiWaveConfig(
    fusion="transformer",
    learning_rate=5e-5,
    batch_size=32,
    epochs=100,
    patience=100,
    schedule="plateau",
    plateau=5,
)
"""The later architecture's own training, at the compact sizes."""


class EmotiWave(Model):
    """BiLSTM per modality; concatenation or attention over modalities."""

    card: ClassVar[Card] = Card(
        name="emotiwave",
        title="EmotiWave: BiLSTM per modality with concatenation or attention, or a transformer",
        authors="Charles",
        year=2025,
        venue="preprint",
        link="https://doi.org/10.6084/m9.figshare.31567024",
        licence="none stated",
        kind="published",
        paper_regimes=("modality_dropout",),
        paper_regime_note="The paper drops each modality with probability .3 for a whole batch; "
        "here it is dropped for each utterance, and one is kept.",
        inputs={
            "text": ("word_vectors",),
            "audio": ("log_mel", "mfcc", "prosody"),
            "vision": ("action_units|face_descriptor",),
        },
        published_inputs={
            "text": ("glove_300",),
            "audio": ("covarep_74",),
            "vision": ("openface2_713",),
        },
        variants=("corrected", "as_published"),
        claims=(
            "CMU-MOSEI, random split by video, labels averaged over videos, fear and disgust "
            "swapped: concatenation accuracy .57, macro-F1 .22, weighted F1 .53 (majority: .588, "
            ".123).",
            "The same, attention: dev macro-F1 .129, which is what a constant prediction gives.",
            "The same, transformer with several labels per video: dev macro-F1 .301, and .081 in "
            "its own table of missing modalities (text alone .074, audio alone .020).",
        ),
        deviations=(
            "Inputs are standardised on the train split; the notebooks feed raw features.",
            "Modality dropout is the harness's regime, drawn per utterance with one modality kept; "
            "the notebooks draw per batch and can drop all (as they do in 2.7% of batches), in "
            "both variants.",
            "The compact preset has {compact.units} units a direction, for {published.units}, "
            "learning rate {compact.learning_rate}, batches of {compact.batch_size} and "
            "{compact.min_updates} updates or {compact.min_epochs} epochs, whichever are more; its "
            "transformer has {compact.layers} layers of width "
            "{compact.width}, for {published.layers} of {published.width}.",
            "The checkpoint follows dev macro-F1.",
            "One label per utterance is trained with cross-entropy, several with the binary "
            "cross-entropy; the transformer's own schedule is preset=transformer.",
            "readout=mean, the BiLSTM's average over time in place of its final states, is ours.",
            "The modality weights of the concatenation are ours: what the predicted class's log-"
            "probability changes by when a modality is set to zero, as shares of 1.",
        ),
        rows={"the BiLSTM's states averaged over time": {"readout": "mean"}},
        ablations={
            "attention": {"fusion": "attention"},
            "transformer": {"fusion": "transformer"},
            "mean_over_time": {"readout": "mean"},
            "without_dropout": {"dropout": "0", "token_dropout": "0"},
        },
        settings=(
            PublishedSetting(
                corpus="cmu_mosei",
                split="swapped_labels",
                split_text="3,292 videos (labels averaged over a video's segments) split at "
                "random, with the columns of fear and disgust swapped; here the swap alone, on "
                "segments and the official folds (the averaging alone: protocol leakage_audit, "
                "flaw video_averaged)",
                measure="macro_f1",
                claimed=0.22,
                modalities=("text", "audio", "vision"),
                options={"corpus.labels": "single"},
                source="notebook, classification report of the concatenation model (accuracy .57)",
            ),
            PublishedSetting(
                corpus="cmu_mosei",
                split="swapped_labels",
                split_text="the same, dev score: the test was not run",
                measure="macro_f1",
                claimed=0.129,
                modalities=("text", "audio", "vision"),
                options={"corpus.labels": "single", "model.fusion": "attention"},
                source="notebook, validation macro-F1 of the attention model, all six epochs",
            ),
        ),
        known_failures={
            "padding_invariance": "The LSTM runs on through the padding, and its last state is "
            "read there.",
            "erased_values": "An absent modality is whatever stands in its place, run through the "
            "encoder.",
        },
    )
    Config = EmotiWaveConfig
    presets: ClassVar[dict[str, TrainingConfig]] = {
        "compact": EmotiWaveConfig(),
        "published": EmotiWaveConfig(
            units=128,
            learning_rate=1e-4,
            batch_size=16,
            epochs=50,
            patience=5,
            schedule="constant",
            width=256,
            layers=4,
            feed_forward=1024,
        ),
        "transformer": TRANSFORMER,
        "transformer_published": replace(TRANSFORMER, width=256, layers=4, feed_forward=1024),
    }
    # The notebooks vary the fusion alone. Of the transformer, which is asked for, only the first
    # two and the sampler are searched.
    search_space: ClassVar[dict[str, Parameter]] = {
        "learning_rate": LogUniform(1e-4, 1e-2),
        "weight_decay": LogUniform(1e-4, 1.0),
        "fusion": Choice("concat", "attention"),
        "readout": Choice("last", "mean", when={"fusion": ("concat", "attention")}),
        "units": Choice(32, 64, 96, when={"fusion": ("concat", "attention")}),
        "dropout": Uniform(0.0, 0.6, when={"fusion": ("concat", "attention")}),
        "sampling": Choice("uniform", "class_balanced"),
    }

    def __init__(self, task: Task, config: EmotiWaveConfig, variant: str = "corrected") -> None:
        super().__init__(task, config, variant)
        self.fusion, self.readout = config.fusion, config.readout
        if self.fusion == "transformer":
            self.transformer = CrossModalTransformer(task, config, self.as_published)
            return
        width = 2 * config.units
        self.encoders = nn.ModuleDict(
            {m: RaggedLSTM(task.size(m), config.units, bidirectional=True) for m in task.modalities}
        )
        if self.fusion == "attention":
            self.score = nn.Linear(width, 1, bias=False)
        fused = width if self.fusion == "attention" else width * len(task.modalities)
        self.head = _head(fused, config.hidden, len(task.classes), config.dropout)

    def forward(self, batch: Batch) -> Output:
        """Return logits ``[B, C]`` and the modality weights; concatenated, in evaluation alone."""
        if self.fusion == "transformer":
            output: Output = self.transformer(batch)
            return output
        states = {m: self._encode(m, batch) for m in self.task.modalities}
        if self.fusion == "concat":
            logits = self.head(torch.cat(list(states.values()), dim=1))
            report = not (self.training or self.as_published)
            return Output(logits, self._contributions(logits, states, batch) if report else None)
        weights = self._weights(states, batch)
        stacked = torch.stack(list(states.values()), dim=1)
        fused = (weights[..., None] * stacked).sum(dim=1)
        reported = {m: weights[:, i] for i, m in enumerate(self.task.modalities)}
        return Output(self.head(fused), modality_weights=reported)

    def _encode(self, modality: str, batch: Batch) -> Tensor:
        """One modality as ``[B, 2 units]``: final forward and backward state, or their mean."""
        encoder, sequence = self.encoders[modality], batch[modality]
        if self.as_published:  # the padding is read like any other step
            values = sequence.values[:, :LIMIT]
            sequence = Sequence(values, torch.full_like(sequence.lengths, values.shape[1]))
        states, last = encoder(sequence)
        if self.readout == "mean":
            last = states.values.sum(dim=1) / states.lengths.clamp(min=1)[:, None]
        read: Tensor = last
        return read if self.as_published else read * batch.present[modality][:, None]

    @torch.no_grad()
    def _contributions(
        self, logits: Tensor, states: dict[str, Tensor], batch: Batch
    ) -> dict[str, Tensor]:
        """Share ``[B]`` of each modality in what the answer changes by without it.

        The change is that of the answer's log-probability, in absolute value, when the modality's
        representation is zero, as if it were absent.
        """
        whole, changes = self._log_probability(logits, logits), []
        for left_out in states:
            kept = [s if m != left_out else torch.zeros_like(s) for m, s in states.items()]
            without = self._log_probability(self.head(torch.cat(kept, dim=1)), logits)
            changes.append((whole - without).abs())
        present = torch.stack([batch.present[m] for m in states], dim=1).to(whole.dtype)
        change = torch.stack(changes, dim=1) * present
        # Where nothing changes anything, the present ones share alike.
        change = torch.where(change.sum(dim=1, keepdim=True) > 0, change, present)
        share = change / change.sum(dim=1, keepdim=True).clamp(min=torch.finfo(change.dtype).tiny)
        return {m: share[:, i] for i, m in enumerate(states)}

    def _log_probability(self, logits: Tensor, answer: Tensor) -> Tensor:
        """Log-probability ``[B]`` under `logits` of what the logits `answer` decide."""
        if self.task.multilabel:
            return F.logsigmoid(torch.where(answer > 0, logits, -logits)).sum(dim=1)
        decided = answer.argmax(dim=1, keepdim=True)
        return logits.log_softmax(dim=1).gather(1, decided)[:, 0]

    def _weights(self, states: dict[str, Tensor], batch: Batch) -> Tensor:
        """Attention over modalities ``[B, M]``; zero for absent ones unless as published."""
        logits = torch.cat([self.score(state) for state in states.values()], dim=1)
        if self.as_published:
            return logits.softmax(dim=1)
        present = torch.stack([batch.present[m] for m in states], dim=1)
        logits = logits.masked_fill(~present, float("-inf"))
        # None of this model's modalities is there: no weight at all, rather than NaN.
        return torch.nan_to_num(logits.softmax(dim=1))


class CrossModalTransformer(nn.Module):
    """The later architecture: a class token that attends to the steps of every modality.

    Parameters
    ----------
    task
        Classes and feature sizes.
    config
        Sizes.
    as_published
        No embedding of position or modality, and nothing masked.
    """

    def __init__(self, task: Task, config: EmotiWaveConfig, as_published: bool) -> None:
        super().__init__()
        self.steps, self.as_published = config.steps, as_published
        width = config.width
        self.project = nn.ModuleDict({m: nn.Linear(task.size(m), width) for m in task.modalities})
        self.summary = nn.Parameter(0.02 * torch.randn(width))
        if not as_published:
            self.position = nn.Parameter(0.02 * torch.randn(config.steps, width))
            self.kind = nn.Parameter(0.02 * torch.randn(len(task.modalities), width))
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, config.heads, config.feed_forward, config.token_dropout, batch_first=True
            )
            for _ in range(config.layers)
        )
        self.head = _head(width, 2 * width, len(task.classes), config.token_dropout)

    def forward(self, batch: Batch) -> Output:
        """Return logits ``[B, C]`` and, corrected and in evaluation, the modality weights."""
        tokens, padding, counts = self.tokens(batch)
        *first, last = self.layers
        for layer in first:
            tokens = layer(tokens, src_key_padding_mask=padding)
        report = not (self.training or self.as_published)
        weights = self._weights(last, tokens, padding, counts) if report else None
        tokens = last(tokens, src_key_padding_mask=padding)
        return Output(self.head(tokens[:, 0]), modality_weights=weights)

    def tokens(self, batch: Batch) -> tuple[Tensor, Tensor, dict[str, int]]:
        """Class token and the tokens of each modality, side by side.

        Returns
        -------
        Tokens ``[B, 1 + N, width]``; their padding ``[B, 1 + N]``, true where a token is none; and
        how many of the N each modality has.
        """
        parts = [self.summary.expand(len(batch), 1, -1)]
        padding = [torch.zeros(len(batch), 1, dtype=torch.bool, device=self.summary.device)]
        counts = {}
        for i, (modality, project) in enumerate(self.project.items()):
            sequence = batch[modality]
            if self.as_published:
                mean = F.adaptive_avg_pool1d(sequence.values.transpose(1, 2), self.steps)
                parts.append(project(mean.transpose(1, 2)))
                padding.append(padding[0].expand(-1, self.steps))
            else:
                short = stretches(sequence, self.steps)
                place = self.position[: short.values.shape[1]] + self.kind[i]
                parts.append(project(short.values) + place)
                padding.append(~short.mask)
            counts[modality] = parts[-1].shape[1]
        return torch.cat(parts, dim=1), torch.cat(padding, dim=1), counts

    @staticmethod
    def _weights(
        layer: nn.Module, tokens: Tensor, padding: Tensor, counts: dict[str, int]
    ) -> dict[str, Tensor]:
        """Attention of the class token in the last layer, mean over heads, per modality.

        What it pays to itself is left out, and the rest made to sum to 1.
        """
        attention = layer.get_submodule("self_attn")
        _, weights = attention(tokens[:, :1], tokens, tokens, key_padding_mask=padding)
        shares = weights[:, 0, 1:].split(list(counts.values()), dim=1)
        share = torch.stack([s.sum(dim=1) for s in shares], dim=1)
        share = share / share.sum(dim=1, keepdim=True).clamp(min=torch.finfo(share.dtype).tiny)
        return {m: share[:, i] for i, m in enumerate(counts)}


def stretches(sequence: Sequence, count: int) -> Sequence:
    """Average each utterance over `count` stretches of its own steps; a shorter one stays as it is.

    The stretches are as equal as can be, do not overlap, and hold every real step once.
    """
    values, lengths = sequence.values, sequence.lengths
    kept = lengths.clamp(max=count)
    steps = torch.arange(values.shape[1], device=values.device)
    stretch = steps[None] * kept[:, None] // lengths.clamp(min=1)[:, None]
    stretch = stretch.masked_fill(~sequence.mask, -1)
    places = torch.arange(min(count, values.shape[1]), device=values.device)
    belongs = (stretch[:, None] == places[None, :, None]).to(values.dtype)
    means = belongs @ values / belongs.sum(dim=2, keepdim=True).clamp(min=1)
    return Sequence(means, kept)


def _head(size: int, hidden: int, classes: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(size, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, classes)
    )

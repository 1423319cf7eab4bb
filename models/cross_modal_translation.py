"""Cross-modal translation (Yoon 2022): missing modalities are generated, then classified.

Source: Y. C. Yoon, "Can We Exploit All Datasets? Multimodal Emotion Recognition Using Cross-Modal
Translation", IEEE Access 10:64516-64524, 2022, and a public re-implementation of it (a notebook
export, here "the script"). Only the paper's abstract could be read.

From the paper: six variational adversarial translators, one per ordered pair of modalities, with
shared weights; K+1 sequence discriminators; cycle consistency; translators and classifier trained
end to end at 1:7; a transformer per modality; cross-modal attention; corpora that lack modalities,
which are generated. From the script: the ratios of the loss weights, the discriminators of time
averages, and all of `as_published`.

`corrected` is our reading, where neither source says more:

- Sequences are averaged within at most ``steps`` equal segments and standardised on train.
- Three encoders E_m to one latent Gaussian per utterance, three generators G_m from it; the
  translator from s to t is G_t after E_s (UNIT, Liu et al. 2017). Several sources are fused by the
  product of their Gaussians and the prior (Wu & Goodman 2018); with no source the prior is left.
- A generator emits as many steps as train utterances have on average (as the true sequence has,
  while it is compared with one).
- "K+1" is ambiguous. Reading A, the default: one discriminator per modality and one of the joint
  tuple. Reading B: one per chunk and one of the whole sequence. Least-squares losses.
- 1:7 counts batches: of eight, one updates the translators (then the discriminators), seven the
  classifier. Stage (a) trains the translators alone for a few epochs, stage (b) both.
- What the translators learn from is a random part of what an utterance has, so all directions and
  fused sources are trained alike; the classifier's loss flows through what they generate.
- The classifier sees each modality generated in two fifths of the training utterances (of those
  that the corpus and the regime leave): those that lack it, and as many others as it takes, from
  which it is hidden, one modality of every utterance always kept. Without that, a classifier
  trained on complete utterances would first see generated inputs at test. So under the regime
  ``full`` this model trains with hidden modalities, where the other rows hide none.
- Utterances of unimodal and bimodal corpora are ordinary utterances: what they lack is generated.

`as_published` keeps the script's defects: transformers over ``[B, T, D]`` that expect
``[T, B, D]``, so attention runs over the batch; no positions, no masks; the classifier sees the
real text only, beside a voice generated from it and the average face; a "KL" without a variance, a
"seqdis" that is the reconstruction again, a cycle that is never called. The script cannot run as
written (its audio and vision are random numbers, its texts do not stack); we give it real
representations and the harness's padding.

The authors claim, in the abstract: better than the baseline on CMU-MOSEI and IEMOCAP when unimodal
and bimodal corpora are added. The script reports no numbers.

What it scores, under which recipe, stands in docs/results.md.
"""

from __future__ import annotations

import itertools
import math
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp
from torch import Tensor, nn

from emobench import (
    Batch,
    Card,
    Choice,
    LogUniform,
    Model,
    ModelError,
    Output,
    Parameter,
    PublishedSetting,
    RequestError,
    Sequence,
    Task,
    TrainingConfig,
    Uniform,
    unknown,
)

if TYPE_CHECKING:
    from emobench import Session

FUSIONS = ("attention", "concat", "mean")
FILLS = ("generate", "mean", "skip")
READINGS = ("A", "B")
WEIGHTS = (
    "reconstruction", "pairing", "kl", "adversarial", "sequence_adversarial", "cycle", "end_to_end",
)  # fmt: skip

RAW = {"text": "characters", "audio": "waveform", "vision": "frames"}
Sequences = Mapping[str, Sequence]
Posteriors = Mapping[str, tuple[Tensor, Tensor]]
"""Mean and log-variance ``[B, Z]`` per modality."""


@dataclass(frozen=True)
class CrossModalTranslationConfig(TrainingConfig):
    """Hyper-parameters; the defaults are the compact preset."""

    TRAINING = ("translator_rate", "warmup_epochs")
    width: int = 48
    """Width of the transformers."""
    heads: int = 2
    """Their attention heads."""
    feedforward: int = 96
    """Width of their feed-forward layers."""
    encoder_layers: int = 1
    """Layers of every encoder."""
    generator_layers: int = 2
    """Layers of every generator."""
    latent: int = 32
    """Size of the shared latent space."""
    hidden: int = 128
    """Width of the layer before the classes."""
    dropout: float = 0.3
    """Dropout in the classifier, after its projections and before the classes."""
    steps: int = 8
    """Longer sequences are averaged within this many equal segments."""
    fusion: str = "attention"
    """``attention`` (each modality's mean to the steps of the others), ``concat`` or ``mean``."""
    fill: str = "generate"
    """What stands for an absent modality, in training and test: ``generate``, ``mean`` (the train
    split's), ``skip`` (nothing, masked)."""
    generated_share: float = 0.4
    """Share of the classifier's training utterances in which each modality is filled, in
    expectation. What the corpus and the regime leave present beyond it is hidden at random, one
    per utterance always kept: with two modalities at most 1/2 can be had, with three 2/3. A
    modality that is absent more often is never hidden. The record of the last epoch has the share
    that was expected and the one that came about."""
    warmup_epochs: int = 3
    """Epochs of the translators alone, before the joint stage."""
    translator_updates: int = 1
    """r_T: of r_T + r_C consecutive batches, the first r_T update the translators."""
    classifier_updates: int = 7
    """r_C: the other r_C update the classifier."""
    translator_rate: float = 1e-3
    """Step size of translators and discriminators."""
    reconstruction: float = 1.0
    """Weight of self-reconstruction. A loss of weight 0 is not computed, here and below."""
    pairing: float = 1.0
    """Weight of reconstructing a modality from the others of its utterance."""
    kl: float = 0.01
    """Weight of the latents' divergence from a standard normal distribution."""
    adversarial: float = 0.01
    """Weight of the discriminators of time averages."""
    sequence_adversarial: float = 0.01
    """Weight of the sequence discriminators."""
    cycle: float = 0.01
    """Weight of the way there and back, s to t to s."""
    end_to_end: float = 1.0
    """Weight of the classifier's loss in the translators' updates."""
    reading: str = "A"
    """Of "K+1 sequence discriminators": ``A`` or ``B``, see the top of the file."""
    chunks: int = 3
    """Chunks of reading B."""
    text_backbone: str = ""
    """Frozen text encoder of the published track."""
    audio_backbone: str = ""
    """Frozen speech encoder of the published track."""
    vision_backbone: str = ""
    """Frozen frame encoder of the published track."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, known in (("fusion", FUSIONS), ("fill", FILLS), ("reading", READINGS)):
            if getattr(self, name) not in known:
                raise unknown(name, getattr(self, name), known)
        if self.heads < 1 or self.width % (4 * self.heads):
            raise RequestError(
                f"width must be a multiple of 4 heads, got {self.width} and {self.heads}."
            )
        for name in (
            "feedforward", "encoder_layers", "generator_layers", "latent", "hidden", "steps",
            "chunks",
        ):  # fmt: skip
            if getattr(self, name) < 1:
                raise RequestError(f"{name} must be at least 1, got {getattr(self, name)}.")
        for name in (*WEIGHTS, "warmup_epochs", "translator_updates", "translator_rate"):
            if not getattr(self, name) >= 0:
                raise RequestError(f"{name} must not be negative, got {getattr(self, name)}.")
        if self.classifier_updates < 1:
            raise RequestError("classifier_updates must be at least 1: nothing else classifies.")
        if self.accumulation != 1:
            raise RequestError("updates alternate batch by batch: accumulation must be 1.")
        if not 0 <= self.dropout < 1:
            raise RequestError("dropout must be in [0, 1).")
        check_share(self.generated_share, 3)


def check_share(share: float, modalities: int) -> None:
    """Refuse a generated share that is beyond reach with so many modalities, one always kept."""
    most = 1 - 1 / modalities
    if not 0 <= share <= most:
        raise RequestError(
            f"generated_share={share}: with {modalities} modalities, one of which is always kept, "
            f"each can be generated in a share of 0 to {most:.3g} of the utterances; choose one."
        )


class CrossModalTranslation(Model):
    """Translators in a shared latent space, and a classifier of real and generated inputs."""

    card: ClassVar[Card] = Card(
        name="cross_modal_translation",
        title="Cross-modal translation: missing modalities are generated, then classified",
        authors="Yoon",
        year=2022,
        venue="IEEE Access 10:64516-64524",
        link="https://doi.org/10.1109/ACCESS.2022.3183587",
        licence="no code of the author's is public; the re-implementation states none",
        kind="published",
        paper_regimes=("full",),
        paper_regime_note="The modalities that are generated in training (generated_share) are "
        "part of the model, under every regime.",
        inputs={
            "text": ("word_vectors",),
            "audio": ("log_mel", "mfcc", "prosody"),
            "vision": ("action_units|face_descriptor",),
        },
        published_inputs={"text": ("characters",), "audio": ("waveform",), "vision": ("frames",)},
        variants=("corrected", "as_published"),
        claims=(
            "CMU-MOSEI and IEMOCAP: better than the baseline when unimodal and bimodal corpora are "
            "added in training (abstract; the tables could not be read).",
            "The public re-implementation reports no numbers; its voices and faces are random.",
        ),
        deviations=(
            "Sequences are averaged within at most {compact.steps} segments (compact) or "
            "{published.steps} (published) and standardised on train; generated ones have these "
            "steps too.",
            "Sizes, latent space, generators and discriminators are our reading: the abstract "
            'names none. "K+1" is read as one discriminator per modality and one of the tuple.',
            "Discriminators have least-squares losses, the script a cross-entropy.",
            "The classifier sees each modality generated in a share of {compact.generated_share} "
            "of its training utterances, so that generated inputs are nothing new to it at test. "
            "So under the regime full this row trains with hidden modalities; others hide none. "
            "generated_share=0 hides none here either.",
            "Translators and classifier are trained by AdamW with the harness's weight decay, as "
            "every model here; the script has Adam without decay, and so have the discriminators "
            "here: decay would weaken the adversary, and no source has it.",
            "The losses have the script's ratios, 1 for reconstructions and .01 for the rest; the "
            "classifier's loss in the translators' updates weighs 1.",
            "The published track has wav2vec 2.0 for PANNs, a per-frame ResNet18 for FAN and, as "
            "the script, BERT for GloVe, all frozen. Their output, the voice's averaged to ten "
            "steps a second and all standardised on train, is what the model reads, translates "
            "and generates, as_published too. Files of GloVe's vectors and of CNN14's weights can "
            "take their place by --backbone.",
            "as_published: texts are padded to the longest of the batch, since the script's do not "
            "stack; the schedule is the preset's (the script: batch 4, 3 epochs); each batch "
            "updates discriminator, translator and classifier once; a width that 4 heads do not "
            "divide gets as many as do.",
        ),
        ablations={
            "without_seqdis": {"sequence_adversarial": "0"},
            "without_discriminators": {"adversarial": "0", "sequence_adversarial": "0"},
            "without_cycle": {"cycle": "0"},
            "without_kl": {"kl": "0"},
            "without_end_to_end": {"end_to_end": "0"},
            "without_generation": {"fill": "skip"},
            "concatenation": {"fusion": "concat"},
            "ratio_1_1": {"classifier_updates": "1"},
            "ratio_1_3": {"classifier_updates": "3"},
            "ratio_1_5": {"classifier_updates": "5"},
            "ratio_1_9": {"classifier_updates": "9"},
            "without_dropout": {"dropout": "0"},
        },
        settings=(
            PublishedSetting(
                corpus="cmu_mosei",
                split_text="the tables of the paper could not be read",
                measure="weighted_f1",
                claimed=None,
                modalities=("text", "audio", "vision"),
                source="abstract: above the baseline when other corpora are added",
            ),
            PublishedSetting(
                corpus="iemocap",
                split_text="the tables of the paper could not be read",
                measure="weighted_f1",
                claimed=None,
                modalities=("text", "audio", "vision"),
                source="abstract: above the baseline when other corpora are added",
            ),
        ),
        known_failures={
            "batch_of_one": "its transformers attend over the batch, not over time",
            "padding_invariance": "there are no masks: averages over time count the padding",
            "batch_mates": "its transformers attend over the batch, not over time",
            "erased_values": "it reads whatever stands where a modality is absent, or padded",
        },
    )
    takes_learned_fill = False
    frozen_backbones = True
    Config = CrossModalTranslationConfig
    presets: ClassVar[dict[str, TrainingConfig]] = {
        "compact": CrossModalTranslationConfig(),
        "published": CrossModalTranslationConfig(
            width=256, heads=4, feedforward=1024, latent=128, hidden=256, dropout=0.1, steps=100,
            warmup_epochs=5, translator_rate=1e-4, learning_rate=1e-4, batch_size=32, epochs=50,
            patience=8, schedule="constant", text_backbone="bert-base-uncased",
            audio_backbone="facebook/wav2vec2-base", vision_backbone="resnet18",
        ),
    }  # fmt: skip
    # The paper varies the ratio of the updates. Two modalities allow a share of half at most.
    search_space: ClassVar[dict[str, Parameter]] = {
        "learning_rate": LogUniform(1e-4, 1e-2),
        "weight_decay": LogUniform(1e-4, 1.0),
        "dropout": Uniform(0.0, 0.6),
        "generated_share": Uniform(0.0, 0.5),
        "end_to_end": LogUniform(0.03, 3.0),
        "classifier_updates": Choice(5, 7, 9),
        "sampling": Choice("uniform", "class_balanced"),
    }
    config: CrossModalTranslationConfig

    def __init__(
        self, task: Task, config: CrossModalTranslationConfig, variant: str = "corrected"
    ) -> None:
        super().__init__(task, config, variant)
        self.fill = config.fill
        self.updates: dict[str, int] = {}
        self.patterns: dict[tuple[bool, ...], int] = {(True,) * len(task.modalities): 1}
        for m in task.modalities:
            if RAW[m] in task.inputs[m]:
                raise RequestError(f"{self.card.name} reads raw {m} here: name a backbone for it.")
        sizes = {m: task.size(m) for m in task.modalities}
        self.discriminators: Discriminators | None = None
        if self.as_published:
            self.script = Script(sizes, len(task.classes))
            return
        if len(sizes) > 1:
            check_share(config.generated_share, len(sizes))
        self.standardisers = nn.ModuleDict(
            {m: Standardiser(size, config.steps) for m, size in sizes.items()}
        )
        self.translators = Translators(sizes, config)
        self.classifier = Classifier(sizes, len(task.classes), config)
        if config.adversarial or config.sequence_adversarial:
            self.discriminators = Discriminators(sizes, config)

    def forward(self, batch: Batch) -> Output:
        """Return logits ``[B, C]``; what is absent is filled as `fill` says."""
        found = self.features(batch)
        if self.as_published:
            return Output(self.script(found))
        return Output(self.classifier(self.complete(found, presence(found))))

    @classmethod
    def generates(cls, config: TrainingConfig, variant: str) -> bool:
        """Not as published: the script has one direction, whose classifier sees nothing else."""
        return variant != "as_published"

    def generate(self, batch: Batch, modality: str) -> Sequence:
        """Produce `modality` from the others present, ``[B, T, D]``; from the prior if none is.

        T is the average length of train utterances, in pooled steps.
        """
        if not self.can_generate:
            return super().generate(batch, modality)
        found = self.features(batch)
        others = without(presence(found), self.task.modalities.index(modality))
        latent, _ = fused(self.translators.posteriors(found), others)
        own = self.standardiser(modality)
        return own.restore(self.translators.emit(modality, latent, own.usual.expand(len(batch))))

    def features(self, batch: Batch) -> dict[str, Sequence]:
        """What translators and classifier get: pooled, standardised, zero where absent."""
        found = {m: self._represented(batch, m) for m in self.task.modalities}
        if self.as_published:
            return found
        return {m: self.standardiser(m)(pooled(s, self.config.steps)) for m, s in found.items()}

    def standardiser(self, modality: str) -> Standardiser:
        """What knows the train split's statistics of one modality."""
        return cast(Standardiser, self.standardisers[modality])

    def _represented(self, batch: Batch, modality: str) -> Sequence:
        """One modality, zero where absent."""
        sequence = batch[modality]
        lengths = torch.where(batch.present[modality], sequence.lengths, 0)
        if self.as_published:
            return Sequence(sequence.values, lengths)
        mask = Sequence(sequence.values, lengths).mask
        return Sequence(sequence.values * mask[..., None], lengths)

    def complete(self, found: Sequences, kept: Tensor) -> dict[str, Sequence]:
        """The modalities in `kept` ``[B, M]`` as they are, the others filled as `fill` says."""
        if self.fill == "skip" or kept.all():
            return {
                m: Sequence(s.values, s.lengths * kept[:, i])
                for i, (m, s) in enumerate(found.items())
            }
        if self.fill == "generate":
            latent, _ = fused(self.translators.posteriors(found), kept)
        filled = {}
        for i, (m, sequence) in enumerate(found.items()):
            usual = self.standardiser(m).usual.expand(len(kept))
            if self.fill == "generate":
                made = self.translators.emit(m, latent, usual)
            else:
                size = sequence.values.shape[2]
                made = Sequence(sequence.values.new_zeros(len(kept), int(usual[0]), size), usual)
            filled[m] = chosen(kept[:, i], sequence, made)
        return filled

    def fit(self, session: Session) -> None:
        """Stage (a) the translators alone, stage (b) translators and classifier in turns."""
        if self.as_published:
            script = ScriptTraining(self, session)
            adam = list(script.adam.values())
            session.loop(self, step=script.step, optimizer=adam, state={"script": script})
            return
        self._measure(session)
        training = Training(self, session)
        for epoch in range(1, self.config.warmup_epochs + 1):
            session.epochs.append({"epoch": epoch, "stage": "translators"} | training.warm_up())
        session.loop(
            self,
            step=training.step,
            optimizer=list(training.optimizers.values()),
            stage="joint",
            state={"training": training},
        )
        session.epochs[-1]["parts"] = training.report()

    def _measure(self, session: Session) -> None:
        """Statistics of the train split, for standardising, lengths and what is to be hidden."""
        self.eval()
        counts: Counter[tuple[bool, ...]] = Counter()
        for batch in session.train_batches():
            found = {m: self._represented(batch, m) for m in self.task.modalities}
            counts.update(map(tuple, presence(found).tolist()))
            for m, sequence in found.items():
                self.standardiser(m).add(pooled(sequence, self.config.steps))
        self.patterns = dict(counts)
        for m in self.task.modalities:
            self.standardiser(m).settle()


def presence(found: Sequences) -> Tensor:
    """Which modalities are there, ``[B, M]`` bool."""
    return torch.stack([sequence.lengths > 0 for sequence in found.values()], dim=1)


# --- networks ------------------------------------------------------------------------------------


class Translators(nn.Module):
    """Encoders E_m and generators G_m; the translator from s to t is G_t after E_s.

    As in UNIT (Liu et al. 2017) all six directions share three encoders and three generators.
    """

    def __init__(self, sizes: Mapping[str, int], config: CrossModalTranslationConfig) -> None:
        super().__init__()
        self.encoders = nn.ModuleDict(
            {m: Encoder(d, config.width, config) for m, d in sizes.items()}
        )
        self.heads = nn.ModuleDict({m: nn.Linear(config.width, 2 * config.latent) for m in sizes})
        self.generators = nn.ModuleDict({m: Generator(d, config) for m, d in sizes.items()})

    def posterior(self, modality: str, sequence: Sequence) -> tuple[Tensor, Tensor]:
        """Mean and log-variance ``[B, Z]`` of one modality's own Gaussian."""
        _, mean = self.encoders[modality](sequence)
        mu, log_variance = self.heads[modality](mean).float().chunk(2, dim=1)
        return mu, log_variance.clamp(-10, 10)

    def posteriors(self, found: Sequences) -> dict[str, tuple[Tensor, Tensor]]:
        """`posterior` of every modality, whether present or not."""
        return {m: self.posterior(m, s) for m, s in found.items()}

    def emit(self, modality: str, latent: Tensor, lengths: Tensor) -> Sequence:
        """Generate ``[B, T, D]`` from latents ``[B, Z]``, each `lengths` steps long."""
        made: Sequence = self.generators[modality](latent, lengths)
        return made


def fused(posteriors: Posteriors, sources: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance ``[B, Z]`` of the product of the sources' Gaussians and the prior.

    Wu & Goodman 2018, section 2.2. `sources` is ``[B, M]`` bool; without any it is the prior.
    """
    precision, weighted = torch.ones(()), torch.zeros(())
    for i, (mu, log_variance) in enumerate(posteriors.values()):
        own = torch.exp(-log_variance) * sources[:, i, None]
        precision, weighted = precision.to(own) + own, weighted.to(own) + own * mu
    return weighted / precision, 1.0 / precision


class Encoder(nn.Module):
    """Projection, positions and a transformer."""

    def __init__(
        self, size: int, width: int, config: CrossModalTranslationConfig, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.steps = config.steps
        self.project = nn.Linear(size, width)
        self.drop = nn.Dropout(dropout)
        self.layers = _transformer(width, config.encoder_layers, config)

    def forward(self, sequence: Sequence) -> tuple[Tensor, Tensor]:
        """Hidden steps ``[B, T, W]`` and their mean ``[B, W]``, zero where there are none."""
        mask = sequence.mask
        places = positions(sequence.lengths, mask.shape[1], self.project.out_features, self.steps)
        # Attention over nothing is NaN: an empty utterance gets a step, which is erased again.
        seen = mask | (sequence.lengths[:, None] == 0)
        start = self.drop(self.project(sequence.values) + places)
        hidden = self.layers(start, src_key_padding_mask=~seen)
        hidden = hidden * mask[..., None]
        return hidden, hidden.sum(dim=1) / sequence.lengths.clamp(min=1)[:, None]


class Generator(nn.Module):
    """The latent at every position, a transformer and a projection."""

    def __init__(self, size: int, config: CrossModalTranslationConfig) -> None:
        super().__init__()
        self.steps = config.steps
        self.expand = nn.Linear(config.latent, config.width)
        self.layers = _transformer(config.width, config.generator_layers, config)
        self.project = nn.Linear(config.width, size)

    def forward(self, latent: Tensor, lengths: Tensor) -> Sequence:
        """A sequence ``[B, T, D]`` of at least one step from each latent ``[B, Z]``."""
        lengths = lengths.clamp(min=1)
        places = positions(lengths, int(lengths.max()), self.expand.out_features, self.steps)
        mask = Sequence(places, lengths).mask
        hidden = self.layers(self.expand(latent)[:, None] + places, src_key_padding_mask=~mask)
        return Sequence(self.project(hidden) * mask[..., None], lengths)


class Classifier(nn.Module):
    """A transformer per modality, fusion, and two layers."""

    def __init__(
        self, sizes: Mapping[str, int], classes: int, config: CrossModalTranslationConfig
    ) -> None:
        super().__init__()
        self.fusion = config.fusion
        self.encoders = nn.ModuleDict(
            {m: Encoder(d, config.width, config, config.dropout) for m, d in sizes.items()}
        )
        self.attention = None
        if config.fusion == "attention" and len(sizes) > 1:
            # The added zero key is what a modality attends to when all the others are absent.
            self.attention = nn.MultiheadAttention(
                config.width, config.heads, batch_first=True, add_zero_attn=True
            )
            self.norm = nn.LayerNorm(config.width)
        fused = config.width * (1 if config.fusion == "mean" else len(sizes))
        self.head = nn.Sequential(
            nn.Linear(fused, config.hidden),
            nn.ReLU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.hidden, classes),
        )

    def forward(self, filled: Sequences) -> Tensor:
        """Logits ``[B, C]``; a modality of length 0 takes no part."""
        encoded = {m: self.encoders[m](s) for m, s in filled.items()}
        means = torch.stack([mean for _, mean in encoded.values()], dim=1)
        there = torch.stack([s.lengths > 0 for s in filled.values()], dim=1)[..., None]
        if self.attention is not None:
            means = self.norm(means + self._attended(means, encoded, filled)) * there
        if self.fusion == "mean":
            fused = means.sum(dim=1) / there.sum(dim=1).clamp(min=1)
        else:
            fused = means.flatten(1)
        logits: Tensor = self.head(fused)
        return logits

    def _attended(
        self, means: Tensor, encoded: Mapping[str, tuple[Tensor, Tensor]], filled: Sequences
    ) -> Tensor:
        """What each modality's mean ``[B, M, W]`` finds among the steps of the others."""
        assert self.attention is not None
        keys = torch.cat([hidden for hidden, _ in encoded.values()], dim=1)
        padding = torch.cat([~s.mask for s in filled.values()], dim=1)
        steps = torch.tensor([hidden.shape[1] for hidden, _ in encoded.values()])
        own = torch.eye(len(steps), dtype=torch.bool).repeat_interleave(steps, dim=1)
        found, _ = self.attention(
            means,
            keys,
            keys,
            key_padding_mask=padding,
            attn_mask=own.to(keys.device),
            need_weights=False,
        )
        return found


Verdict = tuple[str, Tensor, Tensor]
"""Name of the loss, and one discriminator's scores ``[n]`` of real and of generated inputs."""


class Discriminators(nn.Module):
    """Of time averages (the script's), and of whole sequences in one of two readings of "K+1"."""

    def __init__(self, sizes: Mapping[str, int], config: CrossModalTranslationConfig) -> None:
        super().__init__()
        width = config.width // 2
        self.reading = config.reading if config.sequence_adversarial else ""
        self.averages = nn.ModuleDict(
            {m: _scorer(d, 128) for m, d in sizes.items() if config.adversarial}
        )
        self.chunks = config.chunks if self.reading == "B" else 0
        names = [(m, k) for m in sizes for k in range(self.chunks + 1) if self.reading]
        self.encoders = nn.ModuleDict(
            {f"{m}_{k}": Encoder(sizes[m], width, config) for m, k in names}
        )
        self.scorers = nn.ModuleDict({f"{m}_{k}": _scorer(width, width) for m, k in names})
        self.joint = None
        if self.reading == "A" and len(sizes) > 1:
            self.joint = _scorer(width * len(sizes), width)

    def forward(
        self, real: Sequences, made: Sequences, present: Tensor, kept: Tensor
    ) -> list[Verdict]:
        """Judge what is `present` in `real` against `made`, every modality made from `kept`."""
        found: list[Verdict] = []
        states = []
        for i, m in enumerate(real):
            both = joined(real[m], made[m])
            rows = torch.cat([present[:, i], without(kept, i).any(dim=1)])
            if m in self.averages:
                average = both.values.sum(dim=1) / both.lengths.clamp(min=1)[:, None]
                found.append(_verdict("adversarial", self.averages[m](average), rows))
            for k in range(self.chunks + 1 if self.reading else 0):
                part = both if k == self.chunks else chunk(both, k, self.chunks)
                _, state = self.encoders[f"{m}_{k}"](part)
                scores = self.scorers[f"{m}_{k}"](state)
                found.append(_verdict("sequence_adversarial", scores, rows & (part.lengths > 0)))
                states.append(state)
        if self.joint is not None:
            # Real tuples are complete ones; in the others at least one part is generated.
            count = len(kept)
            mixed = [
                torch.cat([s[:count], torch.where(kept[:, i, None], s[:count], s[count:])])
                for i, s in enumerate(states)
            ]
            rows = torch.cat([present.all(dim=1), kept.any(dim=1) & ~kept.all(dim=1)])
            scores = self.joint(torch.cat(mixed, dim=1))
            found.append(_verdict("sequence_adversarial", scores, rows))
        return found


def _verdict(loss: str, scores: Tensor, rows: Tensor) -> Verdict:
    """Scores ``[2 B, 1]`` of real and made, and which of them count ``[2 B]``."""
    half = len(rows) // 2
    real, made = scores[:half, 0], scores[half:, 0]
    return loss, real[rows[:half]], made[rows[half:]]


# --- training ------------------------------------------------------------------------------------


class Training:
    """The alternating updates, each part with its own optimiser."""

    def __init__(self, model: CrossModalTranslation, session: Session) -> None:
        self.model, self.session, self.config = model, session, model.config
        config = model.config
        self.parts: dict[str, nn.Module] = {
            "translator": model.translators, "classifier": model.classifier,
        }  # fmt: skip
        if model.discriminators is not None:
            self.parts["discriminator"] = model.discriminators
        self.optimizers = {
            name: torch.optim.AdamW(
                part.parameters(),
                lr=config.learning_rate if name == "classifier" else config.translator_rate,
                # No source has decay, and a discriminator has no better use for it.
                weight_decay=0.0 if name == "discriminator" else config.weight_decay,
                fused=True,
            )
            for name, part in self.parts.items()
        }
        self.end_to_end = config.end_to_end > 0 and model.fill == "generate"
        self.across = self.end_to_end or any(
            (config.pairing, config.adversarial, config.sequence_adversarial, config.cycle)
        )
        model.updates = dict.fromkeys(self.parts, 0)
        self.seconds = dict.fromkeys(self.parts, 0.0)
        self.losses: dict[str, float] = {}
        self.turn = 0
        self.odds, self.expected = hiding_odds(model.patterns, config.generated_share)
        self.filled = [0] * len(model.task.modalities)
        self.seen = 0

    def warm_up(self) -> dict[str, Any]:
        """One epoch of the translators alone; returns its record."""
        started = time.perf_counter()
        self.model.train()
        losses = [self.update_translators(batch) for batch in self.session.train_batches()]
        loss = sum(losses) / max(len(losses), 1)
        if not math.isfinite(loss):
            raise ModelError(f"the translators' loss became {loss} while they trained alone")
        # No classifier is trained yet: there is no loss to compare with dev's.
        return {"losses": {"translation": loss}, "seconds": time.perf_counter() - started}

    def step(self, batch: Batch) -> dict[str, float]:
        """One batch of the joint stage: the first r_T of r_T + r_C are the translators'.

        Returns the loss under the name of what was updated: the two are not comparable.
        """
        place = self.turn % (self.config.translator_updates + self.config.classifier_updates)
        self.turn += 1
        if place < self.config.translator_updates:
            return {"translation": self.update_translators(batch)}
        return {"classification": self.update_classifier(batch)}

    def state_dict(self) -> dict[str, Any]:
        """What a continued joint stage needs beside weights and optimisers."""
        return {
            "turn": self.turn,
            "updates": dict(self.model.updates),
            "seconds": dict(self.seconds),
            "losses": dict(self.losses),
            "patterns": dict(self.model.patterns),
            "filled": list(self.filled),
            "seen": self.seen,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The inverse of `state_dict`."""
        self.turn, self.seen, self.filled = state["turn"], state["seen"], list(state["filled"])
        self.seconds, self.losses = dict(state["seconds"]), dict(state["losses"])
        self.model.updates, self.model.patterns = dict(state["updates"]), dict(state["patterns"])
        self.odds, self.expected = hiding_odds(self.model.patterns, self.config.generated_share)

    def update_classifier(self, batch: Batch) -> float:
        """One step of the classifier; the translators only generate."""
        started, model = time.perf_counter(), self.model
        with self.session.autocast():
            with torch.no_grad():
                found = model.features(batch)
                kept = thinned(presence(found), self.odds)
                filled = model.complete(found, kept)
            loss = model.loss(Output(model.classifier(filled)), batch)
        self._apply("classifier", loss, started)
        self.seen += len(batch)
        hidden = (~kept).sum(dim=0).tolist()
        self.filled = [a + b for a, b in zip(self.filled, hidden, strict=True)]
        return loss.item()

    def update_translators(self, batch: Batch) -> float:
        """One step of the translators, then one of the discriminators on what they made."""
        started, model = time.perf_counter(), self.model
        with self.session.autocast():
            found = model.features(batch)
            present = presence(found)
            # A random part of what each utterance has is what it is translated from.
            kept = thinned(present, torch.ones(present.shape[1]))
            own = model.translators.posteriors(found)
            made = self._translated(found, own, kept) if self.across else {}
            terms = self._terms(batch, found, own, made, present, kept)
            loss = torch.zeros(()) + sum(getattr(self.config, n) * t for n, t in terms.items())
        self._apply("translator", loss, started)
        for name, term in terms.items():
            self.losses[name] = self.losses.get(name, 0.0) + term.item()
        if model.discriminators is not None:
            self._update_discriminators(found, made, present, kept)
        return loss.item()

    def _translated(self, found: Sequences, own: Posteriors, kept: Tensor) -> dict[str, Sequence]:
        """Every modality, generated from the others that are kept."""
        made = {}
        for i, (m, sequence) in enumerate(found.items()):
            usual = self.model.standardiser(m).usual
            # As long as the true one, if there is one: lengths must give nothing away.
            lengths = torch.where(sequence.lengths > 0, sequence.lengths, usual)
            latent = sample(*fused(own, without(kept, i)))
            made[m] = self.model.translators.emit(m, latent, lengths)
        return made

    def _terms(
        self,
        batch: Batch,
        found: Sequences,
        own: Posteriors,
        made: Sequences,
        present: Tensor,
        kept: Tensor,
    ) -> dict[str, Tensor]:
        """The translators' losses that are on, unweighted, each a mean over what it applies to."""
        config, model = self.config, self.model
        terms: dict[str, Tensor] = {}
        if config.reconstruction:
            terms["reconstruction"] = self._reconstruction(found, own)
        if config.kl:
            terms["kl"] = mean_of(divergence(*own[m])[present[:, i]] for i, m in enumerate(found))
        if config.pairing:
            terms["pairing"] = mean_of(
                squared_error(made[m], real, without(kept, i).any(dim=1))
                for i, (m, real) in enumerate(found.items())
            )
        if config.cycle:
            terms["cycle"] = self._cycle(found, made, kept)
        if model.discriminators is not None:
            verdicts = model.discriminators(found, made, present, kept)
            for name in dict.fromkeys(name for name, _, _ in verdicts):
                terms[name] = mean_of(0.5 * (s - 1) ** 2 for n, _, s in verdicts if n == name)
        if self.end_to_end:
            filled = {m: chosen(kept[:, i], s, made[m]) for i, (m, s) in enumerate(found.items())}
            terms["end_to_end"] = model.loss(Output(model.classifier(filled)), batch)
        return terms

    def _reconstruction(self, found: Sequences, own: Posteriors) -> Tensor:
        """Error of each modality generated from itself."""
        errors = []
        for m, real in found.items():
            there = real.lengths > 0
            latent = sample(*fused({m: own[m]}, there[:, None]))
            errors.append(
                squared_error(self.model.translators.emit(m, latent, real.lengths), real, there)
            )
        return mean_of(errors)

    def _cycle(self, found: Sequences, made: Sequences, kept: Tensor) -> Tensor:
        """Error of s after s to t to s, over the utterances whose t was made from s alone."""
        translators, ways = self.model.translators, []
        for i, m in enumerate(found):
            others = without(kept, i)
            rows = (others.sum(dim=1) == 1).nonzero()[:, 0]
            if not len(rows):
                continue
            there = Sequence(made[m].values[rows], made[m].lengths[rows])
            latent = sample(
                *fused({m: translators.posterior(m, there)}, kept.new_ones(len(rows), 1))
            )
            ways.append((rows, latent, others[rows].int().argmax(dim=1)))
        if not ways:
            return mean_of([])
        rows, latent, source = (torch.cat(parts) for parts in zip(*ways, strict=True))
        errors = []
        for j, (s, sequence) in enumerate(found.items()):
            if not (source == j).any():
                continue
            at = rows[source == j]
            real = Sequence(sequence.values[at], sequence.lengths[at])
            again = translators.emit(s, latent[source == j], real.lengths)
            errors.append(squared_error(again, real, real.lengths > 0))
        return mean_of(errors)

    def _update_discriminators(
        self, found: Sequences, made: Sequences, present: Tensor, kept: Tensor
    ) -> None:
        """Least squares (Mao et al. 2017): real towards 1, generated towards 0."""
        started, model = time.perf_counter(), self.model
        fixed = {m: Sequence(s.values.detach(), s.lengths) for m, s in made.items()}
        assert model.discriminators is not None
        with self.session.autocast():
            verdicts = model.discriminators(found, fixed, present, kept)
            loss = torch.zeros(()) + sum(
                0.5 * (mean_of([(real - 1) ** 2]) + mean_of([fake**2]))
                for _, real, fake in verdicts
            )
        self._apply("discriminator", loss, started)

    def _apply(self, name: str, loss: Tensor, started: float) -> None:
        """One step of one part; gradients that reached other parts are dropped."""
        if loss.requires_grad:
            loss.backward()  # type: ignore[no-untyped-call]
            if self.config.clip_norm > 0:
                nn.utils.clip_grad_norm_(self.parts[name].parameters(), self.config.clip_norm)
            self.optimizers[name].step()
            self.model.zero_grad(set_to_none=True)
            self.model.updates[name] += 1
        self.seconds[name] += time.perf_counter() - started

    def report(self) -> dict[str, Any]:
        """Parameters, updates and seconds of each part, mean losses, and generated shares."""
        updates = self.model.updates
        parts: dict[str, Any] = {
            name: {
                "parameters": sum(p.numel() for p in part.parameters()),
                "updates": updates[name],
                "seconds": self.seconds[name],
            }
            for name, part in self.parts.items()
        }
        means = {name: loss / max(updates["translator"], 1) for name, loss in self.losses.items()}
        generated = {
            m: {"share": filled / max(self.seen, 1), "expected": expected}
            for m, filled, expected in zip(
                self.model.task.modalities, self.filled, self.expected, strict=True
            )
        }
        return parts | {"losses": means, "generated": generated}


def divergence(mu: Tensor, log_variance: Tensor) -> Tensor:
    """KL divergence from the standard normal ``[B]``, per latent dimension."""
    return 0.5 * (mu**2 + log_variance.exp() - 1 - log_variance).mean(dim=1)


def squared_error(made: Sequence, real: Sequence, rows: Tensor) -> Tensor:
    """Squared error at every real step of `rows` ``[B]``, averaged over features: ``[n]``."""
    steps = min(made.values.shape[1], real.values.shape[1])
    error = ((made.values[:, :steps] - real.values[:, :steps]) ** 2).mean(dim=2)
    picked: Tensor = error[real.mask[:, :steps] & rows[:, None]]
    return picked


def mean_of(parts: Iterable[Tensor]) -> Tensor:
    """Mean of the parts' means; a part in which nothing applies is left out."""
    means = [part.mean() for part in parts if part.numel()]
    return torch.stack(means).mean() if means else torch.zeros(())


def thinned(present: Tensor, odds: Tensor) -> Tensor:
    """A random non-empty part of each utterance's modalities ``[B, M]``.

    A part is drawn with a probability proportional to the product of the `odds` ``[M]`` of what is
    hidden: odds of 1 make all parts equally likely. Where nothing is there, nothing is kept.
    """
    parts = torch.tensor(subsets(present.shape[1]), device=present.device)
    hidden = present[:, None] & ~parts  # [B, parts, M]
    weights = torch.where(hidden, odds.to(present.device, torch.float64), 1.0).prod(dim=2)
    fits = ~(parts & ~present[:, None]).any(dim=2)
    fits = fits & (parts.any(dim=1) | ~present.any(dim=1)[:, None])
    return parts[torch.multinomial(weights * fits, 1)[:, 0]]


def subsets(count: int) -> list[tuple[bool, ...]]:
    """All subsets of `count` things."""
    return list(itertools.product((False, True), repeat=count))


def hiding_odds(
    patterns: Mapping[tuple[bool, ...], int], share: float
) -> tuple[Tensor, list[float]]:
    """Odds ``[M]`` with which `thinned` hides each modality in `share` of the utterances.

    `patterns` counts which modalities the utterances have. The odds are those of the exponential
    family with the wanted shares as its means, found by minimising its convex dual: unique where
    the shares can be reached, as close as can be elsewhere. A modality that is absent in `share` of
    the utterances or more is never hidden.

    Returns
    -------
    The odds, and the share in which each modality is then generated.
    """
    every = np.array(list(patterns))
    counts = np.array(list(patterns.values())) / sum(patterns.values())
    absent = counts @ ~every
    free = absent < share - 1e-12
    kinds, weights = every[every.any(axis=1)], counts[every.any(axis=1)]
    kept = np.array([p for p in subsets(every.shape[1]) if any(p)])
    hides = ~kept[None] & kinds[:, None]
    fits = ~((kept[None] & ~kinds[:, None]) | (hides & ~free)).any(axis=2)
    hidden = hides.astype(float)

    def shares(logits: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = np.where(fits, hidden @ logits, -np.inf)
        total = logsumexp(scores, axis=1)
        chosen = np.exp(scores - total[:, None])
        found = absent + np.einsum("p,ps,psm->m", weights, chosen, hidden)
        value = weights @ total - logits[free] @ (share - absent[free])
        return float(value), np.where(free, found - share, 0.0)

    # Odds beyond e to the 15th would only matter where a share is out of reach.
    solved = minimize(
        shares, np.zeros(len(absent)), jac=True, method="L-BFGS-B",
        bounds=[(-15, 15)] * len(absent), options={"ftol": 0.0, "gtol": 1e-9, "maxiter": 1000},
    )  # fmt: skip
    expected = np.where(free, share + shares(solved.x)[1], absent)
    odds = np.where(free, np.exp(solved.x), 0.0)
    return torch.from_numpy(odds), expected.tolist()


def without(kept: Tensor, modality: int) -> Tensor:
    """Copy of `kept` ``[B, M]`` without one modality."""
    others = kept.clone()
    others[:, modality] = False
    return others


def sample(mu: Tensor, variance: Tensor) -> Tensor:
    """A latent from each Gaussian."""
    return mu + variance.sqrt() * torch.randn_like(mu)


# --- sequences -----------------------------------------------------------------------------------


class Standardiser(nn.Module):
    """Features to mean 0 and deviation 1 over the train split, and back.

    On the controlled track this undoes what averaging over segments did to the deviation; on the
    published track it is what makes zero the mean.
    """

    centre: Tensor
    scale: Tensor
    usual: Tensor

    def __init__(self, size: int, steps: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(size))
        self.register_buffer("scale", torch.ones(size))
        self.register_buffer("usual", torch.tensor([steps]))
        self.reset()

    def reset(self) -> None:
        """Forget what was counted."""
        self.sums = [torch.zeros(len(self.centre), dtype=torch.float64) for _ in range(2)]
        self.steps = self.count = 0

    def add(self, sequence: Sequence) -> None:
        """Count utterances of the train split in."""
        real = sequence.values[sequence.mask].double().cpu()
        self.sums[0] += real.sum(dim=0)
        self.sums[1] += (real**2).sum(dim=0)
        self.steps += len(real)
        self.count += int((sequence.lengths > 0).sum())

    def settle(self) -> None:
        """Take over what was counted; a constant feature keeps its scale."""
        if not self.steps:
            return
        mean, square = (total / self.steps for total in self.sums)
        deviation = (square - mean**2).clamp(min=0).sqrt()
        self.centre.copy_(mean)
        self.scale.copy_(torch.where(deviation > 1e-4, deviation, 1.0))
        self.usual.fill_(max(1, round(self.steps / self.count)))
        self.reset()

    def forward(self, sequence: Sequence) -> Sequence:
        """Standardise the real steps."""
        values = (sequence.values - self.centre) / self.scale * sequence.mask[..., None]
        return Sequence(values, sequence.lengths)

    def restore(self, sequence: Sequence) -> Sequence:
        """The inverse of `forward`."""
        values = (sequence.values * self.scale + self.centre) * sequence.mask[..., None]
        return Sequence(values, sequence.lengths)


def pooled(sequence: Sequence, steps: int) -> Sequence:
    """Average within at most `steps` equal segments of each utterance's own length."""
    if sequence.values.shape[1] <= steps:
        return sequence
    lengths = sequence.lengths.clamp(max=steps)
    segment = torch.arange(steps, device=lengths.device)[None, :]
    starts = segment * sequence.lengths[:, None] // lengths.clamp(min=1)[:, None]
    ends = (segment + 1) * sequence.lengths[:, None] // lengths.clamp(min=1)[:, None]
    step = torch.arange(sequence.values.shape[1], device=lengths.device)
    inside = (step >= starts[..., None]) & (step < ends[..., None])
    inside = inside & (segment < lengths[:, None])[..., None]
    weights = inside / inside.sum(dim=2, keepdim=True).clamp(min=1)
    return Sequence(weights.to(sequence.values.dtype) @ sequence.values, lengths)


def positions(lengths: Tensor, steps: int, width: int, scale: int) -> Tensor:
    """Sines and cosines ``[B, steps, width]`` of each step's place within its utterance."""
    step = torch.arange(steps, device=lengths.device)[None, :] + 0.5
    place = step / lengths.clamp(min=1)[:, None] * scale
    rates = torch.exp(torch.arange(0, width, 2, device=lengths.device) * (-9.21 / width))
    angles = place[..., None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=2)


def chosen(rows: Tensor, real: Sequence, made: Sequence) -> Sequence:
    """`real` at `rows` ``[B]``, `made` elsewhere."""
    both = joined(real, made).values.to(real.values.dtype)
    one, other = both[: len(rows)], both[len(rows) :]
    return Sequence(
        torch.where(rows[:, None, None], one, other),
        torch.where(rows, real.lengths, made.lengths),
    )


def joined(one: Sequence, other: Sequence) -> Sequence:
    """Both, one after the other along the batch."""
    steps = max(one.values.shape[1], other.values.shape[1])
    values = [F.pad(s.values, (0, 0, 0, steps - s.values.shape[1])) for s in (one, other)]
    return Sequence(torch.cat(values), torch.cat([one.lengths, other.lengths]))


def chunk(sequence: Sequence, number: int, count: int) -> Sequence:
    """The steps of one of `count` equal parts of each utterance, moved to the front."""
    start = sequence.lengths * number // count
    lengths = sequence.lengths * (number + 1) // count - start
    step = torch.arange(max(1, int(lengths.max())), device=start.device)
    at = (start[:, None] + step).clamp(max=sequence.values.shape[1] - 1)
    values = sequence.values.gather(1, at[..., None].expand(-1, -1, sequence.values.shape[2]))
    return Sequence(values * (step < lengths[:, None])[..., None], lengths)


def _transformer(
    width: int, layers: int, config: CrossModalTranslationConfig
) -> nn.TransformerEncoder:
    layer = nn.TransformerEncoderLayer(
        width, config.heads, config.feedforward, dropout=0.0, batch_first=True
    )
    return nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)


def _scorer(size: int, hidden: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(size, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, 1))


# --- as published --------------------------------------------------------------------------------


class Script(nn.Module):
    """The re-implementation's networks, defects included.

    Its transformers get ``[B, T, D]`` where they expect ``[T, B, D]``: attention runs over the
    batch. Its classifier never sees a real voice or a real face sequence.
    """

    def __init__(self, sizes: Mapping[str, int], classes: int) -> None:
        super().__init__()
        self.encoders = nn.ModuleDict(
            {
                m: nn.TransformerEncoderLayer(d, next(n for n in (4, 3, 2, 1) if d % n == 0), 128)
                for m, d in sizes.items()
            }
        )
        self.head = nn.Sequential(
            nn.Linear(sum(sizes.values()), 128), nn.ReLU(), nn.Linear(128, classes)
        )
        self.translator = self.discriminator = None
        if {"text", "audio"} <= set(sizes):
            text, audio = sizes["text"], sizes["audio"]
            self.translator = nn.Sequential(
                nn.Linear(text, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(),
                nn.Linear(128, 256), nn.ReLU(), nn.Linear(256, audio),
            )  # fmt: skip
            self.discriminator = _scorer(audio, 128)

    def forward(self, found: Sequences) -> Tensor:
        """Logits ``[B, C]``: real text, generated voice, averaged face, all as long as the text."""
        steps = found["text"].values.shape[1] if "text" in found else 1
        inputs = {}
        for m, sequence in found.items():
            mean = sequence.values.mean(dim=1)
            if m == "audio" and self.translator is not None:
                mean = self.translator(found["text"].values.mean(dim=1)).detach()
            inputs[m] = sequence.values if m == "text" else mean[:, None].expand(-1, steps, -1)
        means = [self.encoders[m](values).mean(dim=1) for m, values in inputs.items()]
        logits: Tensor = self.head(torch.cat(means, dim=1))
        return logits


class ScriptTraining:
    """Its losses: every batch updates discriminator, translator and classifier in turn."""

    def __init__(self, model: CrossModalTranslation, session: Session) -> None:
        self.model, self.session, script = model, session, model.script
        self.adam = {
            name: torch.optim.Adam(part, lr=model.config.learning_rate)
            for name, part in {
                "classifier": [*script.encoders.parameters(), *script.head.parameters()],
                "translator": [*(script.translator or nn.Identity()).parameters()],
                "discriminator": [*(script.discriminator or nn.Identity()).parameters()],
            }.items()
            if part
        }
        model.updates = dict.fromkeys(self.adam, 0)

    def state_dict(self) -> dict[str, Any]:
        """What a continued training needs beside weights and optimisers."""
        return {"updates": dict(self.model.updates)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The inverse of `state_dict`."""
        self.model.updates = dict(state["updates"])

    def step(self, batch: Batch) -> dict[str, float]:
        """One update of each part; returns the classifier's loss."""
        model, script = self.model, self.model.script
        with self.session.autocast():
            found = model.features(batch)
            if script.translator is not None and script.discriminator is not None:
                real = found["audio"].values.mean(dim=1)
                made = script.translator(found["text"].values.mean(dim=1))
                scores = [script.discriminator(x) for x in (real, made.detach())]
                truth = [torch.ones_like(scores[0]), torch.zeros_like(scores[1])]
                judged = [_bce(s, t) for s, t in zip(scores, truth, strict=True)]
                self._apply("discriminator", 0.5 * (judged[0] + judged[1]))
                error, fooled = F.mse_loss(made, real), _bce(script.discriminator(made), truth[0])
                # Its "KL" takes the output for a mean and has no variance, its "seqdis" is the
                # same error again, and its cycle is never called.
                self._apply(
                    "translator",
                    error + 0.01 * fooled + 0.01 * 0.5 * (made**2).mean() + 0.01 * error,
                )
            loss = model.loss(Output(script(found)), batch)
        self._apply("classifier", loss)
        return {"classification": loss.item()}

    def _apply(self, name: str, loss: Tensor) -> None:
        loss.backward()  # type: ignore[no-untyped-call]
        self.adam[name].step()
        self.model.zero_grad(set_to_none=True)
        self.model.updates[name] += 1


def _bce(scores: Tensor, truth: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(scores.float(), truth.float())

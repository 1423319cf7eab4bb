"""Linear reference rows: one per modality, and their late fusion.

A published architecture that does not beat these is seen at once. Each is a multinomial
logistic regression (scikit-learn) on simple statistics: TF-IDF of words for text, statistics over
time for audio and vision. The fitted weights are copied into a linear layer, so that they are
saved and run like any other model's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from pydantic import Field
from sklearn.linear_model import LogisticRegression
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
    Session,
    Task,
    TrainingConfig,
    Uniform,
    unknown,
)

Array = NDArray[np.float32 | np.int64]
PENALTIES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Candidates for scikit-learn's C; the one with the lowest dev log-loss is taken."""
STATISTICS = {
    "all": ("mean", "spread", "quantiles", "change"),
    "no_quantiles": ("mean", "spread", "change"),
    "moments": ("mean", "spread"),
    "mean": ("mean",),
}
"""Statistics over time by the word that chooses them."""
FREQUENCIES = ("log", "count", "binary")
CLASS_WEIGHTS = ("none", "balanced")


@dataclass(frozen=True)
class LinearConfig(TrainingConfig):
    """Hyper-parameters; a row without the modality in question leaves its own unused."""

    statistics: str = "all"
    """Of voice and face: ``all``, ``no_quantiles``, ``moments`` (mean, deviation) or ``mean``."""
    clip: Annotated[float, Field(ge=0)] = 0.0
    """Statistics are cut at so many standard deviations; 0: they are not."""
    term_frequency: str = "log"
    """How often a word occurs: ``log`` (of 1 + the count), ``count`` or ``binary``."""
    min_count: Annotated[int, Field(ge=0)] = 0
    """Words that fewer train utterances have are left out; 0: also those of none count for the
    length of a text."""
    class_weight: str = "none"
    """``balanced``: classes weigh the same in the regression, whatever their frequency, and the
    prior is uniform."""
    penalty: Annotated[float, Field(ge=0)] = 0.0
    """scikit-learn's C; 0: of nine the one with the lowest log-loss on dev, for each modality."""
    text_weight: Annotated[float, Field(ge=0)] = 1.0
    """Exponent of the text's evidence in the product."""
    audio_weight: Annotated[float, Field(ge=0)] = 1.0
    """Exponent of the voice's evidence."""
    vision_weight: Annotated[float, Field(ge=0)] = 1.0
    """Exponent of the face's evidence."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, known in (
            ("statistics", STATISTICS),
            ("term_frequency", FREQUENCIES),
            ("class_weight", CLASS_WEIGHTS),
        ):
            if getattr(self, name) not in known:
                raise unknown(name, getattr(self, name), known)


class Probe(nn.Module):
    """A standardiser and a linear layer over a fixed vector per utterance.

    Parameters
    ----------
    size
        Length of the vector.
    prior
        Log class frequencies ``[C]``, the answer where the modality is absent.
    config
        Hyper-parameters of the row.
    multilabel
        One logistic regression per class, and log-odds in the place of log-probabilities.
    """

    def __init__(
        self, size: int, prior: Tensor, config: LinearConfig, multilabel: bool = False
    ) -> None:
        super().__init__()
        self.config, self.multilabel = config, multilabel
        self.register_buffer("centre", torch.zeros(size))
        self.register_buffer("scale", torch.ones(size))
        self.register_buffer("prior", prior.clone())
        self.linear = nn.Linear(size, len(prior))

    def vector(self, batch: Batch) -> Tensor:
        """Return ``[B, size]``."""
        raise NotImplementedError

    def standardised(self, vectors: Tensor) -> Tensor:
        """Centre and scale ``[B, size]`` with what was fitted."""
        return (vectors - self.get_buffer("centre")) * self.get_buffer("scale")

    def log_probabilities(self, batch: Batch, present: Tensor) -> Tensor:
        """Log-probabilities ``[B, C]``; the prior where the modality is absent."""
        fitted = self.linear(self.standardised(self.vector(batch)))
        fitted = fitted if self.multilabel else fitted.log_softmax(dim=-1)
        return torch.where(present[:, None], fitted, self.get_buffer("prior"))

    def prepare(self, vectors: Tensor) -> None:
        """Fit the standardiser on ``[N, size]``."""
        raise NotImplementedError

    def fit(self, train: tuple[Tensor, Tensor], dev: tuple[Tensor, Tensor]) -> None:
        """Fit on vectors ``[N, size]`` and their labels; the penalty is chosen on dev."""
        self.prepare(train[0])
        features, labels = self.standardised(train[0]).numpy(), train[1].numpy()
        if self.config.penalty:
            self._regress(self.config.penalty, features, labels)
            return
        weights = self._label_weights(train[1])
        lowest, previous = float("inf"), float("inf")
        best = self.linear.state_dict()
        for penalty in PENALTIES:
            self._regress(penalty, features, labels)
            loss = self._loss(*dev, weights) if len(dev[1]) else penalty
            if loss < lowest:
                lowest, best = loss, {k: v.clone() for k, v in self.linear.state_dict().items()}
            if loss > previous:  # the log-loss has one minimum along the path
                break
            previous = loss
        self.linear.load_state_dict(best)

    def _regress(self, penalty: float, features: Array, labels: Array) -> None:
        if not self.multilabel:
            self._take(self._regression(penalty).fit(features, labels))
            return
        for c in range(labels.shape[1]):
            if labels[:, c].min() == labels[:, c].max():  # never, or always
                self.linear.weight.data[c] = 0.0
                self.linear.bias.data[c] = 30.0 if labels[0, c] else -30.0
                continue
            one = self._regression(penalty).fit(features, labels[:, c])
            self.linear.weight.data[c] = torch.from_numpy(one.coef_[0]).float()
            self.linear.bias.data[c] = float(one.intercept_[0])

    def _regression(self, penalty: float) -> LogisticRegression:
        balanced = self.config.class_weight == "balanced"
        return LogisticRegression(
            C=penalty, max_iter=1000, class_weight="balanced" if balanced else None
        )

    def _label_weights(self, labels: Tensor) -> Tensor | None:
        """Weights ``[C]`` of classes, or ``[2, C]`` of no and yes, as in the regression."""
        if self.config.class_weight == "none":
            return None
        if self.multilabel:
            counts = torch.stack([(1 - labels).sum(dim=0), labels.sum(dim=0)])
        else:
            counts = torch.bincount(labels, minlength=self.linear.out_features)
        return counts.sum(dim=0) / (len(counts) * counts.clamp(min=1))

    def _loss(self, vectors: Tensor, labels: Tensor, weights: Tensor | None) -> float:
        with torch.no_grad():
            logits = self.linear(self.standardised(vectors))
        if self.multilabel:
            each = None if weights is None else torch.where(labels > 0, weights[1], weights[0])
            return float(F.binary_cross_entropy_with_logits(logits, labels.float(), each))
        return float(F.cross_entropy(logits, labels, weights))

    def _take(self, regression: LogisticRegression) -> None:
        """Copy scikit-learn's weights; classes absent from train get no probability."""
        weight, bias = regression.coef_, regression.intercept_
        if len(regression.classes_) == 2:
            weight, bias = np.vstack([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
        rows = torch.from_numpy(regression.classes_)
        with torch.no_grad():
            self.linear.weight.zero_()
            self.linear.bias.fill_(-30.0)
            self.linear.weight[rows] = torch.from_numpy(weight).float()
            self.linear.bias[rows] = torch.from_numpy(bias).float()


class TextProbe(Probe):
    """TF-IDF of word ids, scaled to unit length; `scale` holds the inverse frequency."""

    def vector(self, batch: Batch) -> Tensor:
        """Term frequencies ``[B, vocabulary]``, on a logarithmic scale by default."""
        tokens = batch.inputs["text"]["tokens"]
        ids = tokens.values.squeeze(-1).long()
        counts = torch.zeros(len(ids), len(self.get_buffer("scale")), device=ids.device)
        counts.scatter_add_(1, ids, tokens.mask.float())
        if self.config.term_frequency == "binary":
            return (counts > 0).float()
        return counts.log1p() if self.config.term_frequency == "log" else counts

    def standardised(self, vectors: Tensor) -> Tensor:
        """Weigh by inverse document frequency and scale to unit length."""
        weighted = vectors * self.get_buffer("scale")
        return weighted / weighted.norm(dim=1, keepdim=True).clamp(min=1e-9)

    def prepare(self, vectors: Tensor) -> None:
        """Fit the inverse document frequencies."""
        frequency = (vectors > 0).sum(dim=0)
        scale = ((1 + len(vectors)) / (1 + frequency)).log() + 1
        self.get_buffer("scale").copy_(scale * (frequency >= self.config.min_count))


class SignalProbe(Probe):
    """Statistics over time of every feature: mean, deviation, quantiles, mean absolute change."""

    quantiles = (0.05, 0.25, 0.5, 0.75, 0.95)

    def __init__(
        self,
        modality: str,
        features: int,
        prior: Tensor,
        config: LinearConfig,
        multilabel: bool = False,
    ) -> None:
        chosen = STATISTICS[config.statistics]
        count = sum(len(self.quantiles) if name == "quantiles" else 1 for name in chosen)
        super().__init__(count * features, prior, config, multilabel)
        self.modality, self.chosen = modality, chosen

    def vector(self, batch: Batch) -> Tensor:
        """Statistics over the real steps, ``[B, 8 D]`` if all are taken."""
        sequence = batch[self.modality]
        mask = sequence.mask[..., None]
        steps = sequence.lengths.clamp(min=1)[:, None]
        values = sequence.values * mask
        mean = values.sum(dim=1) / steps
        spread = (((values - mean[:, None]) ** 2 * mask).sum(dim=1) / steps).sqrt()
        change = ((values[:, 1:] - values[:, :-1]).abs() * mask[:, 1:]).sum(dim=1)
        parts = {"mean": [mean], "spread": [spread], "change": [change / (steps - 1).clamp(min=1)]}
        if "quantiles" in self.chosen:
            real = values.masked_fill(~mask, float("nan"))
            levels = torch.tensor(self.quantiles, device=values.device)
            parts["quantiles"] = list(real.nanquantile(levels, dim=1).nan_to_num())
        return torch.cat([part for name in self.chosen for part in parts[name]], dim=1)

    def standardised(self, vectors: Tensor) -> Tensor:
        """Centre and scale, and cut what is far out if that is asked for."""
        found, most = super().standardised(vectors), self.config.clip
        return found.clamp(-most, most) if most else found

    def prepare(self, vectors: Tensor) -> None:
        """Fit mean and deviation of the statistics."""
        deviation = vectors.std(dim=0)
        constant = deviation < 1e-6
        self.get_buffer("centre").copy_(vectors.mean(dim=0))
        self.get_buffer("scale").copy_(torch.where(constant, 0.0, 1.0 / deviation.clamp(min=1e-6)))


class Linear(Model):
    """Product of the posteriors of one linear probe per present modality, over the prior.

    Exact if the modalities are independent given the label: log p(c | all) is the log prior plus,
    for each modality, log p(c | modality) minus the log prior, up to a constant (Kittler et al.
    1998, the product rule). A modality's prior is that of the train utterances which have it: in a
    joint corpus each modality may come with a class mix of its own. The log prior of an utterance
    is the mean of its modalities'. Of a multi-label corpus it is the same for each class's odds.
    Each modality's difference can be weighed (a logarithmic opinion pool).
    """

    card: ClassVar[Card]
    Config = LinearConfig
    config: LinearConfig

    def __init__(self, task: Task, config: LinearConfig, variant: str = "corrected") -> None:
        super().__init__(task, config, variant)
        self.weights = {m: getattr(config, f"{m}_weight") for m in task.inputs}
        self.multilabel = task.multilabel
        prior = self._log_prior(torch.tensor(task.class_counts), task.size_of_train)
        self.register_buffer("prior", prior)
        # Whether train showed the modality: a probe of one that it did not show says nothing.
        self.register_buffer("shown", torch.ones(len(task.inputs), dtype=torch.bool))
        self.probes = nn.ModuleDict()
        for modality, features in task.inputs.items():
            if "tokens" in features:
                self.probes[modality] = TextProbe(
                    features["tokens"], prior, config, task.multilabel
                )
            else:
                self.probes[modality] = SignalProbe(
                    modality, task.size(modality), prior, config, task.multilabel
                )

    def forward(self, batch: Batch) -> Output:
        """Return log-probabilities ``[B, C]``."""
        priors, present, evidence = [], [], torch.zeros(())
        for shown, (modality, probe) in zip(
            self.get_buffer("shown"), self.probes.items(), strict=True
        ):
            assert isinstance(probe, Probe)
            prior, here = probe.get_buffer("prior"), batch.present[modality] & shown
            found = probe.log_probabilities(batch, here)
            weight = self.weights[modality]
            evidence = evidence.to(found) + weight * found - weight * prior
            priors.append(prior)
            present.append(here)
        there = torch.stack(present, dim=1).float()
        base = there @ torch.stack(priors) / there.sum(dim=1, keepdim=True).clamp(min=1)
        nothing = ~there.any(dim=1, keepdim=True)
        base = torch.where(nothing, self.get_buffer("prior"), base)
        logits = base + evidence
        return Output(logits if self.multilabel else logits.log_softmax(dim=-1))

    def fit(self, session: Session) -> None:
        """Solve each probe in closed form on the utterances that have its modality."""
        train, dev = list(session.train_batches()), list(session.dev_batches())
        shown = [any(bool(b.present[m].any()) for b in train) for m in self.probes]
        self.get_buffer("shown").copy_(torch.tensor(shown))
        for there, (modality, probe) in zip(shown, self.probes.items(), strict=True):
            assert isinstance(probe, Probe)
            if not there and any(shown):
                continue
            seen = _seen(probe, modality, train)
            if self.multilabel:
                counts = seen[1].sum(dim=0)
            else:
                counts = torch.bincount(seen[1], minlength=len(self.task.classes))
                if (counts > 0).sum() < 2:
                    raise ModelError(f"train has fewer than two classes that have {modality}")
            if self.config.class_weight == "balanced":  # a regression in which all are as likely
                probe.get_buffer("prior").fill_(0.0 if self.multilabel else -np.log(len(counts)))
            else:
                probe.get_buffer("prior").copy_(self._log_prior(counts, len(seen[1])))
            held_out = _seen(probe, modality, dev)
            probe.cpu().fit(seen, held_out)
            probe.to(session.device)

    def _log_prior(self, counts: Tensor, total: int) -> Tensor:
        """Log of class frequencies ``[C]``; a class without utterances counts as half a one."""
        share = counts.clamp(min=0.5) / (total or counts.sum())
        return share.logit(1e-6) if self.multilabel else share.log()


def _seen(probe: Probe, modality: str, batches: list[Batch]) -> tuple[Tensor, Tensor]:
    """Vectors ``[N, size]`` and labels ``[N]`` of the utterances that have `modality`."""
    with torch.no_grad():
        vectors = torch.cat([probe.vector(b)[b.present[modality]].cpu() for b in batches])
    labels = torch.cat([b.labels[b.present[modality]].cpu() for b in batches])
    present = torch.cat([b.present[modality].cpu() for b in batches]).numpy()
    ids = np.array([i for b in batches for i in b.ids])[present]
    # In one order, so that a row alone and the same row in the late fusion fit alike.
    order = torch.from_numpy(np.argsort(ids, kind="stable"))
    return vectors[order], labels[order]


class TextOnly(Linear):
    """The linear row that reads words alone."""

    card: ClassVar[Card] = Card(
        name="text_only",
        title="Logistic regression on TF-IDF of words",
        kind="reference",
        inputs={"text": ("tokens",)},
        requires=("text",),
        deterministic=True,
    )
    # What text classifiers with TF-IDF are tuned by: frequencies, rare words, C, class weights.
    search_space: ClassVar[dict[str, Parameter]] = {
        "term_frequency": Choice("log", "count", "binary"),
        "min_count": Choice(0, 1, 2, 4, 8),
        "class_weight": Choice("none", "balanced"),
        "penalty": LogUniform(1e-2, 30.0),
    }


class AudioOnly(Linear):
    """The linear row that reads the voice alone."""

    card: ClassVar[Card] = Card(
        name="audio_only",
        title="Logistic regression on statistics of log-mel, MFCC and prosody",
        kind="reference",
        inputs={"audio": ("log_mel", "mfcc", "prosody")},
        requires=("audio",),
        deterministic=True,
    )
    # What a regression on statistics is tuned by: which of them, outliers, C, class weights.
    search_space: ClassVar[dict[str, Parameter]] = {
        "statistics": Choice("all", "no_quantiles", "moments", "mean"),
        "clip": Choice(0.0, 3.0, 5.0),
        "class_weight": Choice("none", "balanced"),
        "penalty": LogUniform(1e-4, 10.0),
    }


class VisionOnly(Linear):
    """The linear row that reads the face alone."""

    card: ClassVar[Card] = Card(
        name="vision_only",
        title="Logistic regression on statistics of action units or face descriptors",
        kind="reference",
        inputs={"vision": ("action_units|face_descriptor",)},
        requires=("vision",),
        deterministic=True,
    )
    # The same as of the voice.
    search_space: ClassVar[dict[str, Parameter]] = {
        "statistics": Choice("all", "no_quantiles", "moments", "mean"),
        "clip": Choice(0.0, 3.0, 5.0),
        "class_weight": Choice("none", "balanced"),
        "penalty": LogUniform(1e-4, 10.0),
    }


class LateFusion(Linear):
    """All linear rows together, as if independent given the label."""

    card: ClassVar[Card] = Card(
        name="late_fusion",
        title="Product of the linear rows of the present modalities, over the prior",
        kind="reference",
        inputs={
            "text": ("tokens",),
            "audio": ("log_mel", "mfcc", "prosody"),
            "vision": ("action_units|face_descriptor",),
        },
        deterministic=True,
    )
    # That of its parts but for C, which each chooses on dev, and their weights in the product.
    search_space: ClassVar[dict[str, Parameter]] = {
        "statistics": Choice("all", "no_quantiles", "moments", "mean"),
        "term_frequency": Choice("log", "count", "binary"),
        "min_count": Choice(0, 1, 2, 4, 8),
        "class_weight": Choice("none", "balanced"),
        "text_weight": Uniform(0.3, 1.5),
        "audio_weight": Uniform(0.3, 1.5),
        "vision_weight": Uniform(0.3, 1.5),
    }

"""The ceiling of a simulated corpus: the Bayes-optimal decision from what is expressed."""

from __future__ import annotations

from typing import ClassVar

import torch

from emobench import (
    MODALITIES,
    Batch,
    Card,
    Model,
    Output,
    Parameter,
    Session,
    Task,
    TrainingConfig,
)


class Oracle(Model):
    """Posterior of the label given what the present modalities express.

    The joint probability P(label, text, audio, vision) is known for a simulated corpus. What an
    absent modality expresses is summed out, so the decision is exact under every condition. No
    model that reads the rendered signals can do better, except by chance.
    """

    card: ClassVar[Card] = Card(
        name="oracle",
        title="Bayes-optimal decision from what the present modalities express",
        kind="reference",
        inputs={
            "text": ("expressed_text",),
            "audio": ("expressed_audio",),
            "vision": ("expressed_vision",),
        },
        requires=(),
        deterministic=True,
    )
    search_space: ClassVar[dict[str, Parameter]] = {}  # it is exact

    def __init__(self, task: Task, config: TrainingConfig, variant: str = "corrected") -> None:
        super().__init__(task, config, variant)
        size = len(task.classes)
        self.register_buffer("joint", torch.zeros(size, size, size, size, dtype=torch.float64))

    def fit(self, session: Session) -> None:
        """Take the generating process from the corpus."""
        if session.generating_process is None:
            raise ValueError("only a simulated corpus knows its generating process")
        self.get_buffer("joint").copy_(torch.from_numpy(session.generating_process))

    def forward(self, batch: Batch) -> Output:
        """Return log posteriors ``[B, C]``."""
        factors = [self._seen(batch, m) for m in MODALITIES]
        posterior = torch.einsum("ytav,bt,ba,bv->by", self.get_buffer("joint"), *factors)
        posterior = posterior / posterior.sum(dim=1, keepdim=True)
        return Output(posterior.clamp(min=1e-30).log().float())

    def _seen(self, batch: Batch, modality: str) -> torch.Tensor:
        """One-hot of what is expressed, or ones (summed out) where absent: ``[B, C]``."""
        size = len(self.task.classes)
        device = self.get_buffer("joint").device
        if modality not in batch.inputs:
            return torch.ones(len(batch), size, dtype=torch.float64, device=device)
        onehot = batch[modality].values[:, 0].double()
        return torch.where(batch.present[modality][:, None], onehot, torch.ones_like(onehot))

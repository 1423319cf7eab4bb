"""Specs: what a training and a cell are, and the hash that names their folders."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict

SPEC_VERSION = 1
"""Raised when the harness changes so that the same spec would give other predictions."""


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def key(self) -> str:
        """Name of the folder: 20 hexadecimal digits of the SHA-256 of the canonical JSON."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:20]


class RegimeSpec(_Spec):
    """The part of a regime that changes a training."""

    name: str
    drop: float


class TrainingSpec(_Spec):
    """Everything that decides what a checkpoint holds."""

    version: int = SPEC_VERSION
    model: str
    variant: str
    config: dict[str, Any]
    track: str
    inputs: dict[str, dict[str, int]]
    """Modality to representation to the representation's version."""
    dataset: str
    split: str
    fold: int
    regime: RegimeSpec
    seed: int
    model_digest: str
    dataset_digest: str
    backbones: dict[str, str] = {}
    """Modality to the revision of the pretrained weights that the model starts from."""

    def changed(self, other: TrainingSpec) -> list[str]:
        """Name the fields in which `other` differs."""
        ours, theirs = self.model_dump(), other.model_dump()
        return [name for name in ours if ours[name] != theirs[name]]


class ConditionSpec(_Spec):
    """The part of a condition that changes predictions."""

    present: tuple[str, ...] | None
    rate: float
    mask_seed: int


class CellSpec(_Spec):
    """Everything that decides what a cell's predictions are."""

    version: int = SPEC_VERSION
    training: str
    condition: ConditionSpec

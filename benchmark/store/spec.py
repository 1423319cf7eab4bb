"""Specs: what identifies a training and a cell, and the hash that names its folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

from emobench.digest import canonical_digest, canonical_json

SPEC_VERSION = 1
"""Increased when a change of the harness changes the predictions of an equal spec."""


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def key(self) -> str:
        """Name of the folder: 20 hexadecimal digits of the SHA-256 of the canonical JSON."""
        return canonical_digest(self.model_dump(mode="json"), compact=True)


class _Grown(_Spec):
    """A spec with newer fields, which stay out of the hash while they have their defaults.

    So results that were stored before these fields keep their names.
    """

    @model_serializer(mode="wrap")
    def _without_defaults(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        found: dict[str, Any] = handler(self)
        return {
            name: value
            for name, value in found.items()
            if fields[name].is_required() or getattr(self, name) != fields[name].default
        }


class RegimeSpec(_Grown):
    """The part of a regime that changes a training."""

    name: str
    drop: float
    rate: float = 0.0
    present: tuple[str, ...] | None = None
    single: bool = False
    auxiliary: bool = True
    fill: str = "native"
    standardise: str = "source"


class TrainingSpec(_Spec):
    """Everything that determines a checkpoint."""

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


def read_spec(plain: dict[str, Any]) -> TrainingSpec | None:
    """The spec of a training from plain data; None for one that this version cannot read."""
    try:
        return TrainingSpec.model_validate(plain)
    except ValidationError:
        return None


class TrialSpec(_Spec):
    """Everything that determines a trial's score on dev.

    `inner` is (number, of how many) if the trial is trained on an inner fold; `looks` the number of
    looks at dev after which it was paused, 0 for a whole training.
    """

    training: TrainingSpec
    inner: tuple[int, int] | None = None
    looks: int = 0


class ReplacementSpec(_Spec):
    """The replacement of a modality's input."""

    modality: str
    by: str
    sources: tuple[str, ...]
    generator: str


class CorruptionSpec(_Spec):
    """Corruption of recordings or words, and the version of its code."""

    kind: str
    severity: int
    version: int


class ConditionSpec(_Grown):
    """The part of a condition that changes predictions."""

    present: tuple[str, ...] | None
    rate: float
    mask_seed: int
    masks: str | None = None
    """Digest of the imported mask set that replaces our own draw."""
    frames: float = 0.0
    fill: str = "native"
    replace: ReplacementSpec | None = None
    corruption: CorruptionSpec | None = None
    corpus: str | None = None
    """Digest of the corpus whose test utterances are shown."""
    classes: tuple[str, ...] | None = None
    """The classes in common."""
    standardise: str = "source"


class CellSpec(_Spec):
    """Everything that determines the predictions of a cell."""

    version: int = SPEC_VERSION
    training: str
    condition: ConditionSpec


CellKeys = Callable[[str], str]
"""Gives the key of a cell from the key of its training."""


def cell_keys(condition: ConditionSpec) -> CellKeys:
    """Return what gives the key of the cell of a training under `condition`.

    It is `CellSpec.key`, without building the spec and its JSON for each of a million cells. The
    training's key is a digest, in which nothing has to be escaped.
    """
    shown = canonical_json(condition.model_dump(mode="json"), compact=True)
    begun = hashlib.sha256(f'{{"condition":{shown},"training":'.encode())
    rest = f',"version":{SPEC_VERSION}}}'

    def key(training: str) -> str:
        digest = begun.copy()
        digest.update(f'"{training}"{rest}'.encode())
        return digest.hexdigest()[:20]

    return key

"""Frozen encoders as representations, whose names hold the encoder, its layer and its pooling.

The name also holds the revision of the weights. So a cache is never stale, and any process knows
from the name alone what to compute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, unquote

import numpy as np
from numpy.typing import NDArray

from emobench.backbones.weights import is_single_file, weights
from emobench.errors import RequestError, Skip, unknown
from emobench.interface.representation import Representation
from emobench.modality import MODALITIES

SOURCES = {"text": "transcript", "audio": "waveform", "vision": "frames"}
DEFAULT_POOL = {"text": 1, "audio": 5, "vision": 1}
"""Default number of steps to average: speech encoders give 50 steps a second, so 10 are left."""

MEAN = 0
"""Value of `FrozenEncoder.pool` for the average of all steps."""

OPTIONS = ("layer", "pool")
FORM = "MODALITY=NAME_OR_FOLDER, with :layer=N and :pool=N or :pool=mean after it if need be"


@dataclass(frozen=True)
class FrozenEncoder:
    """A pretrained encoder with fixed weights, and the layer and pooling of its output.

    Parameters
    ----------
    modality
        ``text`` and ``audio``: a transformers encoder; ``vision``: one of timm's.
    model
        Name on the hub, a local folder, or a file of word vectors or of CNN14's weights.
    revision
        Revision of the weights.
    layer
        Layer of the hidden states: -1 the last, 0 the input of the first. Images: only -1.
    pool
        Number of steps to average into a single step; `MEAN` averages all steps.
    """

    modality: str
    model: str
    revision: str
    layer: int = -1
    pool: int = 1

    @property
    def name(self) -> str:
        """Name of the representation."""
        parts = (self.modality, quote(self.model, safe=""), self.revision, self.layer, self.pool)
        return "@".join(map(str, parts))

    @property
    def label(self) -> str:
        """Name in tables: ``text=roberta-base``, with layer and pooling if not the defaults."""
        words = [f"{self.modality}={self.model}"]
        if self.layer != -1:
            words.append(f"layer={self.layer}")
        if self.pool != default_pool(self.modality, self.model):
            words.append(f"pool={'mean' if self.pool == MEAN else self.pool}")
        return ":".join(words)

    @property
    def folder(self) -> str:
        """Name of the folder of its output, without the path of the weights."""
        model = Path(self.model).name
        return f"{self.modality}-{model}-{self.revision}-layer{self.layer}-pool{self.pool}"

    @classmethod
    def of(cls, name: str) -> FrozenEncoder:
        """Inverse of `name`."""
        modality, model, revision, layer, pool = name.split("@")
        return cls(modality, unquote(model), revision, int(layer), int(pool))


def default_pool(modality: str, model: str) -> int:
    """Number of steps to average unless told: `DEFAULT_POOL`; 1 for a single file's few steps."""
    return 1 if is_single_file(modality, model) else DEFAULT_POOL[modality]


def is_frozen(name: str) -> bool:
    """Whether `name` is a representation by a frozen encoder."""
    return "@" in name


def parse(word: str) -> FrozenEncoder:
    """Parse the value of ``--encoder`` and find its weights.

    Raises
    ------
    RequestError
        It is not of the form `FORM`, or its weights are not available.
    """
    head, *options = word.split(":")
    modality, equals, model = head.partition("=")
    if not (equals and model):
        raise RequestError(f"--encoder is written {FORM}; {word!r} is not.")
    if modality not in MODALITIES:
        raise unknown("modality of --encoder", modality, MODALITIES)
    values: dict[str, int] = {}
    for option in options:
        key, _, value = option.partition("=")
        if key not in OPTIONS:
            raise unknown("option of --encoder", key, OPTIONS)
        values[key] = _number(key, value, word)
    if modality == "vision" and values.get("layer", -1) != -1:
        raise RequestError(f"--encoder {word}: image encoders give one vector; they have no layer.")
    if is_single_file(modality, model) and "layer" in values:
        raise RequestError(f"--encoder {word}: a single file gives one output; it has no layers.")
    try:
        return frozen_encoder(modality, model, **values)
    except Skip as reason:
        raise RequestError(f"--encoder {word}: {reason}.") from None


def frozen_encoder(
    modality: str, model: str, layer: int = -1, pool: int | None = None
) -> FrozenEncoder:
    """Find the weights of an encoder; `pool` is `default_pool` unless told.

    Raises
    ------
    Skip
        The weights are not available.
    """
    revision = weights(modality, model).revision.removeprefix("sha256:")[:12]
    steps = default_pool(modality, model) if pool is None else pool
    return FrozenEncoder(modality, model, revision, layer, steps)


def with_outputs(
    inputs: Mapping[str, tuple[str, ...]], backbones: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """`inputs` of a model with the output of its frozen `backbones` in the place of recordings.

    Parameters
    ----------
    inputs
        Modality to representations.
    backbones
        Modality to the name or folder of its backbone.
    """
    read = {m: (frozen_encoder(m, name).name,) for m, name in backbones.items() if m in inputs}
    return {**inputs, **read}


def _number(key: str, value: str, word: str) -> int:
    if key == "pool" and value == "mean":
        return MEAN
    try:
        number = int(value)
    except ValueError:
        number = 0
    if key == "pool" and number < 1:
        raise RequestError(f"--encoder {word}: pool is a number of steps, or mean.")
    return number


class Encoded(Representation):
    """Hidden states of a frozen encoder, ``[T, D]``; computed in batches, not one by one."""

    encoder: ClassVar[FrozenEncoder]
    dtype = "float16"

    def extract(self, media: Any) -> NDArray[np.float32]:
        """Raise an error: `emobench.corpus.preparation.encode` computes the states instead."""
        raise NotImplementedError(f"{self.name} is computed in batches")


@cache
def encoded(name: str) -> type[Encoded]:
    """Return the representation class called `name`."""
    chosen = FrozenEncoder.of(name)
    fields = {
        "name": name,
        "modality": chosen.modality,
        "source": SOURCES[chosen.modality],
        "encoder": chosen,
        "__doc__": f"Hidden states of {chosen.label}, frozen.",
    }
    return type("Encoded", (Encoded,), fields)

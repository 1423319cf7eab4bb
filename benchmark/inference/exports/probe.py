"""Made-up media, inputs and logits: they show whether code and libraries do what they did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from emobench.backbones.frozen_encoder import is_frozen
from emobench.denormals import denormals_flushed
from emobench.discovery.representations import representation, source_of
from emobench.inference.preparation import FittedInput, Preparation
from emobench.interface.batch import Batch, Sequence
from emobench.interface.dataset import FACE_SIZE, SAMPLE_RATE
from emobench.interface.model import Model
from emobench.interface.representation import Representation
from emobench.interface.task import Task
from emobench.randomness import PROBE_SEED

STEPS = (12, 7, 5)
"""Steps of the made-up utterances; the last lacks its first modality where there are several."""

SAMPLES = 1_600
"""Steps of a waveform for each of these."""

LETTERS = (97, 122)
"""Code points of small letters."""


def made_inputs(preparation: Preparation) -> dict[str, np.ndarray]:
    """Values ``[B, T, D]`` by ``MODALITY/REPRESENTATION``, drawn at random."""
    generator = np.random.default_rng(PROBE_SEED)
    found = {}
    for modality, reps in preparation.inputs.items():
        # All representations of a modality share one time grid.
        long = any(name == "waveform" for name in reps)
        for name, one in reps.items():
            longest = max(STEPS) * (SAMPLES if long else 1)
            width = 1 if representation(name).discrete else one.size
            found[f"{modality}/{name}"] = _drawn(generator, one, (len(STEPS), longest, width))
    return found


def _drawn(
    generator: np.random.Generator, one: FittedInput, shape: tuple[int, int, int]
) -> np.ndarray:
    """Ids that there are, or numbers about as large as standardised ones."""
    if not representation(one.name).discrete:
        return (generator.standard_normal(shape) / 2).astype(np.float32)
    first, last = LETTERS if one.size <= 1 else (1, one.size - 1)
    return generator.integers(first, last, shape, endpoint=True).astype(np.float32)


def probe_logits(model: Model, task: Task, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """Logits ``[B, C]`` of made-up inputs."""
    device = next(iter([*model.parameters(), *model.buffers()]), torch.zeros(0)).device
    present, sequences = {}, {}
    for place, (modality, reps) in enumerate(task.inputs.items()):
        there = np.ones(len(STEPS), dtype=bool)
        if place == 0 and len(task.inputs) > 1:
            there[-1] = False
        present[modality] = torch.from_numpy(there)
        sequences[modality] = {
            name: _sequence(inputs[f"{modality}/{name}"], there) for name in reps
        }
    labels = np.zeros((len(STEPS), len(task.classes)) if task.multilabel else len(STEPS), np.int64)
    ids = tuple(f"probe {i}" for i in range(len(STEPS)))
    batch = Batch(ids, sequences, present, torch.from_numpy(labels)).to(device)
    with torch.inference_mode(), denormals_flushed():
        logits: np.ndarray = model.eval()(batch).logits.float().cpu().numpy()
    return logits


def probe_difference(
    model: Model, task: Task, inputs: dict[str, np.ndarray], logits: np.ndarray
) -> float:
    """The largest difference of a logit from what was stored."""
    return float(np.abs(probe_logits(model, task, inputs) - logits).max(initial=0.0))


def made_media() -> dict[str, Any]:
    """A recording, a film and a sentence of nobody, by source."""
    generator = np.random.default_rng(PROBE_SEED)
    times = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    tone = np.sin(2 * np.pi * 180 * times) / 4 + generator.standard_normal(len(times)) / 50
    return {
        "waveform": tone.astype(np.float32),
        "frames": generator.integers(0, 256, (4, FACE_SIZE, FACE_SIZE), dtype=np.uint8),
        "transcript": "It is a good day, and nothing is the matter with you and me.",
    }


def prepared_media(preparation: Preparation) -> dict[str, np.ndarray]:
    """Inputs ``[T, D]`` that are made of made-up media, by ``MODALITY/REPRESENTATION``.

    Features that come with a corpus are not made of media, and frozen encoders are known by the
    revision of their weights.
    """
    media = made_media()
    return {
        f"{modality}/{name}": _prepared(one, media[source_of(name)])
        for modality, reps in preparation.inputs.items()
        for name, one in reps.items()
        if source_of(name) in media and not is_frozen(name)
    }


def _prepared(one: FittedInput, media: Any) -> np.ndarray:
    """One representation of media, as a training prepares it."""
    fitted = one.fitted
    if fitted is not None and fitted.base == "transcript":
        values = fitted.transform(media)
    else:
        kind = representation(one.name if fitted is None else fitted.base)
        assert issubclass(kind, Representation)
        values = np.asarray(kind().extract(media), dtype=kind.dtype)
        values = values if fitted is None else fitted.transform(values)
    found = values.astype(np.float32)
    if one.mean is not None and one.scale is not None:
        found = (found - one.mean) * one.scale
    return np.asarray(found, dtype=np.float32)


def other_preparation(
    preparation: Preparation, stored: Mapping[str, np.ndarray], most: float
) -> list[str]:
    """Representations that made-up media give otherwise, by more than `most`, than `stored`."""
    found = prepared_media(preparation)
    return [
        name
        for name, values in stored.items()
        if name not in found
        or found[name].shape != values.shape
        or float(np.abs(found[name] - values).max(initial=0.0)) > most
    ]


def _sequence(values: np.ndarray, there: np.ndarray) -> Sequence:
    """Made-up values, cut to each utterance's steps and zero behind them."""
    unit = values.shape[1] // max(STEPS)
    lengths = np.where(there, np.asarray(STEPS) * unit, 0)
    kept = values * (np.arange(values.shape[1])[None, :] < lengths[:, None])[..., None]
    longest = max(1, int(lengths.max()))
    return Sequence(
        torch.from_numpy(kept[:, :longest].astype(np.float32)),
        torch.from_numpy(lengths.astype(np.int64)),
    )

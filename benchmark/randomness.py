"""All randomness of emobench: every seed, and every function from text to random numbers.

Changing anything here changes every number: masks, splits, trainings, intervals. Each draw is a
pure function of its owner (an utterance, a training, a test set). So it is the same in every
process, for every model, and in any order of draws.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MASK_SEED = 20260101
"""Which modalities a test utterance shows, and which of its time steps."""
NOISE_SEED = 20260102
"""Noise that replaces real inputs."""
SWAP_SEED = 20260102
"""Which utterances get a modality of an utterance with another label, and of which utterance."""
PAIRING_SEED = 20260103
"""Which utterance's input another utterance is shown."""
DEV_MASK_SEED = 77
"""Which modalities a dev utterance shows while a model is trained."""
SINGLE_MODALITY_SEED = 78
"""Which modality is kept of a training utterance that shows a single modality."""
SPLIT_SEED = 0
"""Folds that are drawn on request, and dev parts if the publisher names none."""
TUNING_SEED = 20260104
"""Seed of all trials of a search, apart from the seeds 0, 1, … of what is evaluated."""
PROBE_SEED = 20
"""Made-up inputs, by which an exported model is known again."""
PROJECTION_SEED = 0
"""Start of randomised singular value decompositions."""

Array = NDArray[np.float64]


class TrainingSeeds(NamedTuple):
    """The seeds of one training.

    Parameters
    ----------
    start
        Seeds the initial weights and the session's own draws: batches and masks.
    fit
        Seeds torch while the model is fitted: dropout and all other draws of the model.
    """

    start: int
    fit: int


def training_seeds(model: str, fold: int, seed: int) -> TrainingSeeds:
    """Seeds of the training of `model` on `fold` with the user's `seed`."""
    start = derive(model, fold, seed)
    return TrainingSeeds(start, start + 1)


def derive(*parts: object) -> int:
    """Seed in [0, 2**31) from any parts, the same in every process."""
    return _number("|".join(map(str, parts)), 4) >> 1


def uniforms(ids: Sequence[str], modalities: Sequence[str], seed: int = MASK_SEED) -> Array:
    """One number in [0, 1) per (utterance, modality), from a hash: ``[N, M]``."""
    values = np.empty((len(ids), len(modalities)))
    for i, utterance in enumerate(ids):
        for j, modality in enumerate(modalities):
            values[i, j] = _number(f"{seed}|{utterance}|{modality}", 7) / 2**56
    return values


def step_uniforms(utterance: str, modality: str, steps: int) -> Array:
    """A number in [0, 1) per time step ``[T]``; a larger T only appends numbers."""
    return np.random.default_rng(_step_seed(utterance, modality)).random(steps)


@lru_cache(maxsize=100_000)
def _step_seed(utterance: str, modality: str) -> int:
    return _number(f"{MASK_SEED}|frames|{utterance}|{modality}", 7)


def draw_key(text: str, seed: int | None = SPLIT_SEED) -> str:
    """A sort key that makes a draw: the items that sort first are drawn.

    Parameters
    ----------
    text
        The item to sort: an utterance's id, a video's name.
    seed
        Seed of the draw; None for the order without a seed.
    """
    return hashlib.sha256((text if seed is None else f"{seed}|{text}").encode()).hexdigest()


def sample_stream(ids: Iterable[str], *what: str | int) -> np.random.Generator:
    """Random numbers that depend only on the utterances' ids and on `what` is drawn."""
    text = "\n".join([*map(str, what), *ids])
    return np.random.default_rng(list(hashlib.sha256(text.encode()).digest()))


def corruption_stream(corruption: str, utterance: str) -> np.random.Generator:
    """Random numbers of one corruption of one utterance.

    They are the same for all five severities, so that severities are nested: words that are wrong
    at severity 1 are wrong at 5, and the noise is the same noise, louder.
    """
    return np.random.default_rng(_number(f"corruption|{corruption}|{utterance}", 16))


def trial_stream(model: str, trial: int) -> np.random.Generator:
    """Random numbers that draw the configuration of one trial of a search."""
    return np.random.default_rng(_number(f"trial|{TUNING_SEED}|{model}|{trial}", 16))


def noise_stream(utterance: str, representation: str) -> np.random.Generator:
    """Random numbers of the noise that replaces one representation of one utterance."""
    return np.random.default_rng(_number(f"{NOISE_SEED}|{utterance}|{representation}", 8))


def resampling_stream(owner: str, size: int) -> np.random.Generator:
    """Random numbers that resample `size` items of `owner` (a test set, a training)."""
    return np.random.default_rng([zlib.crc32(owner.encode()), size])


def random_stream(seed: int, *key: int) -> np.random.Generator:
    """Random numbers of one of many independent streams of `seed`.

    Parameters
    ----------
    seed
        Seed of a whole corpus.
    key
        Owner of the stream, as numbers: a kind of draw, a speaker, an utterance.
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def toy_stream(*key: int) -> np.random.Generator:
    """Random numbers of the toy corpus on which the contract probes models."""
    return np.random.default_rng(list(key))


def _number(text: str, size: int) -> int:
    """The first `size` bytes of the SHA-256 of `text` as a number."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size], "big")

"""A corpus whose faces are a known linear function of its voices, and whose words say nothing."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from emobench.corpus.split import Split
from emobench.corpus.view import FoldView, fold_view
from emobench.datasets.representations.acoustic import MFCC

TRAIN, DEV, TEST = 80, 10, 30
UNITS = 4
INPUTS = {"text": ("tokens",), "audio": ("mfcc", "prosody"), "vision": ("action_units",)}
PARTS = Split(
    np.arange(TRAIN), np.arange(TRAIN, TRAIN + DEV), np.arange(TRAIN + DEV, TRAIN + DEV + TEST)
)
WORDS = ("so", "it", "goes", "on", "and", "then", "stops")


def planted_view(folder: Path, inputs: Any = None) -> FoldView:
    """Fold of 120 utterances; every tenth lacks a face, every tenth from the third a voice."""
    maker = _maker(folder)
    generator = np.random.default_rng(5)
    weights = generator.normal(size=(UNITS, 20)) / 20
    for i in range(TRAIN + DEV + TEST):
        wave = _voice(generator)
        average = weights @ MFCC().extract(wave).mean(axis=0)
        jitter = generator.normal(size=(int(generator.integers(3, 7)), UNITS))
        face = average + 0.1 * (jitter - jitter.mean(axis=0))
        maker.add(
            text=" ".join(generator.choice(WORDS, size=int(generator.integers(2, 6)))),
            audio=None if i % 10 == 3 else wave,
            vision=None if i % 10 == 0 else face,
        )
    return fold_view(maker.prepared("mfcc", "prosody", "action_units"), PARTS, inputs or INPUTS)


def _voice(generator: np.random.Generator) -> np.ndarray:
    """Noise of a random length, loudness and colour."""
    noise = generator.normal(size=int(generator.integers(4000, 9000)))
    colour = generator.uniform(-0.9, 0.9)
    noise[1:] += colour * noise[:-1]
    return (generator.uniform(0.01, 0.3) * noise).astype(np.float32)


def _maker(folder: Path) -> Any:
    """Tests cannot import one another in pytest's importlib mode: load the helper by its path."""
    path = Path(__file__).parent / "corpus" / "conftest.py"
    spec = importlib.util.spec_from_file_location("emobench_tests_maker", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Maker(folder)

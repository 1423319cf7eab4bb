"""Synthetic utterances in the shape of CMU-MOSI: MMSA's pickle, and a table for emobench."""

from __future__ import annotations

import csv
import pickle
from pathlib import Path
from typing import Any

import numpy as np

SIZES = {"train": 1284, "valid": 229, "test": 686}
STEPS = 50
WIDTHS = {"text": 768, "audio": 5, "vision": 20}
CLASSES = ("negative", "neutral", "positive")
SHOWN = {"text": 0.75, "audio": 0.45, "vision": 0.5}
"""How often a modality shows the utterance's class; else it shows any."""
STRENGTH = {"text": 0.05, "audio": 0.5, "vision": 0.25}
"""Size of what a class adds to every feature, where noise has size 1."""


def write(folder: Path, sizes: dict[str, int]) -> tuple[Path, Path]:
    """Write the pickle and the table; return their paths."""
    rng = np.random.default_rng(14)
    signs = {m: rng.choice([-1.0, 1.0], (len(CLASSES), width)) for m, width in WIDTHS.items()}
    parts = {part: _part(part, count, signs, rng) for part, count in sizes.items()}
    stored, table = folder / "mosi.pkl", folder / "mosi.csv"
    stored.write_bytes(pickle.dumps(parts, protocol=4))
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "label", "split", "speaker"])
        for part, one in parts.items():
            named = zip(one["id"], one["regression_labels"], strict=True)
            split = "dev" if part == "valid" else part
            writer.writerows([i, CLASSES[int(y)], split, i.split("$")[0]] for i, y in named)
    return stored, table


def _part(
    part: str, count: int, signs: dict[str, np.ndarray], rng: np.random.Generator
) -> dict[str, Any]:
    labels = rng.integers(len(CLASSES), size=count)
    ids = [f"{part}{i // 20}$_${i % 20}" for i in range(count)]
    found: dict[str, Any] = {"id": ids, "raw_text": [""] * count}
    for modality, width in WIDTHS.items():
        honest = rng.random(count) < SHOWN[modality]
        shown = np.where(honest, labels, rng.integers(len(CLASSES), size=count))
        noise = rng.standard_normal((count, STEPS, width))
        noise += STRENGTH[modality] * signs[modality][shown][:, None]
        found[modality] = noise.astype(np.float32)
        found[f"{modality}_lengths"] = [STEPS] * count
    # Under this name MMSA reads the classes of a classification too.
    found["regression_labels"] = labels.astype(np.float32)
    found["classification_labels"] = labels
    return found

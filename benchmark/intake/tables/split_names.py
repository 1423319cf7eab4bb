"""Names that folders and keys have where they stand for a part of the split."""

from __future__ import annotations

PARTS = {
    "train": "train", "training": "train",
    "dev": "dev", "development": "dev", "val": "dev", "valid": "dev", "validation": "dev",
    "test": "test", "testing": "test", "eval": "test", "evaluation": "test",
}  # fmt: skip
"""The part by the normal form of its name."""

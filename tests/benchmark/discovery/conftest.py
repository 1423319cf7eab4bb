from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

MODEL = """
import torch
from emobench import Card, Model, Output

raise RuntimeError("imported")

class Some(Model):
    card = Card(name={name!r}, title="A title " "in two " + "parts", inputs={{"text": ("tokens",)}})
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a model file that must not be imported; `text` writes something else."""

    def make(name: str = "some", file: str = "some.py", text: str | None = None) -> Path:
        path = tmp_path / file
        path.write_text(MODEL.format(name=name) if text is None else text)
        return path

    return make

"""The corpus that is meant where none is named."""

from __future__ import annotations

from emobench.discovery.registry import registry
from emobench.errors import RequestError
from emobench.interface.card import DatasetCard


def default_dataset() -> str:
    """Name of the corpus whose card says that it is the default."""
    for name, entry in registry("dataset").items():
        if isinstance(entry.card, DatasetCard) and entry.card.default:
            return name
    raise RequestError("No corpus is the default; name one with --dataset.")

"""The parts of a trained model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emobench.inference.preparation import Preparation
from emobench.interface.model import Model


@dataclass(frozen=True)
class Parts:
    """The network and what belongs to it, as an export writes them.

    Parameters
    ----------
    network
        The model with its weights.
    preparation
        How its inputs are made.
    source
        Its source file.
    is_own
        Whether that is a user's file, and no part of emobench or an installed package.
    """

    network: Model
    preparation: Preparation
    source: Path
    is_own: bool = False

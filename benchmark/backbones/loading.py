"""Loading encoders of transformers from a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from emobench.errors import RequestError


def encoder(folder: Path) -> Any:
    """Load the encoder in `folder`, in float32 and without a progress bar on the terminal."""
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    # Code in the folder is not run, and nobody is asked whether it may be.
    return AutoModel.from_pretrained(
        folder, local_files_only=True, trust_remote_code=False, weights_only=True,
        dtype=torch.float32,
    )  # fmt: skip


def states(output: Any, layer: int) -> Tensor:
    """Hidden states ``[B, T, D]`` of one layer; -1: the last.

    Raises
    ------
    RequestError
        The encoder has no such layer.
    """
    if layer == -1:
        last: Tensor = output.last_hidden_state
        return last
    every: tuple[Tensor, ...] = output.hidden_states
    if not -len(every) <= layer < len(every):
        raise RequestError(f"The encoder has layers 0 to {len(every) - 1}, not {layer}.")
    return every[layer]

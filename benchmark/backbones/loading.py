"""Loading encoders of transformers from a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch


def encoder(folder: Path) -> Any:
    """Load the encoder in `folder`, in float32 and without a progress bar on the terminal."""
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    return AutoModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32)

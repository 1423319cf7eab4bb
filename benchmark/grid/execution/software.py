"""The versions and the kind of machine that a training runs on, as its report keeps them."""

from __future__ import annotations

import platform
from importlib.metadata import version

import numpy as np
import torch


def software(device: torch.device) -> dict[str, str]:
    """Return versions and the kind of machine; nothing that tells one machine from another.

    Parameters
    ----------
    device
        Of the training; of a GPU its model is named too.
    """
    found = {
        "emobench": version("emobench"),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
    }
    if device.type == "cuda":
        found["gpu"] = torch.cuda.get_device_name(device)
    return found

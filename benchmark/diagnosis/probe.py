"""What can end a process that imports it is imported here, in a process of its own.

``python -m emobench.diagnosis.probe torch`` or ``plugins`` prints JSON.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any


def torch_facts() -> dict[str, Any]:
    """Import torch and its companions; return what they say of devices and threads."""
    found: dict[str, Any] = {"errors": {}}
    for name in ("torch", "torchaudio", "torchvision"):
        try:
            module = importlib.import_module(name)
            found[name] = str(getattr(module, "__version__", ""))
        except BaseException as error:
            found["errors"][name] = f"{type(error).__name__}: {error}"
    if "torch" in found["errors"]:
        return found
    import torch

    found["built_for_cuda"] = torch.version.cuda
    found["threads"] = torch.get_num_threads()
    found["denormals"] = bool(torch.set_flush_denormal(True))
    torch.set_flush_denormal(False)
    found["gpus"] = []
    try:
        for number in range(torch.cuda.device_count()):
            facts = torch.cuda.get_device_properties(number)
            found["gpus"].append({"name": facts.name, "bytes": facts.total_memory})
    except Exception as error:
        found["errors"]["cuda"] = f"{type(error).__name__}: {error}"
    return found


def plugin_facts() -> dict[str, Any]:
    """Load every entry point of ours; return which there are, and which fail."""
    from importlib.metadata import distributions

    found: dict[str, Any] = {"loaded": [], "failed": {}}
    points = [point for package in distributions() for point in package.entry_points]
    for point in (point for point in points if point.group.startswith("emobench.")):
        name = f"{point.group}: {point.name} = {point.value}"
        try:
            point.load()
            found["loaded"].append(name)
        except BaseException as error:
            found["failed"][name] = f"{type(error).__name__}: {error}"
    return found


PROBES = {"torch": torch_facts, "plugins": plugin_facts}


def main() -> None:
    """Print the facts of the probe that is named."""
    facts = PROBES[sys.argv[1]]()
    # The last line: libraries may print others.
    print(json.dumps(facts))


if __name__ == "__main__":
    main()

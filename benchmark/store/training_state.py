"""The saved state of a training that is not finished, as a safetensors file.

Nothing in a results folder is a pickle. So a state, which is a tree of dictionaries, lists,
numbers, text and tensors, is stored as its tensors, with the tree as JSON among the metadata.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from emobench.atomic import whole_file


def write_state(path: Path, state: dict[str, Any], made_by: dict[str, str]) -> None:
    """Store `state` as `path`, in one step, in the place of an earlier state.

    Parameters
    ----------
    path
        The file.
    state
        A tree of dictionaries, lists, tuples, numbers, text, None, arrays and tensors.
    made_by
        What must be the same for a training to go on with identical results.

    Raises
    ------
    TypeError
        The tree holds something else.
    """
    from safetensors.torch import save_file

    tensors: dict[str, torch.Tensor] = {}
    tree = _encoded(state, tensors)
    about = {"made_by": json.dumps(made_by), "state": json.dumps(tree)}
    about["sha256"] = _checksum(about["state"], tensors)
    with whole_file(path) as partial:
        save_file(tensors, partial, about)


def write_weights(path: Path, weights: Mapping[str, torch.Tensor], about: dict[str, str]) -> None:
    """Store weights as `path`, in one step, with what is said of them."""
    from safetensors.torch import save_file

    copies = {name: one.detach().cpu().contiguous().clone() for name, one in weights.items()}
    with whole_file(path) as partial:
        save_file(copies, partial, about)


def read_state(path: Path, made_by: dict[str, str]) -> dict[str, Any] | None:
    """Read a stored state; None if there is none that goes on with identical results."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        return None
    try:
        with safe_open(path, "pt") as stored:
            about = stored.metadata() or {}
            if json.loads(about.get("made_by", "null")) != made_by:
                return None
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        tree = about["state"]
        if about.get("sha256") not in (None, _checksum(tree, tensors)):
            return None
        found: dict[str, Any] = _decoded(json.loads(tree), tensors)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError):
        return None  # torn or changed by the disk: start again
    return found


def _checksum(tree: str, tensors: dict[str, torch.Tensor]) -> str:
    digest = hashlib.sha256(tree.encode())
    for name in sorted(tensors):
        digest.update(tensors[name].flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _encoded(value: Any, tensors: dict[str, torch.Tensor]) -> Any:
    """`value` for JSON; its tensors move to `tensors`."""
    if isinstance(value, np.ndarray):
        value = torch.from_numpy(value)
    if isinstance(value, torch.Tensor):
        name = str(len(tensors))
        # A clone: safetensors refuses tensors that share memory, such as tied weights.
        tensors[name] = value.detach().cpu().contiguous().clone()
        return {"tensor": name}
    if isinstance(value, dict):
        return {"dict": [[_encoded(k, tensors), _encoded(v, tensors)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        kind = "list" if isinstance(value, list) else "tuple"
        return {kind: [_encoded(item, tensors) for item in value]}
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"a training's state holds {type(value).__name__}, which cannot be stored")


def _decoded(value: Any, tensors: dict[str, torch.Tensor]) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "dict":
        return {_decoded(k, tensors): _decoded(v, tensors) for k, v in content}
    items = [_decoded(item, tensors) for item in content]
    return items if kind == "list" else tuple(items)

"""Writes a trained model as a folder that needs neither the corpus nor the results."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from emobench.atomic import partial_prefix
from emobench.disk.refusal import raise_refusal, reason
from emobench.errors import RequestError
from emobench.grid.execution.software import software
from emobench.inference.description import Description
from emobench.inference.exports.card import card_text
from emobench.inference.exports.folder import (
    CARD,
    PROBE,
    WEIGHTS,
    files_of,
    is_export,
    save_arrays,
    write_config,
    write_preparation,
)
from emobench.inference.exports.probe import made_inputs, prepared_media, probe_logits
from emobench.inference.parts import Parts


def check_folder(folder: Path) -> bool:
    """Refuse a folder with other files; return whether an earlier export lies there.

    Raises
    ------
    RequestError
        Something else lies there.
    """
    if folder.exists() and not folder.is_dir():
        raise RequestError(f"{folder} is a file; an export is a folder.")
    there = folder.is_dir() and any(folder.iterdir())
    if there and not is_export(folder):
        raise RequestError(
            f"{folder} holds other files: name a new folder, an empty one or an earlier export."
        )
    return there


def write_export(about: Description, parts: Parts, folder: Path, command: str = "") -> Path:
    """Write a trained model into `folder`: whole, or not at all.

    Parameters
    ----------
    about, parts
        The model.
    folder
        A new or empty folder, or one that an export wrote, of which only the exported files go.
    command
        The command that asked for it; by default that which does the same.

    Raises
    ------
    RequestError
        Something else lies in the folder, or a part of the model cannot be written without pickles.
    """
    there, final = check_folder(folder), folder.absolute()
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{partial_prefix()}-", dir=final.parent) as place:
            new = Path(place) / "export"
            new.mkdir()
            _fill(new, about, parts, command)
            if final.is_dir():
                _replace(final, new, there)
            else:
                new.rename(final)
    except OSError as error:
        raise_refusal(error, final)
        raise RequestError(f"{folder} cannot be written: {reason(error)}.") from None
    return folder


def _fill(folder: Path, about: Description, parts: Parts, command: str) -> None:
    _write_weights(folder / WEIGHTS, parts.network.state_dict())
    write_preparation(folder, parts.preparation)
    inputs = made_inputs(parts.preparation)
    logits = probe_logits(parts.network, about.task, inputs)
    media = {f"media/{name}": values for name, values in prepared_media(parts.preparation).items()}
    save_arrays(folder / PROBE, {**inputs, **media, "logits": logits})
    content = parts.source.read_bytes()
    if parts.is_own:
        (folder / parts.source.name).write_bytes(content)
    entry = {
        "class": type(parts.network).__name__,
        "name": about.spec.model,
        "digest": _sha256(content),
        "file": parts.source.name if parts.is_own else None,
    }
    device = next(iter(parts.network.parameters()), None)
    made_by = {
        "command": command or f"emobench export RESULTS DIR --training {about.key}",
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        **software(device.device if device is not None else torch.device("cpu")),
    }
    write_config(folder, about, entry, made_by)
    text = card_text(about, parts.preparation, entry, made_by)
    (folder / CARD).write_text(text, encoding="utf-8")


def _sha256(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()


def _write_weights(path: Path, state: dict[str, Any]) -> None:
    from safetensors.torch import save_file

    # Copies: tensors that share memory cannot be written.
    whole = {k: v.detach().cpu().contiguous().clone() for k, v in state.items()}
    save_file(whole, path, metadata={"format": "pt"})
    path.chmod(0o644)


def _replace(folder: Path, new: Path, was_export: bool) -> None:
    """Put the new files in the place of an earlier export's; what else lies there stays."""
    if was_export:
        for path in list(files_of(folder)):
            path.unlink(missing_ok=True)
    for path in sorted(new.iterdir(), key=lambda p: p.name == "config.json"):
        path.replace(folder / path.name)

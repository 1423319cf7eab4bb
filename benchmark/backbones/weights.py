"""Locating a backbone's weights: a local folder, or a repository of the Hugging Face hub."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from emobench.errors import RequestError, Skip, unknown
from emobench.internet.guard import is_offline

FIELD = "_backbone"
"""Ending of the config fields that name a modality's backbone: ``audio_backbone``."""

SETTINGS = ("*.json", "*.txt", "*.model")
SAFE, PICKLED = "*.safetensors", "pytorch_model*.bin"


SINGLE_FILES = {"text": ".txt", "audio": ".pth"}
"""Ending of the files that are a frozen encoder by themselves: word vectors, and CNN14."""


def is_single_file(modality: str, name: str) -> bool:
    """Whether `name` is a file of word vectors or a checkpoint of CNN14, and no folder."""
    return Path(name).suffix == SINGLE_FILES.get(modality) and not Path(name).is_dir()


@dataclass(frozen=True)
class Weights:
    """A backbone's files.

    Parameters
    ----------
    folder
        Folder of the files on this machine, or the file (`is_single_file`).
    revision
        The hub's commit, or for a local folder or file a digest.
    """

    folder: Path
    revision: str


@lru_cache(maxsize=32)
def weights(modality: str, name: str) -> Weights:
    """Find the files of backbone `name`: on this machine, else downloaded from the hub.

    Parameters
    ----------
    modality
        ``vision`` backbones are timm's, the others transformers'.
    name
        A local folder (with a slash, or one that exists), a single file, or a name on the hub.

    Raises
    ------
    Skip
        The files are not available; the message names a remedy.
    RequestError
        timm knows no architecture of this name.
    """
    if is_single_file(modality, name):
        return _file(modality, Path(name).expanduser())
    if Path(name).is_dir() or name.startswith((".", "/", "~")):
        return _local(modality, Path(name).expanduser())
    repository = _timm_repository(name) if modality == "vision" else name
    folder = _snapshot(repository, online=False)
    if folder is None and not is_offline():
        folder = _snapshot(repository, online=True)
    if folder is None:
        answer = "is not asked (--offline)" if is_offline() else "does not give them"
        raise Skip(
            f"the weights of the {modality} backbone {name!r} cannot be had: they are not on this "
            f"machine and the Hugging Face hub {answer}. Run once where it can be "
            f"reached, or name a folder that holds them: --backbone {modality}=FOLDER, or for "
            f"frozen features --encoder {modality}=FOLDER"
        )
    return Weights(folder, folder.name)


def _file(modality: str, path: Path) -> Weights:
    if not path.is_file():
        raise Skip(
            f"the weights of the {modality} backbone cannot be had: the file {path} does not exist"
        )
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Weights(path.resolve(), f"sha256:{digest[:20]}")


def folder_of(modality: str, name: str) -> Path:
    """Folder of the files of backbone `name`, for a model that builds and may train it.

    Raises
    ------
    Skip
        The files are not available.
    RequestError
        It is a single file, which only a frozen encoder can be.
    """
    if is_single_file(modality, name):
        raise RequestError(
            f"The {modality} backbone {name!r} is a file, which only a frozen encoder can be: "
            f"--encoder {modality}=FILE, or --backbone for a model whose backbones stay frozen."
        )
    return weights(modality, name).folder


def _local(modality: str, folder: Path) -> Weights:
    if not _complete(folder):
        lacking = "does not exist" if not folder.is_dir() else "holds no config.json with weights"
        raise Skip(
            f"the weights of the {modality} backbone cannot be had: the folder {folder} {lacking}. "
            "It must be as save_pretrained (transformers) or save_for_hf (timm) writes it"
        )
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.iterdir() if p.is_file()):
        digest.update(path.name.encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return Weights(folder.resolve(), f"sha256:{digest.hexdigest()[:20]}")


def _timm_repository(name: str) -> str:
    import timm

    config = timm.get_pretrained_cfg(name) if timm.is_model(name) else None
    if config is None:
        near = difflib.get_close_matches(name, timm.list_models(), n=8)
        raise unknown("vision backbone", name, near or timm.list_models("resnet*", pretrained=True))
    return str(config.hf_hub_id)


def _snapshot(repository: str, online: bool) -> Path | None:
    """Folder of the hub's files on this machine, or None if not available."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    for kind in (SAFE, PICKLED):
        try:
            folder = Path(
                snapshot_download(
                    repository, allow_patterns=[*SETTINGS, kind], local_files_only=not online
                )
            )
        except (OSError, HfHubHTTPError, HFValidationError, LocalEntryNotFoundError):
            return None
        if _complete(folder):
            return folder
    return None


def _complete(folder: Path) -> bool:
    has_weights = any(next(folder.glob(kind), None) for kind in (SAFE, PICKLED))
    return (folder / "config.json").is_file() and has_weights

"""The files of an exported model: weights, preparation and description, without any pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emobench.discovery.representations import representation
from emobench.errors import RequestError
from emobench.inference.description import Description
from emobench.inference.preparation import FittedInput, Preparation
from emobench.interface.representation import FittedRepresentation

FORMAT = 1
"""Raised when older versions cannot read what is written."""

CONFIG, WEIGHTS, CARD = "config.json", "model.safetensors", "README.md"
PREPARATION, STATISTICS, PROBE = (
    "preparation.json", "preparation.safetensors", "probe.safetensors",
)  # fmt: skip
OURS = "emobench"
"""Key of `CONFIG` under which all of ours stands."""

TENSOR = "$tensor"
"""Key of what stands in `PREPARATION` for an array, which lies in `STATISTICS`."""

PROVEN = (WEIGHTS, PREPARATION, STATISTICS, PROBE)
"""Files whose digests `CONFIG` has."""

Arrays = dict[str, np.ndarray]


def is_export(folder: Path) -> bool:
    """Whether a folder is an exported model."""
    try:
        content = json.loads((folder / CONFIG).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and isinstance(content.get(OURS), dict)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_preparation(folder: Path, preparation: Preparation) -> None:
    """Write statistics, vocabularies and projections.

    Raises
    ------
    RequestError
        A fitted representation holds what is no plain data.
    """
    arrays: Arrays = {}
    plain: dict[str, Any] = {}
    for modality, reps in preparation.inputs.items():
        for name, one in reps.items():
            place = f"{modality}/{name}"
            for part in ("mean", "scale"):
                if (values := getattr(one, part)) is not None:
                    arrays[f"{place}/{part}"] = values
            found: dict[str, Any] = {"version": one.version, "size": one.size}
            if one.fitted is not None:
                state = one.fitted.state()
                found["state"] = _plain(state, f"{place}/state", name, arrays)
            plain.setdefault(modality, {})[name] = found
    names = {source: list(found) for source, found in preparation.names.items()}
    content = {"standardise": preparation.standardise, "inputs": plain, "names": names}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (folder / PREPARATION).write_text(text + "\n", encoding="utf-8")
    save_arrays(folder / STATISTICS, arrays)


def _plain(value: Any, place: str, name: str, arrays: Arrays) -> Any:
    """A state as JSON, its arrays moved into `arrays` under `place`."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        # Products of matrices depend on the order of their numbers in memory, in the last digits.
        turned = value.ndim == 2 and value.strides[0] < value.strides[1]
        arrays[place] = value.T if turned else value
        return {TENSOR: place, "columns_first": turned}
    if isinstance(value, list | tuple):
        return [_plain(one, f"{place}/{i}", name, arrays) for i, one in enumerate(value)]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _plain(one, f"{place}/{key}", name, arrays) for key, one in value.items()}
    raise RequestError(
        f"The representation {name} cannot be exported: what it learned holds a "
        f"{type(value).__name__}. Let its state() return arrays, numbers, texts, lists and "
        "dictionaries, and its restore() take them."
    )


def read_stored_preparation(folder: Path, about: Description) -> Preparation:
    """Read what `write_preparation` wrote, for the representations of this emobench."""
    content = json.loads((folder / PREPARATION).read_text(encoding="utf-8"))
    arrays = load_arrays(folder / STATISTICS)
    inputs: dict[str, dict[str, FittedInput]] = {}
    for modality, reps in about.task.inputs.items():
        inputs[modality] = {}
        for name in reps:
            found, place = content["inputs"][modality][name], f"{modality}/{name}"
            fitted = None
            if "state" in found:
                kind = representation(name)
                assert issubclass(kind, FittedRepresentation)
                fitted = kind()
                fitted.restore(_whole(found["state"], arrays))
            inputs[modality][name] = FittedInput(
                name, found["version"], found["size"], arrays.get(f"{place}/mean"),
                arrays.get(f"{place}/scale"), fitted,
            )  # fmt: skip
    names = {source: tuple(found) for source, found in content.get("names", {}).items()}
    return Preparation(inputs, content["standardise"], names)


def _whole(value: Any, arrays: Arrays) -> Any:
    """The inverse of `_plain`."""
    if isinstance(value, list):
        return [_whole(one, arrays) for one in value]
    if isinstance(value, dict):
        if TENSOR in value:
            found = arrays[value[TENSOR]]
            return found.T if value["columns_first"] else found
        return {key: _whole(one, arrays) for key, one in value.items()}
    return value


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays as safetensors."""
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(a) for name, a in arrays.items()}, path)
    path.chmod(0o644)  # safetensors makes files that their owner alone can read


def load_arrays(path: Path) -> Arrays:
    """Read arrays from safetensors."""
    from safetensors.numpy import load_file

    found: Arrays = load_file(path)
    return found


def write_config(
    folder: Path, about: Description, entry: Mapping[str, Any], made_by: Mapping[str, Any]
) -> None:
    """Write the description in the form that the Hub shows, with the digests of the other files.

    Parameters
    ----------
    folder
        Where the other files lie already.
    about
        The description.
    entry
        The model's class, its file and that file's digest.
    made_by
        The command, and versions.
    """
    classes, several = about.task.classes, about.task.multilabel
    content = {
        "model_type": OURS,
        "architectures": [entry["class"]],
        "problem_type": f"{'multi' if several else 'single'}_label_classification",
        "id2label": {str(i): name for i, name in enumerate(classes)},
        "label2id": {name: i for i, name in enumerate(classes)},
        OURS: {
            "format": FORMAT,
            "description": about.plain(),
            "model": dict(entry),
            "made_by": dict(made_by),
            "sha256": {name: digest_of(folder / name) for name in PROVEN},
        },
    }
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (folder / CONFIG).write_text(text + "\n", encoding="utf-8")


def _ours(folder: Path) -> dict[str, Any]:
    if not is_export(folder):
        raise RequestError(f"{folder} is no folder that emobench export wrote.")
    found: dict[str, Any] = json.loads((folder / CONFIG).read_bytes())[OURS]
    return found


def read_description(folder: Path) -> Description:
    """Read the description of an exported model, and see that its files are whole.

    Raises
    ------
    RequestError
        It is no such folder, of a newer form, or its files are not those that were written.
    """
    content = _ours(folder)
    if content.get("format") != FORMAT:
        raise RequestError(
            f"{folder} has form {content.get('format')}, and this emobench reads form {FORMAT}: "
            "take the version that wrote it, or a newer one."
        )
    digests = content.get("sha256")
    if not isinstance(digests, dict) or not set(PROVEN) <= set(digests):
        raise RequestError(f"{folder / CONFIG} does not name the digests of the other files.")
    if odd := [name for name in digests if Path(name).name != name]:  # it could lead out of there
        raise RequestError(f"{folder / CONFIG} names {odd[0]!r}, which is no file beside it.")
    for name, wanted in digests.items():
        if not (folder / name).is_file():
            raise RequestError(f"{folder} lacks its file {name}: copy it again, whole.")
        if digest_of(folder / name) != wanted:
            raise RequestError(f"{folder / name} is not the file that was exported.")
    try:
        return Description.of(content["description"])
    except (TypeError, ValueError, KeyError, AttributeError, LookupError) as error:
        raise RequestError(f"{folder / CONFIG} cannot be read: {error}") from None


def stored_digest(folder: Path) -> str:
    """SHA-256 of the model's file when it was exported."""
    return str(_ours(folder)["model"]["digest"])


def stored_model_file(folder: Path) -> Path | None:
    """The copy of a user's own model file in the folder; None for a model of emobench."""
    name = _ours(folder)["model"].get("file")
    # Only a name: a path could lead out of the folder.
    return folder / Path(name).name if name else None


def read_weights(folder: Path) -> dict[str, Any]:
    """Read the weights."""
    from safetensors.torch import load_file

    found: dict[str, Any] = load_file(folder / WEIGHTS)
    return found


@dataclass(frozen=True)
class Probe:
    """What made-up inputs and media gave when a model was exported.

    Parameters
    ----------
    inputs, logits
        Inputs ``[B, T, D]`` by modality and representation, and the logits ``[B, C]``.
    media
        What representations ``[T, D]`` made of media.
    """

    inputs: Arrays
    logits: np.ndarray
    media: Arrays


def read_probe(folder: Path) -> Probe:
    """Read the made-up inputs, and what they gave."""
    arrays = load_arrays(folder / PROBE)
    logits = arrays.pop("logits")
    media = {n.removeprefix("media/"): arrays.pop(n) for n in [*arrays] if n.startswith("media/")}
    return Probe(arrays, logits, media)


def files_of(folder: Path) -> Iterator[Path]:
    """The files of an exported model, and nothing else that lies beside them."""
    copy = stored_model_file(folder)
    yield from (folder / name for name in (CONFIG, CARD, *PROVEN))
    if copy is not None:
        yield copy

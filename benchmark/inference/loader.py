"""Loads a trained model: from a results folder, or from a folder that an export wrote."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from emobench.corpus.preparation.extract import Progress
from emobench.discovery.own_representations import refuse_foreign_paths
from emobench.discovery.registry import Entry
from emobench.errors import EmobenchError, RequestError
from emobench.executor import DEFAULT, open_executor
from emobench.inference.choice import ChosenTraining, TrainingChoice, chosen_training
from emobench.inference.description import Description
from emobench.inference.exports.folder import (
    is_export,
    read_description,
    read_probe,
    read_stored_preparation,
    read_weights,
    stored_digest,
    stored_model_file,
)
from emobench.inference.exports.probe import other_preparation, probe_difference
from emobench.inference.network import trained_network
from emobench.inference.origin import (
    check_versions,
    model_entry,
    open_origin,
    refuse_unnamed_corpus,
)
from emobench.inference.parts import Parts
from emobench.inference.preparation import fitted_preparation
from emobench.inference.proof import FOREIGN, proof_of, proof_sentence
from emobench.inference.record import described
from emobench.inference.trained_model import TrainedModel
from emobench.interface.dataset import Folders
from emobench.store.store import Store

ALONE = "in_process"
"""The executor that starts no process."""

TOLD = 1e-4
"""A difference of logits from which it is said."""


def load_training(
    root: Path,
    choice: TrainingChoice,
    folders: Folders,
    model_file: Path | None = None,
    device: str = "cpu",
    jobs: int = 1,
    progress: Progress | None = None,
    whole: bool = False,
) -> TrainedModel:
    """Rebuild a training of the results folder `root`, and let it give test predictions again.

    Parameters
    ----------
    root, choice
        Where, and which.
    folders
        Where its corpus and prepared data lie.
    model_file
        The file of a user's own model.
    device
        Where the model is to be.
    jobs
        Worker processes, should the corpus have to be prepared again.
    progress
        Called with what is done.
    whole
        Whether all test predictions are compared, not some.

    Raises
    ------
    RequestError
        The choice fits nothing or several, or code, corpus or predictions are others.
    """
    chosen = chosen_training(root, choice)
    entry = model_entry(chosen.spec, model_file or choice.file)
    refuse_unnamed_corpus(chosen.spec, choice.dataset, folders)
    with open_executor(DEFAULT if jobs > 1 else ALONE, jobs) as executor:
        origin = open_origin(chosen, entry, folders, executor, device, progress)
    regime = origin.job.regime
    preparation = fitted_preparation(origin.source, origin.learned, origin.view, regime.standardise)
    about = described(chosen, origin, entry)
    weights = _stored_weights(root, chosen.key)
    network = trained_network(entry, about, weights, torch.device(device))
    proof = proof_of(chosen, origin, about, preparation, network, whole)
    about = Description(**{**about.__dict__, "proof": proof})
    notes = [*_choice_notes(chosen, choice), *_code_notes(entry, chosen.spec.model_digest, about)]
    if proof is not None and proof.largest > TOLD:
        notes.append(proof_sentence(proof))
    parts = Parts(network, preparation, entry.path, entry.module is None)
    return TrainedModel(about, parts, notes)


def _stored_weights(root: Path, key: str) -> dict[str, Any]:
    try:
        return Store(root).checkpoint(key)
    except (EmobenchError, OSError, SafetensorError) as error:
        raise RequestError(f"The weights of the training {key} cannot be read: {error}") from None


def _choice_notes(chosen: ChosenTraining, choice: TrainingChoice) -> list[str]:
    """Say that there are others, where one of several folds and seeds was taken."""
    if chosen.alternatives == 1 or choice.training or None not in (choice.fold, choice.seed):
        return []
    return [
        f"It is the first of {chosen.alternatives} stored trainings of its row (folds and seeds); "
        "--fold and --seed choose another."
    ]


def _code_notes(entry: Entry, digest: str, about: Description) -> list[str]:
    """Say that a model's file is another one than in training, which only proof makes harmless.

    Raises
    ------
    RequestError
        It is another one, and there is no proof that it does the same.
    """
    if entry.digest == digest:
        return []
    if about.proof is None:
        raise RequestError(
            f"{entry.path.name} is not the file that {about.label} was trained with (SHA-256 "
            f"{entry.digest[:12]}, then {digest[:12]}), and nothing stored shows that it does the "
            "same. Bring that file back, or train again."
        )
    return [
        f"{entry.path.name} is not the file that {about.label} was trained with, but "
        f"{proof_sentence(about.proof)[0].lower()}{proof_sentence(about.proof)[1:]}"
    ]


def load_export(
    folder: Path, model_file: Path | None = None, trust: bool = False, device: str = "cpu"
) -> TrainedModel:
    """Read a folder that `emobench export` wrote.

    Parameters
    ----------
    folder
        The folder.
    model_file
        The model's file, where the model is not built in.
    trust
        Whether the copy of that file in the folder may be run. It can do anything that you can.
    device
        Where the model is to be.

    Raises
    ------
    RequestError
        It is no such folder, or was changed; or its code or its representations are others.
    """
    with _as_exported(folder):
        about = read_description(folder)
        refuse_foreign_paths(name for reps in about.task.inputs.values() for name in reps)
        check_versions(about.spec.inputs)
        entry = _exported_entry(folder, about, model_file, trust)
        preparation = read_stored_preparation(folder, about)
        network = trained_network(entry, about, read_weights(folder), torch.device(device))
        probe = read_probe(folder)
        others = other_preparation(preparation, probe.media, FOREIGN)
        difference = probe_difference(network, about.task, probe.inputs, probe.logits)
    if others:
        raise RequestError(
            f"Made-up media give other {' and '.join(others)} here than where {folder} was "
            "exported: libraries are others. Take the versions in its config.json."
        )
    same = entry.digest == stored_digest(folder)
    if difference > FOREIGN:
        cause = "libraries or the device are" if same else f"{entry.path.name} is"
        raise RequestError(
            f"{about.title} answers to the inputs that lie in {folder} for this purpose otherwise "
            f"than when it was exported: a logit differs by {difference:.2g}. The {cause} another."
        )
    notes = []
    if not same:
        notes.append(
            f"{entry.path.name} is not the file that {about.label} was trained with, but answers "
            f"alike to the inputs in the folder (largest difference of a logit {difference:.1g})."
        )
    elif difference > TOLD:
        notes.append(f"On this machine logits differ by up to {difference:.1g} from the export's.")
    return TrainedModel(about, Parts(network, preparation, entry.path, entry.module is None), notes)


@contextmanager
def _as_exported(folder: Path) -> Iterator[None]:
    """Turn what goes wrong while a folder is read that nobody's export wrote into one sentence."""
    try:
        yield
    except EmobenchError:
        raise
    except Exception as error:  # a stranger may have written anything there
        words = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise RequestError(
            f"{folder} cannot be loaded: it is damaged, or is not what emobench export writes "
            f"({words})."
        ) from error


def _exported_entry(
    folder: Path, about: Description, model_file: Path | None, trust: bool
) -> Entry:
    """The model's code: never that in the folder, unless the user says so."""
    copy = stored_model_file(folder)
    if copy is None or model_file is not None:
        return model_entry(about.spec, model_file)
    if not trust:
        raise RequestError(
            f"{about.label} is a model of somebody's own, and {folder} holds its code, "
            f"{copy.name}. Code can do anything that you can: read it, then load with "
            f"model_file={str(copy)!r} (--model-file), or with trust=True (--trust)."
        )
    if hashlib.sha256(copy.read_bytes()).hexdigest() != stored_digest(folder):
        raise RequestError(f"{copy} is not the file that was exported: it was changed.")
    return model_entry(about.spec, copy)


def load_any(
    source: Path,
    choice: TrainingChoice,
    folders: Folders,
    model_file: Path | None = None,
    trust: bool = False,
    device: str = "cpu",
    jobs: int = 1,
    progress: Progress | None = None,
) -> TrainedModel:
    """Load a trained model from whichever kind of folder `source` is."""
    if not is_export(source):
        return load_training(source, choice, folders, model_file, device, jobs, progress)
    asked = [name for name, value in vars(choice).items() if value is not None]
    if asked and not (asked == ["model"] and choice.file):
        raise RequestError(
            f"{source} is one exported training: there is nothing to choose by {', '.join(asked)}."
        )
    return load_export(source, model_file or choice.file, trust, device)

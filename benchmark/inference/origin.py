"""A stored training with its corpus: what is needed to rebuild it from its spec."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emobench.backbones.frozen_encoder import FrozenEncoder, frozen_encoder, is_frozen
from emobench.corpus.corpus import Corpus, CorpusRequest
from emobench.corpus.joint.dataset import JointRequest
from emobench.corpus.joint.request import corpus_requests
from emobench.corpus.leakage.flawed_splits import (
    draw_flawed_split,
    drawn_split,
    split_spec,
)
from emobench.corpus.preparation.extract import Prepared, prepare
from emobench.corpus.split import SplitPolicy, policy, split
from emobench.corpus.view import FoldView
from emobench.discovery.own_representations import refuse_foreign_paths
from emobench.discovery.registry import Entry, from_path, registry
from emobench.discovery.representations import extracted, representation
from emobench.errors import DataError, EmobenchError, RequestError, Skip
from emobench.executor import Executor
from emobench.grid.execution.evaluation_views import trained_view
from emobench.grid.open_corpora import OpenCorpora
from emobench.grid.plan.jobs import Job
from emobench.inference.choice import ChosenTraining
from emobench.interface.card import Card
from emobench.interface.dataset import Folders
from emobench.interface.protocol import Regime
from emobench.modality import ordered
from emobench.store.spec import TrainingSpec

Rows = NDArray[np.int64]
Progress = Callable[[str, int, int], None]
GROUPED = re.compile(r"grouped_(\d+)(?:_dev_(\d+))?")


@dataclass(frozen=True)
class Origin:
    """A training's corpus, prepared, and the fold that it was trained on.

    Parameters
    ----------
    job
        The training.
    source
        Its prepared corpus.
    view
        Its fold, with the test part.
    learned
        Rows of the corpus that its preparation was learned from.
    """

    job: Job
    source: Prepared
    view: FoldView
    learned: Rows


def model_entry(spec: TrainingSpec, file: Path | None) -> Entry:
    """The model of a training: the built-in or installed one, or that in `file`.

    Raises
    ------
    RequestError
        It is neither, or the file holds another model.
    """
    if file is not None:
        found = {entry.name: entry for entry in from_path("model", file)}
        if spec.model not in found:
            raise RequestError(f"{file} holds {', '.join(found)}, not the model {spec.model}.")
        return found[spec.model]
    known = registry("model")
    if spec.model not in known:
        raise RequestError(
            f"The model {spec.model} is a file of somebody's own, which is run only if you name "
            f"it: --model {spec.model}.py in the place of its name, or --model-file PATH."
        )
    return known[spec.model]


def check_versions(inputs: Mapping[str, Mapping[str, int]]) -> None:
    """Refuse representations of another version than a training had, or that are not here.

    Raises
    ------
    RequestError
        It is so.
    """
    refuse_foreign_paths(name for reps in inputs.values() for name in reps)
    for name, version in ((n, v) for reps in inputs.values() for n, v in reps.items()):
        if is_frozen(name):
            _check_encoder(FrozenEncoder.of(name))
        here = representation(name).version
        if here != version:
            raise RequestError(
                f"The training read {name} in version {version}, and this emobench makes version "
                f"{here}: other numbers for the same clip. Train again, or take the emobench that "
                "trained it."
            )


def _check_encoder(encoder: FrozenEncoder) -> None:
    """Refuse a frozen encoder whose weights are not here, or are others than in training."""
    try:
        here = frozen_encoder(encoder.modality, encoder.model, encoder.layer, encoder.pool)
    except Skip as error:
        raise RequestError(
            f"The training read {encoder.label}, whose weights are needed: {error}."
        ) from None
    if here.revision != encoder.revision:
        raise RequestError(
            f"The weights of {encoder.label} are revision {here.revision} here, and the training "
            f"read revision {encoder.revision}: other numbers for the same clip."
        )


def open_origin(
    chosen: ChosenTraining,
    entry: Entry,
    folders: Folders,
    executor: Executor,
    device: str,
    progress: Progress | None = None,
) -> Origin:
    """Open the corpus of a training, and prepare what its model reads.

    Raises
    ------
    RequestError
        The corpus is not here, or has changed since.
    """
    spec, corpora = chosen.spec, OpenCorpora()
    check_versions(spec.inputs)
    request = corpus_request(spec.dataset, folders)
    try:
        corpus = corpora.get(request, progress)
    except DataError as error:
        raise RequestError(
            f"{error} The corpus of a training is needed (--data-dir) to learn again how inputs "
            "are prepared; where it is, emobench export writes a folder that needs it no more."
        ) from None
    if corpus.digest != spec.dataset_digest:
        raise RequestError(
            f"{spec.dataset} is not what {chosen.key} was trained on: files or options differ. "
            "Train again, or bring the old state back."
        )
    rule, flaw = split_of(spec, corpus)
    inputs = model_inputs(spec, entry)
    names = extracted(n for reps in inputs.values() for n in reps)
    source = prepare(corpus, names, executor, progress, device)
    job = Job(spec, entry, request, rule, inputs, regime_of(spec), chosen.title, flaw)
    view = trained_view(corpora, job)
    return Origin(job, source, view, _learned(source, rule, spec.fold, flaw))


def model_inputs(spec: TrainingSpec, entry: Entry) -> dict[str, tuple[str, ...]]:
    """What the model reads, in the order of its training: stored specs are sorted by name."""
    card = entry.card
    assert isinstance(card, Card)
    found = {}
    for modality in ordered(spec.inputs):
        slots = (*card.inputs.get(modality, ()), *card.published_inputs.get(modality, ()))
        if spec.track == "published":
            slots = card.published_inputs.get(modality, ()) or slots
        order = [name for slot in slots for name in slot.split("|")]
        place = {name: len(order) - i for i, name in enumerate(reversed(order), 1)}
        names = sorted(spec.inputs[modality], key=lambda n: place.get(n, len(place)))
        found[modality] = tuple(names)
    return found


def refuse_unnamed_corpus(spec: TrainingSpec, named: str | None, folders: Folders) -> None:
    """Refuse to run the file of a corpus that only a stored record names.

    Raises
    ------
    RequestError
        The corpus is a file of code, and `named` is not what the record calls it.
    """
    if named == spec.dataset:
        return
    request = corpus_request(spec.dataset, folders)
    parts = request.parts if isinstance(request, JointRequest) else (request,)
    code = [one.entry.path for one in parts if one.entry.module is None]
    if code:
        raise RequestError(
            f"The corpus of the training is a file of somebody's own, {code[0].name}, which is run "
            f"only if you name it: --dataset {shlex.quote(spec.dataset)}"
        )


def corpus_request(dataset: str, folders: Folders) -> CorpusRequest:
    """The request of a corpus by the label that its spec has, with auxiliary corpora.

    Raises
    ------
    RequestError
        It cannot be opened from here.
    """
    words, _, rest = dataset.partition("+auxiliary(")
    try:
        (found,) = corpus_requests(words, rest.removesuffix(")") or None, None, folders)
    except EmobenchError as error:
        raise RequestError(
            f"The corpus of the training, {dataset}, cannot be opened from here: {error} A "
            "path starts where emobench run was started."
        ) from None
    return found


def regime_of(spec: TrainingSpec) -> Regime:
    """The regime that a spec stands for; its name is that of the spec, not of a protocol."""
    return Regime(description="", **spec.regime.model_dump())


def split_of(spec: TrainingSpec, corpus: Corpus) -> tuple[SplitPolicy, str]:
    """Split policy and flaw of a training.

    Raises
    ------
    RequestError
        This version has no such split.
    """
    words = [w for w in spec.split.split(", ") if not w.startswith("dev 0.")]
    match = GROUPED.fullmatch(words[0])
    rule = policy(corpus, None)
    if match:
        rule = SplitPolicy(int(match[1]), True, int(match[2] or 1))
    flaw = words[-1] if words[-1] != rule.name else ""
    if split_spec(corpus, rule, flaw) != spec.split:
        raise RequestError(f"This emobench has no split {spec.split!r} on {spec.dataset}.")
    return rule, drawn_split(flaw, spec.seed)


def _learned(source: Prepared, rule: SplitPolicy, fold: int, flaw: str) -> Rows:
    if not flaw:
        return split(source.corpus, rule, fold).train
    found = draw_flawed_split(source, rule, fold, flaw)
    if found.rows.learned_from is not None:
        return found.rows.learned_from
    return found.rows.source_rows[found.parts.train]

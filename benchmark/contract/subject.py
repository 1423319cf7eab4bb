"""The subject of a check: one variant of one model, built for the toy corpus."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from emobench.backbones.frozen_encoder import with_outputs
from emobench.backbones.weights import FIELD, weights
from emobench.contract import process_settings
from emobench.contract.failure import ContractError, one_line, trying
from emobench.contract.fixture import ContractFixture, contract_fixture
from emobench.contract.gradients import GradientRecord, watched
from emobench.corpus.inputs import suited_inputs
from emobench.corpus.split import Split
from emobench.corpus.view import FoldView
from emobench.discovery.options import PRESET, configured
from emobench.discovery.registry import Entry, resolve
from emobench.discovery.representations import check_inputs
from emobench.errors import RequestError, Skip
from emobench.interface.batch import Batch
from emobench.interface.card import Card
from emobench.interface.model import Model, build_model
from emobench.interface.protocol import Regime
from emobench.interface.training_config import TrainingConfig
from emobench.training.seeding import seeded
from emobench.training.session import TrainingSession

CPU = torch.device("cpu")
EPOCHS = 3
BATCH = 8
DROP = 0.3
"""Probability with which the short training erases each modality of each utterance."""


@dataclass
class ShortFit:
    """A model after a short training, and the gradients that its parameters got."""

    model: Model
    gradients: GradientRecord

    @property
    def closed_form(self) -> bool:
        """Whether the training made no backward pass."""
        return not self.gradients.backward


class Subject:
    """One variant of one model on the toy corpus.

    Parameters
    ----------
    entry
        The model.
    options
        Its options as typed after the name.
    variant
        ``corrected`` or ``as_published``.
    track
        ``controlled`` (with the compact preset) or ``published``.
    fixture
        The toy corpus; by default this process's.

    Raises
    ------
    RequestError
        The model has no such variant or track, an option is unknown, or it asks for inputs that
        the toy corpus cannot give.
    """

    def __init__(
        self,
        entry: Entry,
        options: dict[str, str] | None = None,
        variant: str = "corrected",
        track: str = "controlled",
        fixture: ContractFixture | None = None,
    ) -> None:
        assert isinstance(entry.card, Card)
        self.entry, self.card, self.variant, self.track = entry, entry.card, variant, track
        self.options = options or {}
        self.fixture = fixture or contract_fixture()
        if variant not in self.card.variants:
            known = " and ".join(self.card.variants)
            raise RequestError(f"{entry.name} has no variant {variant}, only {known}.")
        self.settings = process_settings.current()
        self.kind = self._load()
        if not (inspect.isclass(self.kind) and issubclass(self.kind, Model)):
            raise RequestError(
                f"{entry.path.name}: {entry.class_name} has a model's card but is not derived "
                "from emobench.Model."
            )
        self.config: TrainingConfig = configured(entry, self.options, track)
        try:
            self.view: FoldView = self.fixture.view(self._inputs())
        except Skip as reason:
            raise RequestError(f"{entry.name} cannot be checked: {reason}.") from None

    def _load(self) -> type[Model]:
        """Import the model's file; report any error in one line."""
        try:
            kind: type[Model] = self.entry.load()
        except RequestError:
            raise
        except Exception as error:
            line = one_line(error, self.path)
            raise RequestError(f"{self.entry.path.name} cannot be imported: {line}.") from error
        return kind

    def _inputs(self) -> dict[str, tuple[str, ...]]:
        """Return the representations that the model reads; its backbones' weights must be there."""
        check_inputs(self.entry, self.track)
        inputs = suited_inputs(self.card, self.track, self.fixture.corpus.sources)
        named = {m: getattr(self.config, m + FIELD, "") for m in inputs}
        for modality, name in named.items():
            if name and self.track == "controlled":
                raise RequestError(
                    f"{modality}{FIELD}={name}: the controlled track has no backbones; add "
                    "--track published."
                )
            if name:
                weights(modality, name)
        if self.kind.frozen_backbones:
            return with_outputs(inputs, {m: name for m, name in named.items() if name})
        return inputs

    @property
    def label(self) -> str:
        """Name of the subject: ``NAME:key=value (variant)``."""
        name = ":".join([self.entry.name, *(f"{k}={v}" for k, v in self.options.items())])
        return f"{name} ({self.variant})"

    @property
    def path(self) -> Path:
        """The model's file."""
        return self.entry.path.resolve()

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities that the model gets on the toy corpus."""
        return self.view.task.modalities

    def place(self, method: str) -> str:
        """Place of `method` in the model's source: ``NAME.py:LINE (method)``."""
        function = getattr(self.kind, method)
        try:
            line = inspect.getsourcelines(function)[1]
        except (OSError, TypeError):
            return method
        return f"{Path(inspect.getfile(function)).name}:{line} ({method})"

    @property
    def ordinary_training(self) -> dict[str, Any]:
        """Settings of the loop for a training on a handful of utterances.

        A named preset can have a paper's step size and schedule, which are made for a whole corpus:
        then those of the track's own preset.
        """
        own = {key: value for key, value in self.options.items() if key != PRESET}
        training: TrainingConfig = configured(self.entry, own, self.track)
        return {f.name: getattr(training, f.name) for f in fields(TrainingConfig)}

    def build(self, seed: int = 0, **changes: Any) -> Model:
        """Build the model as the harness does, with `changes` of its hyper-parameters."""
        with trying("building the model", self.path), seeded(seed):
            config = replace(self.config, **changes)
            model = build_model(self.kind, self.view.task, config, self.variant)
        return model.eval()

    def session(
        self, model: Model, parts: Split | None = None, drop: float = 0.0, seed: int = 0
    ) -> TrainingSession:
        """Return a training's session on `parts` of the toy corpus, its own if not given."""
        view = self.view.without_test()
        if parts is not None:
            view = replace(view, parts=parts)
        regime = Regime("check", "the contract suite's", drop)
        process = self.fixture.corpus.dataset.generating_process()
        return TrainingSession(view, regime, model.config, seed, CPU, process)

    def fit_shortly(self, seed: int = 0, drop: float = DROP) -> ShortFit:
        """Build the model and train it for three epochs in batches of eight."""
        model = self.build(seed, epochs=EPOCHS, patience=EPOCHS, batch_size=BATCH)
        session = self.session(model, drop=drop, seed=seed)
        tried = f"a short training of {EPOCHS} epochs"
        with trying(tried, self.path), seeded(seed + 1), watched(model) as record:
            model.fit(session)
        return ShortFit(model.eval(), record)

    @cached_property
    def _short_fit(self) -> ShortFit | ContractError:
        try:
            return self.fit_shortly()
        except ContractError as error:
            return error

    @property
    def short_fit(self) -> ShortFit:
        """The model after a short training, which all checks share; do not train it further."""
        if isinstance(self._short_fit, ContractError):
            raise self._short_fit
        return self._short_fit

    def stages(self) -> Iterator[tuple[str, Model]]:
        """The model before and after a short training, each with a word for its state.

        Initial zeros of a layer can hide a dependence, hence both states. A model in closed form
        predicts nothing before its training, hence only the trained state.
        """
        fit = self._short_fit
        if isinstance(fit, ContractError) or not fit.closed_form:
            yield "untrained", self.build()
        yield "trained", self.short_fit.model.eval()

    def batch(self, rows: NDArray[np.int64] | None = None, mask: Any = None) -> Batch:
        """Some utterances as the harness batches them; by default the dev and test ones."""
        if rows is None:
            rows = np.concatenate([self.view.parts.dev, self.view.parts.test])
        return self.view.batch(rows, self.view.available[rows] if mask is None else mask)

    def complete(self, count: int) -> NDArray[np.int64]:
        """Rows of `count` train utterances with all modalities, in equal shares of the classes."""
        view = self.view
        rows = view.parts.train[1:]  # the first one is the shortest
        rows = rows[view.available[rows].all(axis=1)]
        classes = len(view.task.classes)
        by_class = [rows[view.labels[rows] == c][: count // classes] for c in range(classes)]
        return np.sort(np.concatenate(by_class))


def subjects(
    words: str,
    variant: str = "both",
    track: str = "controlled",
    fixture: ContractFixture | None = None,
) -> list[Subject]:
    """Every model that `words` name, in the variants asked for.

    Parameters
    ----------
    words
        As in ``emobench run --models``: names, commas, ``all``, wildcards, paths, options.
    variant
        ``corrected``, ``as_published``, or ``both``: those that the card has.
    track
        ``controlled`` or ``published``.
    fixture
        The toy corpus; by default this process's.

    Raises
    ------
    RequestError
        A name, a variant or an option makes no sense, or no model has the variant.
    """
    return subjects_of(resolve("model", words), variant, track, fixture)


def subjects_of(
    chosen: list[tuple[Entry, dict[str, str]]],
    variant: str = "both",
    track: str = "controlled",
    fixture: ContractFixture | None = None,
) -> list[Subject]:
    """Return `subjects` for registry entries with their options."""
    found = []
    for entry, options in chosen:
        assert isinstance(entry.card, Card)
        wanted = entry.card.variants if variant == "both" else (variant,)
        having = [v for v in wanted if v in entry.card.variants]
        found += [Subject(entry, options, v, track, fixture) for v in having]
    if not found:
        names = ", ".join(entry.name for entry, _ in chosen)
        raise RequestError(f"None of {names} has the variant {variant}.")
    return found

"""A small simulated corpus, prepared in this process; shared by the conftests that need data."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import torch

from emobench import Batch, FittedRepresentation, Folders, Model, Regime
from emobench.corpus.corpus import Corpus, CorpusRequest, open_corpus
from emobench.corpus.inputs import suited_inputs
from emobench.corpus.preparation.extract import Prepared, prepare
from emobench.corpus.split import policy, split
from emobench.corpus.view import FoldView, fold_view
from emobench.discovery.registry import registry
from emobench.discovery.representations import representation
from emobench.training.predict import predict
from emobench.training.seeding import seeded
from emobench.training.session import TrainingSession

CPU = torch.device("cpu")


def extracted(sources: Any) -> set[str]:
    """The extracted representations behind the inputs of all built-in models."""
    names = {
        name
        for entry in registry("model").values()
        for chosen in suited_inputs(entry.card, "controlled", sources).values()
        for name in chosen
    }
    while fitted := {n for n in names if issubclass(representation(n), FittedRepresentation)}:
        names = (names - fitted) | {representation(n).base for n in fitted} - {"transcript"}
    return names


class HerePool:
    """Runs what is submitted at once, in this process."""

    count = 1

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(work(*args))
        return future


class Small:
    """The corpus, and what tests want of it."""

    def __init__(self, folder: Path) -> None:
        entry = registry("dataset")["simulated"]
        options = (("imbalance", "2"), ("missing", "0.1"), ("size", "120"), ("speakers", "9"))
        self.request = CorpusRequest(entry, options, Folders(folder / "data", folder / "cache"))
        self.corpus: Corpus = open_corpus(self.request)
        self.prepared: Prepared = prepare(self.corpus, extracted(self.corpus.sources), HerePool())
        self.policy = policy(self.corpus, None)
        self.parts = split(self.corpus, self.policy, 0)

    def view(self, name: str) -> FoldView:
        """Fold 0 with the inputs that the model `name` reads."""
        card = registry("model")[name].card
        return self.view_of(suited_inputs(card, "controlled", self.corpus.sources))

    def view_of(self, inputs: dict[str, tuple[str, ...]]) -> FoldView:
        """Fold 0 with `inputs`."""
        return fold_view(self.prepared, self.parts, inputs)

    def session(
        self, view: FoldView, config: Any, drop: float = 0.0, seed: int = 0
    ) -> TrainingSession:
        """A training's session."""
        process = self.corpus.dataset.generating_process()
        return TrainingSession(view, Regime("r", "a regime", drop), config, seed, CPU, process)

    def model(
        self, name: str, variant: str = "corrected", fit: bool = False, **config: Any
    ) -> Model:
        """Build a built-in model for this corpus, deterministic; `fit` trains it."""
        kind = registry("model")[name].load()
        view = self.view(name)
        with seeded(1):
            model: Model = kind(view.task, kind.Config(**config), variant)
            if fit:
                model.fit(self.session(view, model.config))
        return model.eval()


def all_subsets(rows: np.ndarray, available: np.ndarray) -> np.ndarray:
    """A mask that cycles through all seven non-empty subsets of three modalities."""
    codes = np.arange(len(rows)) % 7 + 1
    return ((codes[:, None] >> np.arange(3)[None, :]) & 1).astype(bool) & available[rows]


def logits_of(model: Model, batch: Batch) -> torch.Tensor:
    """Evaluate without gradients."""
    with torch.inference_mode():
        return model.eval()(batch).logits


__all__ = ["CPU", "HerePool", "Small", "all_subsets", "logits_of", "predict", "seeded"]

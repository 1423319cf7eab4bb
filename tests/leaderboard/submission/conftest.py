"""A small results folder with real specs, its submission, and ways to change that."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from emobench.conditions.masks import condition_mask
from emobench.discovery.registry import registry
from emobench.interface.card import Card, DatasetCard, ProtocolCard
from emobench.interface.protocol import Condition, Regime
from emobench.leaderboard.submission import schema
from emobench.leaderboard.submission.csv_text import csv_text
from emobench.leaderboard.submission.validation import Verdict, validate
from emobench.leaderboard.submission.writer import export, table_of, table_writer, write_summary
from emobench.missingness import missing_rate
from emobench.modality import MODALITIES
from emobench.randomness import MASK_SEED
from emobench.results.installation import Installed
from emobench.store.records import CellReport, CorpusRecord, Epoch, GridRecord, Slot, TrainingReport
from emobench.store.spec import CellSpec, ConditionSpec, RegimeSpec, TrainingSpec
from emobench.store.store import Store

CLASSES = ("anger", "joy", "sadness")
FULL = Regime("full", "Trained with everything.")
CONDITIONS = (
    Condition("full", "Everything.", present=MODALITIES, role="real"),
    Condition("text", "Text alone.", present=("text",), role="subset"),
    Condition("missing_0.5", "Half is missing.", rate=0.5, role="rate"),
)
STATE = "5" * 64
"""Digest of the made-up corpus."""
PER_FOLD = 12


@dataclass(frozen=True)
class Maker:
    """Writes results of two models on a made-up corpus, as `emobench run` would."""

    root: Path
    dataset: str = "toys"
    multilabel: bool = False
    card: dict[str, Any] | None = None
    folds: int = 2
    seeds: int = 2

    def write(self) -> Path:
        store = Store(self.root)
        store.open()
        store.write_record("corpora", "c0", self._corpus())
        for model in ("late_fusion", "mlp"):
            slots = []
            for fold in range(self.folds):
                for seed in range(self.seeds):
                    slots += self._training(store, model, fold, seed)
            slots.append(Slot(regime="full", condition="audio", skipped="it reads no audio"))
            self._grid(store, model, slots)
        return self.root

    def ids(self, fold: int) -> list[str]:
        return [f"u{fold}-{i:02}" for i in range(PER_FOLD)]

    def truth(self, fold: int) -> np.ndarray:
        random = np.random.default_rng([3, fold])
        if self.multilabel:
            return random.integers(0, 2, (PER_FOLD, 3))
        return random.integers(0, 3, PER_FOLD)

    def available(self, fold: int) -> np.ndarray:
        found = np.ones((PER_FOLD, 3), dtype=bool)
        found[fold, 2] = False  # one utterance of each fold has no vision
        return found

    def _corpus(self) -> CorpusRecord:
        speakers = {
            f"actor {f}{half}": tuple(self.ids(f)[half::2])
            for f in range(self.folds)
            for half in range(2)
        }
        card = {
            "name": self.dataset, "title": "Made up", "classes": CLASSES, "modalities": MODALITIES,
            "licence": "CC0", "obtain": "", "split": "By speaker.", "unit": "speaker",
            "folds": self.folds, **(self.card or {}),
        }  # fmt: skip
        n = self.folds * PER_FOLD
        return CorpusRecord(
            dataset=self.dataset, digest=STATE, folds=self.folds, card=DatasetCard(**card),
            modalities=MODALITIES, utterances=n, classes=CLASSES, units=speakers,
            available={"text": n, "audio": n, "vision": n - self.folds},
            multilabel=self.multilabel,
        )  # fmt: skip

    def _training(self, store: Store, model: str, fold: int, seed: int) -> list[Slot]:
        spec = TrainingSpec(
            model=model, variant="corrected", config={"hidden": 8}, track="controlled",
            inputs={"text": {"tokens": 1}}, dataset=self.dataset, split="standard", fold=fold,
            regime=RegimeSpec(name="full", drop=0.0), seed=seed,
            model_digest=registry("model")[model].digest, dataset_digest=STATE,
        )  # fmt: skip
        epochs = (Epoch(epoch=1, passes=2), Epoch(epoch=2, passes=4))
        report = TrainingReport(
            params=10, train_seconds=1.5, epochs=epochs, best_epoch=2, dev_macro_f1=0.5,
            device="cpu",
        )  # fmt: skip
        key = spec.key()
        store.write_training(key, spec, report)
        slots = []
        with store.cell_writer(key) as writer:
            for number, condition in enumerate(CONDITIONS):
                cell = CellSpec(
                    training=key,
                    condition=ConditionSpec(
                        present=condition.present, rate=condition.rate, mask_seed=MASK_SEED
                    ),
                )
                name = cell.key()
                asked = {"condition": condition.name, "fold": fold, "seed": seed}
                slots.append(Slot(regime="full", training=key, cell=name, **asked))
                if (model, fold, seed, number) == ("mlp", 1, 1, 1):
                    writer.add_failure(name, cell, "NaN in the logits", "")
                    continue
                random = [len(model), fold, seed, number]
                table, rate = self._predictions(condition, fold, random)
                made = CellReport(predict_seconds=0.25, n=PER_FOLD, missing_rate=rate)
                writer.add(name, cell, made, table)
        return slots

    def _predictions(
        self, condition: Condition, fold: int, seed: list[int]
    ) -> tuple[pd.DataFrame, float]:
        ids, truth, there = self.ids(fold), self.truth(fold), self.available(fold)
        mask = condition_mask(condition, ids, MODALITIES, there)
        logits = np.random.default_rng(seed).normal(0, 2, (PER_FOLD, 3)).astype(np.float32)
        columns: dict[str, Any] = {"id": ids}
        if self.multilabel:
            columns |= {f"label_{c}": truth[:, c] for c in range(3)}
        else:
            columns["label"] = truth
        columns["speaker"] = [f"actor {fold}{i % 2}" for i in range(PER_FOLD)]
        columns |= {f"logit_{c}": logits[:, c] for c in range(3)}
        columns |= {f"present_{m}": mask[:, i] for i, m in enumerate(MODALITIES)}
        return pd.DataFrame(columns), missing_rate(mask, there)

    def _grid(self, store: Store, model: str, slots: list[Slot]) -> None:
        kind = "reference" if model == "late_fusion" else "published"
        none = Condition("audio", "Audio alone.", present=("audio",), role="subset")
        grid = GridRecord(
            format=1, created="2026-01-02T03:04:05+00:00", emobench="0.1.0", model=model,
            dataset=self.dataset, identity=f"id of {model}", corpus="c0",
            protocol="missing_modality",
            model_card=Card(name=model, title=model, inputs={}, kind=kind),
            protocol_card=ProtocolCard("missing_modality", "Missing", "What is left?", "Masks."),
            regimes=(FULL,), conditions=(*CONDITIONS, none), rows=tuple(slots),
        )  # fmt: skip
        store.write_record("grids", f"g-{model}", grid)


@dataclass(frozen=True)
class Draft:
    """A submission that is being changed, and then made whole again as a forger would."""

    folder: Path
    results: list[dict[str, Any]]
    predictions: list[dict[str, Any]]
    corpora: list[dict[str, Any]]

    def write(self) -> None:
        """Write all files anew, with digests that fit."""
        for table, rows in (("results", self.results), ("predictions", self.predictions)):
            with table_writer(self.folder / f"{table}.parquet", table) as writer:
                writer.write_table(table_of(table, rows))
        (self.folder / schema.RESULTS_CSV).write_bytes(csv_text(self.results).encode())
        self.sign()

    def sign(self) -> None:
        """Write the summary anew, for the files as they are."""
        counts = {"results": len(self.results), "predictions": len(self.predictions)}
        write_summary(self.folder, counts, self.corpora, "")


@pytest.fixture(scope="session")
def maker() -> type[Maker]:
    """What writes a results folder."""
    return Maker


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder."""
    return Maker(tmp_path_factory.mktemp("stored") / "results").write()


@pytest.fixture(scope="session")
def submission(stored: Path) -> Path:
    """Its submission, which no test changes."""
    export(stored, stored.parent / "submission")
    return stored.parent / "submission"


@pytest.fixture
def draft(submission: Path, tmp_path: Path) -> Draft:
    """A copy of it to change."""
    import json

    folder = tmp_path / "draft"
    shutil.copytree(submission, folder)
    summary = json.loads((folder / schema.SUMMARY).read_text())
    tables = [pq.read_table(folder / f"{n}.parquet").to_pylist() for n in schema.TABLES]
    return Draft(folder, *tables, summary["corpora"])


@pytest.fixture(scope="session")
def check(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Verdict]:
    """Validate with the emobench that is installed, and a cache that knows no corpus."""
    here = Installed(None, tmp_path_factory.mktemp("cache"))
    return lambda path: validate(path, here)

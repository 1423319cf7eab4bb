"""A results folder as the store writes it, filled with made-up predictions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

CLASSES = ("anger", "disgust", "fear", "happiness", "neutral", "sadness")
SUBSETS = ("text", "audio", "vision", "text+audio", "text+vision", "audio+vision")
RATES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
REGIMES = (
    {"name": "full", "description": "Trained with every modality.", "drop": 0.0},
    {
        "name": "modality_dropout",
        "description": "Trained with each modality erased for half of the utterances.",
        "drop": 0.5,
    },
)


def digest(*parts: object) -> str:
    """Name a training or a cell."""
    return hashlib.sha1("/".join(map(str, parts)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Made:
    """A made-up model: how well it reads each modality, and what goes wrong with it."""

    name: str
    kind: str = "published"
    skill: dict[str, float] = field(default_factory=dict)
    variant: str = "corrected"
    identity: str = "id-1"
    weighs: bool = False
    failed: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()
    training_fails: tuple[str, ...] = ()


ALL = {"text": 1.3, "audio": 1.0, "vision": 1.2}
MODELS = (
    Made("majority", "reference"),
    Made("oracle", "reference", {"text": 2.6, "audio": 2.1, "vision": 2.3}),
    Made("text_only", "reference", {"text": 1.5}),
    Made("audio_only", "reference", {"audio": 0.9}),
    Made("vision_only", "reference", {"vision": 1.0}),
    Made("late_fusion", "reference", {"text": 1.2, "audio": 0.9, "vision": 1.0}),
    Made("alpha_net", "published", ALL, weighs=True, failed=("text",)),
    Made("beta_net", "published", {"text": 1.4, "audio": 1.0}, incomplete=("missing_0.2",)),
)


def conditions(subsets: Iterable[str], rates: Iterable[float]) -> list[dict[str, Any]]:
    """The conditions of the missing-modality protocol."""
    listed = [{"name": "full", "description": "Everything.", "present": None, "rate": 0.0}]
    for name in subsets:
        text = f"Only {name.replace('+', ' and ')}."
        listed.append({"name": name, "description": text, "present": name.split("+"), "rate": 0.0})
    for rate in rates:
        text = f"{rate:.0%} of all inputs are missing."
        listed.append(
            {"name": f"missing_{rate}", "description": text, "present": None, "rate": rate}
        )
    return listed


@dataclass
class Writer:
    """Writes grid tables, trainings, cells and corpora under `root`."""

    root: Path
    dataset: str = "simulated"
    split: str = "standard"
    n: int = 90
    seeds: int = 2
    folds: int = 1
    regimes: tuple[dict[str, Any], ...] = REGIMES
    subsets: tuple[str, ...] = ("text", "audio")
    rates: tuple[float, ...] = (0.2, 0.5)
    created: str = "2026-01-02T03:04:05.000006+00:00"
    state: str = ""
    """Digest of the corpus; empty as in records from before it was kept."""

    def json(self, path: str, data: object) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(data))

    @property
    def conditions(self) -> list[dict[str, Any]]:
        return conditions(self.subsets, self.rates)

    def labels(self, fold: int) -> np.ndarray:
        chances = np.array([0.3, 0.1, 0.12, 0.2, 0.18, 0.1])
        return np.random.default_rng([7, fold]).choice(len(CLASSES), self.n, p=chances)

    def corpus(self) -> str:
        name = digest("corpus", self.dataset, self.split, *filter(None, [self.state]))
        counts = [
            {"fold": fold, "split": split, "label": label, "n": int(n) * factor}
            for fold in range(self.folds)
            for split, factor in (("train", 4), ("dev", 1), ("test", 1))
            for label, n in zip(CLASSES, np.bincount(self.labels(fold), minlength=6), strict=True)
        ]
        self.json(
            f"corpora/{name}.json",
            {
                "dataset": self.dataset,
                "digest": self.state,
                "card": {
                    "name": self.dataset,
                    "title": "A made-up corpus",
                    "licence": "CC0-1.0",
                    "link": "https://example.org/corpus",
                    "split": "Speakers are split apart.",
                    "defects": ["Some labels were swapped; the loader swaps them back."],
                    "classes": CLASSES,
                },
                "modalities": ["text", "audio", "vision"],
                "absent": {},
                "classes": CLASSES,
                "counts": counts,
                "speakers": {"train": 40, "dev": 8, "test": 12},
                "shared_speakers": 0 if self.split == "standard" else 7,
                "representations": ["word_vectors", "mfcc", "action_units"],
                "problems": [
                    {"clip": "clip-01", "problem": "silent", "policy": "audio treated as absent"}
                ],
            },
        )
        return name

    def cell(self, made: Made, regime: str, condition: dict[str, Any], fold: int, seed: int) -> str:
        name = digest("cell", self.dataset, self.split, made, regime, condition["name"], fold, seed)
        if condition["name"] in made.failed and seed == 1:
            self.json(f"cells/{name}/failure.json", {"reason": "NaN in logits", "traceback": ""})
            return name
        if condition["name"] in made.incomplete and seed == 1:
            return name
        frame, missing = self.predict(made, regime, condition, fold, seed)
        self.json(
            f"cells/{name}/report.json",
            {"predict_seconds": 0.4, "n": self.n, "missing_rate": missing},
        )
        frame.to_parquet(self.root / "cells" / name / "predictions.parquet")
        return name

    def predict(
        self, made: Made, regime: str, condition: dict[str, Any], fold: int, seed: int
    ) -> tuple[pd.DataFrame, float]:
        truth = self.labels(fold)
        drawn = np.random.default_rng([fold, int(condition["rate"] * 10)])
        noise = np.random.default_rng([sum(map(ord, made.name)), len(regime), fold, seed])
        logits = noise.normal(0, 1, (self.n, 6)) + np.array([0.4, 0, 0, 0.1, 0, 0])
        frame = {"id": [f"u{fold}-{i:04d}" for i in range(self.n)], "label": truth}
        frame["speaker"] = [f"s{i % 12}" for i in range(self.n)]
        shown = condition["present"] or list(ALL)
        for modality in ALL:
            present = np.full(self.n, modality in shown) & (
                drawn.random(self.n) >= condition["rate"]
            )
            gain = 0.7 * made.skill.get(modality, 0.0) * (1.15 if regime != "full" else 1.0)
            logits[np.arange(self.n), truth] += gain * present
            frame[f"present_{modality}"] = present
            if made.weighs:
                frame[f"weight_{modality}"] = np.where(present, 0.5, 0.0).astype(np.float32)
        if made.name == "majority":
            logits = np.tile([1.0, 0, 0, 0, 0, 0], (self.n, 1))
        for c in range(6):
            frame[f"logit_{c}"] = logits[:, c].astype(np.float32)
        missing = 1 - np.mean([frame[f"present_{m}"].mean() for m in ALL])
        return pd.DataFrame(frame), float(missing)

    def training(self, made: Made, regime: str, fold: int, seed: int) -> str:
        name = digest("training", self.dataset, self.split, made, regime, fold, seed)
        if regime in made.training_fails:
            self.json(f"trainings/{name}/failure.json", {"reason": "loss diverged"})
            return name
        epochs = [
            {"epoch": e, "train_loss": 1 / e, "dev_macro_f1": 0.4, "dev_loss": 1.0, "seconds": 1.0}
            for e in range(1, 9)
        ]
        self.json(
            f"trainings/{name}/report.json",
            {
                "params": 1000 * len(made.name) ** 3,
                "train_seconds": 10.5 + seed,
                "epochs": epochs if made.kind != "reference" else [],
                "best_epoch": 5 + seed if made.kind != "reference" else None,
                "device": "cpu",
            },
        )
        return name

    def rows(self, made: Made) -> list[dict[str, Any]]:
        rows = []
        seeds = 1 if made.name in ("majority", "oracle") else self.seeds
        for regime in (r["name"] for r in self.regimes):
            for fold, seed in np.ndindex(self.folds, seeds):
                training = self.training(made, regime, fold, seed)
                for condition in self.conditions:
                    shown = set(condition["present"] or ALL)
                    reason = None
                    if made.skill and not shown & set(made.skill):
                        reason = f"needs {' or '.join(made.skill)}"
                    broken = reason or regime in made.training_fails
                    rows.append(
                        {
                            "regime": regime,
                            "condition": condition["name"],
                            "fold": fold,
                            "seed": seed,
                            "training": None if reason else training,
                            "cell": None
                            if broken
                            else self.cell(made, regime, condition, fold, seed),
                            "skipped": reason,
                        }
                    )
        return rows

    def grid(self, made: Made, **changes: Any) -> None:
        """Write the grid table of one model, with everything that it points to."""
        names = [c["name"] for c in self.conditions]
        rated = [name for name in names if name.startswith("missing_")]
        grid = {
            "format": 1,
            "created": self.created,
            "emobench": "0.1.0",
            "model": made.name,
            "variant": made.variant,
            "track": "controlled",
            "dataset": self.dataset,
            "split": self.split,
            "identity": made.identity,
            "corpus": self.corpus(),
            "protocol": "missing_modality",
            "model_card": {
                "name": made.name,
                "title": f"A made-up model called {made.name}",
                "authors": "Author A, Author B" if made.kind == "published" else "",
                "year": 2021,
                "venue": "Some Conference",
                "link": "https://example.org/paper",
                "licence": "MIT",
                "kind": made.kind,
                "inputs": {m: ["word_vectors"] for m in made.skill},
                "requires": list(made.skill),
                "variants": ["corrected"],
                "deterministic": made.name in ("majority", "oracle"),
                "claims": ["81.2% accuracy on another corpus, random split."],
                "deviations": ["Masks are respected <by us>."],
            },
            "config": {"learning_rate": 0.001, "batch_size": 32, "hidden": 64},
            "protocol_card": {
                "name": "missing_modality",
                "title": "Missing modalities",
                "question": "What is left of a model when a modality is missing?",
                "method": "Every model is trained once per regime and tested everywhere.",
            },
            "regimes": list(self.regimes),
            "conditions": self.conditions,
            "summaries": [
                {
                    "name": "mean over rates",
                    "description": "Mean score over the missing rates.",
                    "reduce": "mean",
                    "conditions": rated,
                },
                {
                    "name": "worst subset",
                    "description": "Lowest score over the subsets.",
                    "reduce": "min",
                    "conditions": [name for name in names if name in self.subsets],
                },
            ],
            "rows": self.rows(made),
        } | changes
        name = digest("grid", self.dataset, self.split, made, grid["created"], changes)
        self.json(f"grids/{name}.json", grid)

    def tuned(
        self,
        made: Made,
        better: Made,
        budget: str = "tuned:4",
        scores: Iterable[float | None] = (0.4, 0.3, 0.5, 0.45),
        space: bool = True,
        stopped: Iterable[int] = (),
        keep: Iterable[int] = (),
        **changes: Any,
    ) -> None:
        """Write the grid of a searched model: its cells are those of `better`.

        Every fold has the same trials with `scores`; in the folds of `keep` the preset is chosen.
        """
        scores, stopped, keep = [*scores], {*stopped}, {*keep}
        best = max(range(len(scores)), key=lambda t: scores[t] or 0.0)
        trials = [
            {"trial": t, "score": score, "values": {"hidden": 64 + t} if space else {}}
            | ({"stopped": True} if t in stopped else {})
            | ({"failed": "loss diverged"} if score is None else {})
            for t, score in enumerate(scores)
        ]
        results = [
            {
                "regime": regime["name"],
                "fold": fold,
                "chosen": 0 if fold in keep else best,
                "trials": trials,
            }
            for regime in self.regimes
            for fold in range(self.folds)
        ]
        rows = {fold: self.rows(made if fold in keep else better) for fold in range(self.folds)}
        search = {
            "trials": int(budget.split(":")[1].split("+")[0]),
            "halving": "halving" in budget,
            "space": {"hidden": "16 to 128, log-uniform"} if space else {},
            "default": made.name,
            "results": results,
        }
        mine = [row for fold, every in rows.items() for row in every if row["fold"] == fold]
        grid = {"model": f"{made.name} {budget}", "search": search, "rows": mine}
        self.grid(made, **grid | changes)


@pytest.fixture
def writer(tmp_path: Path) -> Callable[..., Writer]:
    """Return a writer into this test's own results folder."""
    return lambda **changes: Writer(tmp_path / "results", **changes)


@pytest.fixture
def made() -> type[Made]:
    """Return the description of a made-up model."""
    return Made


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small, complete results folder: read it, do not change it."""
    root = tmp_path_factory.mktemp("stored") / "results"
    for model in MODELS:
        Writer(root).grid(model)
    Writer(root).grid(Made("gamma_net", "own", ALL, training_fails=("full", "modality_dropout")))
    for model in (MODELS[0], Made("alpha_net", "published", ALL)):
        Writer(root, dataset="folded", folds=3, n=40, subsets=(), rates=()).grid(model)
    Writer(root, split="random", subsets=(), rates=(), regimes=REGIMES[:1]).grid(MODELS[0])
    return root


@pytest.fixture(scope="session")
def page(stored: Path) -> Path:
    """Return the rendered page of `stored`."""
    from emobench.leaderboard import render

    return render(stored)


JOINED = {"words": ("text",), "films": ("audio", "vision")}
"""Member to its modalities."""

FIRST = 55
"""The first so many of 90 test utterances are of the first member."""


def member(ids: pd.Series) -> np.ndarray[Any, Any]:
    return np.where(ids.str[-4:].astype(int) < FIRST, "words", "films")


def make_joint(root: Path, rates: bool = True) -> None:
    """Turn stored results into those of a joint corpus."""
    for path in root.glob("cells/*/predictions.parquet"):
        table = pd.read_parquet(path)
        table["corpus"] = member(table["id"])
        for modality in ("text", "audio", "vision"):
            table[f"present_{modality}"] &= table["corpus"].map(
                lambda c, m=modality: m in JOINED[c]
            )
        table.to_parquet(path)
        if not rates:
            report = json.loads(path.with_name("report.json").read_text())
            path.with_name("report.json").write_text(json.dumps(report | {"missing_rate": 0.0}))
    tables = [pd.read_parquet(p) for p in root.glob("cells/*/predictions.parquet")]
    labels = tables[0]["label"].to_numpy()
    who = member(tables[0]["id"])
    for path in root.glob("corpora/*.json"):
        corpus = json.loads(path.read_text())
        corpus["counts"] = [
            {
                "fold": 0, "split": split, "label": label, "corpus": name,
                "n": int(((labels == c) & (who == name)).sum()) * factor + (c == 3) * extra,
            }
            for split, factor, extra in (("train", 4, 500), ("test", 1, 0))
            for name in JOINED
            for c, label in enumerate(corpus["classes"])
        ]  # fmt: skip
        path.write_text(json.dumps(corpus))


@pytest.fixture(name="make_joint")
def _make_joint() -> Callable[..., None]:
    """Return what turns stored results into those of a joint corpus."""
    return make_joint


@pytest.fixture(scope="session")
def joint_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a small joint corpus: a member with text, one with audio and vision."""
    from emobench.leaderboard import render

    root = tmp_path_factory.mktemp("joint") / "results"
    writer = Writer(root, subsets=("text", "audio", "text+vision"), rates=(0.2,))
    for model in (Made("net", "own", ALL), Made("majority", "reference")):
        writer.grid(model)
    make_joint(root)
    return render(root)

"""Made-up studies whose models are all equally good, written and planned as real ones are.

A study has two corpora. Utterances are hard or easy, speakers are read well or badly, and every
model reads some speakers better than another does, and is luckier in one training than in the next;
but over all speakers and trainings there could be, every model scores the same. So whatever a plan
of comparisons finds is an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from emobench.interface.card import Card, DatasetCard, ProtocolCard
from emobench.leaderboard.plans.comparison import PlanOutcome
from emobench.leaderboard.plans.outcomes import plan_outcome
from emobench.store.pack import PackedCell, write_pack
from emobench.store.records import Condition, CorpusRecord, GridRecord, Regime, Slot
from emobench.store.records.plans import FREEZE, PlanPair, PlanPlace, PlanRecord, PlanRow
from emobench.store.store import Store
from emobench.study.plans.registry import freeze

MODELS = ("late_fusion", "first", "second", "third")
CORPORA = ("one", "two")
CLASSES = ("anger", "joy", "neutral", "sadness")
UTTERANCES = 12
"""Of each speaker."""
PROTOCOL = "full_modalities"


@dataclass(frozen=True)
class Design:
    """The size of a study.

    Parameters
    ----------
    speakers, seeds
        Test speakers of each corpus, and trainings of each model.
    training
        By how much a training's luck moves the log odds of a right answer; 0: no seed matters.
    """

    speakers: int
    seeds: int
    training: float

    def __str__(self) -> str:
        luck = f"{self.seeds} seeds" if self.training else "models without a seed"
        return f"{self.speakers} speakers, {luck}"


DESIGNS = (
    Design(10, 3, 0.2),
    Design(20, 3, 0.2),
    Design(20, 5, 0.4),
    Design(40, 2, 0.1),
    Design(15, 1, 0.0),
)
"""One after another, so that a campaign has as many of each."""


def null_study(root: Path, design: Design, seed: int) -> PlanOutcome:
    """Plan a study without any true difference in an empty folder, run it, and look.

    Parameters
    ----------
    root
        The results folder.
    design
        Its size.
    seed
        Of all that is drawn.
    """
    seeds = range(design.seeds)
    freeze(root, _plan(tuple(seeds)))
    generator = np.random.default_rng(seed)
    for corpus in CORPORA:
        _run(root, corpus, design, generator)
    found = plan_outcome(root)
    assert found is not None
    return found


def _plan(seeds: tuple[int, ...]) -> PlanRecord:
    """Every model against the late fusion and against the next, on both corpora."""
    place = PlanPlace(regime="full", condition="full", conditions=("full",), seeds=seeds)
    rest = MODELS[1:]
    pairs = [(name, MODELS[0]) for name in rest] + [(rest[0], rest[1]), (rest[1], rest[2])]
    at = [{"dataset": name, "track": "controlled", "protocol": PROTOCOL} for name in CORPORA]
    return PlanRecord(
        kind=FREEZE,
        created=datetime(2026, 1, 1, tzinfo=UTC).isoformat(),
        emobench="0",
        measure="macro_f1",
        margin=0.02,
        rows=tuple(PlanRow(**one, model=m, places=(place,)) for one in at for m in MODELS),
        pairs=tuple(
            PlanPair(**one, regime="full", condition="full", first=a, second=b)
            for one in at
            for a, b in pairs
        ),
    )


def _run(root: Path, corpus: str, design: Design, generator: np.random.Generator) -> None:
    """Write what a run leaves of all models on one corpus."""
    store = Store(root)
    speakers = np.repeat(np.arange(design.speakers), UTTERANCES)
    ids = [f"{corpus}-{i}" for i in range(len(speakers))]
    truth = generator.integers(0, len(CLASSES), len(ids))
    ease = generator.normal(0, 0.8, design.speakers)[speakers]
    hard = generator.normal(0, 0.7, len(ids))
    units = {f"s{u}": tuple(i for i, s in zip(ids, speakers, strict=True) if s == u)
             for u in range(design.speakers)}  # fmt: skip
    card = DatasetCard(
        name=corpus, title=corpus, classes=CLASSES, modalities=("text",), licence="", obtain="",
        split="", unit="speaker",
    )  # fmt: skip
    facts = CorpusRecord(dataset=corpus, card=card, classes=CLASSES, units=units)
    store.write_record("corpora", f"corpus-{corpus}", facts)
    cells, training = [], f"trainings-{corpus}"
    for model in MODELS:
        own = generator.normal(0, 0.4, design.speakers)[speakers]
        slots = []
        for seed in range(design.seeds):
            luck = generator.normal(0, design.training) if design.training else 0.0
            odds = 0.6 + ease + hard + own + luck
            key = f"{corpus}-{model}-{seed}"
            cells.append(_cell(key, ids, truth, odds, generator))
            slots.append(
                Slot(regime="full", condition="full", fold=0, seed=seed, training=training,
                     cell=key)
            )  # fmt: skip
        grid = _grid(model, corpus, tuple(slots), design)
        store.write_record("grids", f"{corpus}-{model}", grid)
    write_pack(store.training(training), cells, root / "unfinished")


def _cell(
    key: str,
    ids: list[str],
    truth: NDArray[np.int64],
    odds: NDArray[np.float64],
    generator: np.random.Generator,
) -> PackedCell:
    """Decisions that are right with the given log odds; a wrong one is any other class."""
    right = generator.random(len(ids)) < 1 / (1 + np.exp(-odds))
    other = (truth + generator.integers(1, len(CLASSES), len(ids))) % len(CLASSES)
    decided = np.where(right, truth, other)
    columns = {"id": ids, "label": truth, "present_text": np.ones(len(ids), bool)}
    for number in range(len(CLASSES)):
        columns[f"logit_{number}"] = (decided == number).astype(np.float32)
    return PackedCell(key, {}, {"n": len(ids)}, table=pa.table(columns))


def _grid(model: str, corpus: str, slots: tuple[Slot, ...], design: Design) -> GridRecord:
    is_fixed = not design.training
    card = Card(
        name=model, title=model, kind="own", inputs={"text": ("words",)}, deterministic=is_fixed
    )
    return GridRecord(
        format=1,
        created=datetime(2026, 1, 2, tzinfo=UTC).isoformat(),
        emobench="0",
        model=model,
        dataset=corpus,
        identity="1",
        corpus=f"corpus-{corpus}",
        protocol=PROTOCOL,
        model_card=card,
        protocol_card=ProtocolCard(name=PROTOCOL, title="", question="", method=""),
        regimes=(Regime("full", ""),),
        conditions=(Condition("full", "", role="real"),),
        rows=slots,
    )

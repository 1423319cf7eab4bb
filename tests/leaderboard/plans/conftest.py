"""A plan beside made-up results."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard.plans.places import conditions_of, definition
from emobench.leaderboard.results.reader import Results
from emobench.store.records.plans import FREEZE, PlanPair, PlanPlace, PlanRecord, PlanRow
from emobench.study.plans.registry import freeze

REGIME = ({"name": "full", "description": "", "drop": 0.0},)
BEFORE = "2026-01-01T00:00:00+00:00"
Pairs = Iterable[tuple[str, str]]


def plan_of(
    root: Path, pairs: Pairs, condition: str = "full", seeds: int = 2, **changes: Any
) -> PlanRecord:
    """Plan comparisons of rows that are stored, or would be, in every setting that is stored."""
    grids = {(g.dataset, g.track, g.protocol): g for g in Results(root).grids()}
    sources = {g.model: g for g in Results(root).grids()}
    rows, planned = [], []
    pairs = list(pairs)
    for (dataset, track, protocol), grid in grids.items():
        names = conditions_of(condition, grid.summaries)
        place = PlanPlace(
            regime="full", condition=condition, conditions=names, folds=1,
            seeds=tuple(range(seeds)),
            definition=definition("full", names, grid.regimes, grid.conditions),
        )  # fmt: skip
        setting = {"dataset": dataset, "track": track, "protocol": protocol}
        for model in dict.fromkeys(name for pair in pairs for name in pair):
            known = sources.get(model)
            config = dict(known.config) if known else {}
            rows.append(PlanRow(**setting, model=model, config=config, places=(place,)))
        planned += [
            PlanPair(**setting, regime="full", condition=condition, first=a, second=b)
            for a, b in pairs
        ]
    return PlanRecord(
        **{
            "kind": FREEZE, "created": BEFORE, "emobench": "0.1.0", "study": "study.toml",
            "measure": "macro_f1", "rows": tuple(rows), "pairs": tuple(planned),
            "contrasts": tuple([*one] for one in pairs),
        }
        | changes
    )  # fmt: skip


@pytest.fixture(name="plan_of")
def _plan_of() -> Callable[..., PlanRecord]:
    return plan_of


@pytest.fixture
def small(writer: Any, made: Any) -> Callable[..., Any]:
    """Return what writes three models of one regime: alpha, beta and the late fusion."""

    def write(skills: tuple[float, ...] = (1.4, 1.0, 1.0), **changes: Any) -> Any:
        one = writer(**{"regimes": REGIME, "subsets": (), "rates": (), "n": 60} | changes)
        for name, skill in zip(("alpha", "beta", "late_fusion"), skills, strict=True):
            one.grid(made(name, "published", {"text": skill, "audio": skill}))
        return one

    return write


@pytest.fixture(name="freeze")
def _freeze() -> Callable[..., Any]:
    return freeze

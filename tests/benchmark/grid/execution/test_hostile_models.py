"""Models that hang, leak, crash and pollute change nothing of what the others give."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

import emobench
from emobench.isolation import process_settings
from emobench.isolation.process_tree import left_behind
from emobench.store.index import Index
from emobench.store.store import Store

pytestmark = pytest.mark.slow
HONEST = ["mlp:min_updates=8:min_epochs=0:looks=2", "text_only"]
CAMPAIGN = Path(__file__).parents[4] / "docs" / "benchmarks" / "torture"
SEEN = (
    "hangs_natively", "hangs_at_test", "leaks", "crashes", "exits_at_test", "leaves", "interrupts",
    "prints_natively", "pollutes", "patches", "forks", "goes_on_twice",
)  # fmt: skip


def _models() -> Any:
    """The models of the campaign `hostile`."""
    path = CAMPAIGN / "hostile_models.py"
    spec = importlib.util.spec_from_file_location("emobench_hostile_models", path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HOSTILE = _models()


def run(place: Path, name: str, models: list[str], **options: Any) -> Any:
    return emobench.run(
        models=[*models, *HONEST],
        protocol="full_modalities",
        dataset="simulated:size=84:speakers=7",
        seeds=1,
        jobs=2,
        cache_dir=place / "cache",
        results=place / name,
        **options,
    )


def predictions(results: Path) -> dict[str, Any]:
    store = Store(results)
    rows = Index(results).rows.values()
    return {cell: store.predictions(row.key, cell) for row in rows for cell in row.done.split()}


def reasons(results: Path) -> dict[str, str]:
    """Model to why it failed; "" for one that is done."""
    store, found = Store(results), {}
    for row in Index(results).rows.values():
        cells = [store.cell(row.key, cell) for cell in row.failed.split()]
        every = [row.reason, *(c.failure["reason"] for c in cells if c and c.failure)]
        found[json.loads(row.spec)["model"]] = next(filter(None, every), "")
    return found


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The honest rows alone, in workers of the pool."""
    place = tmp_path_factory.mktemp("calm")
    run(place, "calm", [])
    return place, predictions(place / "calm")


def test_the_others_are_as_in_a_run_without_them(calm: Any, tmp_path: Path) -> None:
    place, expected = calm
    before = process_settings.current(), dict(os.environ), Path.cwd()
    # Other tests of this process may have started processes that stay, as wandb's service does.
    earlier = left_behind().keys()
    models = [str(HOSTILE.write(tmp_path, name, HOSTILE.DEEDS[name])) for name in SEEN]
    options = {"timeout": "60s", "memory": "1500MB"}
    run(place, "hostile", models, **options)
    found = predictions(place / "hostile")
    assert expected
    assert all(found[cell].equals(expected[cell]) for cell in expected)
    said = reasons(place / "hostile")
    assert set(SEEN) < set(said)
    for name in SEEN:
        due = HOSTILE.DEEDS[name].reason
        assert (due in said[name]) if due else not said[name], (name, said[name])
    assert (process_settings.current(), dict(os.environ), Path.cwd()) == before
    assert left_behind().keys() <= earlier
    # The same command leaves failures alone, and a larger limit is no other training.
    stamps = {p: p.stat().st_mtime_ns for p in (place / "hostile" / "trainings").rglob("*")}
    run(place, "hostile", models, timeout="90s")
    assert {p: p.stat().st_mtime_ns for p in stamps} == stamps

"""Runs models that hang, leak, crash, exit, print, pollute and fork beside honest ones."""

from __future__ import annotations

import json
import os
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

import pandas as pd
from finding import Finding
from hostile_models import DEEDS, write

import emobench
from emobench.isolation import process_settings
from emobench.isolation.process_tree import left_behind
from emobench.store.index import Index
from emobench.store.store import Store

TITLE = "Models that misbehave"
TEXT = """Models that hang (asleep, in a loop, in native code with the interpreter's lock, at
test alone, deaf to all signals), leak, crash, abort, exit, raise `KeyboardInterrupt`, print a
million lines, change torch's settings, patch torch itself or fork are run in random companies
beside a network and a reference row, with `--timeout` and `--memory`. Each has to fail with the
reason that fits, or to end well where it hurts nobody but itself. The predictions of the honest
rows must be, bit by bit, those of a run without the others, and afterwards no process may be left
and nothing in the main process be changed."""

COUNT = 100
COMPANY = 6
"""Misbehaving models in one run."""
TIMEOUT, MEMORY = 40, "1500MB"
HONEST = ("mlp:min_updates=8:min_epochs=0:looks=2", "text_only")


def campaign(count: int, seed: int) -> Finding:
    """Let about `count` models misbehave."""
    draw = random.Random(seed)
    failures: list[str] = []
    kinds: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        expected = predictions(run(place, "alone", [])[0], set())
        before = own_state()
        order: list[str] = []
        while sum(kinds.values()) < count:
            while len(order) < COMPANY:
                order += draw.sample(list(DEEDS), len(DEEDS))
            company, order = order[:COMPANY], order[COMPANY:]
            kinds.update(company)
            number = sum(kinds.values())
            failures += one_run(place, f"run{number}", company, expected)
            if own_state() != before:
                failures.append(f"{company}: the main process was changed")
    tried = ", ".join(f"{name} {n}" for name, n in sorted(kinds.items()))
    return Finding(sum(kinds.values()), failures, [f"Models by kind: {tried}."])


def own_state() -> tuple[object, ...]:
    """What of this process a model could have changed."""
    return process_settings.current(), dict(os.environ), Path.cwd()


def one_run(
    place: Path, name: str, company: list[str], expected: dict[str, pd.DataFrame]
) -> list[str]:
    """Run a company of models, and return a sentence on each that did not end as it should."""
    results, seconds = run(place, name, company)
    found = predictions(results, set(company))
    failures = []
    if set(found) != set(expected) or any(not found[k].equals(expected[k]) for k in expected):
        failures.append(f"{company}: the honest rows differ")
    reasons = {row.model: row.reason or "" for row in outcomes(results)}
    for one in company:
        said, due = reasons.get(one, "nothing is stored"), DEEDS[one].reason
        if (due and due not in said) or (not due and said):
            failures.append(
                f"{one} among {company}: {said or 'done'!r}, expected {due or 'done'!r}"
            )
    failures += [f"{company}: {pid} ({words[:60]}) is left" for pid, words in left_behind().items()]
    if seconds > 20 * TIMEOUT:
        failures.append(f"{company}: it took {seconds:.0f} s")
    return failures


def run(place: Path, name: str, company: list[str]) -> tuple[Path, float]:
    """Run the honest models with a company; return the results folder and the seconds."""
    models = [str(write(place, one, DEEDS[one])) for one in company]
    began = time.monotonic()
    emobench.run(
        models=[*models, *HONEST],
        protocol="full_modalities",
        dataset="simulated:size=84:speakers=7",
        seeds=1,
        jobs=2,
        timeout=f"{TIMEOUT}s",
        memory=MEMORY,
        cache_dir=place / "cache",
        results=place / name,
    )
    return place / name, time.monotonic() - began


class Row:
    """A model, and why it has no result.

    Parameters
    ----------
    model
        Its name.
    reason
        Why a training or a cell failed; None if all is done.
    """

    def __init__(self, model: str, reason: str | None) -> None:
        self.model, self.reason = model, reason


def outcomes(results: Path) -> list[Row]:
    """What became of each training."""
    store, found = Store(results), []
    for row in Index(results).rows.values():
        reason = store.training_failure(row.key)
        for cell in row.failed.split():
            stored = store.cell(row.key, cell)
            reason = reason or (stored.failure or {}).get("reason") if stored else reason
        found.append(Row(str(json.loads(row.spec)["model"]), reason))
    return found


def predictions(results: Path, company: set[str]) -> dict[str, pd.DataFrame]:
    """The predictions of all trainings but those of `company`, by the key of the cell."""
    store = Store(results)
    rows = Index(results).rows.values()
    rows = [row for row in rows if json.loads(row.spec)["model"] not in company]
    return {cell: store.predictions(row.key, cell) for row in rows for cell in row.done.split()}

"""How often a plan finds a difference in a study that has none."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from finding import Finding
from studies import DESIGNS, null_study

TITLE = "Planned studies without any difference"
TEXT = (
    "Every study is planned and frozen, its results are written as a run writes them, and what the "
    "page would say is computed: ten comparisons of four models on two corpora, with Holm's "
    "correction over all ten. All models are equally good, so whatever is found is an error. At "
    "most one study in twenty may find anything."
)
COUNT = 500
LEVEL = 0.05


def campaign(count: int, seed: int) -> Finding:
    """Run `count` studies; all of them fail together if too many find something."""
    found: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    equal = alone = 0
    for number in range(count):
        design = DESIGNS[number % len(DESIGNS)]
        with tempfile.TemporaryDirectory() as folder:
            outcome = null_study(Path(folder) / "results", design, seed * 1_000_003 + number)
        done = all(one.is_done for one in outcome.comparisons)
        if outcome.changes or not done:
            return Finding(count, [f"study {number} of seed {seed} departs from its own plan"])
        tried[str(design)] += 1
        found[str(design)] += any(one.is_different for one in outcome.comparisons)
        alone += any(one.p_value < LEVEL for one in outcome.comparisons)
        equal += any(one.is_equivalent for one in outcome.comparisons)
    total = sum(found.values())
    notes = [
        f"{total} of {count} studies found a difference ({total / count:.1%}); without the "
        f"correction {alone} would have ({alone / count:.1%}). {equal} found an equivalence, "
        "which is true here.",
        "By size: " + "; ".join(f"{name}: {found[name]} of {n}" for name, n in tried.items()) + ".",
    ]
    failures = []
    if total > LEVEL * count:
        failures.append(f"{total} of {count} studies without a difference found one")
    return Finding(count, failures, notes)

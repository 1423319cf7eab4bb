"""What the flawed splits of a grid put on both sides, for its record."""

from __future__ import annotations

from typing import Any

from emobench.corpus.leakage.audit import audit_record
from emobench.corpus.prepared.extract import prepared
from emobench.errors import Skip
from emobench.grid.plan.plan import Grid

_known: dict[tuple[str, str, str], dict[str, Any]] = {}


def audits(grid: Grid) -> list[dict[str, Any]]:
    """One record per split that the trials of `grid` name; none where all are honest.

    Found once per corpus and split policy: it is the same for every model.
    """
    flaws = dict.fromkeys(trial.split for trial in grid.trials)
    if not any(flaws):
        return []
    found = []
    for flaw in flaws:
        key = (grid.corpus.digest, grid.policy.name, flaw)
        if key not in _known:
            try:
                _known[key] = audit_record(prepared(grid.corpus), grid.policy, flaw)
            except Skip:  # its rows say why
                continue
        found.append(_known[key])
    return found

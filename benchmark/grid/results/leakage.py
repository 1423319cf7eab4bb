"""Train-test duplicates of each flawed split, for the records of the grids."""

from __future__ import annotations

from emobench.corpus.leakage.audit import audit_record
from emobench.corpus.leakage.flawed_splits import draws_by_seed
from emobench.corpus.preparation.extract import prepared
from emobench.errors import Skip
from emobench.grid.plan.plan import ModelGrid
from emobench.store.records import Audit


class LeakageAudits:
    """Audits each split of a corpus once, because all models of a run share the split."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], Audit | None] = {}

    def of(self, grid: ModelGrid) -> tuple[Audit, ...]:
        """Return an audit per split of the trials of `grid`, or () if all splits are honest."""
        # One record cannot stand for splits that every seed draws anew.
        splits = (trial.split for trial in grid.trials if not draws_by_seed(trial.split))
        flaws = list(dict.fromkeys(splits))
        if not any(flaws):
            return ()
        found = (self._audit(grid, flaw) for flaw in flaws)
        return tuple(audit for audit in found if audit is not None)

    def _audit(self, grid: ModelGrid, flaw: str) -> Audit | None:
        """The audit, or None if the corpus cannot have the flaw; the grid's rows say why."""
        key = (grid.corpus.digest, grid.policy.name, flaw)
        if key not in self._known:
            try:
                self._known[key] = audit_record(prepared(grid.corpus), grid.policy, flaw)
            except Skip:
                self._known[key] = None
        return self._known[key]

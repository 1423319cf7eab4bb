"""Records of plans: what a study froze before its results, what was amended, what departed."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from emobench.digest import canonical_json
from emobench.store.records.record import Record

FREEZE: Final = "freeze"
AMENDMENT: Final = "amendment"
DEPARTURE: Final = "departure"
"""Kinds of a record: the plan, a later version of it, a run by another file than the plan's."""

PLANS: Final = "plans"
"""The folder of these records in a results folder."""

PlanKey = tuple[str, str, str]
"""Dataset, track and protocol: what models are compared within."""


class PlanPlace(Record):
    """A regime and a condition of a planned row, and the trainings that it takes.

    Parameters
    ----------
    condition
        Its name; that of a mean over conditions follows ``summary:``.
    conditions
        The conditions that are averaged; of a single condition its own name.
    definition
        Digest of what the protocol says of regime and conditions, without its prose.
    folds, seeds
        Folds, and the seeds of each.
    skipped
        Why nothing can be computed here; "" where something can.
    """

    regime: str
    condition: str
    conditions: tuple[str, ...]
    definition: str = ""
    folds: int = 1
    seeds: tuple[int, ...] = (0,)
    skipped: str = ""


class PlanRow(Record):
    """A model in a setting, as it stood when the plan was frozen.

    Parameters
    ----------
    model
        The row as the page labels it.
    source, corpus
        SHA-256 of the model's file, and digest of the corpus.
    config, inputs
        Hyper-parameters, empty for closed forms and searched rows; representations by modality.
    search
        How a searched row is searched: ``tuned:8``; "" for a preset.
    """

    dataset: str
    track: str
    protocol: str
    model: str
    source: str = ""
    corpus: str = ""
    config: dict[str, Any] = {}
    inputs: dict[str, tuple[str, ...]] = {}
    search: str = ""
    places: tuple[PlanPlace, ...] = ()

    @property
    def setting(self) -> PlanKey:
        """Dataset, track and protocol."""
        return self.dataset, self.track, self.protocol


class PlanPair(Record):
    """A planned comparison: the first row less the second, in one place."""

    dataset: str
    track: str
    protocol: str
    regime: str
    condition: str
    first: str
    second: str

    @property
    def setting(self) -> PlanKey:
        """Dataset, track and protocol."""
        return self.dataset, self.track, self.protocol

    @property
    def text(self) -> str:
        """The comparison in words, with the place where it is made."""
        place = f"{self.dataset}, {self.protocol}, {self.regime}, {self.condition}"
        return f"{self.first} less {self.second} ({place})"


class PlanRecord(Record):
    """A version of a plan, or a departure from it.

    Parameters
    ----------
    kind
        `FREEZE`, `AMENDMENT` or `DEPARTURE`.
    created, emobench
        When (UTC) and by which version it was written.
    previous
        Digest of the version before; of a departure that of the version it departs from.
    why
        The reason of an amendment.
    study, study_digest
        Name of the run file, and the SHA-256 of its content.
    options
        What the file asks for, grid by grid, as far as it can change a number.
    measure, alpha, margin
        The primary measure, the level of all comparisons together, and the difference that does not
        matter; None without one.
    contrasts, regimes, conditions
        The contrasts, and where rows are compared, as the file has them.
    protocols
        Protocol to the SHA-256 of its file.
    rows, pairs
        The planned rows, and the comparisons: the family of Holm's correction.
    left_out
        Comparisons that cannot be made, with the reasons, in sentence parts.
    existing, others
        Cells of planned rows, and other cells on the planned corpora, that were there already.
    changes
        What differs from the version before, in sentence parts.
    """

    format: int = 1
    kind: str
    created: str
    emobench: str
    previous: str = ""
    why: str = ""
    study: str = ""
    study_digest: str = ""
    options: tuple[dict[str, Any], ...] = ()
    measure: str = ""
    alpha: float = 0.05
    margin: float | None = None
    contrasts: tuple[Any, ...] = ()
    regimes: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    protocols: dict[str, str] = {}
    rows: tuple[PlanRow, ...] = ()
    pairs: tuple[PlanPair, ...] = ()
    left_out: tuple[str, ...] = ()
    existing: int = 0
    others: int = 0
    changes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of the record, as 64 hexadecimal digits: the name of its file."""
        return plan_digest(self.content())

    def row(self, setting: PlanKey, model: str) -> PlanRow | None:
        """Return a planned row, or None where it is not planned."""
        return next((r for r in self.rows if r.setting == setting and r.model == model), None)


def plan_digest(content: dict[str, Any]) -> str:
    """Return the SHA-256 of a record's content as JSON, as 64 hexadecimal digits.

    It is not cut short: whoever writes two plans could look for two with the same few digits.
    """
    return hashlib.sha256(canonical_json(content, compact=True).encode()).hexdigest()

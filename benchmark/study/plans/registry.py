"""Freezes a plan in a results folder, amends it, and notes runs that depart from it."""

from __future__ import annotations

from pathlib import Path

from emobench.atomic import sweep
from emobench.errors import RequestError
from emobench.leaderboard.plans.chain import PlanChain, Version, read_chain
from emobench.leaderboard.plans.changes import record_changes
from emobench.store.records.plans import AMENDMENT, DEPARTURE, PLANS, PlanRecord
from emobench.store.store import Store


def frozen(root: Path) -> PlanChain | None:
    """Return the plan of a results folder; None where there is none.

    Raises
    ------
    RequestError
        Its files are damaged or contradict one another.
    """
    chain = read_chain(root)
    if chain is not None and chain.problem:
        raise RequestError(
            f"{chain.problem} Put back what was frozen (emobench results verify {root} names what "
            f"is damaged), or plan into another folder."
        )
    return chain


def freeze(root: Path, plan: PlanRecord) -> Version:
    """Write a first plan into a results folder."""
    return _written(root, plan)


def amend(root: Path, chain: PlanChain, plan: PlanRecord, why: str) -> Version:
    """Write a further version of a plan; the earlier ones stay.

    Raises
    ------
    RequestError
        Nothing is changed, or no reason is given.
    """
    if not why.strip():
        raise RequestError("An amendment says why: --amend 'the licence of a corpus ended'.")
    changes = record_changes(chain.head.record, plan)
    if not changes:
        raise RequestError("Nothing that the plan says is changed, so there is nothing to amend.")
    update = {
        "kind": AMENDMENT,
        "previous": chain.head.digest,
        "why": why.strip(),
        "changes": tuple(changes),
    }
    return _written(root, plan.model_copy(update=update))


def note_departure(root: Path, head: Version, run: PlanRecord, changes: list[str]) -> None:
    """Note that a run was made by another file than the plan's, once for each such file."""
    chain = read_chain(root)
    known = chain.departures if chain is not None else ()
    if any(one.previous == head.digest and list(one.changes) == changes for one in known):
        return
    _written(
        root,
        PlanRecord(
            kind=DEPARTURE,
            created=run.created,
            emobench=run.emobench,
            previous=head.digest,
            study=run.study,
            study_digest=run.study_digest,
            changes=tuple(changes),
        ),
    )


def _written(root: Path, plan: PlanRecord) -> Version:
    store = Store(root)
    store.check()
    store.open()
    (root / PLANS).mkdir(exist_ok=True)
    sweep(root / PLANS)
    # What is stored is what was set; a default that another version has must not be meant.
    whole = PlanRecord(**{name: getattr(plan, name) for name in type(plan).model_fields})
    digest = whole.digest
    store.write_record(PLANS, digest, whole)
    return Version(digest, whole)

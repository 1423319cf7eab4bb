"""What a run says of the plan in its results folder, and notes of a file that departs from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from emobench.leaderboard.plans.chain import PlanChain, Version, read_chain
from emobench.leaderboard.plans.changes import option_changes
from emobench.store.records.plans import PlanRecord
from emobench.wording import counted

if TYPE_CHECKING:
    from emobench.study.request import Study


def plan_notice(study: Study, root: Path, is_run: bool) -> list[str]:
    """Return what is to be said before a run, in lines.

    Parameters
    ----------
    study
        What is about to be run.
    root
        Its results folder.
    is_run
        Whether it is run, and not only tried: a departure is then noted beside the plan.
    """
    chain = read_chain(root)
    if chain is None:
        if study.plan is None:
            return []
        return [
            f"warning: the plan of {study.file} is not frozen: `emobench plan {study.file}` before "
            "this run, or its comparisons are exploratory"
        ]
    if chain.problem:
        return [f"warning: {chain.problem} No comparison counts as planned"]
    if not study.file or (study.plan is None and study.file != chain.head.record.study):
        return [_name(chain.head) + "; what this run adds beside it is exploratory"]
    return _compared(study, root, chain, is_run)


def _name(head: Version) -> str:
    when = head.record.created[:16].replace("T", " ")
    return f"plan {head.digest[:12]}, frozen {when} UTC"


def _compared(study: Study, root: Path, chain: PlanChain, is_run: bool) -> list[str]:
    from emobench.study.plans.draft import head_of
    from emobench.study.plans.registry import note_departure

    head = chain.head
    now = head_of(study, study.folder / study.file)
    changes = departures(head.record, now)
    if study.plan is None:
        changes = [f"{study.file} has no table [plan] any more"]
    planned = counted(len(chain.base.record.pairs), "planned comparison")
    if is_run and changes:
        note_departure(root, head, now, changes)
    told = [*changes, *edits(study, head.record)]
    if not told:
        return [f"{_name(head)}: {planned}"]
    return [
        f"{_name(head)}: {planned}; this run departs from it:",
        *(f"  {text}" for text in told),
        f"  (the page names this; emobench plan {study.file} --amend WHY says why)",
    ]


def edits(study: Study, plan: PlanRecord) -> list[str]:
    """Name the files of models that were changed since the plan was frozen."""
    from emobench.discovery.registry import resolve

    with study.entered():
        entries = {e.name: e.digest for one in study.grids for e, _ in resolve("model", one.models)}
    found = {}
    for row in plan.rows:
        name = row.model.split(":")[0].split(" ")[0]
        now = entries.get(name, row.source)
        if now != row.source:
            found[name] = f"the file of {name} was changed ({row.source[:12]} to {now[:12]})"
    return list(found.values())


def departures(plan: PlanRecord, now: PlanRecord) -> list[str]:
    """Name what a run file says otherwise than the plan, before any corpus is opened."""
    found = []
    for name in ("measure", "alpha", "margin", "regimes", "conditions"):
        first, second = getattr(plan, name), getattr(now, name)
        if first != second:
            found.append(f"{name} {_text(first)} became {_text(second)}")
    before, after = ([*map(_text, one.contrasts)] for one in (plan, now))
    found += [f"contrast {text} is gone" for text in before if text not in after]
    found += [f"contrast {text} is new" for text in after if text not in before]
    found += option_changes(plan, now)
    for name, digest in now.protocols.items():
        known = plan.protocols.get(name)
        if known and known != digest:
            found.append(f"the file of the protocol {name} was changed "
                         f"({known[:12]} to {digest[:12]})")  # fmt: skip
    return found


def _text(value: object) -> str:
    """A value of the plan in words; of a pair of rows both."""
    if isinstance(value, list | tuple):
        return " less ".join(map(str, value)) or "the first"
    return "none" if value is None else str(value)

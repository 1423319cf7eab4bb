"""Roles of conditions in tables that name none: stored before roles existed, or by a protocol
without them. They follow from the row names that were agreed on then, and are read here only.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from emobench.store.records import Condition, GridRecord, Slot

NAMED: Final = {
    "full": "real",
    "honest": "honest",
    "paper_protocol": "paper",
    "honest_split": "honest",
    "corrected": "corrected",
}
"""Row name to role; `reproduce` numbered its rows from the second published result on."""


def with_roles(grid: GridRecord) -> GridRecord:
    """Return `grid` with a role for each condition, unless any condition has one."""
    if any(condition.role for condition in grid.conditions):
        return grid
    names = frozenset(condition.name for condition in grid.conditions)
    flawed = names - {"honest"} if grid.audits and "honest" in names else frozenset()
    roles = {c.name: _role(c, grid, flawed) for c in grid.conditions}
    return grid.model_copy(
        update={
            "conditions": tuple(replace(c, role=roles[c.name]) for c in grid.conditions),
            "rows": tuple(_with_flaw(slot, flawed) for slot in grid.rows),
        }
    )


def _role(condition: Condition, grid: GridRecord, flawed: frozenset[str]) -> str:
    if condition.name in flawed:
        return "flawed"
    if condition.replace is not None:
        return "generated" if condition.replace.by == "generated" else "control"
    if condition.corpus is not None:
        return _transfer_role(condition, grid)
    if condition.name.endswith("=absent"):
        return "absent"
    if condition.present and condition.name == "+".join(condition.present):
        return "subset"
    if condition.rate > 0 and not condition.present and condition.fill == "native":
        return "rate"
    return NAMED.get(re.sub(r"_\d+$", "", condition.name), "")


def _transfer_role(condition: Condition, grid: GridRecord) -> str:
    """Role in a protocol that shows transfer; elsewhere such names have other meanings."""
    if grid.protocol_card.show != "transfer":
        return ""
    return "in_corpus" if condition.classes is not None else "transfer"


def _with_flaw(slot: Slot, flawed: frozenset[str]) -> Slot:
    """Name the flaw of a row's split after its condition, where it was not stored."""
    if slot.split or slot.condition not in flawed:
        return slot
    return slot.model_copy(update={"split": slot.condition})

"""What a protocol says of a regime and its conditions, as a digest and as their names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, asdict, fields
from typing import Any

from emobench.digest import canonical_digest
from emobench.store.records import Condition, Regime, Summary

SUMMARY = "summary:"
"""Precedes a mean over conditions, as in `emobench why`."""
PROSE = ("description", "role")
"""What changes no number."""


def conditions_of(name: str, summaries: Iterable[Summary]) -> tuple[str, ...]:
    """Return the conditions that a place is a mean of; of a condition itself its name.

    Empty for a summary that is not there, or that is no mean.
    """
    if not name.startswith(SUMMARY):
        return (name,)
    wanted = name.removeprefix(SUMMARY)
    found = (s for s in summaries if s.name == wanted and s.reduce == "mean")
    return next((tuple(s.conditions) for s in found), ())


def definition(
    regime: str, names: Iterable[str], regimes: Iterable[Regime], conditions: Iterable[Condition]
) -> str:
    """Return the digest of a regime and of conditions; "" where one of them is not there.

    Fields that have their defaults are left out, so that a later version of emobench with a further
    field gives the same digest.
    """
    there = {one.name: one for one in conditions}
    wanted = [*names]
    how = next((one for one in regimes if one.name == regime), None)
    if how is None or not wanted or any(name not in there for name in wanted):
        return ""
    return canonical_digest([_plain(how), *(_plain(there[name]) for name in wanted)])


def _plain(one: Regime | Condition) -> dict[str, Any]:
    plain = asdict(one)
    return {
        field.name: plain[field.name]
        for field in fields(one)
        if field.name not in PROSE
        and (field.default is MISSING or getattr(one, field.name) != field.default)
    }

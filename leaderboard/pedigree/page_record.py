"""What ``leaderboard.csv`` says of the rows that a number is made of."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from emobench.leaderboard.number_format import plain
from emobench.leaderboard.pedigree.address import WITHOUT_COPIES
from emobench.leaderboard.pedigree.page_number import COSTS, Ingredient
from emobench.leaderboard.statistics import measures

TABLE = "leaderboard.csv"


@dataclass(frozen=True)
class PageRecord:
    """What the rendered table holds of some rows, beside what the store gives now.

    Parameters
    ----------
    file
        The table; None where no page was rendered.
    read
        Values that were compared.
    differences
        A sentence for each that differs or is not there.
    """

    file: Path | None
    read: int = 0
    differences: tuple[str, ...] = ()


def page_record(root: Path, rows: Iterable[Ingredient]) -> PageRecord:
    """Compare the rows of a number with the table of the page, to the six digits that it has."""
    path = root / "leaderboard" / TABLE
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = {_key(line): line for line in csv.DictReader(file)}
    except FileNotFoundError:
        return PageRecord(None)
    read, differences = 0, []
    for one in rows:
        line = lines.get(_key(_names(one)))
        who = f"{one.entry.label}, {one.row.regime}, {one.row.condition}"
        if line is None:
            differences.append(f"it has no row of {who}")
            continue
        for column, now in _values(one).items():
            read += 1
            if line.get(column, "") != now:
                said = line.get(column) or "nothing"
                differences.append(f"{column} of {who}: it says {said}, the store gives {now}")
    return PageRecord(path, read, tuple(differences))


def _names(one: Ingredient) -> dict[str, str]:
    dataset, track, protocol = one.entry.section
    part = "without copies" if one.part == WITHOUT_COPIES else one.part
    return {
        "model": one.entry.model,
        "variant": one.row.variant or one.entry.newest.variant,
        "track": track,
        "dataset": f"{dataset}[{part}]" if part else dataset,
        "protocol": protocol,
        "regime": one.row.regime,
        "condition": one.row.condition,
    }


def _key(line: Mapping[str, str]) -> tuple[str, ...]:
    columns = ("model", "variant", "track", "dataset", "protocol", "regime", "condition")
    return tuple(line.get(column, "") for column in columns)


def _values(one: Ingredient) -> dict[str, str]:
    """Column of the table to what it would say now."""
    if one.measure in COSTS:
        value = getattr(one.row, COSTS[one.measure])
        return {one.measure: str(value) if one.measure == "params" else plain(value)}
    score = one.score
    if score is None:
        return {}
    found = {one.measure: plain(score.values[one.measure]), "n_seeds": str(score.n_seeds)}
    if next(m for m in measures.MEASURES if m.name == one.measure).interval:
        bounds = score.estimate(one.measure)
        found |= {
            f"{one.measure}_low": plain(bounds.low),
            f"{one.measure}_high": plain(bounds.high),
        }
    return found

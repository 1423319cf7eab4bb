"""``emobench power``: what difference stored results would find, and how much more finds less."""

from __future__ import annotations

import math
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from emobench.errors import RequestError
from emobench.leaderboard import power
from emobench.wording import counted

if TYPE_CHECKING:
    from emobench.leaderboard.results.comparisons.prospects import Prospect

UNKNOWN = "–"


def power_command(
    models: str | None,
    difference: float | None,
    results: Path,
    measure: str,
    dataset: str | None = None,
    protocol: str | None = None,
) -> None:
    """Print one table per regime of each setting, a row for each pair of models.

    Raises
    ------
    RequestError
        A name or the measure is unknown, the difference is none, or there is no pair.
    """
    if difference is not None and not 0 < difference < 1:
        raise RequestError(f"--difference is one between 0 and 1, got {difference}.")
    words = [word.strip() for word in (models or "").split(",") if word.strip()]
    found = power(results, [] if words == ["all"] else words, dataset, protocol, measure)
    console = Console()
    settings = groupby(found, key=lambda p: (p.dataset, p.track, p.protocol, p.regime, p.condition))
    for (corpus, track, protocol, regime, condition), group in settings:
        pairs = [*group]
        title = f"{corpus}, {track} track, {protocol}, regime {regime}, condition {condition}"
        console.print(_table(f"{title}\n{_sizes(pairs)}", pairs, difference))
    for text in (_explanation(measure), *_warnings(found), _offer(difference)):
        if text:
            console.print(text, highlight=False)


def _sizes(pairs: list[Prospect]) -> str:
    seeds = sorted({side.n for one in pairs for side in one.found.sides})
    span = f"{seeds[0]} to {seeds[-1]} seeds" if len(seeds) > 1 else counted(seeds[0], "seed")
    return f"{counted(pairs[0].found.n_units, pairs[0].unit)}, {span}"


def _table(title: str, pairs: list[Prospect], difference: float | None) -> Table:
    table = Table(box=None, padding=(0, 1), title=title, title_justify="left")
    table.add_column("models", overflow="fold")
    unit = pairs[0].unit
    heads = ["difference", "error", "found", f"of {unit}s, seeds, both"]
    if difference is not None:
        short = f"{difference:g}".removeprefix("0")
        heads += [f"power at {short}", f"{unit}s needed", "seeds needed"]
    for head in heads:
        table.add_column(head, justify="right", min_width=max(map(len, head.split())))
    for pair in pairs:
        table.add_row(f"{pair.labels[0]} − {pair.labels[1]}", *_cells(pair, difference))
    return table


def _cells(pair: Prospect, difference: float | None) -> list[str]:
    found = pair.found
    if pair.is_same:
        return ["none in any draw"]
    cells = [f"{found.value:+.3f}", _number(found.error()), _number(pair.detectable), _shares(pair)]
    if difference is not None:
        chance = pair.power(difference)
        cells.append(UNKNOWN if math.isnan(chance) else f"{chance:.0%}")
        cells += [_count(pair.units(difference)), _count(pair.seeds(difference))]
    return cells


def _shares(pair: Prospect) -> str:
    """Shares of the variance that come from units, from seeds, and from both together."""
    found = pair.found
    parts = (
        found.units / found.n_units,
        sum(side.seeds / side.n for side in found.sides),
        sum(side.both / side.n for side in found.sides) / found.n_units,
    )
    if found.one_seed or not sum(parts):
        return UNKNOWN
    return ", ".join(f"{100 * part / sum(parts):.0f}" for part in parts) + " %"


def _number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else UNKNOWN


def _count(n: int | None) -> str:
    return UNKNOWN if n is None else f"{n:,}"


def _explanation(measure: str) -> str:
    return (
        f"{measure}. found: the smallest true difference that a comparison of the two finds with "
        "80% power, by a two-sided test at 5%. Then whose the error's variance is: the "
        "units', the seeds', or of both together."
    )


def _warnings(found: list[Prospect]) -> list[str]:
    texts = []
    if any(one.found.one_seed for one in found):
        texts.append(
            "With one seed nobody knows how much another training would change: these numbers are "
            "about these trainings alone. Run at least two seeds, better three."
        )
    if any(one.found.n_units < 2 for one in found):
        texts.append("With one unit nothing is known of another one.")
    if any(one.is_same for one in found):
        texts.append(
            "none in any draw: the two models score alike on every unit under every seed, so these "
            "results cannot say how far apart they could be."
        )
    return texts


def _offer(difference: float | None) -> str:
    if difference is None:
        return "With --difference .02, this says how likely that one is found, and what finds it."
    return (
        "needed: with 80% power, more units at these seeds, or more seeds on these units; "
        f"{UNKNOWN} where no number of them is enough or nothing is known. More units means new "
        "ones of the same kind and size; three seeds tell the spread between trainings only "
        "roughly, so take the numbers as orders of magnitude."
    )

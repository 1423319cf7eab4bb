"""``emobench power``: what difference stored results would find, and how much more finds less."""

from __future__ import annotations

import math
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding

from emobench.errors import RequestError
from emobench.leaderboard import number_format as numbers
from emobench.leaderboard import power
from emobench.terminal.json_text import print_json
from emobench.wording import counted, units_text

if TYPE_CHECKING:
    from emobench.leaderboard.results.comparisons.prospects import Prospect

SEEDS = 10
"""So many seeds of each model are proposed where neither more units nor more seeds are enough."""


def power_command(
    models: str | None,
    difference: float | None,
    results: Path,
    measure: str,
    dataset: str | None = None,
    protocol: str | None = None,
    as_json: bool = False,
) -> None:
    """Say for each pair of models, in each regime of each setting, what would be found.

    Raises
    ------
    RequestError
        A name or the measure is unknown, the difference is none, or there is no pair.
    """
    if difference is not None and not 0 < difference < 1:
        raise RequestError(f"--difference is one between 0 and 1, got {difference}.")
    words = [word.strip() for word in (models or "").split(",") if word.strip()]
    found = power(results, [] if words == ["all"] else words, dataset, protocol, measure)
    if as_json:
        print_json([_plain(one, measure, difference) for one in found])
        return
    console = Console()
    settings = groupby(found, key=lambda p: (p.dataset, p.track, p.protocol, p.regime, p.condition))
    for (corpus, track, protocol, regime, condition), group in settings:
        pairs = [*group]
        title = f"{corpus}, {track} track, {protocol}, regime {regime}, condition {condition}"
        console.print(f"{title}: {_sizes(pairs)}", style="bold", highlight=False)
        if pairs[0].unnamed:
            console.print(pairs[0].unnamed, highlight=False)
        for pair in pairs:
            console.print(f"{pair.labels[0]} − {pair.labels[1]}", highlight=False)
            for line in pair_lines(pair, difference):
                console.print(Padding(line, (0, 0, 0, 4)), highlight=False)
    for text in (_explanation(measure), *_warnings(found), _offer(difference)):
        if text:
            console.print(text, highlight=False)


def _plain(one: Prospect, measure: str, difference: float | None) -> dict[str, Any]:
    """A pair as a program gets it; the keys are documented, and stay."""
    wanted: dict[str, Any] = {}
    if difference is not None:
        wanted = {
            "asked_difference": difference,
            "power": one.power(difference),
            "units_needed": one.units(difference),
            "seeds_needed": one.seeds(difference),
        }
    return {
        "dataset": one.dataset,
        "track": one.track,
        "protocol": one.protocol,
        "regime": one.regime,
        "condition": one.condition,
        "measure": measure,
        "models": list(one.labels),
        "difference": one.found.value,
        "standard_error": one.found.error(),
        "detectable": one.detectable,
        "unit": one.unit,
        "n_units": one.found.n_units,
        "n_seeds": [side.n for side in one.found.sides],
        "same_on_every_unit": one.is_same,
        **wanted,
    }


def _sizes(pairs: list[Prospect]) -> str:
    units = units_text(pairs[0].found.n_units, pairs[0].unit)
    seeds = sorted({side.n for one in pairs for side in one.found.sides if not side.is_fixed})
    if not seeds:
        return units
    span = f"{seeds[0]} to {seeds[-1]} seeds" if len(seeds) > 1 else counted(seeds[0], "seed")
    return f"{units}, {span}"


def pair_lines(pair: Prospect, difference: float | None) -> list[str]:
    """Say in sentences what a comparison of two models finds, and what would find `difference`."""
    found = pair.found
    if pair.is_same:
        return ["no difference in any draw: both score alike on every unit under every seed"]
    value, error = numbers.signed(found.value), numbers.score(found.error())
    if math.isnan(pair.detectable):
        return [f"difference {value}; with one {_word(pair)}, nothing is known of another one"]
    lines = [
        f"difference {value}, standard error {error}; found with 80% power: "
        f"{numbers.score(pair.detectable)} or more"
    ]
    is_trained = not all(side.is_fixed for side in found.sides)
    if is_trained and not found.one_seed and (shares := _shares(pair)):
        lines.append(f"the error's variance: {shares}")
    if difference is not None:
        lines.append(_needs(pair, difference))
    return lines


def _word(pair: Prospect) -> str:
    """One unit; those of a joint corpus have more than one name."""
    return "unit" if " or " in pair.unit else pair.unit


def _shares(pair: Prospect) -> str:
    """Shares of the variance that come from units, from seeds, and from both together."""
    found = pair.found
    parts = {
        f"{_word(pair)}s": found.units / found.n_units,
        "seeds": sum(side.seeds / side.n for side in found.sides),
        "both together": sum(side.both / side.n for side in found.sides) / found.n_units,
    }
    total = sum(parts.values())
    shares = (f"{numbers.percent(part / total)} {name}" for name, part in parts.items())
    return ", ".join(shares) if total else ""


def _needs(pair: Prospect, difference: float) -> str:
    """Say how likely a difference is found, and how many units or seeds find it."""
    found, shown = pair.found, numbers.score(difference)
    chance = numbers.percent(pair.power(difference))
    if difference >= pair.detectable:
        return f"{shown} is found with a probability of {chance}"
    units, seeds = pair.units(difference), pair.seeds(difference)
    if units is not None:
        now = counted(found.n_units, _word(pair))
        more = f"{counted(units, _word(pair))} instead of {now}, with as many seeds"
    else:
        more = f"no number of {_word(pair)}s with as many seeds"
    if all(side.is_fixed for side in found.sides):
        return f"{shown} is found with a probability of {chance}; for 80 %: {more}"
    if found.one_seed:
        others = "and one seed cannot tell how many seeds"
    elif seeds is not None:
        others = (
            f"{'but' if units is None else 'or'} {seeds:,} seeds of each on these {_word(pair)}s"
        )
    else:
        others = f"and no number of seeds on these {_word(pair)}s"
        if units is None and (joint := pair.units(difference, SEEDS)) is not None:
            others += f", but {counted(joint, _word(pair))} with {SEEDS} seeds of each"
    return f"{shown} is found with a probability of {chance}; for 80 %: {more}, {others}"


def _warnings(found: list[Prospect]) -> list[str]:
    if not any(one.found.one_seed for one in found):
        return []
    return [
        "With one seed nobody knows how much another training would change: these numbers are "
        "about these trainings alone. Run at least two seeds, better three."
    ]


def _explanation(measure: str) -> str:
    return (
        f"{measure}. A difference is found if a comparison of the two alone, a two-sided test at "
        "5%, shows one in the right direction: calling the wrong one of the two better does not "
        "count."
    )


def _offer(difference: float | None) -> str:
    if difference is None:
        return "--difference .02 says how likely that one is found, and what would find it."
    return (
        "More units are new ones of the same kind and size. Few seeds tell the spread between "
        "trainings only roughly: take the numbers as orders of magnitude."
    )

"""``emobench compare``: a paired test of two models on the same utterances."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from emobench.cli.findings.edits import say_edits
from emobench.cli.findings.plan_note import plan_content, plan_notes
from emobench.leaderboard import compare, planned
from emobench.leaderboard import number_format as numbers
from emobench.terminal.json_text import print_json

if TYPE_CHECKING:
    from emobench.leaderboard.results.model_pairs import Pair

WIDTH = 160
"""Columns of a line that goes to a file or a pipe."""


def compare_command(
    first: str,
    second: str,
    results: Path,
    measure: str,
    dataset: str | None = None,
    protocol: str | None = None,
    margin: float | None = None,
    as_json: bool = False,
) -> None:
    """Print one row per setting in which both models are done, or all of them as JSON.

    Raises
    ------
    RequestError
        A name or the measure is unknown, the margin is none, or there is no common setting.
    """
    found = compare(results, first, second, measure, dataset, protocol, margin)
    say_edits(results, (first, second), dataset, protocol)
    plan = planned(results)
    if as_json:
        print_json([_plain(pair, measure) | plan_content(plan, pair, measure) for pair in found])
        return
    first, second = found[0].labels
    console = Console()
    if not console.is_terminal:  # a pipe has no width that a verdict must fit into
        console = Console(width=WIDTH)
    settings = groupby(found, key=lambda p: (p.dataset, p.track, p.protocol, p.regime))
    for (corpus, track, protocol, regime), pairs in settings:
        title = f"{corpus}, {track} track, {protocol}, regime {regime}"
        every = [*pairs]
        console.print(_models(first, second), highlight=False, soft_wrap=True)
        console.print(_table(title, every, margin))
        for pair in every:
            if pair.is_main:
                console.print(sentence(pair), highlight=False, soft_wrap=True)
        for line in plan_notes(plan, every, measure):
            console.print(escape(line), highlight=False, soft_wrap=True)
        console.print()
    console.print(
        f"{measure}; the difference is {first} minus {second} over the same utterances, with its "
        "95% interval for new units and trainings; p is two-sided, of Student's t over them, not "
        "corrected for many comparisons.",
        highlight=False,
    )
    if margin is not None:
        console.print(_margin_text(margin), highlight=False)


def _plain(pair: Pair, measure: str) -> dict[str, Any]:
    """A pair as a program gets it; the keys are documented, and stay."""
    test = pair.equivalence
    return {
        "dataset": pair.dataset,
        "track": pair.track,
        "protocol": pair.protocol,
        "regime": pair.regime,
        "condition": pair.condition,
        "measure": measure,
        "models": list(pair.labels),
        "scores": [pair.first.value, pair.second.value],
        "difference": pair.gap.value,
        "low": pair.gap.low,
        "high": pair.gap.high,
        "p": pair.p_value,
        "n_test": pair.n_test,
        "margin": None if test is None else test.margin,
        "p_equivalence": None if test is None else test.p_value,
        "verdict": pair.verdict,
    }


def _table(title: str, pairs: list[Pair], margin: float | None) -> Table:
    table = Table(box=None, padding=(0, 1), title=title, title_justify="left")
    table.add_column("condition", no_wrap=True)
    for head in ("first", "second", "difference", "p"):
        table.add_column(head, justify="right", no_wrap=True)
    if margin is not None:
        table.add_column(f"p ±{_short(margin)}", justify="right", no_wrap=True)
    is_said = margin is not None or any(pair.is_same for pair in pairs)
    if is_said:
        table.add_column("verdict")
    for pair in pairs:
        gap = f"{pair.gap.value:+.3f} [{pair.gap.low:+.3f}, {pair.gap.high:+.3f}]"
        cells = [pair.condition, f"{pair.first.value:.3f}", f"{pair.second.value:.3f}"]
        cells += [escape(gap), pair.p_text]
        if margin is not None:
            cells.append(pair.equivalence.p_text if pair.equivalence else "–")
        table.add_row(*cells, *([pair.verdict] if is_said else []))
    return table


def _models(first: str, second: str) -> str:
    return escape(f"first: {first}; second: {second}")


def sentence(pair: Pair) -> str:
    """Say in one sentence what a pair comes to, with the difference, its interval and p."""
    first, second = pair.labels
    shown = "a difference is shown" if pair.gap.excludes_zero else "no difference shown"
    if pair.is_same:
        shown = "the same on every unit"
    gap = f"{numbers.signed(pair.gap.value)} {numbers.signed_interval(pair.gap)}"
    number = ", ".join(filter(None, (gap, numbers.p_value(pair.p_value))))
    return escape(f"under {pair.condition}: {first} {numbers.MINUS} {second} = {number}: {shown}")


def _margin_text(margin: float) -> str:
    return (
        f"p ±{_short(margin)} is that of two one-sided tests: below .05 it is shown that the "
        f"models differ by less than {_short(margin)} (equivalent). Different: the 95% interval "
        "leaves 0 out. Undecided: neither is shown; more units or seeds might show one of them "
        "(emobench power says how many)."
    )


def _short(value: float) -> str:
    """Print a difference without its leading zero."""
    return f"{value:g}".removeprefix("0")

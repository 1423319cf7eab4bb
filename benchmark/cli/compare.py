"""``emobench compare``: a paired test of two models on the same utterances."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from emobench.leaderboard import compare

if TYPE_CHECKING:
    from emobench.leaderboard.results.model_pairs import Pair


def compare_command(
    first: str,
    second: str,
    results: Path,
    measure: str,
    dataset: str | None = None,
    protocol: str | None = None,
) -> None:
    """Print one row per setting in which both models are done.

    Raises
    ------
    RequestError
        A name or the measure is unknown, or there is no common setting.
    """
    found = compare(results, first, second, measure, dataset, protocol)
    first, second = found[0].labels
    console = Console()
    settings = groupby(found, key=lambda p: (p.dataset, p.track, p.protocol, p.regime))
    for (corpus, track, protocol, regime), pairs in settings:
        console.print(_table(f"{corpus}, {track} track, {protocol}, regime {regime}", [*pairs]))
    console.print(
        f"{measure}; the difference is {first} minus {second} over the same utterances, with its "
        "95% interval\nfor new units and trainings; p is two-sided, of Student's t over them, not "
        "corrected for many comparisons.",
        highlight=False,
    )


def _table(title: str, pairs: list[Pair]) -> Table:
    table = Table(box=None, padding=(0, 2), title=title, title_justify="left")
    table.add_column("condition", no_wrap=True)
    for head in ("first", "second", "difference", "p"):
        table.add_column(head, justify="right", no_wrap=True)
    for pair in pairs:
        gap = f"{pair.gap.value:+.3f} [{pair.gap.low:+.3f}, {pair.gap.high:+.3f}]"
        scores = f"{pair.first.value:.3f}", f"{pair.second.value:.3f}"
        table.add_row(pair.condition, *scores, escape(gap), pair.p_text)
    return table

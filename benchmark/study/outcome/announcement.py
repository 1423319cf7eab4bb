"""What is said at the end of a run: its cells, its page, and why cells were skipped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.terminal.voice import Voice
from emobench.wording import counted

if TYPE_CHECKING:
    from emobench.grid.results.totals import Totals

SHOWN = 12
"""Number of skip reasons that the terminal lists; the page lists all."""


def say_totals(totals: Totals, results: Path, dry_run: bool, voice: Voice) -> None:
    """Print how many cells are done, skipped and failed."""
    if totals.elsewhere:
        voice.say(
            "all trainings of this request are in other shards: nothing was computed, and no page "
            "is made"
        )
        return
    _say_skipped(totals, voice)
    if dry_run:
        return
    skipped, failed = totals.skipped.total(), totals.failed
    are = "is" if totals.done == 1 else "are"
    tell = voice.fault if failed else voice.say
    tell(f"{counted(totals.done, 'cell')} {are} there, {skipped} skipped, {failed} failed")
    if totals.failed:
        voice.fault(
            f"the page lists what failed, `emobench results list {results} --failed` has the "
            "tracebacks; --retry-failed runs it again"
        )


def render(results: Path, doubts: Sequence[str], began: str, voice: Voice) -> Path:
    """Render the page and say where it is.

    `began` is when the run began: the searches since then are summed up.
    """
    from emobench.leaderboard import render_run

    page, searches, outdated = render_run(results, began)
    for line in searches:
        voice.say(line)
    # Repeated: the first warning can be hours and many lines above.
    for line in [*doubts, *outdated]:
        voice.say(line)
    voice.made(page.resolve(), f"The leaderboard is at {page.resolve()}")
    return page


def _say_skipped(totals: Totals, voice: Voice) -> None:
    """Print the reasons for skipped cells, the most frequent first."""
    cells, whose = Counter[str](), defaultdict[str, list[str]](list)
    for (who, reason), count in totals.skipped.items():
        cells[reason] += count
        whose[reason].append(who)
    for reason, count in cells.most_common(SHOWN):
        names = whose[reason]
        who = names[0] if len(names) == 1 else f"{len(names)} models"
        voice.say(f"skipped: {who}: {reason} ({counted(count, 'cell')})")
    if len(cells) > SHOWN:
        rest = sum(count for _, count in cells.most_common()[SHOWN:])
        more = counted(len(cells) - SHOWN, "other reason")
        voice.say(f"skipped for {more}: {counted(rest, 'cell')}; the page of a run lists each")

"""What standardisations change in a transfer, in plain lines for the end of a run."""

from __future__ import annotations

from collections.abc import Iterable

from emobench.leaderboard.tables.families.standardisations import standardisation_lines
from emobench.leaderboard.tables.transfer import TransferView


def transfer_lines(views: Iterable[TransferView], since: str = "") -> list[str]:
    """Return the differences between standardisations of each matrix as lines.

    Parameters
    ----------
    views
        The matrices of the page.
    since
        Only matrices with a row that was written at this time (ISO 8601) or later.
    """
    return [
        line
        for view in views
        if any(one.entry.newest.created >= since for one in view.ranking_gains)
        for line in standardisation_lines(view.ranking_gains, f"{view.protocol}, {view.track}")
    ]

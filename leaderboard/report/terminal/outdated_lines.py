"""Lines that name the rows which a page leaves out, as their corpus has changed since."""

from __future__ import annotations

from pathlib import Path

from emobench.leaderboard.results.corpus_state import outdated_labels
from emobench.leaderboard.results.selections.selection import Selection


def outdated_lines(root: Path, selection: Selection) -> list[str]:
    """Return a sentence for each corpus and protocol with such rows in a results folder.

    Raises
    ------
    RequestError
        Nothing is stored there, or a name of the selection is unknown.
    """
    found = outdated_labels(root, selection.dataset, selection.protocol, selection.models)
    return [
        f"not on the page, for {dataset} has changed since they were run under {protocol} "
        f"({track}): {', '.join(labels)}; run them again"
        for (dataset, track, protocol), labels in found.items()
    ]

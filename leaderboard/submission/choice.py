"""Which rows of a results folder are exported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from emobench.leaderboard.results.corpus_state import by_section, outdated
from emobench.leaderboard.results.entries import ModelEntry, merge
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.selections.selection import Selection, chosen_labels


@dataclass(frozen=True)
class Chosen:
    """The models that are exported, and the sentences on what is left out."""

    results: Results
    entries: tuple[ModelEntry, ...]
    notes: tuple[str, ...]


def choose(root: Path, dataset: str | None, protocol: str | None, models: str | None) -> Chosen:
    """Choose the rows that the page shows, or some of them.

    Parameters
    ----------
    root
        The results folder.
    dataset, protocol
        The only corpus, and the only protocol.
    models
        Names as `Selection` and `chosen_labels` read them; None or ``all``: every model.

    Raises
    ------
    RequestError
        Nothing is stored, or a name is unknown.
    """
    results = Results(root)
    entries, notes = [], []
    for section, found in sorted(by_section(merge(results.grids(dataset, protocol))).items()):
        stale = outdated(results, found)
        entries += [entry for entry in found if entry not in stale]
        notes += [
            f"{entry.label} on {section[0]} is left out: the corpus has changed since it was run"
            for entry in stale
        ]
    words = Selection.of(models=models).models
    if not words:
        return Chosen(results, tuple(entries), tuple(notes))
    kept = chosen_labels(words, entries)
    return Chosen(results, tuple(e for e in entries if e.label in kept), tuple(notes))

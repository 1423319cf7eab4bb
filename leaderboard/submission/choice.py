"""Which rows of a results folder are exported."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from pathlib import Path

from emobench.errors import RequestError, unknown
from emobench.leaderboard.results.corpus_state import by_section, outdated
from emobench.leaderboard.results.entries import ModelEntry, merge
from emobench.leaderboard.results.reader import Results


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
        Names separated by commas, with wildcards; None or ``all``: every model.

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
    words = [word.strip() for word in (models or "all").split(",") if word.strip()]
    if not words:
        raise RequestError("--models names no model.")
    if "all" in words:
        return Chosen(results, tuple(entries), tuple(notes))
    kept: set[str] = set()
    for word in words:
        matching = {e.label for e in entries if _is_meant(word, e)}
        if not matching:
            raise unknown("stored model", word, {e.label for e in entries})
        kept |= matching
    return Chosen(results, tuple(e for e in entries if e.label in kept), tuple(notes))


def _is_meant(word: str, entry: ModelEntry) -> bool:
    """Whether a typed word is a row's own name, its model's, or a pattern of either."""
    if word in (entry.label, entry.model, entry.card.name):
        return True
    names = (entry.label, entry.model)
    # A bracket belongs to a name here; only * and ? stand for others.
    pattern = word.replace("[", "[[]")
    is_pattern = any(sign in word for sign in "*?")
    return is_pattern and any(fnmatch.fnmatchcase(name, pattern) for name in names)

"""Whether a model's file is still the one whose rows are stored."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from emobench.leaderboard.results.entries import ModelEntry, label_of, merge
from emobench.leaderboard.results.reader import Results


def edit_notes(
    root: Path, words: Sequence[str], dataset: str | None = None, protocol: str | None = None
) -> list[str]:
    """Say of each model that is given by its file whether its rows are of an earlier file.

    Parameters
    ----------
    root
        A results folder.
    words
        Names of rows as a user types them; only paths of files that are there are looked at.
    dataset, protocol
        Only this corpus; only this protocol.

    Returns
    -------
    list of str
        A sentence for each file with another digest than that of the trainings of a stored row.

    Raises
    ------
    RequestError
        A name is unknown.
    """
    files = [word for word in words if word.endswith(".py") and Path(word).is_file()]
    if not files:
        return []
    results = Results(root)
    entries = merge(results.grids(dataset, protocol))
    found = []
    for word in files:
        label = label_of(word, entries)
        now = hashlib.sha256(Path(word).read_bytes()).hexdigest()
        sources = {_source(results, e) for e in entries if e.label == label} - {""}
        if earlier := sources - {now}:
            some = "some of these" if earlier < sources else "these"
            found.append(f"{some} rows are of an earlier {Path(word).name}; run it again")
    return found


def _source(results: Results, entry: ModelEntry) -> str:
    """Digest of the model's file: that of any training, since sources are never mixed in a row."""
    names = (slot.training for slot in entry.slots if slot.training)
    return next(filter(None, map(results.model_source, names)), "")

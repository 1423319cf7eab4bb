"""Keeps results on two states of a corpus apart: files that changed make other scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from emobench.leaderboard.results.entries import ModelEntry, merge
from emobench.leaderboard.results.reader import Results

SectionKey = tuple[str, str, str]


def by_section(entries: Iterable[ModelEntry]) -> dict[SectionKey, list[ModelEntry]]:
    """Entries by dataset, track and protocol."""
    found: dict[SectionKey, list[ModelEntry]] = defaultdict(list)
    for entry in entries:
        found[entry.section].append(entry)
    return dict(found)


def outdated(results: Results, entries: Sequence[ModelEntry]) -> list[ModelEntry]:
    """The entries of a section whose corpus is in another state than the newest entry's.

    Ids and labels can be the same while the files differ, so equal test sets do not show it. An
    entry that has no record of its corpus is taken for current: nothing of it was scored.
    """
    states = {e.label: _state(results, e) for e in entries}
    known = [e for e in entries if states[e.label]]
    if not known:
        return []
    newest = states[max(known, key=lambda e: e.newest.created).label]
    return [e for e in known if states[e.label] != newest]


def _state(results: Results, entry: ModelEntry) -> str:
    record = results.corpus(entry.newest.corpus)
    if record is None:
        return ""
    # Records before digests were kept have none; their key then covers what is known of them.
    return record.digest or entry.newest.corpus or ""


def outdated_labels(root: Path) -> Mapping[SectionKey, tuple[str, ...]]:
    """Labels of the outdated entries in a results folder, by section; without scoring anything."""
    results = Results(root)
    sections = by_section(merge(results.grids()))
    found = {key: outdated(results, entries) for key, entries in sections.items()}
    return {key: tuple(e.label for e in stale) for key, stale in found.items() if stale}

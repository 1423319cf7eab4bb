"""Keeps results on two states of a corpus apart: files that changed make other scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from emobench.leaderboard.results.entries import ModelEntry, merge
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.selections.selection import chosen_labels

SectionKey = tuple[str, str, str]


def by_section(entries: Iterable[ModelEntry]) -> dict[SectionKey, list[ModelEntry]]:
    """Entries by dataset, track and protocol."""
    found: dict[SectionKey, list[ModelEntry]] = defaultdict(list)
    for entry in entries:
        found[entry.section].append(entry)
    return dict(found)


def outdated(results: Results, entries: Sequence[ModelEntry]) -> list[ModelEntry]:
    """The entries of a section that saw an earlier state of a corpus than the newest entry did.

    Ids and labels can be the same while the files differ, so equal test sets do not show it. The
    corpora are the section's own and those that its conditions test on. An entry that has no record
    of a corpus is taken for current: nothing of it was scored.
    """
    states = {e.label: _states(results, e) for e in entries}
    newest: dict[str, str] = {}
    for entry in sorted(entries, key=lambda e: e.newest.created):
        newest |= states[entry.label]
    return [e for e in entries if any(newest[c] != s for c, s in states[e.label].items())]


def _states(results: Results, entry: ModelEntry) -> dict[str, str]:
    """Digest of each corpus that an entry was run on; the section's own corpus is ``""``."""
    found = {}
    record = results.corpus(entry.newest.corpus)
    if record is not None:
        # Records before digests were kept have none; their key then covers what is known of them.
        found[""] = record.digest or entry.newest.corpus or ""
    elsewhere = {c.name: c.corpus for c in entry.conditions if c.corpus}
    for slot in entry.slots:
        corpus = elsewhere.get(slot.condition)
        if corpus and slot.cell and corpus not in found:
            found[corpus] = results.tested_corpus(slot)
    return {corpus: digest for corpus, digest in found.items() if digest}


def outdated_labels(
    root: Path,
    dataset: str | None = None,
    protocol: str | None = None,
    models: Sequence[str] = (),
) -> Mapping[SectionKey, tuple[str, ...]]:
    """Labels of the outdated entries in a results folder, by section; without scoring anything.

    With `dataset` or `protocol` only those sections are looked at, with `models` (as
    `chosen_labels` takes them) only those rows.
    """
    results = Results(root)
    entries = merge(results.grids(dataset, protocol))
    chosen = chosen_labels(models, entries)
    found = {
        key: [e for e in outdated(results, group) if not models or e.label in chosen]
        for key, group in by_section(entries).items()
    }
    return {key: tuple(e.label for e in stale) for key, stale in found.items() if stale}

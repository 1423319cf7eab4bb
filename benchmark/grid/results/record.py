"""Writes the records of a run before its first job starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from emobench.corpus.leakage.duplicates import find_duplicates, refuse_duplicates
from emobench.corpus.precedence import precedence
from emobench.corpus.preparation.clip_policy import check_clips
from emobench.corpus.preparation.extract import Prepared
from emobench.corpus.verify import Finding, verify
from emobench.grid.plan.corpora import CorpusPlan
from emobench.grid.plan.plan import ModelGrid, Plan
from emobench.grid.results.corpus_record import write_corpus
from emobench.grid.results.grid_json import GridTable
from emobench.grid.results.grid_table import grid_table
from emobench.grid.results.leakage import LeakageAudits
from emobench.grid.results.transfers import write_transfers
from emobench.grid.results.warnings import (
    copy_warnings,
    corpus_warnings,
    doubt_warnings,
    trained_again,
)
from emobench.grid.screen import Screen
from emobench.store.grid_heads import grid_heads, up_to_date
from emobench.store.index import Index
from emobench.store.store import Store


def write_records(
    plan: Plan,
    parts: list[CorpusPlan],
    prepared: dict[str, Prepared],
    bad_clips: str,
    store: Store,
    index: Index,
    screen: Screen,
    beside: Plan | None = None,
) -> dict[str, str]:
    """Write a record of every corpus, grid and transfer of `plan`, and print warnings.

    `beside` has grids that are written later, as they were written by a run before.

    Returns
    -------
    Label of each corpus to the key of its record.

    Raises
    ------
    DataError
        `bad_clips` is ``fail`` and a clip is unusable, or a split that is drawn here has
        duplicates in both train and test.
    """
    keys = {
        part.label: _write_corpus(part, prepared[part.label], bad_clips, store, screen)
        for part in parts
    }
    write_grids(plan, keys, store, beside)
    write_transfers(store, plan)
    corpora = {part.label: part.corpus for part in parts}
    for line in trained_again(plan, corpora, index):
        screen.say(line)
    return keys


def write_grids(
    plan: Plan,
    keys: Mapping[str, str],
    store: Store,
    beside: Plan | None = None,
    anew: bool = False,
) -> None:
    """Write a record of every grid of `plan`; `keys` are those of its corpora's records.

    Nothing is written where that would change no page: a complete grid of a million cells is then
    left alone. `beside` has the other grids of the same request, written before or after these.
    With `anew` all are dated anew, for the run prints what is new of a search.
    """
    audits = LeakageAudits()

    def named(grids: Iterable[ModelGrid]) -> list[tuple[GridTable, str]]:
        found = [grid_table(grid, keys[grid.corpus.request.label], audits) for grid in grids]
        return [(table, table.key()) for table in found]

    mine = named(plan.grids)
    if not anew:
        asked = mine + named(beside.grids if beside is not None else ())
        if up_to_date(grid_heads(store.root), [(key, one.head(key)) for one, key in asked]):
            return
    for table, key in mine:
        table.write(store, key)


def _write_corpus(
    part: CorpusPlan, target: Prepared, bad_clips: str, store: Store, screen: Screen
) -> str:
    check_clips(target, bad_clips)
    found = [find_duplicates(target, rows) for rows in part.folds]
    if part.policy.grouped or part.corpus.dataset.card.drawn:
        for fold, (rows, twice) in enumerate(zip(part.folds, found, strict=True)):
            refuse_duplicates(target, rows, twice, f"{part.label}, fold {fold}")
    doubts = tuple(f for f in verify(target, part.folds, found) if _is_new(f))
    read = {name for one in part.candidates for names in one.inputs.values() for name in names}
    for line in (
        *corpus_warnings(target),
        *(f"{part.label}: {text}" for text in precedence(target, read)),
        *copy_warnings(part.corpus, found),
        *doubt_warnings(part.corpus, doubts),
    ):
        screen.say(line)
    return write_corpus(store, target, part.policy, found, tuple(f.text for f in doubts))


def _is_new(finding: Finding) -> bool:
    """Whether a finding has to be doubted and no other warning says it."""
    return finding.suspicious and not finding.about_clips

"""Each member of a joint corpus apart, beside the pooled score."""

from __future__ import annotations

from collections import Counter

import numpy as np

from emobench.leaderboard.pedigree.address import address_of
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.scoring import ScoreRow
from emobench.leaderboard.statistics.majority import majority_scores
from emobench.leaderboard.statistics.measures import Measure
from emobench.leaderboard.tables.conditions import by_score
from emobench.leaderboard.tables.score_table import (
    Column,
    ScoreTable,
    TableCell,
    TableRow,
    estimate_cell,
    model_row,
    number_cell,
    with_id,
)
from emobench.store.records import CorpusRecord, Regime

OWN_MAJORITY = "each corpus's own majority"


def member_table(section: Section, regime: Regime, measure: Measure) -> ScoreTable:
    """Score of every model on the whole test and on each member's part of it.

    A column without any true utterance of a class averages over the others (as everywhere). The
    last row answers, for each member, with the commonest class of that member's train part.
    Empty for a corpus that is not joint.
    """
    members, corpus = section.members, section.corpus
    if not members or corpus is None:
        return ScoreTable(measure.title)

    def cells(entry: ModelEntry, row: ScoreRow) -> tuple[TableCell, ...]:
        scores = {"": row.score, **{m: row.members.get(m) for m in members}}
        return tuple(
            with_id(
                estimate_cell(s.estimate(measure.name) if s else None),
                address_of(entry, row.regime, row.condition, measure.name, name),
            )
            for name, s in scores.items()
        )

    tested = {name: sum(_counts(corpus, "test", name).values()) for name in members}
    columns = [Column("pooled", f"all {sum(tested.values())} test utterances", tinted=True)]
    columns += [
        Column(f"{name} (n = {n:,})", f"the {n} test utterances of it", tinted=True)
        for name, n in tested.items()
    ]
    rows = [
        model_row(entry, cells(entry, row))
        for entry in by_score(section, regime)
        if (row := section.row(entry, regime.name, section.headline)) is not None
        and row.status != "skipped"
    ]
    own = [own_majority(corpus, name)[measure.name] for name in members]
    floor = (TableCell(), *(number_cell(value) for value in own))
    rows.append(TableRow(OWN_MAJORITY, "reference", floor))
    return ScoreTable(measure.title, tuple(columns), tuple(rows))


def own_majority(corpus: CorpusRecord, member: str) -> dict[str, float]:
    """Scores of the commonest class of a member's train part on its test part."""
    train, test = (_counts(corpus, split, member) for split in ("train", "test"))
    labels = list(dict.fromkeys((*train, *test)))
    guess = max(train, key=lambda label: train[label], default=labels[0])
    counts = np.array([test[label] for label in labels], dtype=float)
    return majority_scores(counts, labels.index(guess))


def _counts(corpus: CorpusRecord, split: str, member: str) -> Counter[str]:
    """Utterances of a member by class in one split, in the order of the classes."""
    found: Counter[str] = Counter()
    for count in corpus.counts:
        if (count.split, count.corpus) == (split, member):
            found[count.label] += count.n
    return found

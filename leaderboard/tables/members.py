"""Each member of a joint corpus apart, beside the pooled figure."""

from __future__ import annotations

from collections import Counter

from emobench.leaderboard.report import number_format as numbers
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.scoring import Row
from emobench.leaderboard.tables.score_table import (
    MEASURE_TITLES,
    Cell,
    Line,
    ScoreTable,
    by_score,
    estimate_cell,
)
from emobench.store.records import Corpus, Regime

OWN_MAJORITY = "each corpus's own majority"


def member_table(section: Section, regime: Regime, measure: str) -> ScoreTable:
    """Score of every model on the whole test and on each member's part of it.

    A column without any true utterance of a class averages over the others (as everywhere). The
    last line answers, for each member, with the commonest class of that member's train part.
    Empty for a corpus that is not joint.
    """
    members, corpus = section.members, section.corpus
    if not members or corpus is None:
        return ScoreTable(MEASURE_TITLES[measure], (), ())

    def cells(row: Row) -> tuple[Cell, ...]:
        scores = [row.score, *(row.members.get(m) for m in members)]
        return tuple(estimate_cell(s.estimate(measure) if s else None) for s in scores)

    tested = {name: sum(_counts(corpus, "test", name).values()) for name in members}
    heads = [("pooled", f"all {sum(tested.values())} test utterances")]
    heads += [
        (f"{name} (n = {n:,})", f"the {n} test utterances of it") for name, n in tested.items()
    ]
    lines = [
        Line(entry.label, entry.card.kind, cells(row))
        for entry in by_score(section, regime)
        if (row := section.row(entry, regime.name, section.headline)) is not None
        and row.status != "skipped"
    ]
    own = [own_majority(corpus, name, measure) for name in members]
    floor = (Cell(""), *(Cell(numbers.score(value), value=value) for value in own))
    lines.append(Line(OWN_MAJORITY, "reference", floor))
    return ScoreTable(MEASURE_TITLES[measure], tuple(heads), tuple(lines))


def own_majority(corpus: Corpus, member: str, measure: str) -> float:
    """What the commonest class of a member's train part scores on its test part.

    With n of N utterances of that class and K classes in the test part, the accuracy is n / N
    and the macro-F1 2n / (N + n) / K.
    """
    test = _counts(corpus, "test", member)
    train = _counts(corpus, "train", member)
    guess = max(train, key=lambda label: train[label], default="")
    hits, total = test[guess], sum(test.values())
    if measure == "accuracy":
        return hits / total
    return 2 * hits / (total + hits) / sum(n > 0 for n in test.values())


def _counts(corpus: Corpus, split: str, member: str) -> Counter[str]:
    """Utterances of a member by class in one split, in the order of the classes."""
    found: Counter[str] = Counter()
    for count in corpus.counts:
        if (count.split, count.corpus) == (split, member):
            found[count.label] += count.n
    return found

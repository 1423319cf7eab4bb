"""What an audit found, in plain words that are computed from its numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import spearmanr

from emobench.leaderboard.report import number_format as numbers
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.tables.audit import HONEST, AuditLine, ClassLine, ClassTable
from emobench.store.records import Audit

NOTICED = 0.01
"""Twins explain nothing where a flaw adds less than this share of them."""

ALONG = 0.5
"""From this rank correlation on, recall is said to follow."""


ELSEWHERE = " and has another cause"
RANDOM = "random_clips"
MOSTLY = 0.5
"""From this share of the inflation on, rows without a twin are said to have most of it."""


def explanation(section: Section, table: ClassTable) -> str:
    """Say where the largest inflation comes from: twins, the choice of the epoch, or neither."""
    line = table.line
    honest, flawed = section.audits[HONEST], section.audits[line.flaw]
    added = _part(flawed) - _part(honest)
    if added > NOTICED:
        rest = f"{_rest(line)}{_at_random(section, line)}"
        return f"{_of_the_rows(section, flawed, honest)}{_by_class(table.lines)}{rest}."
    sentence = (
        f"{_whole(_part(flawed))} of the test rows have a twin in train, and "
        f"{_whole(_part(honest))} honestly: copies do not explain it"
    )
    if flawed.chosen_on > honest.chosen_on + NOTICED * flawed.tested:
        share = _whole(flawed.chosen_on / max(1, flawed.tested))
        return f"{sentence}. {share} of the test rows stand in dev, where the epoch is chosen."
    condition = next((c for c in section.conditions if c.name == line.flaw), None)
    what = f" What differs is the split: {condition.description}." if condition else ""
    return f"{sentence}.{what}"


def honest_copies(section: Section, line: AuditLine) -> str:
    """Say what the honest split's own twins are worth to a model; "" where it has none."""
    audit = section.audits.get(HONEST)
    row = section.row(line.entry, line.row.regime, HONEST)
    if audit is None or not audit.twins or row is None or row.score is None:
        return ""
    if row.without_copies is None:
        return ""
    whole, rest = (s.values["macro_f1"] for s in (row.score, row.without_copies))
    return (
        f"The honest split has twins as well: {len(audit.twins):,} of {audit.tested:,} test rows "
        f"({_part(audit):.1%}). Without them {line.entry.label} scores {numbers.score(rest)} in "
        f"place of {numbers.score(whole)}."
    )


def _of_the_rows(section: Section, flawed: Audit, honest: Audit) -> str:
    words = section.corpus is not None and section.corpus.modalities == ("text",)
    how = "word for word" if words else "too, as the same utterance or an equal one"
    return (
        f"Of the {flawed.tested:,} test rows {_whole(_part(flawed))} stand in train {how} "
        f"(honestly {_whole(_part(honest))})"
    )


def _by_class(lines: Sequence[ClassLine]) -> str:
    """Say whether the classes with more copies, else with more twins, gain more recall."""
    gains = [line.gain for line in lines]
    for what, values in (
        ("classes that were copied most often gain most", [line.copied for line in lines]),
        ("classes with most twins gain most", [line.shares[1] - line.shares[0] for line in lines]),
    ):
        if len(set(values)) < 2 or len(set(gains)) < 2:
            continue
        along = float(spearmanr(values, gains).statistic)
        if along >= ALONG:
            order = np.argsort(values, kind="stable")
            ends = " and ".join(_named(lines[int(i)]) for i in (order[-1], order[0]))
            return f"; {what} (rank correlation {numbers.score(along)}): {ends}"
    return "; which classes gain does not follow from how many twins they have"


def _named(line: ClassLine) -> str:
    before, after = (numbers.score(r) for r in line.recalls)
    return f"{line.label} ({_whole(line.shares[1])} with a twin) from recall {before} to {after}"


def _rest(line: AuditLine) -> str:
    if line.without_twins is None or line.tested is None or line.twins is None:
        return ""
    rest = line.without_twins.value
    text = f"; on the {line.tested - line.twins:,} rows without a twin the macro-F1 is "
    text += numbers.score(rest)
    if line.honest is None or line.inflation is None:
        return text
    left = (rest - line.honest.value) / line.inflation.value
    if left < MOSTLY:
        return text
    return f"{text}, so most of the inflation is there without any copy{ELSEWHERE}"


def _at_random(section: Section, line: AuditLine) -> str:
    """Where copies do not explain it, what drawing at random alone is worth to the model."""
    rows = [section.row(line.entry, line.row.regime, name) for name in (RANDOM, HONEST)]
    scores = [row.score for row in rows if row and row.is_done and row.score]
    if not _rest(line).endswith(ELSEWHERE) or line.flaw == RANDOM or len(scores) < 2:
        return ""
    gain = scores[0].values["macro_f1"] - scores[1].values["macro_f1"]
    return f" (drawing at random, nobody kept apart, is worth {numbers.signed(gain)} by itself)"


def _part(audit: Audit) -> float:
    return len(audit.twins) / audit.tested if audit.tested else 0.0


def _whole(share: float) -> str:
    return f"{share:.0%}"

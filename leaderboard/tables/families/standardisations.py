"""What other standardisations change, as a table and as lines for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.results.comparisons.standardisations import SOURCE, StandardisationGain
from emobench.leaderboard.statistics.measures import Measure
from emobench.leaderboard.tables.families.cells import contrast_cell
from emobench.leaderboard.tables.score_table import (
    Column,
    Footnotes,
    ScoreTable,
    TableCell,
    blank_cell,
    model_row,
)
from emobench.wording import counted

TITLE: Final = "What standardising by the tested recordings changes"

MEANINGS: Final = {
    "corpus": "The score with mean and scale of all tested recordings less that with the source's: "
    "the same model, paired by units and trainings",
    "speaker": "The score with mean and scale of each speaker less that with the source's: another "
    "training, paired by units",
}
"""Standardisation to the meaning of its column."""

ONE_SEED: Final = (
    "Where a model has one seed, nobody knows how much another training would change: its "
    "differences speak of these trainings alone."
)


def standardisation_table(gains: Sequence[StandardisationGain], measure: Measure) -> ScoreTable:
    """Print every standardisation less that by source: a row per model and pair of corpora."""
    shown = [way for way in MEANINGS if any(one.way == way for one in gains)]
    columns = tuple(
        Column(head(way), f"{MEANINGS[way]}; p after Holm for all of the table") for way in shown
    )
    notes = Footnotes()
    groups: dict[tuple[str, str, str], list[StandardisationGain]] = {}
    for one in gains:
        key = (one.entry.label, one.section.dataset, one.tested)
        groups.setdefault(key, []).append(one)
    rows = []
    for (_, trained, tested), group in groups.items():
        by_way = {one.way: _cell(one, notes) for one in group}
        cells = tuple(by_way.get(way, TableCell()) for way in shown)
        rows.append(model_row(group[0].entry, cells, f"{trained} → {tested}"))
    more = [("", text) for text in _notes(gains)]
    return ScoreTable(
        measure.title, columns, tuple(rows), (*notes.listed(), *more), sortable=False, grouped=True
    )


def head(way: str) -> str:
    """Return the name of a difference: ``by corpus less by source``."""
    return f"by {way} less by {SOURCE}"


def _cell(one: StandardisationGain, notes: Footnotes) -> TableCell:
    if one.planned is not None:
        return contrast_cell(one.planned)
    return replace(blank_cell(), note=one.doubt, mark=notes.mark(one.doubt))


def _notes(gains: Sequence[StandardisationGain]) -> list[str]:
    told = [one for one in gains if one.planned is not None]
    if not told:
        return []
    n = len(told)
    texts = [
        "Trained on → tested on; on its own test all classes of a corpus are scored. Both scores "
        "are of the same test utterances and units, so their difference is paired. Each interval "
        f"is for itself; p is after Holm for {_all(n)}, and colour marks p below .05."
    ]
    if any(one.trained_apart for one in told):
        texts.append(
            "By speaker, the model is trained on features that are standardised in the same way: "
            "this difference holds that of two trainings too."
        )
    if any(one.one_seed for one in told):
        texts.append(ONE_SEED)
    return texts


def _all(n: int) -> str:
    return "the one difference" if n == 1 else f"all {n} differences of the table"


def standardisation_lines(gains: Sequence[StandardisationGain], title: str) -> list[str]:
    """Return the differences as lines for a terminal, those without one with the reason."""
    if not gains:
        return []
    told = sum(one.planned is not None for one in gains)
    told_text = counted(told, "difference")
    lines = [f"{title}: {told_text} between standardisations, macro-F1, paired (p after Holm)"]
    wide = max(len(one.entry.label) for one in gains)
    for one in gains:
        who = f"{one.entry.label:<{wide}}  {one.section.dataset} → {one.tested}, {head(one.way)}"
        lines.append(f"  {who}  {_text(one)}".rstrip())
    if any(one.one_seed and one.planned for one in gains):
        lines.append(f"  {ONE_SEED}")
    return lines


def _text(one: StandardisationGain) -> str:
    if one.planned is None:
        return f"({one.doubt})"
    gap = one.planned.gap
    bounds = numbers.signed_interval(gap)
    return f"{numbers.signed(gap.value)} {bounds} {numbers.p_value(one.planned.p_value)}"

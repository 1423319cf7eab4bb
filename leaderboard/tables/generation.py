"""Scores with one modality generated, beside the real input and a constant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.comparison import difference, final, sign_test
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.scoring import Score, ScoreRow
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.measures import RANKING
from emobench.leaderboard.tables.conditions import by_score
from emobench.leaderboard.tables.score_table import (
    Column,
    Footnotes,
    ScoreTable,
    TableCell,
    TableRow,
    blank_cell,
    difference_cell,
    model_row,
    row_cell,
)
from emobench.store.records import Condition, Regime
from emobench.wording import and_more, counted

P_VALUE = (
    "p: exact sign test on the utterances that one of the two decides rightly more often "
    "(McNemar's, with one seed); no correction for the number of rows"
)
BEST = "the subset of the others with the highest score on this test set, so an optimistic choice"

SCORE_COLUMNS = (
    Column("real", "the modality as it was recorded"),
    Column("generated", "generated from all other modalities that the model reads"),
    Column("best subset", f"generated from {BEST}"),
    Column("train mean", "the average of train at every step"),
    Column("zero", "zeros before standardisation"),
    Column("other's", "the real input of another test utterance"),
    Column("from noise", "what the generator makes of noise in the place of the others"),
    Column("absent", "erased, and the model is told so"),
    Column("real − generated", f"what is lost when the modality is generated. {P_VALUE}"),
    Column("generated − mean", f"whether generating beats a constant. {P_VALUE}"),
    Column(
        "generated − absent", f"whether it beats telling the model that it is missing. {P_VALUE}"
    ),
)
FINDINGS = (
    ("MMD²", "mmd2", "unbiased squared maximum mean discrepancy of generated from real averages "
     "over time, Gaussian kernel as wide as the median distance: 0 where both come from one "
     "distribution"),
    ("C2ST", "told_apart", "classifier two-sample test: accuracy of a linear probe that says which "
     "of both is real, utterances kept together: .5 is chance"),
    ("label, real", "label_real", "macro-F1 of a linear probe for the label, learned from real "
     "averages of train, on the real ones of test"),
    ("label, generated", "label_generated", "the same probe on the generated ones"),
    ("MSE", "mse", "mean squared difference from the utterance's real average"),
    ("MSE of the mean", "mse_mean", "the same of train's average in its place"),
    ("cosine", "cosine", "cosine with the utterance's real average, both centred on train; the "
     "train mean has 0"),
    ("compared", "utterances", "test utterances compared, mean over folds"),
)  # fmt: skip


@dataclass(frozen=True)
class GeneratedModality:
    """One model, one modality and one generator under one regime, with every row about them.

    Parameters
    ----------
    made
        Sources to the row of the input generated from them, from few sources to many.
    """

    entry: ModelEntry
    modality: str
    generator: str
    real: ScoreRow | None
    made: dict[tuple[str, ...], ScoreRow]
    controls: dict[str, ScoreRow | None]

    @property
    def complete(self) -> ScoreRow:
        """The row of the largest subset of the others that the model reads."""
        return self.made[max(self.made, key=len)]

    @property
    def best(self) -> tuple[tuple[str, ...], ScoreRow]:
        """The sources with the highest score, and their row."""
        return max(self.made.items(), key=lambda item: _value(item[1]))

    def over(self, control: str) -> Estimate | None:
        """The score generated from all others less that of a control, paired."""
        return difference(final(self.complete), final(self.controls[control]), RANKING)


def generated_modalities(section: Section, regime: Regime) -> list[GeneratedModality]:
    """Every model, modality and generator that has a row, models by score."""
    found = []
    for entry in by_score(section, regime):
        for modality, generator in _generators(section):
            made = {
                one.replace.sources: row
                for one in section.having("generated")
                if one.replace
                and (one.replace.modality, one.replace.generator) == (modality, generator)
                and (row := section.row(entry, regime.name, one.name))
                and row.score is not None
            }
            if made:
                real = section.row(entry, regime.name, section.headline)
                controls = dict(_controls(section, regime, entry, modality, generator))
                found.append(GeneratedModality(entry, modality, generator, real, made, controls))
    return found


def generated_tables(section: Section, regime: Regime) -> list[ScoreTable]:
    """The scores, and the fidelity of the generated inputs; no table without a row."""
    found = generated_modalities(section, regime)
    if not found:
        return []
    notes = Footnotes()
    scores = tuple(_table_row(one, _score_cells(one, notes)) for one in found)
    likeness = tuple(_table_row(one, _finding_cells(one)) for one in found)
    columns = tuple(Column(head, meaning) for head, _, meaning in FINDINGS)
    return [
        ScoreTable("Macro-F1", SCORE_COLUMNS, scores, notes.listed()),
        ScoreTable("Likeness to the real input", columns, likeness),
    ]


def verdict(section: Section) -> tuple[str, ...]:
    """Say, regime by regime, whether generating beats a constant; empty where nothing was made."""
    said = (_verdict(regime, generated_modalities(section, regime)) for regime in section.regimes)
    return tuple(filter(None, said))


def _verdict(regime: Regime, found: Sequence[GeneratedModality]) -> str:
    """Count the models, modalities and generators for which it does, under one regime."""
    above, below, total = _sides(found, "train_mean")
    if not total:
        return ""
    better = f"yes in {len(above)}" + (f" ({_names(above)})" if above else "")
    worse = f"it is worse in {len(below)}" + (f" ({_names(below)})" if below else "")
    said = (
        f"Does a modality generated from all the others beat the train mean in its place? Under "
        f"the regime {regime.name}, of {counted(total, 'case')} (model, modality and "
        f"generator): {better}; {worse}; the interval of the difference includes 0 in "
        f"{total - len(above) - len(below)}."
    )
    above, below, told = _sides(found, "absent")
    if not told:
        return said
    return (
        f"{said} Against telling the model that the modality is missing it is better in "
        f"{len(above)} and worse in {len(below)} of {told}."
    )


def _sides(
    found: Sequence[GeneratedModality], control: str
) -> tuple[list[GeneratedModality], list[GeneratedModality], int]:
    """Cases above `control`, cases below it, and the number of cases with a difference."""
    gaps = [(one, gap) for one in found if (gap := one.over(control)) is not None]
    above = [one for one, gap in gaps if gap.low > 0]
    return above, [one for one, gap in gaps if gap.high < 0], len(gaps)


def _names(found: Sequence[GeneratedModality]) -> str:
    named = [f"{one.entry.label}, {one.modality} by {_way(one.generator)}" for one in found]
    return and_more(named, 4, "; ")


def _way(generator: str) -> str:
    return {"model": "the model itself", "neighbours": "the nearest neighbour"}.get(
        generator, generator
    )


def _generators(section: Section) -> list[tuple[str, str]]:
    """Modality and generator of every condition in which something is generated."""
    found = [c.replace for c in section.having("generated") if c.replace]
    return list(dict.fromkeys((r.modality, r.generator) for r in found))


def _controls(
    section: Section, regime: Regime, entry: ModelEntry, modality: str, generator: str
) -> Iterator[tuple[str, ScoreRow | None]]:
    for name in ("train_mean", "zero", "other", "noise", "absent"):
        condition = next(
            (c for c in section.conditions if _is_control(c, name, modality, generator, section)),
            None,
        )
        yield name, section.row(entry, regime.name, condition.name) if condition else None


def _is_control(
    condition: Condition, name: str, modality: str, generator: str, section: Section
) -> bool:
    change = condition.replace
    if name == "absent":
        every = section.corpus.modalities if section.corpus else ()
        is_absent = condition.role == "absent"
        return is_absent and set(condition.present or ()) == set(every) - {modality}
    if change is None or (change.modality, change.by) != (modality, name):
        return False
    return change.generator == (generator if name == "noise" else "")


def _table_row(one: GeneratedModality, cells: tuple[TableCell, ...]) -> TableRow:
    return model_row(one.entry, cells, f"{one.modality}, {_way(one.generator)}")


def _score_cells(one: GeneratedModality, notes: Footnotes) -> tuple[TableCell, ...]:
    sources, best = one.best
    complete, mean = final(one.complete), final(one.controls["train_mean"])
    return (
        _cell(one.real, notes),
        _cell(one.complete, notes),
        _with_sources(_cell(best, notes), "+".join(sources)) if len(one.made) > 1 else blank_cell(),
        *(_cell(row, notes) for row in one.controls.values()),
        _gap(final(one.real), complete),
        _gap(complete, mean),
        _gap(complete, final(one.controls["absent"])),
    )


def _finding_cells(one: GeneratedModality) -> tuple[TableCell, ...]:
    found = one.complete.findings
    return tuple(
        TableCell(f"{value:.0f}" if name == "utterances" else numbers.score(value), value=value)
        if (value := found.get(name)) is not None
        else blank_cell()
        for _, name, _ in FINDINGS
    )


def _gap(first: Score | None, second: Score | None) -> TableCell:
    """A difference with its paired interval and the p of the sign test."""
    gap, p = difference(first, second, RANKING), sign_test(first, second)
    if gap is None or p is None:
        return blank_cell()
    text = "p < .001" if p < 0.001 else f"p {numbers.score(p)}"
    return difference_cell(gap, P_VALUE, more=text)


def _cell(row: ScoreRow | None, notes: Footnotes) -> TableCell:
    return blank_cell() if row is None else row_cell(row, RANKING, notes)


def _with_sources(cell: TableCell, sources: str) -> TableCell:
    return replace(cell, interval=f"{sources} {cell.interval}")


def _value(row: ScoreRow) -> float:
    return row.score.values[RANKING] if row.score is not None else float("-inf")

"""What a model scores when one modality is generated, held against the real one and a constant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emobench.leaderboard.report import number_format as numbers
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.comparison import difference, sign_test
from emobench.leaderboard.results.entries import Entry
from emobench.leaderboard.results.scoring import Row, Score
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.tables.score_table import (
    Cell,
    Line,
    Notes,
    ScoreTable,
    by_score,
    estimate_cell,
)
from emobench.store.records import Condition, Regime

MEASURE = "macro_f1"
P_VALUE = (
    "p: exact sign test on the utterances that one of the two decides rightly more often "
    "(McNemar's, with one seed); no correction for the number of rows"
)
BEST = "the subset of the others with the highest score on this test set, so an optimistic choice"

SCORE_HEADS = (
    ("real", "the modality as it was recorded"),
    ("generated", "generated from all other modalities that the model reads"),
    ("best subset", f"generated from {BEST}"),
    ("train mean", "the average of train at every step"),
    ("zero", "zeros before standardisation"),
    ("other's", "the real input of another test utterance"),
    ("from noise", "what the generator makes of noise in the place of the others"),
    ("absent", "erased, and the model is told so"),
    ("real − generated", f"what is lost when the modality is generated. {P_VALUE}"),
    ("generated − mean", f"whether generating beats a constant. {P_VALUE}"),
    ("generated − absent", f"whether it beats telling the model that it is missing. {P_VALUE}"),
)
FINDINGS = (
    ("MMD²", "mmd2", "unbiased squared maximum mean discrepancy of generated from real averages "
     "over time, Gaussian kernel as wide as the median distance: 0 where both come from one "
     "distribution"),
    ("told apart", "told_apart", "accuracy of a linear probe that says which of both is real, "
     "utterances kept together: .5 is chance"),
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
class Trial:
    """One model, one modality and one generator under one regime, with every row about them.

    Parameters
    ----------
    made
        Sources to the row of what was generated from them, from few to many.
    """

    entry: Entry
    modality: str
    generator: str
    real: Row | None
    made: dict[tuple[str, ...], Row]
    controls: dict[str, Row | None]

    @property
    def complete(self) -> Row:
        """The row of the largest subset of the others that the model reads."""
        return self.made[max(self.made, key=len)]

    @property
    def best(self) -> tuple[tuple[str, ...], Row]:
        """The sources with the highest score, and their row."""
        return max(self.made.items(), key=lambda item: _value(item[1]))

    def over(self, control: str) -> Estimate | None:
        """Generated from all others less a control, paired."""
        return difference(_score(self.complete), _score(self.controls[control]), MEASURE)


def trials(section: Section, regime: Regime) -> list[Trial]:
    """Every model, modality and generator that has a row, models by score."""
    found = []
    for entry in by_score(section, regime):
        for modality, generator in _generators(section):
            made = {
                one.replace.sources: row
                for one in section.conditions
                if one.replace
                and (one.replace.modality, one.replace.generator) == (modality, generator)
                and one.replace.by == "generated"
                and (row := section.row(entry, regime.name, one.name))
                and row.score is not None
            }
            if made:
                real = section.row(entry, regime.name, section.headline)
                controls = dict(_controls(section, regime, entry, modality, generator))
                found.append(Trial(entry, modality, generator, real, made, controls))
    return found


def generated_tables(section: Section, regime: Regime) -> list[ScoreTable]:
    """The scores, and how like the real inputs the generated ones are; none without a row."""
    found = trials(section, regime)
    if not found:
        return []
    notes = Notes()
    scores = tuple(_line(one, _score_cells(one, notes)) for one in found)
    likeness = tuple(_line(one, _finding_cells(one)) for one in found)
    heads = tuple((head, meaning) for head, _, meaning in FINDINGS)
    return [
        ScoreTable("Macro-F1", SCORE_HEADS, scores, notes.listed()),
        ScoreTable("Likeness to the real input", heads, likeness),
    ]


def verdict(section: Section) -> tuple[str, ...]:
    """Say, regime by regime, whether generating beats a constant; empty where nothing was made."""
    counted = (_counted(regime, trials(section, regime)) for regime in section.regimes)
    return tuple(sentence for sentence in counted if sentence)


def _counted(regime: Regime, found: Sequence[Trial]) -> str:
    """Over how many models, modalities and generators it does, under one regime."""
    above, below, total = _sides(found, "train_mean")
    if not total:
        return ""
    better = f"yes in {len(above)}" + (f" ({_names(above)})" if above else "")
    worse = f"it is worse in {len(below)}" + (f" ({_names(below)})" if below else "")
    said = (
        f"Does a modality generated from all the others beat the train mean in its place? Under "
        f"the regime {regime.name}, of {numbers.counted(total, 'case')} (model, modality and "
        f"generator): {better}; {worse}; the two cannot be told apart in "
        f"{total - len(above) - len(below)}."
    )
    above, below, told = _sides(found, "absent")
    if not told:
        return said
    return (
        f"{said} Against telling the model that the modality is missing it is better in "
        f"{len(above)} and worse in {len(below)} of {told}."
    )


def _sides(found: Sequence[Trial], control: str) -> tuple[list[Trial], list[Trial], int]:
    """Those whose difference from `control` lies above zero, below it, and how many have one."""
    gaps = [(one, gap) for one in found if (gap := one.over(control)) is not None]
    above = [one for one, gap in gaps if gap.low > 0]
    return above, [one for one, gap in gaps if gap.high < 0], len(gaps)


def _names(found: Sequence[Trial]) -> str:
    named = [f"{one.entry.label}, {one.modality} by {_way(one.generator)}" for one in found[:4]]
    more = len(found) - len(named)
    return "; ".join(named) + (f"; and {more} more" if more else "")


def _way(generator: str) -> str:
    return {"model": "the model itself", "neighbours": "the nearest neighbour"}.get(
        generator, generator
    )


def _generators(section: Section) -> list[tuple[str, str]]:
    """Modality and generator of every condition in which something is generated."""
    found = [c.replace for c in section.conditions if c.replace and c.replace.by == "generated"]
    return list(dict.fromkeys((r.modality, r.generator) for r in found))


def _controls(
    section: Section, regime: Regime, entry: Entry, modality: str, generator: str
) -> Iterator[tuple[str, Row | None]]:
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
        shown = set(condition.present or ())
        return change is None and condition.rate == 0 and shown == set(every) - {modality}
    if change is None or (change.modality, change.by) != (modality, name):
        return False
    return change.generator == (generator if name == "noise" else "")


def _line(one: Trial, cells: tuple[Cell, ...]) -> Line:
    detail = f"{one.modality}, {_way(one.generator)}"
    return Line(one.entry.label, one.entry.card.kind, cells, detail=detail)


def _score_cells(one: Trial, notes: Notes) -> tuple[Cell, ...]:
    sources, best = one.best
    complete, mean = _score(one.complete), _score(one.controls["train_mean"])
    return (
        _cell(one.real, notes),
        _cell(one.complete, notes),
        _named(_cell(best, notes), "+".join(sources)) if len(one.made) > 1 else _blank(),
        *(_cell(row, notes) for row in one.controls.values()),
        _gap(_score(one.real), complete),
        _gap(complete, mean),
        _gap(complete, _score(one.controls["absent"])),
    )


def _finding_cells(one: Trial) -> tuple[Cell, ...]:
    found = one.complete.findings
    return tuple(
        Cell(f"{value:.0f}" if name == "utterances" else numbers.score(value), value=value)
        if (value := found.get(name)) is not None
        else _blank()
        for _, name, _ in FINDINGS
    )


def _gap(first: Score | None, second: Score | None) -> Cell:
    """A difference with its paired interval and the p of the sign test."""
    gap, p = difference(first, second, MEASURE), sign_test(first, second)
    if gap is None or p is None:
        return _blank()
    text = "p < .001" if p < 0.001 else f"p {numbers.score(p)}"
    return Cell(
        numbers.signed(gap.value), f"{numbers.signed_interval(gap)} {text}", gap.value, P_VALUE
    )


def _cell(row: Row | None, notes: Notes) -> Cell:
    if row is None:
        return _blank()
    found = estimate_cell(row.score.estimate(MEASURE) if row.score else None)
    if row.is_done:
        return found
    note = f"{row.status}: {row.reason}"
    return Cell(found.text, found.interval, found.value, note, notes.mark(note))


def _named(cell: Cell, sources: str) -> Cell:
    return Cell(cell.text, f"{sources} {cell.interval}", cell.value, cell.note, cell.mark)


def _blank() -> Cell:
    return Cell(numbers.BLANK)


def _score(row: Row | None) -> Score | None:
    return row.score if row is not None and row.is_done else None


def _value(row: Row) -> float:
    return row.score.values[MEASURE] if row.score is not None else float("-inf")

"""The table of a contest at an equal budget, and what it shows in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from emobench.leaderboard.pedigree.address import OVER, address_of
from emobench.leaderboard.results.board import LATE_FUSION
from emobench.leaderboard.results.comparisons.families import PlannedContrast
from emobench.leaderboard.results.scoring import ScoreRow
from emobench.leaderboard.results.searches.contest import Contender, Contest
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.measures import RANKING
from emobench.leaderboard.tables.families.cells import contrast_cell, rank_cell
from emobench.leaderboard.tables.score_table import (
    Badge,
    Column,
    Footnotes,
    ScoreTable,
    TableCell,
    TableRow,
    blank_cell,
    difference_cell,
    doubt_badges,
    estimate_cell,
    number_cell,
    status_badges,
    with_id,
)
from emobench.wording import and_more, counted

OF_PRESET = (
    "Nothing was chosen here: the dev macro-F1 of the preset's own trainings, mean over folds and "
    "seeds. Without a choice there is no optimism either"
)
NO_SPACE = Badge("nothing to search", "", "The model declares no search space")


def contest_table(contest: Contest) -> ScoreTable:
    """Print every model of a contest: default, tuned, and what the search says about itself."""
    columns = (
        Column("Rank", "Range of places among the models searched at this budget"),
        Column("Default", "Macro-F1 of the model's preset on test"),
        Column("Tuned", "Macro-F1 of the chosen settings on test", strong=True),
        Column("Gain", "Tuned less default, paired; p after Holm for all searched models"),
        Column(
            f"over {LATE_FUSION}, tuned",
            "Tuned less the late fusion that was searched at the same budget, paired; p after Holm",
        ),
        Column("Best on dev", "Dev macro-F1 of the chosen trials, mean over folds"),
        Column(
            "Optimism",
            "Dev macro-F1 of the chosen trial less test macro-F1 of its settings, by fold, mean "
            "over folds and seeds",
        ),
        Column("Trials", "Trials for each training; below, those over all folds without an end"),
        Column("Preset kept", "Folds for which the preset was the best trial"),
    )
    notes = Footnotes()
    rows = tuple(_row(one, notes) for one in contest.rows)
    table = ScoreTable(
        contest.title, columns, rows, (*notes.listed(), ("", verdict(contest))), style="headline"
    )
    return table.without_blank_columns()


def verdict(contest: Contest) -> str:
    """Say what tuning changed, and who is above the tuned late fusion."""
    return " ".join(filter(None, (_gains(contest), _over_fusion(contest), _nothing(contest))))


def answer(contest: Contest) -> str:
    """Say the same in short, without what has nothing to search."""
    return " ".join(filter(None, (_gains(contest), _over_fusion(contest))))


def _gains(contest: Contest) -> str:
    known = [one for one in contest.rows if one.gain is not None and one.search.space]
    if not known:
        return ""
    changed = [one for one in known if one.gain and one.gain.is_shown]
    up = [one.entry.default_label for one in changed if one.gain and one.gain.gap.value > 0]
    down = [one.entry.default_label for one in changed if one.gain and one.gain.gap.value < 0]
    shown = [f"{verb} {_listed(who)}" for verb, who in (("raises", up), ("lowers", down)) if who]
    n = counted(len(known), "searched model")
    if not shown:
        return f"Of {n}, tuning is not shown to change any (p after Holm for all of them)."
    return f"Of {n}, tuning {' and '.join(shown)} (p below .05 after Holm for all of them)."


def _over_fusion(contest: Contest) -> str:
    if not contest.competitors:
        return ""
    if not contest.fusion:
        return "The late fusion was not searched at this budget, so no row is compared with it."
    others = [one for one in contest.competitors if one.over_fusion is not None]
    if not others:
        return ""
    better = [one.entry.default_label for one in others if _is_above(one.over_fusion)]
    if better:
        return f"Shown to be above {contest.fusion}: {_listed(better)}."
    if len(others) == 1:
        return f"{others[0].entry.default_label} is not shown to be above {contest.fusion}."
    return f"None of {len(others)} models is shown to be above {contest.fusion}."


def _nothing(contest: Contest) -> str:
    names = [one.entry.default_label for one in contest.without_space]
    return f"Nothing to search: {_listed(names)}." if names else ""


def _is_above(planned: PlannedContrast | None) -> bool:
    return planned is not None and planned.is_shown and planned.gap.value > 0


def _row(one: Contender, notes: Footnotes) -> TableRow:
    before = one.default.score if one.default else None
    after = one.row.score
    doubt = (one.doubt, notes.mark(one.doubt)) if one.doubt else ()
    default = estimate_cell(before.estimate(RANKING) if before else None)
    if doubt:
        default = replace(default, note=doubt[0], mark=doubt[1])

    def traced(cell: TableCell, relation: str = "", other: str = "") -> TableCell:
        place = (one.row.regime, one.row.condition, RANKING)
        return with_id(cell, address_of(one.entry, *place, relation=relation, other=other))

    if one.default is not None:
        preset = replace(address_of(one.entry, *_place(one.default)), model=one.entry.default_label)
        default = with_id(default, preset)
    cells = (
        rank_cell(one.rank, one.place),
        default,
        traced(estimate_cell(after.estimate(RANKING) if after else None)),
        traced(contrast_cell(one.gain), "gain"),
        traced(contrast_cell(one.over_fusion), OVER, f"{LATE_FUSION} {one.entry.budget}"),
        _dev_cell(one, notes),
        # Without the colours of a gain: more optimism is no better.
        traced(_plain_gap(one.outcome.optimism), "optimism"),
        _trials_cell(one, notes),
        _kept_cell(one),
    )
    badges = (
        *doubt_badges(one.entry),
        *status_badges(one.row),
        *(() if one.search.space else (NO_SPACE,)),
    )
    kind = f"{one.entry.card.kind} {one.place}"
    return TableRow(one.entry.default_label, kind, cells, badges=badges)


def _place(row: ScoreRow) -> tuple[str, str, str]:
    return row.regime, row.condition, RANKING


def _plain_gap(gap: Estimate | None) -> TableCell:
    return replace(difference_cell(gap), kind="")


def _dev_cell(one: Contender, notes: Footnotes) -> TableCell:
    found = one.outcome
    if found.results:
        return number_cell(found.best_on_dev)
    if found.best_on_dev is None:
        return blank_cell()
    note = notes.mark(OF_PRESET)
    return replace(number_cell(found.best_on_dev), note=OF_PRESET, mark=note)


def _trials_cell(one: Contender, notes: Footnotes) -> TableCell:
    found, n = one.outcome, one.search.trials
    if not one.search.space:
        return TableCell("1", value=1)
    every = found.asked
    details = [
        *([f"{found.stopped} of {every} stopped"] if found.stopped else []),
        *([f"{found.failed} of {every} failed"] if found.failed else []),
    ]
    if not found.reasons:
        return TableCell(str(n), value=n, details=tuple(details))
    why = f"Why trials failed: {and_more(found.reasons, 3, '; ')}"
    return TableCell(str(n), "", n, why, notes.mark(why), details=tuple(details))


def _kept_cell(one: Contender) -> TableCell:
    folds = len(one.outcome.results)
    if not folds or not one.search.space:
        return TableCell()
    kept = one.outcome.kept_preset
    return TableCell(f"{kept} of {folds}", value=kept)


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last

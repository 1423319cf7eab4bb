"""The public table ``leaderboard.csv``: its columns are a contract with whoever reads it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from emobench.leaderboard.number_format import plain
from emobench.leaderboard.results.baselines import best_single
from emobench.leaderboard.results.board import Board, Section
from emobench.leaderboard.results.comparison import Rank
from emobench.leaderboard.results.comparisons.standardisations import StandardisationGain
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.scoring import NOTHING_SHOWN, Score, ScoreRow
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.majority import majority_scores
from emobench.leaderboard.statistics.measures import Measure

ROW: Final = (
    *("model", "variant", "track", "dataset", "protocol", "regime", "condition"),
    *("status", "reason", "n_seeds", "n_test"),
)
COST: Final = ("params", "train_seconds", "predict_ms_per_utterance")
SEARCHED: Final = ("tuned", "default_model", "search_best_dev", "optimism")
RANKED: Final = ("rank_first", "rank_last")
STANDARDISED: Final = (
    *("over_source", "over_source_low", "over_source_high"),
    "over_source_p",
)
COMPARED: Final = ("commonest_class_macro_f1", "best_single", "best_single_macro_f1")

WITHOUT_COPIES: Final = "without copies"
ALL_COPIED: Final = "every test utterance stands in train too"


def columns() -> tuple[str, ...]:
    """Return the columns; measures added later come last, so that other columns do not move."""
    first, later = (
        [name for m in measures.MEASURES if m.appended == late for name in _names(m)]
        for late in (False, True)
    )
    return (*ROW, *first, *COST, *COMPARED, *RANKED, *SEARCHED, *STANDARDISED, *later)


def _names(measure: Measure) -> tuple[str, ...]:
    """The columns of one measure."""
    name = measure.name
    return (name, f"{name}_low", f"{name}_high") if measure.interval else (name,)


Places = Mapping[tuple[str, str, str], Rank]
"""Section (its anchor), regime and label to the rank under the main condition."""


def csv_table(
    board: Board, places: Places | None = None, gains: Iterable[StandardisationGain] = ()
) -> str:
    """Return one line per model × variant × track × dataset × protocol × regime × condition.

    The members of a joint corpus have lines of their own, their dataset being ``JOINT[MEMBER]``;
    where test utterances have copies in train, the others have a line of their own too,
    ``NAME[without copies]``. `places` are the ranks of the main tables, `gains` the differences
    between standardisations.
    """
    told = {_gain_key(one): one for one in gains}
    text = io.StringIO()
    writer = csv.DictWriter(text, columns(), restval="", lineterminator="\n")
    writer.writeheader()
    for section in board.sections:
        for entry in section.all_entries:
            for line in _lines(section, entry):
                more = _rank(section, entry, line, places or {})
                writer.writerow(line | more | _over_source(section, entry, line, told))
    return text.getvalue()


def _lines(section: Section, entry: ModelEntry) -> Iterator[dict[str, str]]:
    for row in section.rows[entry.label].values():
        line = {
            "model": entry.model,
            "variant": row.variant or entry.newest.variant,
            "track": section.track,
            "dataset": section.dataset,
            "protocol": section.protocol.name,
            "regime": row.regime,
            "condition": row.condition,
            "status": row.status,
            "reason": " ".join(row.reason.split()),
            "params": "" if row.params is None else str(row.params),
            "train_seconds": plain(row.train_seconds),
            "predict_ms_per_utterance": plain(row.predict_ms),
        }
        if entry.search is not None:
            line |= {"tuned": entry.budget, "default_model": entry.default_model}
        found = _search(section, entry, row) | _reference_scores(section, row)
        yield line | _scores(row.score) | found
        if section.elsewhere(row.condition):
            continue
        for name in section.members:
            score = row.members.get(name)
            apart = line | {"dataset": f"{section.dataset}[{name}]"}
            if row.members and score is None:
                apart |= {"status": "skipped", "reason": NOTHING_SHOWN}
            yield apart | _scores(score)
        if section.has_copies:
            yield line | _without_copies(section, row) | _scores(row.without_copies)


def _search(section: Section, entry: ModelEntry, row: ScoreRow) -> dict[str, str]:
    """Best on dev and optimism of a search, in the row of the main condition alone."""
    outcome = section.outcomes.get(entry.label, {}).get(row.regime)
    if outcome is None or row.condition != section.headline:
        return {}
    return {
        "search_best_dev": plain(outcome.best_on_dev),
        "optimism": plain(outcome.optimism.value if outcome.optimism else None),
    }


def _rank(
    section: Section, entry: ModelEntry, line: Mapping[str, str], places: Places
) -> dict[str, str]:
    """The places that a model can hold, in the line of the main condition on the whole corpus."""
    rank = places.get((section.anchor, line["regime"], entry.label))
    if rank is None or (line["condition"], line["dataset"]) != (section.headline, section.dataset):
        return {}
    return {"rank_first": str(rank.first), "rank_last": str(rank.last)}


GainKey = tuple[str, str, str, str]
"""Section (its anchor), label, regime and condition."""


def _gain_key(one: StandardisationGain) -> GainKey:
    return (one.section.anchor, one.entry.label, one.row.regime, one.row.condition)


def _over_source(
    section: Section,
    entry: ModelEntry,
    line: Mapping[str, str],
    told: Mapping[GainKey, StandardisationGain],
) -> dict[str, str]:
    """Macro-F1 less that of the row by the source's statistics, on the whole corpus."""
    one = told.get((section.anchor, entry.label, line["regime"], line["condition"]))
    if one is None or one.planned is None or line["dataset"] != section.dataset:
        return {}
    gap = one.planned.gap
    values = (gap.value, gap.low, gap.high, one.planned.p_value)
    return dict(zip(STANDARDISED, map(plain, values), strict=True))


def _without_copies(section: Section, row: ScoreRow) -> dict[str, str]:
    """Label of the line over the test utterances without a copy in train."""
    named = {"dataset": f"{section.dataset}[{WITHOUT_COPIES}]"}
    if row.score is not None and row.without_copies is None:
        named |= {"status": "skipped", "reason": ALL_COPIED}
    return named


def _reference_scores(section: Section, row: ScoreRow) -> dict[str, str]:
    """The scores to compare with: the majority class's and the best single modality's."""
    found = {}
    if row.score is not None:
        majority = majority_scores(row.score.confusion.sum(axis=-1))
        found["commonest_class_macro_f1"] = plain(majority["macro_f1"])
    if single := best_single(section, row):
        name, value = single
        found |= {"best_single": name, "best_single_macro_f1": plain(value)}
    return found


def _scores(score: Score | None) -> dict[str, str]:
    if score is None:
        return {"n_seeds": "0"}
    fields = {"n_seeds": str(score.n_seeds), "n_test": str(score.n_test)}
    for measure in measures.MEASURES:
        fields[measure.name] = plain(score.values[measure.name])
        if measure.interval:
            bounds = score.estimate(measure.name)
            fields[f"{measure.name}_low"] = plain(bounds.low)
            fields[f"{measure.name}_high"] = plain(bounds.high)
    return fields

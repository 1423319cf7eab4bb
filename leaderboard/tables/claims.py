"""What authors claim beside what is measured: results, and what each modality contributes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.comparison import contributions
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.scoring import ScoreRow
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.measures import Measure
from emobench.leaderboard.tables.score_table import (
    Column,
    Footnotes,
    ScoreTable,
    TableCell,
    TableRow,
    blank_cell,
    difference_cell,
    estimate_cell,
    model_row,
    number_cell,
)
from emobench.store.records import PublishedSetting, Regime

SHOWN = "claims"
"""What `ProtocolCard.show` says of a protocol that gets this table."""

NO_SHARE = "no share: the losses without each modality do not add up to more than chance"

ROLES = ("paper", "honest", "corrected")
"""The roles of conditions that are compared, in the order of the columns."""


@dataclass(frozen=True)
class Claim:
    """One published result of one model.

    Parameters
    ----------
    estimates
        Role to the score measured here, in the measure of the claim; None without a score.
    notes
        Reasons for missing runs, and differences from the paper.
    """

    model: str
    setting: PublishedSetting
    notes: tuple[str, ...]
    estimates: dict[str, Estimate | None] = field(default_factory=dict)


def claims(section: Section, ran: Collection[str] = ()) -> list[Claim]:
    """Return the published results of the section's models, those on other corpora last.

    `ran`: labels of the corpora of which the page has such a section.
    """
    here: list[Claim] = []
    elsewhere: list[Claim] = []
    for entry in section.entries:
        number = 0
        for setting in entry.card.settings:
            if is_on(setting, entry.newest.dataset):
                here.append(_claim(section, entry, setting, number))
                number += 1
            else:
                elsewhere.append(_not_here(entry, setting, ran))
    return here + elsewhere


def is_on(setting: PublishedSetting, dataset: str) -> bool:
    """Whether a published result was got on the corpus `dataset` (a label, with options)."""
    return setting.corpus in (dataset, dataset.split(":")[0])


def _claim(section: Section, entry: ModelEntry, setting: PublishedSetting, number: int) -> Claim:
    rows = {role: _row(section, entry, role, number) for role in ROLES}
    return Claim(
        entry.label,
        setting,
        tuple(filter(None, _notes(section, entry, setting, rows.values()))),
        {role: _estimate(row, setting.measure) for role, row in rows.items()},
    )


def _row(section: Section, entry: ModelEntry, role: str, number: int) -> ScoreRow | None:
    """The row of the condition of a role that belongs to the model's published result `number`."""
    named = [c.name for c in entry.conditions if c.role == role]
    return section.any_regime(entry, named[number]) if number < len(named) else None


def _notes(
    section: Section,
    entry: ModelEntry,
    setting: PublishedSetting,
    rows: Iterable[ScoreRow | None],
) -> list[str]:
    """Say what was run, what could not be run, and what differs from the paper."""
    reasons = {f"{r.condition} {r.status}: {r.reason}" for r in rows if r and not r.is_done}
    notes = [setting.split_text, *sorted(reasons)]
    here = section.corpus.modalities if section.corpus else ()
    absent = [m for m in setting.modalities if m not in here]
    if absent:
        notes.append(f"the paper has {' and '.join(absent)} too, which this corpus lacks here")
    if options := _unlike(setting, entry.newest.dataset):
        notes.append(f"the paper's setting is {setting.corpus}:{':'.join(options)}")
    if section.track != "published":
        notes.append(f"{section.track} track: not the paper's inputs and sizes")
    return notes


def _unlike(setting: PublishedSetting, dataset: str) -> list[str]:
    """Options of the corpus in the paper's setting that the label `dataset` does not have."""
    wanted = [f"{k}={v}".partition(".") for k, v in setting.options.items()]
    return [o for kind, _, o in wanted if kind == "corpus" and o not in dataset.split(":")[1:]]


def _estimate(row: ScoreRow | None, measure: str) -> Estimate | None:
    if row is None or row.final is None or measure not in row.final.sampled:
        return None
    return row.final.estimate(measure)


def _not_here(entry: ModelEntry, setting: PublishedSetting, ran: Collection[str]) -> Claim:
    why = f"not run on this page: it needs {setting.corpus} (emobench data list says how to get it)"
    if any(is_on(setting, dataset) for dataset in ran):
        why = f"see the section on {setting.corpus}"
    return Claim(entry.label, setting, (why,))


def claims_table(found: Iterable[Claim]) -> ScoreTable:
    """Print each published result beside what was measured."""
    columns = (
        Column("Corpus", format="text"),
        Column("Measure", format="text"),
        Column("Claimed", "As the authors report it"),
        Column("Paper's protocol", "The published variant, on the authors' split"),
        Column("Honest split", "The same variant, on the corpus's honest split"),
        Column("Corrected", "The corrected variant, on the honest split"),
        Column("Remarks", "What was run, and what could not be run", "prose"),
    )
    return ScoreTable("Claims", columns, tuple(map(_table_row, found)), sortable=False)


def _table_row(claim: Claim) -> TableRow:
    setting = claim.setting
    source = (f"Source: {setting.source}.",) if setting.source else ()
    claimed = TableCell("none reported")
    if setting.claimed is not None:
        claimed = number_cell(setting.claimed)
    cells = (
        TableCell(setting.corpus),
        TableCell(measures.title_of(setting.measure)),
        claimed,
        *(estimate_cell(claim.estimates.get(role)) for role in ROLES),
        TableCell("; ".join(claim.notes), details=source),
    )
    return TableRow(claim.model, "", cells)


def contribution_table(section: Section, regime: Regime, measure: Measure) -> ScoreTable:
    """Print each modality's share as the authors claim it, beside what is measured here.

    Only of models whose cards have a claim, and that were tested without each modality.
    """
    notes = Footnotes()
    rows = []
    for entry in section.entries:
        claimed = entry.card.claimed_contributions
        measured = contributions(section, entry, regime.name, measure.name) if claimed else []
        here = [one.modality for one in measured]
        absent = [f"{m} {numbers.percent(claimed[m])}" for m in claimed if m not in here]
        for one in measured:
            claim = number_cell(claimed.get(one.modality), numbers.percent)
            if absent:
                note = f"claimed beside {', '.join(absent)}, which this corpus does not have"
                claim = replace(claim, mark=notes.mark(note))
            cells = (claim, _share_cell(one.share, notes), difference_cell(one.loss))
            rows.append(model_row(entry, cells, one.modality))
    columns = (
        Column("Claimed", "Share of the decisions, as the authors report it"),
        Column("Measured", f"Share of the {measure.title} that is lost without the modality"),
        Column("Lost without it", f"{measure.title} with every modality less that without it"),
    )
    listed = notes.listed()
    return ScoreTable(measure.title, columns, tuple(rows), listed, grouped=True, sortable=False)


def _share_cell(share: Estimate | None, notes: Footnotes) -> TableCell:
    if share is None:
        return replace(blank_cell(), mark=notes.mark(NO_SHARE))
    interval = f"[{numbers.percent(share.low)}, {numbers.percent(share.high)}]"
    return TableCell(numbers.percent(share.value), interval, share.value)

"""Published results: what is claimed, what the paper's protocol gives, and what an honest one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from emobench.leaderboard.report import number_format as numbers
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.entries import Entry
from emobench.leaderboard.results.scoring import Row
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.store.records import PublishedSetting

PAPER, HONEST, CORRECTED = "paper_protocol", "honest_split", "corrected"
MEASURES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "weighted_f1": "weighted F1",
    "uar": "UAR",
}


@dataclass(frozen=True)
class ClaimLine:
    """One published result of one model.

    Parameters
    ----------
    claimed
        As published; None where the authors report no number.
    paper, honest, corrected
        What was measured here under the three settings, in the measure of the claim.
    notes
        What could not be run, and why; what differs from the paper.
    """

    model: str
    setting: PublishedSetting
    claimed: float | None
    paper: Estimate | None
    honest: Estimate | None
    corrected: Estimate | None
    notes: tuple[str, ...]

    @property
    def measure(self) -> str:
        """The measure in words."""
        return MEASURES.get(self.setting.measure, self.setting.measure)


def claim_lines(section: Section, ran: Collection[str] = ()) -> list[ClaimLine]:
    """The published results of the section's models, those on other corpora last.

    `ran`: labels of the corpora of which the page has such a section.
    """
    here: list[ClaimLine] = []
    elsewhere: list[ClaimLine] = []
    for entry in section.entries:
        number = 0
        for setting in entry.card.settings:
            if is_on(setting, entry.newest.dataset):
                here.append(_line(section, entry, setting, "" if number == 0 else f"_{number + 1}"))
                number += 1
            else:
                elsewhere.append(_not_here(entry, setting, ran))
    return here + elsewhere


def is_on(setting: PublishedSetting, dataset: str) -> bool:
    """Whether a published result was got on the corpus `dataset` (a label, with options)."""
    return setting.corpus in (dataset, dataset.split(":")[0])


def _line(section: Section, entry: Entry, setting: PublishedSetting, end: str) -> ClaimLine:
    rows = {name: section.row(entry, "full", name + end) for name in (PAPER, HONEST, CORRECTED)}
    reasons = {
        f"{name} {row.status}: {row.reason}"
        for name, row in rows.items()
        if row and not row.is_done
    }
    notes = [setting.split_text, *sorted(reasons)]
    absent = [m for m in setting.modalities if m not in _modalities(section)]
    if absent:
        notes.append(f"the paper has {' and '.join(absent)} too, which this corpus lacks here")
    if options := _unlike(setting, entry.newest.dataset):
        notes.append(f"the paper's setting is {setting.corpus}:{':'.join(options)}")
    if section.track != "published":
        notes.append(f"{section.track} track: not the paper's inputs and sizes")
    found = {name: _estimate(row, setting.measure) for name, row in rows.items()}
    return ClaimLine(
        entry.label,
        setting,
        setting.claimed,
        found[PAPER],
        found[HONEST],
        found[CORRECTED],
        tuple(filter(None, notes)),
    )


def _unlike(setting: PublishedSetting, dataset: str) -> list[str]:
    """Options of the corpus in the paper's setting that the label `dataset` does not have."""
    wanted = [f"{k}={v}".partition(".") for k, v in setting.options.items()]
    return [o for kind, _, o in wanted if kind == "corpus" and o not in dataset.split(":")[1:]]


def _modalities(section: Section) -> tuple[str, ...]:
    return section.corpus.modalities if section.corpus else ()


def _estimate(row: Row | None, measure: str) -> Estimate | None:
    if row is None or not row.is_done or row.score is None or measure not in row.score.replicates:
        return None
    return row.score.estimate(measure)


def _not_here(entry: Entry, setting: PublishedSetting, ran: Collection[str]) -> ClaimLine:
    why = f"not run on this page: it needs {setting.corpus} (emobench data list says how to get it)"
    if any(is_on(setting, dataset) for dataset in ran):
        why = f"see the section on {setting.corpus}"
    return ClaimLine(entry.label, setting, setting.claimed, None, None, None, (why,))


def claim_rows(lines: list[ClaimLine]) -> list[tuple[str, ...]]:
    """The lines as text: model, corpus, measure, claimed, the three scores, remarks."""
    return [
        (
            line.model,
            line.setting.corpus,
            line.measure,
            "none reported" if line.claimed is None else numbers.score(line.claimed),
            *(_text(value) for value in (line.paper, line.honest, line.corrected)),
            "; ".join(line.notes),
        )
        for line in lines
    ]


def _text(value: Estimate | None) -> str:
    return f"{numbers.score(value.value)} {numbers.interval(value)}" if value else numbers.BLANK

"""What was measured of a model, in words, to stand beside what its authors report."""

from __future__ import annotations

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.scoring import ScoreRow
from emobench.leaderboard.statistics import measures
from emobench.wording import counted


def measured(section: Section, entry: ModelEntry) -> list[str]:
    """Return a line of inline Markdown for each regime; empty where nothing is done.

    Where the main condition is on this corpus, its measures that the papers use stand there with
    their intervals. Whether a claim was about this corpus and this split, its own text says.
    """
    lines = []
    for regime in section.regimes:
        row = section.row(entry, regime.name, section.headline)
        if row is not None and row.score is not None:
            lines.append(f"{section.dataset}, `{section.headline}`, {_line(row)}")
    return lines


def _line(row: ScoreRow) -> str:
    assert row.score is not None
    said = []
    for measure in measures.counting():
        value = row.score.estimate(measure.name)
        said.append(f"{measure.title} {numbers.score(value.value)} {numbers.interval(value)}")
    seeds, n = counted(row.score.n_seeds, "seed"), counted(row.score.n_test, "test utterance")
    state = "" if row.is_done else f" ({row.status})"
    return f"regime `{row.regime}`{state}: {', '.join(said)}; {seeds}, {n}."

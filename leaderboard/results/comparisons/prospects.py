"""What stored results can tell apart, and with how many more units or seeds: `emobench power`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from emobench.errors import RequestError, unknown
from emobench.leaderboard.results.board import MAJORITY, ORACLE, Section, read_board
from emobench.leaderboard.results.comparisons.families import decides_alike, effects_of
from emobench.leaderboard.results.entries import label_of, merge
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import Score
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.components import Components, components_of
from emobench.leaderboard.statistics.power import (
    detectable,
    power_of,
    seeds_needed,
    units_needed,
)
from emobench.wording import unnamed_text


@dataclass(frozen=True)
class Prospect:
    """Two models in one setting: what difference between them would be found.

    Parameters
    ----------
    labels
        The two rows.
    unit
        What is drawn independently, ``utterance`` where the corpus does not say.
    unnamed
        What follows from speakers that are not named, in a sentence; "" where everybody is.
    found
        Their difference with the variances behind it.
    is_same
        Whether no unit under any seed makes a difference between them, so that nothing can be said
        of another sample.
    """

    labels: tuple[str, str]
    dataset: str
    track: str
    protocol: str
    regime: str
    condition: str
    unit: str
    found: Components
    is_same: bool
    unnamed: str = ""

    @property
    def detectable(self) -> float:
        """The smallest difference that is found with 80% power; NaN where nothing is known."""
        return detectable(self.found.error(), self.found.degrees())

    def power(self, difference: float) -> float:
        """Return the probability that a true `difference` is found by these units and seeds."""
        return power_of(difference, self.found.error(), self.found.degrees())

    def units(self, difference: float, n_seeds: int | None = None) -> int | None:
        """Return how many units find `difference` with 80% power; None if no number does.

        With as many seeds as there are, or with `n_seeds` of each model.
        """
        return units_needed(self.found, difference, n_seeds=n_seeds)

    def seeds(self, difference: float) -> int | None:
        """Return how many seeds find `difference` with 80% power; None if no number does."""
        return seeds_needed(self.found, difference)


def prospects(
    root: Path,
    models: Sequence[str] = (),
    dataset: str | None = None,
    protocol: str | None = None,
    measure: str = measures.RANKING,
) -> list[Prospect]:
    """Return every pair of models in every regime, under the main condition.

    Parameters
    ----------
    root
        A results folder.
    models
        Labels or bare names, two or more; empty for all that read an input.
    dataset, protocol
        Only this corpus, only this protocol.
    measure
        A measure of counts.

    Raises
    ------
    RequestError
        A name is unknown, or no two of the models are done on the same utterances.
    """
    known = [m.name for m in measures.counting()]
    if measure not in known:
        raise unknown("measure", measure, known)
    results = Results(root)
    entries = merge(results.grids(dataset, protocol))
    labels = list(dict.fromkeys(label_of(word, entries) for word in models))
    if not models:
        kept = [e for e in entries if e.model not in (MAJORITY, ORACLE)]
        labels = sorted({e.label for e in kept})
    if len(labels) < 2:
        raise RequestError(f"A difference takes two models, got {', '.join(labels) or 'none'}.")
    wanted = {entry.section for entry in entries}
    found = [
        one
        for section in read_board(results, labels, dataset, protocol).sections
        if (section.dataset, section.track, section.protocol.name) in wanted
        for one in _section_prospects(section, labels, measure)
    ]
    if not found:
        raise RequestError(
            f"No two of {', '.join(labels)} are finished on the same test utterances in {root}."
        )
    return found


def _section_prospects(section: Section, labels: Sequence[str], measure: str) -> Iterator[Prospect]:
    condition, corpus = section.headline, section.corpus
    fixed = {entry.label for entry in section.all_entries if entry.card.deterministic}
    for regime in section.regimes:
        scores: dict[str, Score] = {}
        for label in labels:
            entry = section.entry(label)
            row = section.row(entry, regime.name, condition) if entry is not None else None
            if row is not None and row.final is not None:
                scores[label] = row.final
        for pair in combinations(scores, 2):
            first, second = pair
            one, other = scores[first], scores[second]
            if one.test != other.test:
                continue
            effects = [effects_of(score, measure) for score in (one, other)]
            gap = one.values[measure] - other.values[measure]
            yield Prospect(
                pair,
                section.dataset,
                section.track,
                section.protocol.name,
                regime.name,
                condition,
                one.unit or "utterance",
                components_of(gap, effects, one.n_units, [label in fixed for label in pair]),
                decides_alike(one, other, measure),
                unnamed_text(corpus.people, corpus.card.unit) if corpus else "",
            )

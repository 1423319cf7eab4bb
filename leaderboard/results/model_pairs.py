"""The paired test of two models on the same utterances, behind ``emobench compare``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from emobench.errors import RequestError, unknown
from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.comparison import final
from emobench.leaderboard.results.comparisons.families import decides_alike
from emobench.leaderboard.results.comparisons.pooled_rows import pooled_mean, pooled_parts
from emobench.leaderboard.results.corpus_state import outdated_labels
from emobench.leaderboard.results.entries import ModelEntry, label_of, merge
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import Score
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.equivalence import Equivalence, equivalence
from emobench.leaderboard.statistics.variance import difference_of


@dataclass(frozen=True)
class Pair:
    """Two models under one condition, or over the mean of several.

    Parameters
    ----------
    condition
        Its name; that of a mean over conditions follows ``summary:``, as in `emobench why`.
    labels
        The two rows, as the leaderboard calls them.
    first, second
        Their scores, with intervals of their own.
    gap
        First minus second, with the paired interval.
    p_value
        Two-sided, of Student's t: below 0.05 where the interval of `gap` leaves zero out.
    n_test
        Utterances that both were tested on.
    is_same
        Whether no unit under any seed makes a difference between them.
    equivalence
        What the difference says about a margin, if one was asked for.
    is_main
        Whether it is the main condition of the setting.
    """

    labels: tuple[str, str]
    dataset: str
    track: str
    protocol: str
    regime: str
    condition: str
    first: Estimate
    second: Estimate
    gap: Estimate
    p_value: float
    n_test: int
    is_same: bool = False
    equivalence: Equivalence | None = None
    is_main: bool = False

    @property
    def verdict(self) -> str:
        """What was shown, in plain words."""
        if self.is_same:
            return "the same on every unit"
        if self.equivalence is not None:
            return self.equivalence.verdict
        return "different" if self.gap.excludes_zero else "undecided"

    @property
    def p_text(self) -> str:
        """The p-value as printed; of a very small one only a bound."""
        return "< 0.001" if self.p_value < 0.001 else f"{self.p_value:.3f}"


def pairs(
    root: Path,
    first: str,
    second: str,
    measure: str,
    dataset: str | None = None,
    protocol: str | None = None,
    margin: float | None = None,
) -> list[Pair]:
    """Return every setting in which both models are done on the same utterances.

    With a `margin`, each has the test whether the difference is shown to be below it.

    Raises
    ------
    RequestError
        A name is unknown or stands for several rows, the margin is not between 0 and 1, or there is
        no such setting; the message says which settings each model has.
    """
    if margin is not None and not 0 < margin < 1:
        raise RequestError(f"--margin is a difference between 0 and 1, got {margin}.")
    known = [m.name for m in measures.counting()]
    if measure not in known:
        raise unknown("measure", measure, known)
    results = Results(root)
    entries = merge(results.grids(dataset, protocol))
    labels = [label_of(word, entries) for word in (first, second)]
    if labels[0] == labels[1]:
        raise RequestError(f"{first} and {second} are the same row, {labels[0]}.")
    wanted = {entry.section for entry in entries}
    found = [
        pair
        for s in read_board(results, labels, dataset, protocol).sections
        if (s.dataset, s.track, s.protocol.name) in wanted
        for pair in section_pairs(s, labels[0], labels[1], measure, margin)
    ]
    if not found:
        raise RequestError(_nothing_in_common(entries, labels, root))
    return found


Key = tuple[str, str, str]
"""Dataset, track and protocol."""


def _nothing_in_common(entries: list[ModelEntry], labels: list[str], root: Path) -> str:
    """Say in which settings each of two rows is, where no finished one is common to both."""
    keys = [{e.section for e in entries if e.label == label} for label in labels]
    if common := keys[0] & keys[1]:
        left_out = outdated_labels(root)
        if stale := {key for key in common if set(labels) & set(left_out.get(key, ()))}:
            return (
                f"{' and '.join(labels)} were run on two states of {_settings(stale)} in {root}: "
                "the corpus changed in between. Run both again."
            )
        return (
            f"{' and '.join(labels)} are both on {_settings(common)} in {root}, but under no "
            "condition are both finished on the same test utterances."
        )
    each = "; ".join(f"{n} is on {_settings(k)}" for n, k in zip(labels, keys, strict=True))
    return f"{' and '.join(labels)} have no setting in common in {root}: {each}."


def _settings(keys: set[Key]) -> str:
    return " and ".join(f"{d} ({t} track, {p})" for d, t, p in sorted(keys))


def section_pairs(
    section: Section, first: str, second: str, measure: str, margin: float | None
) -> Iterator[Pair]:
    """The pairs of a section: in each regime the means over conditions, then the conditions."""
    one, other = section.entry(first), section.entry(second)
    if one is None or other is None:
        return
    means = [s for s in section.summaries if s.reduce == "mean" and len(s.conditions) > 1]
    for regime in section.regimes:
        rows: list[tuple[str, tuple[Score, ...], tuple[Score, ...]]] = [
            (f"summary:{s.name}", pooled_parts(section, one, regime.name, s),
             pooled_parts(section, other, regime.name, s))
            for s in means
        ]  # fmt: skip
        for condition in section.conditions:
            scores = [final(section.row(e, regime.name, condition.name)) for e in (one, other)]
            parts = [() if score is None else (score,) for score in scores]
            rows.append((condition.name, parts[0], parts[1]))
        for name, left, right in rows:
            pair = _pair(section, (first, second), (regime.name, name), left, right, measure)
            if pair is not None:
                yield pair if margin is None else _with_margin(pair, left, right, measure, margin)


def _pair(
    section: Section,
    labels: tuple[str, str],
    place: tuple[str, str],
    left: tuple[Score, ...],
    right: tuple[Score, ...],
    measure: str,
) -> Pair | None:
    """Two models by the scores of the conditions that are averaged; None if they share none."""
    if not left or not right or left[0].test != right[0].test:
        return None
    means = pooled_mean(left, measure), pooled_mean(right, measure)
    told = difference_of(*means)
    return Pair(
        labels,
        section.dataset,
        section.track,
        section.protocol.name,
        *place,
        means[0].interval(0.0, 1.0),
        means[1].interval(0.0, 1.0),
        told.interval(-1.0, 1.0),
        told.p_value,
        left[0].n_test,
        all(decides_alike(a, b, measure) for a, b in zip(left, right, strict=True)),
        is_main=place[1] == section.headline,
    )


def _with_margin(
    pair: Pair,
    left: tuple[Score, ...],
    right: tuple[Score, ...],
    measure: str,
    margin: float,
) -> Pair:
    told = difference_of(pooled_mean(left, measure), pooled_mean(right, measure))
    test = equivalence(told.value, told.error, told.freedom, margin, pair.gap.excludes_zero)
    return replace(pair, equivalence=test)

"""Trained on one corpus, tested on another: one matrix per model over several sections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.pedigree.address import Address, address_of
from emobench.leaderboard.results.board import MAJORITY, ORACLE, Section
from emobench.leaderboard.results.comparison import contrast, final
from emobench.leaderboard.results.comparisons.standardisations import (
    StandardisationGain,
    own_row,
    standardisation_gains,
    transfer_row,
    ways,
)
from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.scoring import Score, ScoreRow
from emobench.leaderboard.statistics import measures
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.statistics.majority import majority_scores
from emobench.leaderboard.statistics.measures import RANKING, Measure
from emobench.leaderboard.tables.families.standardisations import TITLE, standardisation_table
from emobench.leaderboard.tables.score_table import Column, ScoreTable, TableCell, TableRow
from emobench.leaderboard.tables.shared_corpora import copied, shared_table
from emobench.store.records import TransferRecord
from emobench.wording import counted

SHOWN: Final = "transfer"
"""What `ProtocolCard.show` says of a protocol that gets these matrices."""

WORDS: Final = {
    "source": "",
    "corpus": ", test standardised by corpus",
    "speaker": ", standardised by speaker",
}
"""How features were standardised, to its words in a row's name."""

TRANSDUCTIVE: Final = (
    "Standardised by corpus or by speaker, test features have mean 0 and deviation 1 over all "
    "tested recordings, or over those of each speaker. No label is used, but a decision depends on "
    "the other test recordings (transductive): such a score is not that of one unknown recording. "
    "By speaker, training is standardised in the same way, each part by itself."
)
"""What the rows of other standardisations mean."""


@dataclass(frozen=True)
class TransferScore:
    """One training tested on one corpus.

    Parameters
    ----------
    estimate
        The score; None where there is none, then `note` says why.
    own
        Whether the corpus is the one that was trained on: all its classes are scored.
    in_corpus
        The score of a training on the tested corpus itself, on the same classes.
    loss
        The score less `in_corpus`.
    majority
        The score of always answering the commonest class of these test utterances.
    classes, tested
        Number of classes and of test utterances.
    address
        Of the score, for ``emobench why``.
    """

    estimate: Estimate | None = None
    own: bool = False
    in_corpus: float | None = None
    loss: Estimate | None = None
    majority: float | None = None
    classes: int = 0
    tested: int = 0
    note: str = ""
    address: Address | None = None


@dataclass(frozen=True)
class TransferMatrix:
    """One model's scores: a column per tested corpus.

    It has a row per corpus that was trained on and way in which features were standardised.
    """

    model: str
    kind: str
    measure: Measure
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[TransferScore, ...]], ...]


@dataclass(frozen=True)
class TransferView:
    """All sections of one protocol and track, which form one matrix.

    Parameters
    ----------
    sections
        One per corpus that was trained on.
    matrices
        Per model one matrix for each measure.
    transfers
        The facts that each pair of corpora shares.
    gains
        What other standardisations are worth over the source's, for each measure, the ranking one
        first; empty where features were standardised in one way.
    """

    track: str
    sections: tuple[Section, ...]
    matrices: tuple[tuple[TransferMatrix, ...], ...]
    transfers: tuple[TransferRecord, ...]
    gains: tuple[tuple[Measure, tuple[StandardisationGain, ...]], ...] = ()

    @property
    def protocol(self) -> str:
        """The protocol's name."""
        return self.sections[0].protocol.name

    @property
    def question(self) -> str:
        """What the protocol asks."""
        return self.sections[0].protocol.question

    @property
    def note(self) -> str:
        """What the rows of other standardisations mean; "" where there are none."""
        return TRANSDUCTIVE if any(len(ways(s)) > 1 for s in self.sections) else ""

    @property
    def anchor(self) -> str:
        """Unique name of this part of the page."""
        return f"matrix-{self.track.replace('+', '-').replace('=', '-')}-{self.protocol}"

    @property
    def ranking_gains(self) -> tuple[StandardisationGain, ...]:
        """The differences between standardisations in the measure that ranks."""
        return next((found for m, found in self.gains if m.name == RANKING), ())

    @property
    def tables(self) -> tuple[tuple[str, tuple[ScoreTable, ...]], ...]:
        """Model to its matrices, and then a title to the differences, ready to be printed."""
        found = [(ms[0].model, tuple(map(transfer_table, ms))) for ms in self.matrices]
        if self.gains:
            found.append((TITLE, tuple(standardisation_table(g, m) for m, g in self.gains)))
        return tuple(found)

    @property
    def caution(self) -> str:
        """What the corpora have in common, in a sentence; "" where they have nothing."""
        return copied(self.transfers)

    @property
    def shared(self) -> ScoreTable:
        """What each pair of corpora shares, ready to be printed."""
        return shared_table(self.transfers)


def transfer_views(
    sections: Iterable[Section], stored: Mapping[tuple[str, str, str], TransferRecord]
) -> list[TransferView]:
    """Build the matrices of every protocol that asks for one and has a second corpus.

    `stored`: by (trained on, split, tested on).
    """
    groups: dict[tuple[str, str], list[Section]] = defaultdict(list)
    for section in sections:
        if section.protocol.show == SHOWN:
            groups[section.track, section.protocol.name].append(section)
    found = []
    for (track, _), group in sorted(groups.items()):
        columns = _columns(group)
        models = list(dict.fromkeys(e.label for s in group for e in s.entries))
        matrices = [_matrices(group, model, columns) for model in models]
        # Several conditions test on one corpus where features are standardised in several ways.
        keys = dict.fromkeys(
            (s.corpus_label, s.split, c.corpus) for s in group for c in s.conditions if c.corpus
        )
        pairs = [stored[key] for key in keys if key in stored]
        if kept := [m for m in matrices if _has_transfer(m[0])]:
            kept.sort(key=lambda m: (m[0].kind == "reference", -_mean(m[0]), m[0].model))
            gains = tuple(
                (m, differences)
                for m in measures.switch(lambda m: m.by_corpus)
                if (differences := standardisation_gains(group, columns, m.name))
            )
            found.append(TransferView(track, tuple(group), tuple(kept), tuple(pairs), gains))
    return found


def transfer_table(matrix: TransferMatrix) -> ScoreTable:
    """Print a matrix."""
    columns = tuple(Column(f"tested on {name}", tinted=True) for name in matrix.columns)
    rows = tuple(
        TableRow(name, "", tuple(map(_table_cell, scores))) for name, scores in matrix.rows
    )
    return ScoreTable(
        matrix.measure.title, columns, rows, stub="trained on", style="transfer", sortable=False
    )


def _table_cell(score: TransferScore) -> TableCell:
    if score.estimate is None:
        return TableCell(details=(score.note,) if score.note else ())
    beside = [
        f"{name} {numbers.score(value)}"
        for name, value in (("in-corpus", score.in_corpus), ("majority", score.majority))
        if value is not None
    ]
    if score.own:
        beside = ["own test, " + counted(score.classes, "class", "classes")]
    note = (
        f"{counted(score.tested, 'test utterance')}, {counted(score.classes, 'class', 'classes')}"
    )
    if score.loss:
        gap = f"{numbers.signed(score.loss.value)} {numbers.signed_interval(score.loss)}"
        note += f"; less in-corpus {gap}"
    return TableCell(
        numbers.score(score.estimate.value),
        numbers.interval(score.estimate),
        score.estimate.value,
        note,
        details=tuple(filter(None, (", ".join(beside), score.note))),
        kind="own" if score.own else "",
        bounds=(score.estimate.low, score.estimate.high),
        why=score.address.short if score.address else "",
    )


def _columns(group: list[Section]) -> tuple[str, ...]:
    """Every corpus that tests models of other corpora, trained corpora first."""
    elsewhere = dict.fromkeys(c.corpus for s in group for c in s.having("transfer") if c.corpus)
    trained = [s.corpus_label for s in group if s.corpus_label in elsewhere]
    return tuple(dict.fromkeys((*trained, *elsewhere)))


def _matrices(
    group: list[Section], model: str, columns: tuple[str, ...]
) -> tuple[TransferMatrix, ...]:
    entries = [(s, e) for s in group if (e := s.entry(model)) is not None]
    by_label = {s.corpus_label: (s, e) for s, e in entries}

    def matrix(measure: Measure) -> TransferMatrix:
        rows = tuple(
            (
                f"{section.dataset}{WORDS[way]}",
                tuple(
                    _score(section, entry, name, by_label.get(name), measure.name, way)
                    for name in columns
                ),
            )
            for section, entry in entries
            for way in (ways(section) if model not in (MAJORITY, ORACLE) else ("source",))
        )
        return TransferMatrix(model, entries[0][1].card.kind, measure, columns, rows)

    return tuple(map(matrix, measures.switch(lambda m: m.by_corpus)))


def _score(
    section: Section,
    entry: ModelEntry,
    name: str,
    there: tuple[Section, ModelEntry] | None,
    measure: str,
    way: str,
) -> TransferScore:
    """Score a model of `section` on the corpus `name`; the section `there` was trained on it.

    `way` says how features were standardised.
    """
    own = name == section.corpus_label
    row = (
        own_row(section, entry, section.headline, way)
        if own
        else transfer_row(section, entry, name, way)
    )
    if row is None:
        if own and way == "corpus":
            return TransferScore(own=True, note="as above: its own statistics are the source's")
        member = name in section.members
        return TransferScore(note="it was trained on too" if member else "not asked for")
    if row.score is None:
        return TransferScore(own=own, note=f"{row.status}: {row.reason}")
    home = in_corpus_row(*there, section.corpus_label, way) if there and not own else None
    base = home.score if home else None
    counts = row.score.confusion.sum(axis=-1)
    occurring = counts if counts.ndim == 1 else counts[:, 1]
    return TransferScore(
        estimate=row.score.estimate(measure),
        own=own,
        in_corpus=base.values[measure] if base else None,
        loss=contrast(row.score, base, measure),
        majority=majority_scores(counts)[measure],
        classes=int((occurring > 0).sum()),
        tested=row.score.n_test,
        note="" if row.is_done else f"{row.status}: {row.reason}",
        address=address_of(entry, row.regime, row.condition, measure),
    )


def home_and_away(
    sections: Iterable[Section], section: Section, entry: ModelEntry, name: str
) -> tuple[Score | None, Score | None]:
    """Return a model's complete score on another corpus, and that of a training on that corpus.

    Both are on the classes in common, and None where they are missing or the corpus is its own.
    """
    there = next((s for s in sections if s.corpus_label == name), None)
    other = there.entry(entry.label) if there is not None else None
    if there is None or other is None or name == section.corpus_label:
        return None, None
    away = transfer_row(section, entry, name, "source")
    home = in_corpus_row(there, other, section.corpus_label, "source")
    return final(away), final(home)


def in_corpus_row(section: Section, entry: ModelEntry, other: str, way: str) -> ScoreRow | None:
    """The row of a model on its own test, on the classes in common with another corpus.

    What is standardised by the tested corpus is held against a model of that corpus's statistics.
    """
    names = (c.name for c in section.having("in_corpus") if c.classes == other)
    trained = "source" if way == "corpus" else way
    return next((row for n in names if (row := own_row(section, entry, n, trained))), None)


def _has_transfer(matrix: TransferMatrix) -> bool:
    scores = (score for _, row in matrix.rows for score in row)
    return any(not score.own and (score.estimate or score.note) for score in scores)


def _mean(matrix: TransferMatrix) -> float:
    """Mean score on other corpora, by which models are ordered."""
    assert matrix.measure.name == RANKING
    found = [
        score.estimate.value
        for _, row in matrix.rows
        for score in row
        if score.estimate and not score.own
    ]
    return float(np.mean(found)) if found else -1.0

"""Who was trained where and tested where: one matrix per model over the sections of a protocol."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from emobench.leaderboard.report import number_format as numbers
from emobench.leaderboard.results.board import Section
from emobench.leaderboard.results.comparison import contrast
from emobench.leaderboard.results.entries import Entry
from emobench.leaderboard.results.scoring import Row
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.store.records import Transfer

SHOWN: Final = "transfer"
MEASURES: Final = {"macro_f1": "Macro-F1", "uar": "UAR"}


@dataclass(frozen=True)
class TransferCell:
    """One training tested on one corpus.

    Parameters
    ----------
    estimate
        The score; None where there is none, then `note` says why.
    own
        Whether the corpus is the one that was trained on: all its classes are scored.
    in_corpus
        What a training on the tested corpus scores there, on the same classes.
    loss
        The score less that.
    majority
        What always answering the commonest class of these test utterances scores.
    classes, tested
        Number of classes and of test utterances.
    """

    estimate: Estimate | None = None
    own: bool = False
    in_corpus: float | None = None
    loss: Estimate | None = None
    majority: float | None = None
    classes: int = 0
    tested: int = 0
    note: str = ""

    @property
    def beside(self) -> str:
        """The figures that the score is held against."""
        parts = []
        if self.in_corpus is not None:
            parts.append(f"in-corpus {numbers.score(self.in_corpus)}")
        if self.majority is not None:
            parts.append(f"majority {numbers.score(self.majority)}")
        return ", ".join(parts)


@dataclass(frozen=True)
class TransferMatrix:
    """One model's scores: a line per corpus that it was trained on, a column per tested one."""

    model: str
    kind: str
    measure: str
    columns: tuple[str, ...]
    lines: tuple[tuple[str, tuple[TransferCell, ...]], ...]

    @property
    def title(self) -> str:
        """Name of the measure."""
        return MEASURES[self.measure]


@dataclass(frozen=True)
class TransferView:
    """All sections of one protocol and track that are one matrix.

    Parameters
    ----------
    sections
        One per corpus that was trained on.
    matrices
        Per model one matrix for each measure.
    transfers
        What each pair of corpora shares.
    """

    track: str
    sections: tuple[Section, ...]
    matrices: tuple[tuple[TransferMatrix, ...], ...]
    transfers: tuple[Transfer, ...]

    @property
    def protocol(self) -> str:
        """The protocol's name."""
        return self.sections[0].protocol.name

    @property
    def question(self) -> str:
        """What the protocol asks."""
        return self.sections[0].protocol.question

    @property
    def anchor(self) -> str:
        """Unique name of this part of the page."""
        return f"matrix-{self.track.replace('+', '-').replace('=', '-')}-{self.protocol}"


def transfer_views(
    sections: Iterable[Section], stored: Mapping[tuple[str, str, str], Transfer]
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
        pairs = [
            stored[key]
            for s in group
            for c in s.conditions
            if c.corpus and (key := (_label(s), s.split, c.corpus)) in stored
        ]
        if kept := [m for m in matrices if _has_transfer(m[0])]:
            kept.sort(key=lambda m: (m[0].kind == "reference", -_mean(m[0]), m[0].model))
            found.append(TransferView(track, tuple(group), tuple(kept), tuple(pairs)))
    return found


def _label(section: Section) -> str:
    """The corpus as conditions name it, without the split policy."""
    return section.corpus.dataset if section.corpus else section.dataset


def _columns(group: list[Section]) -> tuple[str, ...]:
    """Every corpus that is tested from elsewhere, those that were trained on first."""
    elsewhere = dict.fromkeys(
        c.corpus for s in group for c in s.conditions if c.corpus and c.corpus != _label(s)
    )
    trained = [_label(s) for s in group if _label(s) in elsewhere]
    return tuple(dict.fromkeys((*trained, *elsewhere)))


def _matrices(
    group: list[Section], model: str, columns: tuple[str, ...]
) -> tuple[TransferMatrix, ...]:
    entries = [(s, e) for s in group if (e := s.entry(model)) is not None]
    by_label = {_label(s): (s, e) for s, e in entries}

    def matrix(measure: str) -> TransferMatrix:
        lines = tuple(
            (
                section.dataset,
                tuple(_cell(section, entry, name, by_label.get(name), measure) for name in columns),
            )
            for section, entry in entries
        )
        return TransferMatrix(model, entries[0][1].card.kind, measure, columns, lines)

    return tuple(matrix(measure) for measure in MEASURES)


def _cell(
    section: Section, entry: Entry, name: str, there: tuple[Section, Entry] | None, measure: str
) -> TransferCell:
    own = name == _label(section)
    row = _row(section, entry, section.headline if own else name)
    if row is None:
        member = name in section.members
        return TransferCell(note="it was trained on too" if member else "not asked for")
    if row.score is None:
        return TransferCell(own=own, note=f"{row.status}: {row.reason}")
    home = _row(*there, f"in_corpus[{_label(section)}]") if there and not own else None
    base = home.score if home else None
    counts = row.score.confusion.sum(axis=1)
    return TransferCell(
        estimate=row.score.estimate(measure),
        own=own,
        in_corpus=base.values[measure] if base else None,
        loss=contrast(row.score, base, measure),
        majority=majority(counts, measure),
        classes=int((counts > 0).sum()),
        tested=row.score.n_test,
        note="" if row.is_done else f"{row.status}: {row.reason}",
    )


def _row(section: Section, entry: Entry, condition: str) -> Row | None:
    rows = section.rows[entry.label]
    return next((row for (_, c), row in rows.items() if c == condition), None)


def majority(counts: np.ndarray, measure: str) -> float:
    """What always answering the commonest class scores, from test utterances per class ``[C]``.

    With n of N utterances of that class and K classes that occur, the macro-F1 is 2n / (N + n) / K
    and the mean recall 1 / K.
    """
    occurring, most, total = int((counts > 0).sum()), float(counts.max()), float(counts.sum())
    return 1 / occurring if measure == "uar" else 2 * most / (total + most) / occurring


def _has_transfer(matrix: TransferMatrix) -> bool:
    return any(not c.own and (c.estimate or c.note) for _, cells in matrix.lines for c in cells)


def _mean(matrix: TransferMatrix) -> float:
    """Mean score away from home, by which models are ordered."""
    found = [
        c.estimate.value for _, cells in matrix.lines for c in cells if c.estimate and not c.own
    ]
    return float(np.mean(found)) if found else -1.0

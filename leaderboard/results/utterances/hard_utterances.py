"""Test utterances that every model gets wrong, and how many would be by chance."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emobench.leaderboard.results.stored_rows import class_names
from emobench.leaderboard.results.utterances.answers import Answers
from emobench.wording import EVERYBODY

SHOWN: Final = 20
"""So many are listed at least, hardest first, though some training may get them right."""

DIGITS: Final = 10


@dataclass(frozen=True)
class HardUtterance:
    """An utterance and what the trainings made of it.

    Parameters
    ----------
    name
        Its id, or `stand_in` of it.
    member
        The member of a joint corpus that it is of, or "".
    truth, said
        The true class and the answer that most trainings gave; several classes are joined.
    said_by, missed, trainings
        How many trainings gave that answer, how many were wrong, and how many there are.
    chance
        Mean probability of the true class over models.
    """

    name: str
    member: str
    truth: str
    said: str
    said_by: int
    missed: int
    trainings: int
    chance: float


@dataclass(frozen=True)
class HardClass:
    """The utterances of one class.

    Parameters
    ----------
    n, missed, found
        Test utterances, those that no training gets right, and those that every one does.
    expected
        How many all would miss if models erred independently of each other within the class.
    """

    name: str
    n: int
    missed: int
    found: int
    expected: float


@dataclass(frozen=True)
class Hardest:
    """The utterances that are missed by all, of some models on the same test utterances.

    Parameters
    ----------
    models
        Their labels.
    trainings, n
        Trainings and test utterances.
    missed, found
        Utterances that no training gets right, and that every one does.
    expected
        How many all would miss if models erred independently of each other.
    classes
        The same class by class, as some classes are harder for every model; empty where several
        classes can hold.
    rows
        The hardest first: all that are missed by all, at least `SHOWN`.
    """

    models: tuple[str, ...]
    trainings: int
    n: int
    missed: int
    found: int
    expected: float
    classes: tuple[HardClass, ...]
    rows: tuple[HardUtterance, ...]

    @property
    def within(self) -> float | None:
        """How many all would miss if models erred independently within each class."""
        return sum(one.expected for one in self.classes) if self.classes else None


def stand_in(name: str) -> str:
    """Return what is printed for an id of a corpus that does not name its speakers.

    Ids of such corpora can lead to people (a video's address, a file's name). Who has the corpus
    finds the utterance by the SHA-256 of its id.
    """
    return f"#{hashlib.sha256(name.encode()).hexdigest()[:DIGITS]}"


def hardest(some: Sequence[Answers], classes: tuple[str, ...], people: str) -> Hardest | None:
    """Return the utterances that these models miss; None with fewer than two models.

    Parameters
    ----------
    some
        Models with answers to the same utterances.
    classes
        Names of the classes.
    people
        Whose speakers the corpus names; unless everybody's, ids are replaced by `stand_in`.
    """
    if len(some) < 2:
        return None
    truth, n = some[0].truth, len(some[0].ids)
    wrong = [one.wrong for one in some]
    missed = np.sum([one.sum(axis=0) for one in wrong], axis=0)
    trainings = sum(len(one) for one in wrong)
    every = np.stack([one.all(axis=0) for one in wrong])  # [M, N]: by all trainings of a model
    chance = np.mean([one.chances for one in some], axis=0)
    order = np.lexsort((some[0].ids, chance, -missed))
    by_all = int((missed == trainings).sum())
    decisions = np.concatenate([one.decisions for one in some])
    names = class_names(classes, some[0].seeds[0].logits.shape[1])
    member = some[0].seeds[0].corpus

    def of_class(c: int) -> HardClass:
        rows = truth == c
        alone = float(rows.sum() * every[:, rows].mean(axis=1).prod())
        by_none, by_every = (missed[rows] == n for n in (trainings, 0))
        return HardClass(names[c], int(rows.sum()), int(by_none.sum()), int(by_every.sum()), alone)

    def row(i: int) -> HardUtterance:
        said, said_by = _commonest(decisions[:, i])
        name = str(some[0].ids[i])
        return HardUtterance(
            name if people == EVERYBODY else stand_in(name),
            str(member[i]) if member is not None and some[0].seeds[0].members else "",
            _words(truth[i], names), _words(said, names),
            said_by, int(missed[i]), trainings, float(chance[i]),
        )  # fmt: skip

    return Hardest(
        tuple(one.entry.label for one in some), trainings, n, by_all, int((missed == 0).sum()),
        float(n * every.mean(axis=1).prod()),
        tuple(of_class(int(c)) for c in np.unique(truth)) if truth.ndim == 1 else (),
        tuple(row(int(i)) for i in order[: max(by_all, SHOWN)]),
    )  # fmt: skip


def _commonest(answers: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """The answer that most of ``[T]`` or ``[T, C]`` gave; of equally many the first."""
    found, counts = np.unique(answers, axis=0, return_counts=True)
    best = int(counts.argmax())
    return found[best], int(counts[best])


def _words(answer: NDArray[np.int64], names: tuple[str, ...]) -> str:
    if np.ndim(answer) == 0:
        return names[int(answer)]
    return ", ".join(name for name, yes in zip(names, answer, strict=True) if yes) or "none"

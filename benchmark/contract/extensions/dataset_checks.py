"""The contract of a corpus, each check a function of its subject."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from emobench.contract.extensions.examination import Examination
from emobench.contract.failure import ContractError, trying
from emobench.corpus.corpus import Corpus, CorpusRequest, open_corpus
from emobench.corpus.preparation.clips import check_media
from emobench.corpus.split import Split, policy, split
from emobench.discovery.representations import representations, source_of
from emobench.errors import EmobenchError
from emobench.interface.card import CANONICAL, DatasetCard
from emobench.interface.dataset import FACE_SIZE, ClipError, Dataset, Folders, Noted
from emobench.modality import MODALITIES

SAMPLE = 24
"""Rows that are read, evenly over the table."""


class DatasetSubject:
    """A corpus as it is opened.

    Parameters
    ----------
    request
        The corpus, its options and its folders.
    """

    def __init__(self, request: CorpusRequest) -> None:
        self.request = request
        self.path = request.entry.path.resolve()

    @cached_property
    def corpus(self) -> Corpus:
        """The corpus, opened and its table checked."""
        with trying(f"opening {self.request.label}", self.path):
            return open_corpus(self.request)

    @cached_property
    def folds(self) -> list[Split]:
        """The standard split."""
        rule = policy(self.corpus, None)
        with trying("drawing the standard split", self.path):
            return [split(self.corpus, rule, fold) for fold in range(rule.folds)]

    @property
    def sample(self) -> list[int]:
        """Some rows, the first and the last among them."""
        last = len(self.corpus.table) - 1
        return sorted({int(i) for i in np.linspace(0, last, min(SAMPLE, last + 1))})

    def read(self, dataset: Dataset, row: int, source: str) -> Any:
        """What one row's `source` gives; None where it is absent or said to be broken."""
        with trying(f"reading the {source} of {self.corpus.ids[row]}", self.path):
            try:
                found = dataset.read(self.corpus.table.iloc[row], source)
            except ClipError:
                return None
            return found.media if isinstance(found, Noted) else found

    def places(self) -> Iterator[tuple[int, str]]:
        """Each row of the sample with each source."""
        sources = [s for names in self.corpus.sources.values() for s in names]
        return ((row, source) for row in self.sample for source in sources)


def examination(request: CorpusRequest) -> Examination:
    """The checks of a corpus."""
    subject = DatasetSubject(request)
    checks = {key: partial(check, subject) for key, check in CHECKS.items()}
    return Examination(f"{request.label} (corpus)", subject.path, checks, first="opens")


def check_opens(subject: DatasetSubject) -> None:
    """The corpus is here, and its table has the columns, ids and labels that it must have."""
    kind = subject.request.entry.load()
    if not (isinstance(kind, type) and issubclass(kind, Dataset)):
        name = subject.request.entry.class_name
        raise ContractError(name, "it has a corpus's card but is not derived from emobench.Dataset")
    assert subject.corpus.modalities


def check_card(subject: DatasetSubject) -> None:
    """The card says what a reader and the page need."""
    card: DatasetCard = subject.corpus.dataset.card
    empty = [f for f in ("title", "licence", "obtain", "split") if not getattr(card, f).strip()]
    if empty:
        raise ContractError("the card", f"{empty[0]} is empty")
    if len(set(card.classes)) < max(2, len(card.classes)):
        raise ContractError("the card", f"classes are two or more different names: {card.classes}")
    if not set(card.modalities) <= set(MODALITIES):
        raise ContractError("the card", f"modalities are of {MODALITIES}, not {card.modalities}")
    wrong = {*card.canonical} - {*card.classes} | {*card.canonical.values()} - {*CANONICAL}
    if wrong:
        known = f"classes to {', '.join(CANONICAL)}"
        raise ContractError("the card", f"canonical maps {known}, but names {sorted(wrong)[0]!r}")
    if card.unit and card.fold_by not in subject.corpus.table.columns:
        raise ContractError("the card", f"fold_by names no column of the table: {card.fold_by!r}")


def check_table(subject: DatasetSubject) -> None:
    """The table is the same when it is read again, and every class occurs in it."""
    again = subject.request.dataset()
    again.prepare()
    with trying("reading the table again", subject.path):
        table = again.utterances().reset_index(drop=True)
    if not table.equals(subject.corpus.table):
        raise ContractError(
            "reading the table again", "it is another one, or in another order",
            "sort what a folder or a set gives",
        )  # fmt: skip
    if not all(isinstance(name, str) and name for name in table["id"]):
        raise ContractError("the column id", "a value is no text, or empty")
    corpus = subject.corpus
    present = corpus.labels.sum(axis=0) if corpus.multilabel else np.bincount(
        corpus.labels, minlength=len(corpus.classes)
    )  # fmt: skip
    rare = [name for name, n in zip(corpus.classes, present, strict=True) if not n]
    if rare:
        raise ContractError("the column label", f"no utterance is of the class {rare[0]!r}")


def check_split(subject: DatasetSubject) -> None:
    """Each fold has three parts, train has every class, and what is kept apart is apart."""
    corpus, card = subject.corpus, subject.corpus.dataset.card
    for number, parts in enumerate(subject.folds):
        where = f"fold {number}" if len(subject.folds) > 1 else "the split"
        if not corpus.multilabel:
            seen = set(corpus.table["label"].iloc[parts.train])
            if absent := [c for c in card.classes if c not in seen]:
                raise ContractError(where, f"train has no utterance of {absent[0]!r}")
        apart = {*card.disjoint, *([card.fold_by] if card.drawn and card.unit else [])}
        for column in sorted(apart):
            _check_apart(corpus.table[column].astype(str), parts, column, where)
    if len(subject.folds) > 1:
        tested = np.concatenate([parts.test for parts in subject.folds])
        if len(set(tested.tolist())) < len(tested):
            raise ContractError("the folds", "an utterance is tested in two of them")


def _check_apart(names: pd.Series, parts: Split, column: str, where: str) -> None:
    train = set(names.iloc[np.concatenate([parts.train, parts.dev])])
    both = sorted((train & set(names.iloc[parts.test])) - {"", "nan"})
    if both:
        happened = f"{column} {both[0]!r} is in test and in train or dev"
        raise ContractError(where, happened)


def check_sources(subject: DatasetSubject) -> None:
    """Some representation starts from every source."""
    starts = {(kind.modality, source_of(n)) for n, kind in representations().items()}
    for modality, names in subject.corpus.sources.items():
        if modality not in subject.corpus.dataset.card.modalities:
            raise ContractError("sources()", f"the card has no modality {modality!r}")
        for name in names:
            if (modality, name) not in starts:
                known = sorted(s for m, s in starts if m == modality and "expressed" not in s)
                happened = f"no representation of {modality} starts from {name!r}"
                raise ContractError("sources()", happened, f"these: {', '.join(known)}")


def check_read(subject: DatasetSubject) -> None:
    """Recordings, faces and texts have the form that representations start from."""
    found: dict[str, int] = {}
    for row, source in subject.places():
        media = subject.read(subject.corpus.dataset, row, source)
        found[source] = found.get(source, 0) + (media is not None)
        if media is None:
            continue
        where = f"the {source} of {subject.corpus.ids[row]}"
        if happened := _malformed(media, source):
            raise ContractError(where, happened)
        try:
            check_media(media, source)
        except ClipError:
            found[source] -= 1
    if nothing := [source for source, n in found.items() if not n]:
        tried = f"reading {len(subject.sample)} rows"
        raise ContractError(tried, f"none of them has a usable {nothing[0]}")


def _malformed(media: Any, source: str) -> str:
    """Why media are not what `Dataset.sources` promises; "" if they are."""
    if source == "transcript":
        return "" if isinstance(media, str) else f"it is {type(media).__name__} and no text"
    if not isinstance(media, np.ndarray):
        return f"it is {type(media).__name__} and no NumPy array"
    shape = f"it is {media.dtype} {media.shape}"
    if source == "waveform":
        if media.ndim != 1 or media.dtype.kind != "f":
            return f"{shape}, and must be float32 [N]: one channel at 16 kHz"
        loudest = float(np.abs(media).max(initial=0.0))
        return f"its samples reach {loudest:,.0f}, and full scale is 1" if loudest > 8 else ""
    if source == "frames":
        right = media.ndim == 3 and media.shape[1:] == (FACE_SIZE, FACE_SIZE)
        if not right or media.dtype != np.uint8:
            return f"{shape}, and must be uint8 [T, {FACE_SIZE}, {FACE_SIZE}]"
        return ""
    if media.ndim != 2 or media.dtype.kind not in "fiu":
        return f"{shape}, and must be numbers [T, D]"
    return ""


def check_read_again(subject: DatasetSubject) -> None:
    """A row gives the same again, whatever was read before it and done to what it gave."""
    other = subject.request.dataset()
    other.prepare()
    with trying("reading the table again", subject.path):
        other.utterances()
    for row, source in reversed(list(subject.places())):
        first = subject.read(subject.corpus.dataset, row, source)
        kept = first.copy() if isinstance(first, np.ndarray) else first
        if isinstance(first, np.ndarray) and first.flags.writeable:
            first[:] = 0
        for dataset in (subject.corpus.dataset, other):
            again = subject.read(dataset, row, source)
            same = type(kept) is type(again) and np.array_equal(kept, again)
            if kept is not None and not same:
                where = f"the {source} of {subject.corpus.ids[row]}"
                raise ContractError(where, "read again it is something else")


def check_files(subject: DatasetSubject) -> None:
    """Every file that is opened is listed by `files`, so that a changed one is noticed.

    What a library opens without Python's knowledge, as soundfile does, is not seen.
    """
    dataset = subject.request.dataset()
    dataset.prepare()
    listed = {Path(p).resolve() for p in subject.request.dataset().files()}
    with trying("reading under watch", subject.path), _opened() as seen:
        dataset.utterances()
        for row, source in subject.places():
            subject.read(dataset, row, source)
    roots = {subject.request.folders.data.resolve()}
    roots |= {path.parent for path in listed}
    theirs = [p for p in seen if any(p.is_relative_to(r) for r in roots) and p.suffix != ".py"]
    cache = subject.request.folders.cache.resolve()
    for path in theirs:
        if path not in listed and path.is_file() and not path.is_relative_to(cache):
            raise ContractError(
                f"reading {len(subject.sample)} rows", f"{path.name} was opened, and files() does "
                "not list it: a changed file would go unnoticed",
            )  # fmt: skip


_watching: list[set[str]] = []
"""Where the names of opened files are noted; empty while nobody watches."""
_hook: list[bool] = []


@contextmanager
def _opened() -> Iterator[set[Path]]:
    """The files that Python opens meanwhile, complete at the end."""
    if not _hook:  # it cannot be taken away again
        sys.addaudithook(_note)
        _hook.append(True)
    names: set[str] = set()
    found: set[Path] = set()
    _watching.append(names)
    try:
        yield found
    finally:
        _watching.remove(names)
        found.update(Path(name).resolve() for name in names)


def _note(event: str, arguments: Any) -> None:
    if event == "open" and _watching and isinstance(arguments[0], str):
        for names in _watching:
            names.add(arguments[0])


def check_not_here(subject: DatasetSubject) -> None:
    """Where its files are not, a sentence says so."""
    with TemporaryDirectory(prefix="emobench-check-") as folder:
        nowhere = Folders(Path(folder) / "data", Path(folder) / "cache")
        nowhere.data.mkdir()
        try:
            open_corpus(replace(subject.request, folders=nowhere))
        except EmobenchError:
            return
        except Exception as error:
            raise ContractError(
                "opening it with an empty data folder",
                f"it raised {type(error).__name__} and no emobench.DataError that says what is "
                "missing and where to get it",
            ) from error


CHECKS = {
    "opens": check_opens,
    "card": check_card,
    "table": check_table,
    "split": check_split,
    "sources": check_sources,
    "read": check_read,
    "read_again": check_read_again,
    "files": check_files,
    "not_here": check_not_here,
}
"""Every check, in the order in which they are shown."""

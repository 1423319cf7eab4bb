"""A joint corpus: rows of several corpora under one set of classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from emobench.corpus.corpus import Corpus, CorpusRequest, open_corpus
from emobench.corpus.joint.card import joint_card
from emobench.corpus.joint.part import Part
from emobench.errors import RequestError, unknown
from emobench.interface.card import CANONICAL, DatasetCard
from emobench.interface.dataset import Dataset, Noted
from emobench.modality import ordered

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Member:
    """One corpus of a joint one.

    Parameters
    ----------
    request
        The request for the corpus.
    modalities
        The modalities to use; empty for all of them.
    """

    request: CorpusRequest
    modalities: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The request as typed, as in ``text&audio=NAME:key=value``."""
        wanted = "&".join(self.modalities)
        return f"{wanted}={self.request.label}" if wanted else self.request.label


@dataclass(frozen=True, eq=False)
class JointRequest(CorpusRequest):
    """Several corpora joined into one; `entry` and `options` are those of the first.

    Parameters
    ----------
    members
        The corpora that are joined on equal terms; empty if there is a `main` corpus.
    main
        An ordinary corpus, whose classes, splits and ids stay as they are.
    auxiliary
        Corpora whose train part is added to train.
    """

    members: tuple[Member, ...] = ()
    main: CorpusRequest | None = None
    auxiliary: tuple[Member, ...] = ()

    @property
    def label(self) -> str:
        """Label in the tables: ``MEMBER+MEMBER+auxiliary(MEMBER+MEMBER)``."""
        words = [self.main.label] if self.main else [m.label for m in self.members]
        if self.auxiliary:
            words.append(f"auxiliary({'+'.join(m.label for m in self.auxiliary)})")
        return "+".join(words)

    @property
    def parts(self) -> tuple[CorpusRequest, ...]:
        """The main corpus, the members and the auxiliary corpora."""
        main = (self.main,) if self.main is not None else ()
        return (*main, *(m.request for m in (*self.members, *self.auxiliary)))

    def dataset(self) -> Dataset:
        """Build the dataset object."""
        return JointDataset(self)


class JointDataset(Dataset):
    """Members on equal terms, or a main corpus with auxiliary corpora in its train part.

    Beyond the usual columns the table has ``corpus`` (the member), ``auxiliary`` (train in every
    fold) and ``row`` (the place in the member's own table).

    Parameters
    ----------
    request
        The request that names the members.
    """

    def __init__(self, request: JointRequest) -> None:
        super().__init__(request.folders)
        self.request = request
        self._parts: list[Part] = []

    @property
    def parts(self) -> list[Part]:
        """The members in order, a main corpus first, auxiliary ones last."""
        if not self._parts:
            self.prepare()
        return self._parts

    def prepare(self, progress: Progress | None = None) -> None:
        """Open every member.

        Raises
        ------
        RequestError
            A member lacks a requested modality, or cannot be joined with the others.
        """
        main = self.request.main
        found = []
        classes: Mapping[str, str] = {c: c for c in CANONICAL}
        if main is not None:
            corpus = open_corpus(main, progress)
            found.append(Part(corpus, corpus.modalities, {c: c for c in corpus.classes}))
            if self.request.auxiliary:
                classes = _first_of_each(_canonical(corpus))
        found += [_part(m, classes, False, progress) for m in self.request.members]
        found += [_part(m, classes, True, progress) for m in self.request.auxiliary]
        _check(found)
        self._parts = found

    @cached_property
    def _table(self) -> pd.DataFrame:
        return pd.concat([part.rows for part in self.parts], ignore_index=True)

    @cached_property
    def _by_label(self) -> dict[str, Part]:
        return {part.label: part for part in self.parts}

    @cached_property
    def _main(self) -> Corpus | None:
        return self.parts[0].corpus if self.request.main is not None else None

    @cached_property
    def card(self) -> DatasetCard:  # type: ignore[override]
        """The members' cards, combined into one."""
        occurring = set(self._table["label"])
        return joint_card(
            self.parts,
            classes=self._main.classes
            if self._main
            else tuple(c for c in CANONICAL if c in occurring),
            modalities=ordered(self.sources()),
            main=self._main,
        )

    def utterances(self) -> pd.DataFrame:
        """Return the rows of all members."""
        return self._table.copy()

    def split(self, utterances: pd.DataFrame, fold: int) -> pd.Series:
        """Return the members' own splits; with a main corpus its `fold`, the others in train."""
        parts = utterances["split"].copy()
        if self._main is not None:
            own = self._main.dataset.split(self._main.table, fold).to_numpy(dtype=object)
            main = ~utterances["auxiliary"]
            parts[main] = own[utterances.loc[main, "row"].to_numpy()]
        return parts

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return each modality's sources that all members with this modality share."""
        found = {
            m: _common([p.sources(m) for p in self.parts if m in p.modalities])
            for m in ordered(m for p in self.parts for m in p.modalities)
        }
        if self._main is not None:
            # A simulated main corpus keeps its expressed classes, which the ceiling reads on its
            # test. Any other source must come from all members, because models read it on all rows.
            simulated = self._main.dataset.generating_process() is not None
            for modality, names in self._main.sources.items() if simulated else ():
                found[modality] += tuple(n for n in names if n not in found[modality])
        return found

    def read(self, row: pd.Series, source: str) -> str | NDArray[Any] | Noted | None:
        """Read one utterance of a member; None for a modality that is not used."""
        part = self._by_label[row["corpus"]]
        if not any(source in part.corpus.sources[m] for m in part.modalities):
            return None
        return part.corpus.dataset.read(part.corpus.table.iloc[row["row"]], source)

    def missing(self, utterances: pd.DataFrame) -> list[str]:
        """Return the names of files that the members lack."""
        return [
            part.prefix + name
            for part in self.parts
            for name in part.corpus.dataset.missing(part.corpus.table)
        ]

    def doubts(self, utterances: pd.DataFrame) -> list[str]:
        """Return the members' doubts, each with the member's name."""
        return [
            f"{part.corpus.request.label}: {doubt}"
            for part in self.parts
            for doubt in part.corpus.dataset.doubts(part.corpus.table)
        ]

    def inspected(self, utterances: pd.DataFrame) -> list[tuple[str, str]]:
        """Return what the members' files are, each with the member's name."""
        return [
            (verdict, f"{part.corpus.request.label}: {text}")
            for part in self.parts
            for verdict, text in part.corpus.dataset.inspected(part.corpus.table)
        ]

    def fingerprint(self) -> str:
        """Return the members' digests and the modalities used."""
        return ";".join(
            f"{p.label} {'&'.join(p.modalities)} {p.auxiliary} {p.corpus.digest}"
            for p in self.parts
        )

    def generating_process(self) -> NDArray[Any] | None:
        """Return the main corpus's generating process, because dev and test are its own."""
        return self._main.dataset.generating_process() if self._main is not None else None


def _part(
    member: Member, classes: Mapping[str, str], auxiliary: bool, progress: Progress | None
) -> Part:
    """Open `member`; `classes` maps the common classes to those of the joint corpus."""
    corpus = open_corpus(member.request, progress)
    for modality in member.modalities:
        if modality not in corpus.modalities:
            card = corpus.dataset.card
            lacks = f"has no {modality}" + (" files here" if modality in card.modalities else "")
            why = f" {card.obtain}" if modality in card.modalities else ""
            raise RequestError(
                f"{member.label}: {card.name} {lacks}, only {' and '.join(corpus.modalities)}.{why}"
            )
    own = {c: classes[k] for c, k in _canonical(corpus).items() if k in classes}
    prefix = f"{member.request.label}/"
    return Part(corpus, member.modalities or corpus.modalities, own, auxiliary, prefix)


def _canonical(corpus: Corpus) -> dict[str, str]:
    """Own class to common class, in the order of the corpus's classes."""
    card = corpus.dataset.card
    if not card.canonical:
        raise RequestError(
            f"{card.name} does not say which common classes its labels stand for (the field "
            "'canonical' of its card), so it cannot be joined with other corpora."
        )
    for name in card.canonical.values():
        if name not in CANONICAL:
            raise unknown(f"common class on the card of {card.name}", name, CANONICAL)
    return {c: card.canonical[c] for c in card.classes if c in card.canonical}


def _first_of_each(canonical: Mapping[str, str]) -> dict[str, str]:
    """Common class to the first own class that stands for it."""
    found: dict[str, str] = {}
    for own, common in canonical.items():
        found.setdefault(common, own)
    return found


def _common(groups: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(s for s in groups[0] if all(s in group for group in groups))


def _check(parts: Sequence[Part]) -> None:
    """Refuse members that add nothing, or that no model could read side by side."""
    for part in parts:
        if part.rows.empty:
            raise RequestError(
                f"{part.label} adds no utterance: none of its classes ("
                f"{', '.join(part.corpus.classes)}) has a counterpart in the others."
            )
    for modality in ordered(m for p in parts for m in p.modalities):
        givers = [p for p in parts if modality in p.modalities]
        if all(p.auxiliary for p in givers):
            scored = " and ".join(p.label for p in parts if not p.auxiliary)
            raise RequestError(
                f"{givers[0].label} cannot add {modality}: {scored} has no {modality} here, so no "
                "dev or test utterance would show it."
            )
        if not _common([p.sources(modality) for p in givers]):
            each = "; ".join(f"{', '.join(p.sources(modality))} in {p.label}" for p in givers)
            raise RequestError(
                f"{' and '.join(p.label for p in givers)} cannot be joined in {modality}, which "
                f"comes in different forms here: {each}. Leave {modality} of one of them out."
            )

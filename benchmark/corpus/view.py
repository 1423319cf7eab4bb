"""One fold of a corpus as a model sees it: batches with what is missing erased."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from emobench.corpus.prepared.extract import Prepared
from emobench.corpus.prepared.fit import Feature, feature
from emobench.corpus.row_index import RowIndex, row_index
from emobench.corpus.split import Split, class_counts
from emobench.discovery.representations import representation, representations, source_of
from emobench.errors import Skip
from emobench.interface.batch import Batch, Sequence
from emobench.interface.card import Card
from emobench.interface.model import Task
from emobench.masks import Mask


def choose_inputs(
    inputs: Mapping[str, tuple[str, ...]],
    sources: Mapping[str, tuple[str, ...]],
    features: bool = False,
    encoders: Mapping[str, str] | None = None,
) -> dict[str, tuple[str, ...]]:
    """Pick, per modality, the representations that the corpus can give.

    Parameters
    ----------
    inputs
        A card's inputs: modality to slots, each ``"a"`` or ``"a|b"`` (first one that is there).
    sources
        The corpus's sources by modality.
    features
        Whether features that come with the corpus may stand for all of a modality's slots: where
        nothing else can, or where the corpus names them first.
    encoders
        Modality to the representation of a frozen encoder that takes the place of all slots.

    Raises
    ------
    Skip
        The corpus has the modality but none of a slot's representations.
    """
    chosen: dict[str, tuple[str, ...]] = {}
    for modality, slots in inputs.items():
        if modality not in sources:
            continue
        encoder = (encoders or {}).get(modality)
        if encoder and source_of(encoder) in sources[modality] and any(map(_replaceable, slots)):
            chosen[modality] = (encoder,)
            continue
        preferred = _given(modality, sources[modality][:1]) if features else None
        if preferred and any(map(_replaceable, slots)):
            chosen[modality] = (preferred,)
            continue
        found = {slot: _from_slot(slot, sources[modality]) for slot in slots}
        absent = [slot for slot, name in found.items() if name is None]
        given = _given(modality, sources[modality]) if features and absent else None
        if absent and (given is None or not all(map(_replaceable, absent))):
            raise Skip(_why(modality, absent[0]), subject="it")
        chosen[modality] = (given,) if given else tuple(n for n in found.values() if n)
    return chosen


def _from_slot(slot: str, here: tuple[str, ...]) -> str | None:
    """First of a slot's representations that the sources `here` can give."""
    for name in slot.split("|"):
        if name in representations() and source_of(name) in here:
            return name
    return None


def _replaceable(slot: str) -> bool:
    """Whether a slot is made from what a modality holds, and not certain features themselves."""
    known = [n for n in slot.split("|") if n in representations()]
    return any(source_of(n) != n for n in known)


def _given(modality: str, here: tuple[str, ...]) -> str | None:
    """First representation of features that come with the corpus."""
    for source in here:
        for name, kind in representations().items():
            if kind.given and kind.modality == modality and source_of(name) == source:
                return name
    return None


def _why(modality: str, slot: str) -> str:
    """Say why a corpus cannot give a slot's representation."""
    known = [n for n in slot.split("|") if n in representations()]
    if not known:
        return f"reads {slot} as {modality}: features that have to come with the corpus"
    return f"reads {slot} as {modality}, which needs {representation(known[0]).needs}"


def suited_inputs(
    card: Card,
    track: str,
    sources: Mapping[str, tuple[str, ...]],
    encoders: Mapping[str, str] | None = None,
) -> dict[str, tuple[str, ...]]:
    """Inputs of a model on a corpus, or `Skip` with the reason why it cannot run there."""
    controlled = track == "controlled" or card.kind == "reference"
    inputs = card.inputs if controlled else card.published_inputs
    if not inputs and not controlled:
        raise Skip(f"has no {track} track", subject=card.name)
    absent = [m for m in card.requires if m not in sources]
    if absent:
        raise Skip(f"needs {' and '.join(absent)}, which the corpus lacks here", card.name)
    if controlled:
        for name in (n for slots in inputs.values() for slot in slots for n in slot.split("|")):
            representation(name)  # a misspelt one is the model file's error, not the corpus's
    chosen = choose_inputs(inputs, sources, controlled, encoders)
    if inputs and not chosen:
        raise Skip(f"reads {', '.join(inputs)}, and the corpus has none of them", card.name)
    return chosen


class FoldView:
    """One fold of a prepared corpus, with the representations of one model.

    Parameters
    ----------
    target
        The prepared corpus.
    parts
        Row numbers of train, dev and test.
    inputs
        Modality to representation names.
    rows
        Rows that stand in the place of the corpus's own, where an utterance comes several times
        or is shown in part; `parts` then are numbers of these.
    """

    def __init__(
        self,
        target: Prepared,
        parts: Split,
        inputs: Mapping[str, tuple[str, ...]],
        rows: RowIndex | None = None,
    ) -> None:
        corpus = target.corpus
        rows = rows or row_index(corpus, target.available, np.arange(len(corpus.table)))
        self.modalities = corpus.modalities
        self.base = rows.base
        self.available: Mask = rows.available
        self.ids = rows.ids
        self.labels = rows.labels
        self.speakers = list(corpus.table["speaker"].astype(str).to_numpy()[rows.base])
        self.corpora = corpus.members[rows.base]
        self.auxiliary = corpus.auxiliary[rows.base]
        self.corpus_names = corpus.member_names
        learned = rows.base[parts.train] if rows.learned_from is None else rows.learned_from
        self.features: dict[str, dict[str, Feature]] = {
            m: {n: feature(target, n, learned) for n in names} for m, names in inputs.items()
        }
        # An utterance none of whose modalities is usable cannot be scored by anyone.
        usable: Mask = np.asarray(self.available.any(axis=1))
        self.parts = Split(*(p[usable[p]] for p in (parts.train, parts.dev, parts.test)))
        self.task = Task(
            classes=corpus.classes,
            inputs={m: {n: f.size for n, f in fs.items()} for m, fs in self.features.items()},
            class_counts=tuple(
                int(c) for c in class_counts(self.labels[self.parts.train], len(corpus.classes))
            ),
            size_of_train=len(self.parts.train),
            multilabel=corpus.multilabel,
        )

    def without_test(self) -> FoldView:
        """A view for training: no test rows, and no label of theirs."""
        view = copy.copy(self)
        view.labels = self.labels.copy()
        view.labels[self.parts.test] = -1
        view.parts = replace(self.parts, test=self.parts.test[:0])
        return view

    def lengths(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Longest sequence of each utterance over modalities, for bucketing: ``[n]``."""
        longest = np.zeros(len(rows), dtype=np.int64)
        for features in self.features.values():
            for one in features.values():
                longest = np.maximum(longest, one.table.lengths[self.base[rows]])
        return longest

    def batch(self, rows: NDArray[np.int64], mask: Mask, labels: bool = True) -> Batch:
        """Build the batch of `rows`; what `mask` ``[n, M]`` does not keep is erased."""
        kept = mask & self.available[rows]
        column = {m: i for i, m in enumerate(self.modalities)}
        inputs = {
            m: {n: _collate(f, self.base[rows], kept[:, column[m]]) for n, f in features.items()}
            for m, features in self.features.items()
        }
        present = {m: torch.from_numpy(kept[:, column[m]].copy()) for m in self.features}
        truth = self.labels[rows] if labels else np.zeros_like(self.labels[rows])
        return Batch(tuple(self.ids[i] for i in rows), inputs, present, torch.from_numpy(truth))


def _collate(one: Feature, rows: NDArray[np.int64], kept: NDArray[np.bool_]) -> Sequence:
    lengths = np.where(kept, one.table.lengths[rows], 0)
    values = np.zeros((len(rows), max(1, int(lengths.max(initial=1))), one.table.size), np.float32)
    for i, (row, steps) in enumerate(zip(rows, lengths, strict=True)):
        if steps:
            values[i, :steps] = one[int(row)]
    return Sequence(torch.from_numpy(values), torch.from_numpy(lengths.astype(np.int64)))

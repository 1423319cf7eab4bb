"""Views of test utterances for a model that is scored on the classes of another corpus."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emobench.corpus.corpus import Corpus
from emobench.corpus.leakage.overlap import trained_on
from emobench.corpus.preparation.extract import Prepared
from emobench.corpus.preparation.fit import Feature, rows_digest, transformed_with
from emobench.corpus.preparation.standardisation import standardised_by
from emobench.corpus.split import Split
from emobench.corpus.view import FoldView
from emobench.discovery.representations import source_of
from emobench.errors import Skip
from emobench.ragged_array import Absent

Rows = NDArray[np.int64]


def target_rows(target: Corpus) -> Rows:
    """Rows ``[n]`` of `target` that test a model trained on another corpus.

    The test parts of its standard folds together: the official test of a fixed split, and all
    utterances of a corpus with folds.
    """
    tested = np.zeros(len(target.table), dtype=bool)
    for fold in range(target.dataset.card.folds):
        tested |= target.dataset.split(target.table, fold).to_numpy(dtype=object) == "test"
    return np.flatnonzero(tested).astype(np.int64)


def shared_inputs(
    inputs: Mapping[str, tuple[str, ...]], target: Corpus, requires: Collection[str] = ()
) -> dict[str, tuple[str, ...]]:
    """The model's `inputs` that `target` can give: modality to representations.

    A modality counts if all of its representations can be made there, since a model reads them
    side by side.

    Parameters
    ----------
    inputs
        Modality to representations, as the model was trained; empty for one that reads nothing.
    target
        The other corpus.
    requires
        Modalities without which the model cannot predict.

    Raises
    ------
    Skip
        Nothing is shared, or not what the model requires.
    """
    shared = {
        m: names
        for m, names in inputs.items()
        if all(source_of(name) in target.sources.get(m, ()) for name in names)
    }
    lost = [m for m in requires if m not in shared] or ([] if shared else list(inputs))
    if lost:
        reads = " and ".join(_reading(m, inputs.get(m, ()), target) for m in lost)
        raise Skip(f"reads {reads}", subject="it")
    return shared


def check_forms(source: Corpus, target: Corpus) -> None:
    """Raise `Skip` if the corpora share no modality in the same form."""
    ours, theirs = source.sources, target.sources
    if any(set(names) & set(theirs.get(m, ())) for m, names in ours.items()):
        return
    first, second = source.request.label, target.request.label
    both = [m for m in ours if m in theirs]
    forms = [
        f"{m} comes as {' or '.join(ours[m])} in {first}, as {' or '.join(theirs[m])} in {second}"
        for m in both
    ]
    why = "; ".join(forms) or f"{first} has {', '.join(ours)}, {second} {', '.join(theirs)}"
    raise Skip(f"they share no modality in the same form: {why}")


def _reading(modality: str, names: tuple[str, ...], target: Corpus) -> str:
    here = target.sources.get(modality)
    lack = f"comes as {' or '.join(here)} in" if here else "is absent from"
    wanted = f"{modality} as {' and '.join(names)}" if names else modality
    return f"{wanted}, which {lack} {target.request.label}"


def in_corpus_view(view: FoldView, labels: Rows) -> FoldView:
    """`view`, tested on the classes that its corpus shares with another.

    Parameters
    ----------
    view
        The fold.
    labels
        ``[N]`` class number among the common classes; utterances with -1 are left out.
    """
    test = view.parts.test
    return replace(view, labels=labels, parts=replace(view.parts, test=test[labels[test] >= 0]))


def transfer_view(
    view: FoldView,
    source: Prepared,
    train: Rows,
    target: Prepared,
    rows: Rows,
    labels: Rows,
    groups: Rows | None = None,
) -> FoldView:
    """The test view of another corpus for a model that was trained on `view`.

    Vocabulary, mean and scale stay as they were learned from `train`; with `groups`, mean and scale
    are those of each group of tested recordings. The tested utterances do not
    depend on the model: each has a modality that both corpora hold in the same form, even if this
    model does not read it.

    Parameters
    ----------
    view
        The view that the model was trained on.
    source
        The corpus of `view`.
    train
        Its train rows, as the representations were fitted on.
    target
        The other corpus, with the representations of `view` prepared as far as it can give them.
    rows
        ``[n]`` rows of it; those that the model was trained or selected on are left out.
    labels
        ``[N]`` class number of each of its utterances among the common classes, -1 for none;
        utterances without one are left out.
    groups
        ``[N]`` group by which each of its rows is standardised, or None.

    Returns
    -------
    A view without train and dev, with the modalities and the task of `view`.
    """
    corpus, size = target.corpus, len(target.corpus.table)
    used = view.source_rows[np.concatenate([view.parts.train, view.parts.dev])]
    shown, _ = tested_rows(source, used, target, rows[labels[rows] >= 0])
    features, available = {}, _available(source.corpus, target)
    for modality, known in view.features.items():
        there = _transformed(known, source, train, target, groups)
        features[modality] = there or _absent(known, size)
        if not there:
            available[:, view.modalities.index(modality)] = False
    return replace(
        view,
        source_rows=np.arange(size),
        available=available,
        ids=corpus.ids,
        speakers=list(corpus.table["speaker"].astype(str)),
        labels=labels,
        corpora=corpus.members,
        corpus_names=corpus.member_names,
        auxiliary=corpus.auxiliary,
        features=features,
        parts=Split(rows[:0], rows[:0], shown),
    )


def _transformed(
    known: Mapping[str, Feature],
    source: Prepared,
    train: Rows,
    target: Prepared,
    groups: Rows | None,
) -> dict[str, Feature] | None:
    """Representations of one modality on `target`; None unless it can give all of them."""
    found = {}
    for name, own in known.items():
        one = transformed_with(source, name, train, target)
        if one is None or one.table.size != own.table.size:
            return None
        if groups is not None:
            origin = f"{source.folder.name} {rows_digest(source, train)}"
            one = standardised_by(one, target, groups, origin)
        found[name] = one
    return found


def _absent(known: Mapping[str, Feature], size: int) -> dict[str, Feature]:
    """The same representations of `size` utterances that lack the modality."""
    return {n: replace(f, table=Absent(size, f.table.size)) for n, f in known.items()}


def tested_rows(source: Prepared, used: Rows, target: Prepared, rows: Rows) -> tuple[Rows, Rows]:
    """Divide `rows` of `target` into those that are tested and those that were trained on.

    Rows without any modality that both corpora have in the same form are in neither. `used`:
    train and dev rows of `source`.
    """
    shown = rows[_available(source.corpus, target)[rows].any(axis=1)]
    known = trained_on(source, used, target, shown)
    return shown[~known], shown[known]


def _available(source: Corpus, target: Prepared) -> NDArray[np.bool_]:
    """Whether each utterance of `target` has each modality in a form of `source`, ``[N, M]``."""
    theirs = target.corpus.modalities
    here = np.zeros((len(target.corpus.table), len(source.modalities)), dtype=bool)
    for i, modality in enumerate(source.modalities):
        if set(source.sources[modality]) & set(target.corpus.sources.get(modality, ())):
            here[:, i] = target.available[:, theirs.index(modality)]
    return here

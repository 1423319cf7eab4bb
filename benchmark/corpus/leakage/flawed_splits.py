"""Splits with the flaws of published systems, for the leakage audit alone.

No check of ordinary splits is applied to them, because the audit measures what the flaws are
worth. Each is a pure function of the corpus's ids, the flaw and the fold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emobench.corpus.corpus import Corpus
from emobench.corpus.leakage.averaged_labels import averaged_labels, why_not_averaged
from emobench.corpus.leakage.few_shot import few_shot
from emobench.corpus.leakage.stratified_draw import proportional_sizes, stratified_draw
from emobench.corpus.preparation.extract import Prepared
from emobench.corpus.row_index import RowIndex, row_index
from emobench.corpus.split import Split, SplitPolicy, split
from emobench.corpus.view import FoldView, fold_view
from emobench.errors import DataError, Skip, unknown
from emobench.randomness import sample_stream

Rows = NDArray[np.int64]

FLAWS = (
    "oversampled_before_split",
    "random_clips",
    "twin_takes",
    "selected_on_test",
    "scaler_on_all",
    "swapped_labels",
    "video_averaged",
    "best_epoch_on_test_per_measure",
    "few_shot_random_folds",
)
"""The flaws of a split that `Trial.split` can name."""

COUNTERPARTS = {"few_shot_random_folds": "few_shot_own_split"}
"""Flaw to the honest split that it is held against, where that is not the corpus's own.

The counterpart follows the same recipe on the corpus's own folds: between it and the corpus's own
split lies the size of train too, which is no flaw.
"""

BEST_PER_MEASURE = "best_epoch_on_test_per_measure"
"""The flaw whose trainings keep what was predicted at the best look for each measure."""

DRAW = ", draw "
"""Between a split and the number of its draw; see `drawn_split`."""

TEST_SHARE, DEV_SHARE = 0.2, 0.1
"""Share of the oversampled rows that is test, and share of the other rows that is dev."""

LARGE_DEV_SHARE = 0.2
"""The most that is dev where the corpus is split into folds; see `dev_share`."""

CONFUSED = ("disgust", "fear")
"""Common names of the two classes that a released loader exchanged."""


@dataclass(frozen=True)
class FlawedSplit:
    """One fold with a flaw: its rows, and the parts as indices of these rows."""

    rows: RowIndex
    parts: Split


def check_flaw(corpus: Corpus, policy: SplitPolicy, flaw: str) -> None:
    """Raise where `flaw` cannot exist on `corpus`.

    Raises
    ------
    Skip
        With the reason.
    RequestError
        There is no such flaw.
    """
    flaw = flaw.partition(DRAW)[0]
    if flaw not in (known := (*FLAWS, *COUNTERPARTS.values())):
        raise unknown("flaw of a split", flaw, known)
    name = corpus.request.label
    if flaw == "oversampled_before_split":
        _check_oversampled(corpus, policy)
    if draws_by_seed(flaw) and corpus.multilabel:
        raise Skip(f"several classes can hold for an utterance of {name}: no rows of each to draw")
    if flaw == "twin_takes" and len(corpus.modalities) < 2:
        raise Skip(
            f"{name} has {corpus.modalities[0]} alone: a twin that lacks it would have nothing"
        )
    if flaw in ("random_clips", *COUNTERPARTS, *COUNTERPARTS.values()) and not _units(corpus):
        raise Skip(
            f"{name} names no speaker, session or sequence that several utterances share, so a "
            "random draw parts nothing"
        )
    if flaw == "video_averaged" and (why := why_not_averaged(corpus, policy)):
        raise Skip(f"{name} {why}")


def _check_oversampled(corpus: Corpus, policy: SplitPolicy) -> None:
    """Raise `Skip` where no class can be copied up to the size of a larger one."""
    name = corpus.request.label
    if corpus.multilabel:
        raise Skip(f"several classes can hold for an utterance of {name}: none to oversample by")
    first = split(corpus, policy, 0)
    whole = first.train if policy.folds == 1 else _all(first)
    counts = np.bincount(corpus.labels[whole[~corpus.auxiliary[whole]]])
    if len(np.unique(counts[counts > 0])) == 1:
        raise Skip(f"all classes of {name} are of the same size: oversampling copies nothing")


def draws_by_seed(flaw: str) -> bool:
    """Whether each seed has a draw of its own under `flaw`, which may name a counterpart."""
    return flaw in COUNTERPARTS or flaw in COUNTERPARTS.values()


def drawn_split(flaw: str, seed: int) -> str:
    """Name of the split of one seed: `flaw` itself, with a number where seeds draw their own."""
    return f"{flaw}{DRAW}{seed}" if draws_by_seed(flaw) else flaw


def flaw_folds(policy: SplitPolicy, flaw: str) -> int:
    """Number of folds under `flaw`; oversampling before the split always uses a single fold."""
    return 1 if flaw == "oversampled_before_split" else policy.folds


def split_spec(corpus: Corpus, policy: SplitPolicy, flaw: str) -> str:
    """Name of a split in the spec of a training: splits with different parts differ in it."""
    if not flaw:
        return policy.name
    share = dev_share(corpus, policy)
    dev = "" if flaw != "oversampled_before_split" or share == DEV_SHARE else f", dev {share:.4f}"
    return f"{flaw}{dev}" if not policy.grouped else f"{policy.name}, {flaw}{dev}"


def dev_share(corpus: Corpus, policy: SplitPolicy) -> float:
    """Share of the oversampled rows outside test that is dev: a tenth.

    In folds it is the honest fold's share, at least a tenth and at most a fifth, so that both
    splits choose by dev parts of like size.
    """
    if policy.folds == 1:
        return DEV_SHARE
    honest = split(corpus, policy, 0)
    learned = int((~corpus.auxiliary[honest.train]).sum()) + len(honest.dev)
    return min(LARGE_DEV_SHARE, max(DEV_SHARE, len(honest.dev) / learned))


def _units(corpus: Corpus) -> list[str]:
    """The columns that say which utterances belong together."""
    table = corpus.table.loc[~corpus.auxiliary]
    columns = ("group",) if corpus.dataset.card.anonymous else ("speaker", "group")
    return [c for c in columns if 1 < table[c].nunique() < len(table)]


def flawed_view(
    target: Prepared,
    policy: SplitPolicy,
    fold: int,
    inputs: Mapping[str, tuple[str, ...]],
    flaw: str,
) -> FoldView:
    """Open one fold with `flaw`; "" opens the honest fold.

    Raises
    ------
    Skip
        The flaw cannot exist on this corpus.
    """
    found = draw_flawed_split(target, policy, fold, flaw)
    return fold_view(target, found.parts, inputs, found.rows)


def draw_flawed_split(target: Prepared, policy: SplitPolicy, fold: int, flaw: str) -> FlawedSplit:
    """Draw one fold with `flaw`; "" draws the honest fold."""
    if not flaw:
        return _honest(target, policy, fold)
    check_flaw(target.corpus, policy, flaw)
    flaw, _, draw = flaw.partition(DRAW)
    if draws_by_seed(flaw):
        return _few_shot(target, policy, fold, flaw, int(draw or 0))
    draws = {
        "oversampled_before_split": _oversampled,
        "random_clips": _random_clips,
        "twin_takes": _twin_takes,
        "selected_on_test": _selected_on_test,
        "scaler_on_all": _scaler_on_all,
        "swapped_labels": _swapped_labels,
        "video_averaged": _video_averaged,
        BEST_PER_MEASURE: _selected_on_test,
    }
    return draws[flaw](target, policy, fold)


def _honest(target: Prepared, policy: SplitPolicy, fold: int) -> FlawedSplit:
    corpus = target.corpus
    rows = row_index(corpus, target.available, np.arange(len(corpus.table)))
    return FlawedSplit(rows, split(corpus, policy, fold))


def _oversampled(target: Prepared, policy: SplitPolicy, fold: int) -> FlawedSplit:
    """Copy utterances until every class is as large as the largest, then split the copies.

    Copies the train part of a fixed split, as the published script did, or the whole corpus if it
    is split into folds.
    """
    corpus = target.corpus
    first = split(corpus, policy, 0)
    whole = first.train if policy.folds == 1 else _all(first)
    own = _usable(target, whole[~corpus.auxiliary[whole]])
    generator = _generator(corpus, own, "oversampled_before_split")
    labels = corpus.labels[own]
    counts = np.bincount(labels)
    copies = [
        generator.choice(own[labels == c], counts.max() - counts[c]) for c in np.flatnonzero(counts)
    ]
    base = np.concatenate([own, *copies])
    test, _ = stratified_draw(corpus.labels[base], [round(TEST_SHARE * len(base))], generator)
    share = dev_share(corpus, policy)
    return _with_dev(target, base, test, share, "oversampled_before_split", fold)


def _random_clips(target: Prepared, policy: SplitPolicy, fold: int) -> FlawedSplit:
    """Draw parts as large as the honest ones, without keeping speakers apart."""
    return _shuffled(target, policy, fold, "random_clips")


def _shuffled(target: Prepared, policy: SplitPolicy, fold: int, flaw: str) -> FlawedSplit:
    honest = split(target.corpus, policy, fold)
    own = _all(honest)
    own = _usable(target, own[~target.corpus.auxiliary[own]])
    return _random_parts(target, policy, fold, own, flaw)


def _few_shot(
    target: Prepared, policy: SplitPolicy, fold: int, flaw: str, draw: int
) -> FlawedSplit:
    """Learn from few rows per class, of shuffled folds or of the corpus's own."""
    is_flawed = flaw in COUNTERPARTS
    whole = _shuffled(target, policy, fold, flaw) if is_flawed else _honest(target, policy, fold)
    own = ~target.corpus.auxiliary[whole.rows.source_rows] & whole.rows.available.any(axis=1)
    parts = Split(*(rows[own[rows]] for rows in vars(whole.parts).values()))
    return replace(whole, parts=few_shot(parts, whole.rows.labels, whole.rows.ids, draw))


def _twin_takes(target: Prepared, policy: SplitPolicy, fold: int) -> FlawedSplit:
    """Add a copy of every utterance without its voice, and split all rows at random.

    As the files 01 (sound and picture) and 02 (picture alone) of one take of RAVDESS. Where the
    corpus has no audio, the second row lacks the last modality. An utterance gets no second row
    if it lacks that modality or has nothing else.
    """
    corpus = target.corpus
    taken = "audio" if "audio" in corpus.modalities else corpus.modalities[-1]
    column = corpus.modalities.index(taken)
    own = _all(split(corpus, policy, fold))
    own = _usable(target, own[~corpus.auxiliary[own]])
    parted = own[target.available[own, column] & (target.available[own].sum(axis=1) > 1)]
    if not len(parted):
        raise Skip(f"no utterance of {corpus.request.label} has {taken} and something else")
    found = _random_parts(target, policy, fold, np.concatenate([own, parted]), "twin_takes")
    available = found.rows.available.copy()
    available[len(own) : len(own) + len(parted), column] = False
    return FlawedSplit(replace(found.rows, available=available), found.parts)


def _random_parts(
    target: Prepared, policy: SplitPolicy, fold: int, base: Rows, flaw: str
) -> FlawedSplit:
    """Split the rows `base` at random, in the proportions of the honest parts.

    Over all folds each row is tested as often as an utterance under the honest split.
    """
    corpus = target.corpus
    honest = [split(corpus, policy, number) for number in range(policy.folds)]
    tested = [int((~corpus.auxiliary[one.test]).sum()) for one in honest]
    whole = int((~corpus.auxiliary[_all(honest[fold])]).sum())
    generator = _generator(corpus, base, flaw)
    tests = stratified_draw(
        corpus.strata[base], proportional_sizes(tested, whole, len(base)), generator
    )
    share = len(honest[fold].dev) / max(1, whole - tested[fold])
    return _with_dev(target, base, tests[fold], share, flaw, fold)


def _with_dev(
    target: Prepared, base: Rows, test: Rows, share: float, flaw: str, fold: int
) -> FlawedSplit:
    """Draw dev from the rows outside `test`; auxiliary utterances join train."""
    corpus = target.corpus
    rest = np.setdiff1d(np.arange(len(base)), test)
    generator = _generator(corpus, base, flaw, fold)
    dev, train = stratified_draw(corpus.strata[base[rest]], [round(share * len(rest))], generator)
    auxiliary = np.flatnonzero(corpus.auxiliary)
    rows = row_index(corpus, target.available, np.concatenate([base, auxiliary]))
    more = np.arange(len(base), len(rows.source_rows))
    parts = Split(np.concatenate([rest[train], more]), rest[dev], test)
    _check_learnable(corpus, rows, parts, flaw)
    return FlawedSplit(rows, parts)


def _check_learnable(corpus: Corpus, rows: RowIndex, parts: Split, flaw: str) -> None:
    """Refuse a draw that leaves a class without train rows: no model could learn it."""
    strata = corpus.strata[rows.source_rows]
    absent = np.setdiff1d(strata, strata[parts.train])
    if len(absent):
        name = (*corpus.classes, "none")[int(absent[0])]
        raise DataError(
            f"{corpus.request.label}, {flaw}: the class {name!r} is so rare that a random draw "
            "leaves none of it in train; add utterances of it."
        )


def _selected_on_test(target: Prepared, policy: SplitPolicy, fold: int) -> FlawedSplit:
    """Choose the checkpoint on test: dev repeats the test utterances as rows of its own."""
    corpus = target.corpus
    honest = split(corpus, policy, fold)
    base = np.concatenate([np.arange(len(corpus.table)), honest.test])
    rows = row_index(corpus, target.available, base)
    return FlawedSplit(rows, replace(honest, dev=np.arange(len(corpus.table), len(base))))


def _scaler_on_all(target: Prepared, policy: SplitPolicy, fold: int) -> FlawedSplit:
    """Learn standardisation and representations from all three parts."""
    honest = _honest(target, policy, fold)
    return FlawedSplit(replace(honest.rows, learned_from=_all(honest.parts)), honest.parts)


def _swapped_labels(target: Prepared, policy: SplitPolicy, fold: int) -> FlawedSplit:
    """Exchange two label columns in train and dev; test keeps the right order."""
    honest = _honest(target, policy, fold)
    labels = honest.rows.labels.copy()
    first, second = swapped_classes(target.corpus)
    learned = np.concatenate([honest.parts.train, honest.parts.dev])
    seen = labels[learned]
    if labels.ndim == 2:
        seen[:, [first, second]] = seen[:, [second, first]]
    else:
        seen = np.where(seen == first, second, np.where(seen == second, first, seen))
    labels[learned] = seen
    return FlawedSplit(replace(honest.rows, labels=labels), honest.parts)


def _video_averaged(target: Prepared, policy: SplitPolicy, fold: int) -> FlawedSplit:
    """Give every utterance its group's average label, in all three parts as the authors did."""
    honest = _honest(target, policy, fold)
    labels = averaged_labels(target.corpus)
    return FlawedSplit(replace(honest.rows, labels=labels), honest.parts)


def swapped_classes(corpus: Corpus) -> tuple[int, int]:
    """The two classes that `swapped_labels` exchanges: disgust and fear, else the two rarest."""
    known = corpus.dataset.card.canonical
    named = [[i for i, c in enumerate(corpus.classes) if known.get(c) == n] for n in CONFUSED]
    if all(named):
        return named[0][0], named[1][0]
    labels = corpus.labels[~corpus.auxiliary]
    counts = labels.sum(axis=0) if labels.ndim == 2 else np.bincount(labels)
    counts = np.pad(counts, (0, len(corpus.classes) - len(counts)))
    first, second = np.sort(np.argsort(counts, kind="stable")[:2])
    return int(first), int(second)


def _all(parts: Split) -> Rows:
    return np.sort(np.concatenate([parts.train, parts.dev, parts.test]))


def _usable(target: Prepared, rows: Rows) -> Rows:
    return rows[target.available[rows].any(axis=1)]


def _generator(corpus: Corpus, rows: Rows, *what: str | int) -> np.random.Generator:
    ids = corpus.table["id"].to_numpy()[rows]
    return sample_stream(ids, *what)

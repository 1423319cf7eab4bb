"""Split policies: the corpus's standard one, and group-disjoint folds on request."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from emobench.corpus.corpus import Corpus
from emobench.errors import DataError, RequestError
from emobench.randomness import SPLIT_SEED

DEV_OF = 6
"""Of so many group-disjoint folds one is dev, unless the user says how many."""


@dataclass(frozen=True)
class Split:
    """Row numbers of the three parts of one fold."""

    train: NDArray[np.int64]
    dev: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclass(frozen=True)
class SplitPolicy:
    """How train, dev and test are drawn.

    Parameters
    ----------
    folds
        Number of folds.
    grouped
        False for the corpus's standard split, true for `folds` group-disjoint folds.
    dev_folds
        Of group-disjoint folds, the number whose test parts are dev.
    """

    folds: int
    grouped: bool = False
    dev_folds: int = 1

    @property
    def name(self) -> str:
        """``standard``, ``grouped_K`` or, with several folds in dev, ``grouped_K_dev_D``."""
        if not self.grouped:
            return "standard"
        dev = f"_dev_{self.dev_folds}" if self.dev_folds > 1 else ""
        return f"grouped_{self.folds}{dev}"

    def describe(self, corpus: Corpus) -> str:
        """Say the policy in a sentence."""
        if not self.grouped:
            return corpus.dataset.card.split
        unit = corpus.dataset.card.fold_by
        others = " Auxiliary utterances are in train in every fold."
        dev = "fold's part is" if self.dev_folds == 1 else f"{self.dev_folds} folds' parts are"
        return (
            f"{self.folds} folds that share no {unit}, stratified by class; the next {dev} "
            f"dev (seed 0).{others if corpus.auxiliary.any() else ''}"
        )


def policy(corpus: Corpus, folds: int | None, dev_folds: int | None = None) -> SplitPolicy:
    """Return the standard policy, or the one that ``--folds`` asks for.

    Parameters
    ----------
    corpus
        The corpus.
    folds
        Number of folds; None for the standard policy.
    dev_folds
        Folds that are dev; None for about a sixth, since the dev part of one of many folds is too
        small to choose by.

    Raises
    ------
    RequestError
        Fewer than three folds, more folds than groups, or dev folds that leave no train.
    """
    if folds is None:
        if dev_folds is not None:
            raise RequestError(
                f"--dev-folds {dev_folds} needs --folds: the corpus's own split has its own dev."
            )
        return SplitPolicy(corpus.dataset.card.folds)
    unit = corpus.dataset.card.fold_by
    groups = corpus.table.loc[~corpus.auxiliary, unit].nunique()
    if not 3 <= folds <= groups:
        raise RequestError(
            f"--folds {folds}: it must be at least 3 (one part each for test, dev and train) and "
            f"at most the number of {unit}s, which is {groups} in {corpus.request.label}."
        )
    if dev_folds is not None and not 1 <= dev_folds <= folds - 2:
        raise RequestError(
            f"--dev-folds {dev_folds}: of {folds} folds one is tested and one at least is train, "
            f"so it must be from 1 to {folds - 2}."
        )
    # At least one; a half is rounded up.
    return SplitPolicy(folds, True, dev_folds or max(1, (2 * folds + DEV_OF) // (2 * DEV_OF)))


def split(corpus: Corpus, rule: SplitPolicy, fold: int) -> Split:
    """Draw one fold and check it.

    Raises
    ------
    DataError
        A part is empty, a class has no utterance in train, or a speaker or group that the policy
        keeps together is in two parts.
    RequestError
        More folds than any class has utterances.
    """
    parts = _grouped(corpus, rule, fold) if rule.grouped else _standard(corpus, fold)
    where = f"{corpus.request.label}, {rule.name} split, fold {fold}"
    for part in ("train", "dev", "test"):
        if not (parts == part).any():
            raise DataError(
                f"{where}: the {part} part is empty. All three are needed: dev chooses the epoch, "
                "test is scored; --folds K draws them anew."
            )
    rows = np.arange(len(parts))
    result = Split(*(rows[parts == part] for part in ("train", "dev", "test")))
    counts = class_counts(corpus.labels[result.train], len(corpus.classes))
    absent = [name for name, n in zip(corpus.classes, counts, strict=True) if n == 0]
    if absent:
        raise DataError(
            f"{where}: class {', '.join(map(repr, absent))} has no utterance in train, so no "
            "model can learn it; add utterances of that class or choose another split (--folds)."
        )
    card = corpus.dataset.card
    check_disjoint(corpus, result, (card.fold_by,) if rule.grouped else card.disjoint, where)
    return result


def check_disjoint(corpus: Corpus, parts: Split, columns: tuple[str, ...], where: str) -> None:
    """Refuse a split that puts one speaker or group into two parts.

    Auxiliary utterances are of other corpora and in train alone.

    Parameters
    ----------
    corpus
        The corpus.
    parts
        Its split.
    columns
        Columns of the utterance table whose values have to stay in one part each.
    where
        What the message calls the split.

    Raises
    ------
    DataError
        Up to ten such values are named with an utterance of each part.
    """
    rows = {"train": parts.train, "dev": parts.dev, "test": parts.test}
    for column in columns:
        values = corpus.table[column].astype(str).tolist()
        first: dict[str, dict[str, int]] = {}
        for part, numbers in rows.items():
            for row in numbers:
                first.setdefault(values[row], {}).setdefault(part, int(row))
        parted = {value: places for value, places in first.items() if len(places) > 1}
        if parted:
            listed = "; ".join(_example(corpus, v, p) for v, p in list(parted.items())[:10])
            more = f" and {len(parted) - 10} more" if len(parted) > 10 else ""
            raise DataError(
                f"{where}: {len(parted)} {column}{'s' if len(parted) > 1 else ''} in more than one "
                f"part of a split that is to keep every {column} in one: {listed}{more}."
            )


def _example(corpus: Corpus, value: str, places: dict[str, int]) -> str:
    where = ", ".join(f"{part} ({corpus.ids[row]})" for part, row in places.items())
    return f"{value} in {where}"


def class_counts(labels: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Utterances per class ``[C]``, from class indices ``[N]`` or zeros and ones ``[N, C]``."""
    if labels.ndim == 2:
        return labels.sum(axis=0)
    return np.bincount(labels, minlength=classes)


def _standard(corpus: Corpus, fold: int) -> NDArray[np.object_]:
    return corpus.dataset.split(corpus.table, fold).to_numpy(dtype=object)


def _grouped(corpus: Corpus, rule: SplitPolicy, fold: int) -> NDArray[np.object_]:
    if rule.folds not in corpus.folds:
        corpus.folds[rule.folds] = _drawn_folds(corpus, rule.folds)
    member = corpus.folds[rule.folds]
    parts = np.full(len(member), "train", dtype=object)
    following = [(fold + 1 + k) % rule.folds for k in range(rule.dev_folds)]
    parts[np.isin(member, following)] = "dev"
    parts[member == fold] = "test"
    return parts


def _drawn_folds(corpus: Corpus, folds: int) -> NDArray[np.int64]:
    """The fold ``[N]`` of each utterance; -1 for those of auxiliary corpora."""
    drawn = np.flatnonzero(~corpus.auxiliary)
    labels = corpus.strata[drawn]
    if folds > np.bincount(labels).max():
        raise RequestError(
            f"--folds {folds}: no class of {corpus.request.label} has so many utterances; "
            "ask for fewer folds."
        )
    groups = corpus.table[corpus.dataset.card.fold_by].to_numpy()[drawn]
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=SPLIT_SEED)
    member = np.full(len(corpus.table), -1)
    for k, (_, test) in enumerate(splitter.split(groups, labels, groups)):
        member[drawn[test]] = k
    return member

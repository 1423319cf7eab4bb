"""A split for a corpus that has none: seeded, speaker-disjoint, class-stratified."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from emobench import DataError

FIFTH = 5
DRAWS = 20
"""Number of draws; the draw whose parts have the most similar classes is used."""

MANY = 1_000
"""From so many units on, units of one row each are drawn as rows."""

Rows = NDArray[np.int64]


def fill_split(table: pd.DataFrame, unit: str, seed: int, path: Path) -> str:
    """Draw the column ``split`` where the file has none; return the split in a sentence.

    Where it has train and test alone, dev is drawn from train: test is never touched.

    Parameters
    ----------
    table
        The rows, changed in place.
    unit
        The column whose values stay in one part: ``speaker`` or ``group``.
    seed
        Seed of the draws.
    path
        The manifest, for sentences.
    """
    strata = table["label"].str.split("|", regex=False).str[0]
    given = set(table["split"]) - {""}
    if given == {"train", "test"}:
        return _draw_dev(table, unit, strata, seed, path)
    if given:
        return f"That of the column split in {path.name}."
    drawn = drawn_split(table[unit], strata, seed, str(path))
    table["split"] = drawn
    shares = drawn.value_counts(normalize=True)
    parts = ", ".join(f"{part} {shares[part]:.0%}" for part in ("train", "dev", "test"))
    return (
        f"Drawn here, for {path.name} has no column split: {parts}; no {unit} is in two "
        f"parts, classes are stratified (seed {seed})."
    )


def _draw_dev(table: pd.DataFrame, unit: str, strata: pd.Series, seed: int, path: Path) -> str:
    """Move about a fifth of train to dev, in place, if a draw leaves every class in train."""
    told = f"Train and test are those of the column split in {path.name}"
    train = np.flatnonzero(table["split"] == "train")
    units, classes = table[unit].to_numpy()[train], strata.to_numpy()[train]
    best: tuple[float, Rows] | None = None
    for draw in range(seed * DRAWS, (seed + 1) * DRAWS):
        dev = _fold(units, classes, draw)
        rest = np.setdiff1d(np.arange(len(train)), dev)
        if not len(dev) or set(classes[rest]) != set(classes):
            continue
        distance = _distance(strata.iloc[train], np.isin(np.arange(len(train)), dev).astype(int))
        if best is None or distance < best[0]:
            best = distance, dev
    if best is None:
        return f"{told}; there is no dev, and none can be drawn from train."
    table.loc[table.index[train[best[1]]], "split"] = "dev"
    return (
        f"{told}; dev is drawn here from train: {len(best[1]):,} of its {len(train):,} utterances, "
        f"no {unit} is in both, classes are stratified (seed {seed})."
    )


def drawn_split(units: pd.Series, strata: pd.Series, seed: int, where: str) -> pd.Series:
    """Give every unit (speaker, group) to train, dev or test: about 64, 16 and 20%.

    Parameters
    ----------
    units
        The unit of each utterance, which must stay in one part.
    strata
        The class of each utterance.
    seed
        Seed of the draws.
    where
        Name of the corpus, for the error.

    Raises
    ------
    DataError
        There are fewer than three units, or no draw leaves every class in train.
    """
    count = units.nunique()
    if count < 3:
        raise DataError(
            f"{where} has {count} {units.name}{'s' if count != 1 else ''} and no column 'split': "
            f"three parts that share no {units.name} cannot be drawn. Record more, or add a column "
            f"'split' (train, dev, test), in which the {units.name}s are then shared: scores say "
            "nothing of new people."
        )
    best: tuple[float, Rows] | None = None
    for draw in range(seed * DRAWS, (seed + 1) * DRAWS):
        parts = _draw(units.to_numpy(), strata.to_numpy(), draw)
        if set(strata[parts == 0]) != set(strata) or len(set(parts)) < 3:
            continue
        distance = _distance(strata, parts)
        if best is None or distance < best[0]:
            best = distance, parts
    if best is None:
        rare = strata.groupby(strata).agg(lambda s: units[s.index].nunique())
        names = ", ".join(f"{c!r} ({n})" for c, n in rare.items() if n < 3)
        raise DataError(
            f"{where}: no split that shares no {units.name} leaves every class in train. Classes "
            f"with few {units.name}s: {names or 'none alone'}. Merge or remove them, or add a "
            "column 'split'."
        )
    return pd.Series(np.array(["train", "dev", "test"])[best[1]], index=units.index)


def _draw(units: NDArray[np.object_], strata: NDArray[np.object_], seed: int) -> Rows:
    """0, 1 or 2 (train, dev, test) per utterance."""
    parts = np.zeros(len(units), dtype=np.int64)
    parts[_fold(units, strata, seed)] = 2
    rest = np.flatnonzero(parts == 0)
    parts[rest[_fold(units[rest], strata[rest], seed)]] = 1
    return parts


def _fold(units: NDArray[np.object_], strata: NDArray[np.object_], seed: int) -> Rows:
    """Positions of about a fifth, more where there are few units or utterances of a class."""
    folds = min(FIFTH, len(set(units)), int(pd.Series(strata).value_counts().max()))
    if folds < 2:
        return np.zeros(0, dtype=np.int64)
    # Without speakers each row is a unit of its own: to place 10,000 one by one takes minutes.
    alone = len(set(units)) == len(units) >= MANY
    kind = StratifiedKFold if alone else StratifiedGroupKFold
    splitter = kind(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # A class with fewer utterances than folds: drawn_split looks whether train has it.
        warnings.simplefilter("ignore", UserWarning)
        return np.asarray(next(splitter.split(units, strata, units))[1])


def _distance(strata: pd.Series, parts: Rows) -> float:
    """Largest difference between a part's share of a class and the corpus's."""
    whole = strata.value_counts(normalize=True)
    shares = [strata[parts == p].value_counts(normalize=True) for p in sorted(set(parts))]
    return max(float((s.reindex(whole.index).fillna(0.0) - whole).abs().max()) for s in shares)

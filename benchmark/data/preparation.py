"""Computes every representation of a corpus, so that runs start at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

    from emobench.corpus.preparation.extract import Prepared
    from emobench.discovery.chosen_features import ChosenFeatures


class Extracted(NamedTuple):
    """A representation that is there: its name, what it is called, and its size."""

    name: str
    title: str
    utterances: int
    steps: int
    size: int


@dataclass(frozen=True)
class Preparation:
    """What ``emobench data prepare`` prints.

    Parameters
    ----------
    extracted
        Representations of each utterance, those of encoders included.
    fitted
        Names of those that were fitted on the train part of each fold.
    folds
        How many folds there are.
    folder, bytes
        Where all of it lies, and how much it is.
    """

    extracted: tuple[Extracted, ...]
    fitted: tuple[str, ...]
    folds: int
    folder: Path
    bytes: int

    @property
    def frame(self) -> pd.DataFrame:
        """A row per extracted representation: ``name``, ``title``, and its numbers."""
        import pandas as pd

        return pd.DataFrame(self.extracted, columns=list(Extracted._fields))


def preparation(target: Prepared, encoders: Sequence[ChosenFeatures] = ()) -> Preparation:
    """Fit what is fitted on each fold of a corpus that is extracted, and say what is there.

    Raises
    ------
    DataError
        A modality has no usable clip.
    """
    from emobench.corpus.preparation.clip_policy import check_modalities
    from emobench.corpus.preparation.fit import feature
    from emobench.corpus.split import policy, split
    from emobench.discovery.representations import extracted as starting_from
    from emobench.discovery.representations import is_fitted, possible

    check_modalities(target)
    corpus = target.corpus
    extracted, fitted = possible(corpus.sources)
    names = [one.name for one in encoders]
    fitted = list(dict.fromkeys([*fitted, *filter(is_fitted, names)]))
    rule = policy(corpus, None)
    for fold in range(rule.folds):
        for one in fitted:
            feature(target, one, split(corpus, rule, fold).train)
    titles = {e.name: e.label for e in encoders}
    every = dict.fromkeys([*extracted, *sorted(starting_from(names))])
    return Preparation(
        tuple(_extracted(target, name, titles.get(name, name)) for name in every),
        tuple(titles.get(name, name) for name in fitted),
        rule.folds,
        target.folder,
        sum(f.stat().st_size for f in target.folder.rglob("*") if f.is_file()),
    )


def _extracted(target: Prepared, name: str, title: str) -> Extracted:
    table = target.load(name)
    return Extracted(name, title, len(table), int(table.offsets[-1]), table.size)

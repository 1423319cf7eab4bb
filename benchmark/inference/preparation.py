"""What a training learned to prepare inputs: statistics, vocabularies, projections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emobench.corpus.preparation.extract import Prepared
from emobench.corpus.preparation.fit import Feature, refitted, transformed_by
from emobench.corpus.preparation.standardisation import speaker_groups, standardised_by
from emobench.corpus.view import Features, FoldView
from emobench.discovery.representations import extracted, representation, source_of
from emobench.errors import RequestError
from emobench.interface.representation import FittedRepresentation
from emobench.missingness import Mask
from emobench.ragged_array import Absent, Ragged

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class FittedInput:
    """One representation, as a training fitted it on its train part.

    Parameters
    ----------
    name, version, size
        Its name, its version, and its feature size D (of ids their number).
    mean, scale
        ``[D]``; None where values are not standardised, or by each speaker's own.
    fitted
        What was learned, of a fitted representation.
    """

    name: str
    version: int
    size: int
    mean: NDArray[np.float32] | None = None
    scale: NDArray[np.float32] | None = None
    fitted: FittedRepresentation | None = None


@dataclass(frozen=True)
class Preparation:
    """The inputs of a trained model, ready to be made of other clips.

    Parameters
    ----------
    inputs
        Modality to representation to how it was fitted.
    standardise
        ``source`` or ``speaker``; see `emobench.Regime.standardise`.
    names
        Source to the names of its features, of those whose corpus names them.
    """

    inputs: Mapping[str, Mapping[str, FittedInput]]
    standardise: str = "source"
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def sources(self) -> dict[str, tuple[str, ...]]:
        """Modality to the sources that its representations are made from."""
        return {
            m: tuple(dict.fromkeys(source_of(name) for name in reps))
            for m, reps in self.inputs.items()
        }

    @cached_property
    def extracted(self) -> list[str]:
        """Representations that are made from recordings, words or features themselves."""
        return sorted(extracted(name for reps in self.inputs.values() for name in reps))

    def features(
        self, target: Prepared, rows: Rows, scratch: Path
    ) -> tuple[Features, Mask, list[str]]:
        """Make the inputs of `rows` of a corpus, whose extracted representations are prepared.

        Parameters
        ----------
        target
            The corpus.
        rows
            Row numbers; nothing else is made.
        scratch
            A folder for what fitted representations give.

        Returns
        -------
        Modality to representation to values; ``[N, M]`` which of the modalities, in the order of
        `inputs`, each row of the corpus has; and the modalities that no row has.
        """
        size, features = len(target.corpus.table), {}
        there = np.zeros((size, len(self.inputs)), dtype=bool)
        for column, (modality, reps) in enumerate(self.inputs.items()):
            if self._is_here(modality, target):
                there[:, column] = _with_all(target, self.sources[modality])
            made = {
                name: self._made(one, target, rows, scratch, bool(there[rows, column].any()))
                for name, one in reps.items()
            }
            features[modality] = made
        absent = [m for i, m in enumerate(self.inputs) if not there[rows, i].any()]
        return features, there, absent

    def _is_here(self, modality: str, target: Prepared) -> bool:
        return set(self.sources[modality]) <= set(target.corpus.sources.get(modality, ()))

    def _made(
        self, one: FittedInput, target: Prepared, rows: Rows, scratch: Path, there: bool
    ) -> Feature:
        if not there:
            width = len(one.mean) if one.mean is not None else _width(one)
            return Feature(one.name, Absent(len(target.corpus.table), width), one.size, None, None)
        if one.fitted is not None:
            table = transformed_by(one.fitted, target, rows, scratch / one.name)
        else:
            table = target.load(one.name)
        _check_width(one, table, target)
        found = Feature(one.name, table, one.size, one.mean, one.scale)
        if self.standardise != "speaker" or not representation(one.name).standardise:
            return found
        none = np.zeros(table.size, dtype=np.float32)
        groups = speaker_groups(target.corpus, [rows])
        origin = f"clips {_digest(one)}"
        return standardised_by(replace(found, mean=none, scale=none), target, groups, origin)


def fitted_preparation(
    source: Prepared, learned: Rows, view: FoldView, standardise: str
) -> Preparation:
    """The preparation of a training.

    Parameters
    ----------
    source
        The prepared corpus of the training.
    learned
        Its rows from which representations and statistics were learned.
    view
        The fold that it was trained on.
    standardise
        As its regime says.
    """
    inputs: dict[str, dict[str, FittedInput]] = {}
    for modality, reps in view.features.items():
        inputs[modality] = {}
        for name, one in reps.items():
            kind = representation(name)
            fitted = None
            if issubclass(kind, FittedRepresentation):
                fitted = refitted(source, kind, tuple(learned.tolist()))
            own = one.groups is None
            inputs[modality][name] = FittedInput(
                name, kind.version, one.size, one.mean if own else None,
                one.scale if own else None, fitted,
            )  # fmt: skip
    bare, dataset = Preparation(inputs, standardise), source.corpus.dataset
    every = dict.fromkeys(s for sources in bare.sources.values() for s in sources)
    named = {s: found for s in every if (found := tuple(dataset.feature_names(s)))}
    return replace(bare, names=named)


def _with_all(target: Prepared, sources: tuple[str, ...]) -> NDArray[np.bool_]:
    """Whether each utterance has all of the sources, ``[N]``."""
    found = [target.facts(s, "available.npy") for s in sources if target.source(s).is_dir()]
    return np.asarray(np.logical_and.reduce(found))


def _width(one: FittedInput) -> int:
    """Numbers per step of a representation: ids are one."""
    return 1 if representation(one.name).discrete else one.size


def _check_width(one: FittedInput, table: Ragged, target: Prepared) -> None:
    wanted = _width(one)
    if table.size != wanted:
        raise RequestError(
            f"{one.name} of {target.corpus.request.label} has {table.size} numbers per step, and "
            f"the model was trained with {wanted}: they are other features."
        )


def _digest(one: FittedInput) -> str:
    return f"{one.name}-v{one.version}"

"""Jobs. A job is a training, with the cells that test its model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from emobench.conditions.build import is_swap
from emobench.conditions.mask_set import MaskSet
from emobench.corpus.corpus import Corpus, CorpusRequest
from emobench.corpus.leakage.flawed_splits import drawn_split, split_spec
from emobench.corpus.split import SplitPolicy
from emobench.corpus.transfer.label_mapping import common_classes, to_common
from emobench.corpus.transfer.view import target_rows
from emobench.corruption.corrupted_dataset import CorruptedRequest
from emobench.corruption.registry import KINDS
from emobench.discovery.registry import Entry
from emobench.discovery.representations import representation, stamped
from emobench.grid.plan.candidates import Candidate
from emobench.interface.protocol import Condition, Corruption, Regime, Trial
from emobench.randomness import MASK_SEED
from emobench.store.spec import (
    CellSpec,
    ConditionSpec,
    CorruptionSpec,
    RegimeSpec,
    ReplacementSpec,
    TrainingSpec,
)


class EvaluationTarget(NamedTuple):
    """Test data of a cell other than the test part of its training's own split.

    Parameters
    ----------
    request
        Another corpus, or the same corpus with corrupted recordings.
    classes
        The classes in common, in which the cell is scored; empty for the corpus's own.
    places
        Place in `classes` of each class of the training, -1 for a class without a place.
    theirs
        The same for the classes of the tested corpus.
    """

    request: CorpusRequest
    classes: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    theirs: tuple[int, ...] = ()


class PlannedCell(NamedTuple):
    """A condition under which trainings are tested, and the test data.

    The cells of all trainings under one condition share it: a plan can have a million cells.
    """

    shown: ConditionSpec
    condition: Condition
    target: EvaluationTarget | None = None

    def spec(self, training: str) -> CellSpec:
        """The spec of the cell of a training."""
        return CellSpec(training=training, condition=self.shown)


@dataclass(frozen=True)
class Job:
    """A training, and the cells that test its model. A worker gets a job at a time.

    Parameters
    ----------
    corpus
        The corpus of the training.
    inputs
        Modality to the representations that the model reads.
    label
        Name in messages.
    flaw
        The flaw of the split, with the number of its draw where seeds have draws of their own, or
        "" for the honest split.
    masks
        Imported masks, if any.
    save_every
        Looks at dev from one saved state of the training to the next.
    processes
        Processes that share the training.
    cells
        Cells by key.
    """

    spec: TrainingSpec
    entry: Entry
    corpus: CorpusRequest
    policy: SplitPolicy
    inputs: dict[str, tuple[str, ...]]
    regime: Regime
    label: str
    flaw: str = ""
    masks: MaskSet | None = None
    save_every: int = 5
    processes: int = 1
    cells: Mapping[str, PlannedCell] = field(default_factory=dict)

    @cached_property
    def key(self) -> str:
        """Name of its training."""
        return self.spec.key()

    @property
    def model(self) -> str:
        """Name of its model."""
        return self.spec.model

    @property
    def is_strange(self) -> bool:
        """Whether its model is not one of emobench's own."""
        return not (self.entry.module or "").startswith("emobench.")

    @property
    def size(self) -> int:
        """Number of its cells."""
        return len(self.cells)


def with_cells(job: Job, cells: Mapping[str, PlannedCell]) -> Job:
    """The same training with other cells; its key is not computed anew."""
    changed = replace(job, cells=cells)
    changed.__dict__["key"] = job.key
    return changed


@dataclass(frozen=True)
class PlanContext:
    """A corpus among those of its request, its split, and the track."""

    corpus: Corpus
    policy: SplitPolicy
    track: str
    opened: tuple[Corpus, ...] = ()
    masks: MaskSet | None = None

    @property
    def label(self) -> str:
        """Name of the corpus in the tables."""
        return self.corpus.request.label

    def other(self, label: str) -> Corpus:
        """The corpus of the request that is called `label`."""
        return next(c for c in (self.corpus, *self.opened) if c.request.label == label)


def make_job(context: PlanContext, candidate: Candidate, trial: Trial, fold: int, seed: int) -> Job:
    """Job with the training of `trial`, without cells."""
    corpus = context.corpus
    versions = {
        m: {stamped(n): representation(n).version for n in names}
        for m, names in candidate.inputs.items()
    }
    spec = TrainingSpec(
        model=candidate.entry.name,
        variant=candidate.variant,
        config=candidate.config,
        track=context.track,
        inputs=versions,
        dataset=corpus.request.label,
        split=split_spec(corpus, context.policy, trial.split),
        fold=fold,
        regime=regime_spec(trial.regime),
        seed=seed,
        model_digest=candidate.entry.digest,
        dataset_digest=corpus.digest,
        backbones=candidate.backbones,
    )
    return Job(
        spec=spec,
        entry=candidate.entry,
        corpus=corpus.request,
        policy=context.policy,
        inputs=candidate.inputs,
        regime=trial.regime,
        label=_label(candidate, trial, spec),
        flaw=drawn_split(trial.split, seed),
        masks=context.masks,
    )


def _label(candidate: Candidate, trial: Trial, spec: TrainingSpec) -> str:
    variant = "" if candidate.variant == "corrected" else f" ({candidate.variant})"
    options = [f"{k}={v}" for k, v in trial.options.items()]
    how = " ".join([regime_label(trial.regime), trial.split.replace("_", " "), *options]).strip()
    where = f"{spec.dataset}, {how}, fold {spec.fold}, seed {spec.seed}"
    return f"{candidate.label}{variant} on {where}"


def regime_label(regime: Regime) -> str:
    """Name of a regime, with its modalities or rate if the name does not say them."""
    if regime.present is not None:
        return f"{regime.name} ({'+'.join(regime.present)})"
    return f"{regime.name} (rate {regime.rate})" if regime.rate else regime.name


def regime_spec(regime: Regime) -> RegimeSpec:
    """The part of `regime` that changes a training."""
    values = asdict(regime) | {"name": _trained_as(regime)}
    return RegimeSpec(**{name: values[name] for name in RegimeSpec.model_fields})


def _trained_as(regime: Regime) -> str:
    """Name that depends only on the training itself, not on the protocol's name for it."""
    parts = [
        f"only {'+'.join(regime.present)}" if regime.present is not None else "",
        f"rate {regime.rate}" if regime.rate else "",
        "modality_dropout" if regime.drop else "",
        "single" if regime.single else "",
        "" if regime.auxiliary else "without auxiliary",
        "" if regime.fill == "native" else f"{regime.fill} fill",
        "" if regime.standardise == "source" else f"standardised by {regime.standardise}",
    ]
    return ", ".join(filter(None, parts)) or "full"


def make_cell(context: PlanContext, condition: Condition) -> PlannedCell:
    """What the cells of all trainings under `condition` share."""
    target = target_of(context, condition)
    return PlannedCell(_condition_spec(context, condition, target), condition, target)


def target_of(context: PlanContext, condition: Condition) -> EvaluationTarget | None:
    """Test data of `condition`, or None for the test part of the training's own corpus."""
    corpus = context.corpus
    if condition.corruption is not None and not is_swap(condition.corruption):
        everything = range(len(corpus.table))
        rows = everything if context.policy.grouped else target_rows(corpus)
        tested = tuple(int(row) for row in rows)
        return EvaluationTarget(CorruptedRequest.of(corpus.request, condition.corruption, tested))
    if condition.corpus is None:
        return None
    shown = context.other(condition.corpus)
    # Tested on itself, a corpus is restricted to the classes that it shares with another.
    partner = context.other(condition.classes) if condition.classes else shown
    names = common_classes(corpus, partner)
    ours = to_common(corpus, partner, names)
    theirs = ours if shown is corpus else to_common(shown, corpus, names)
    return EvaluationTarget(shown.request, names, tuple(map(int, ours)), tuple(map(int, theirs)))


def _condition_spec(
    context: PlanContext, condition: Condition, target: EvaluationTarget | None
) -> ConditionSpec:
    replaced, damage, corpus = condition.replace, condition.corruption, condition.corpus
    foreign = corpus if condition.elsewhere(context.label) else None
    return ConditionSpec(
        present=condition.present,
        rate=condition.rate,
        mask_seed=MASK_SEED,
        masks=_masks_digest(context.masks, condition),
        frames=condition.frames,
        fill=condition.fill,
        replace=ReplacementSpec(**asdict(replaced)) if replaced else None,
        corruption=_corruption_spec(damage) if damage else None,
        corpus=context.other(foreign).digest if foreign else None,
        classes=_translation(target, context.other(corpus)) if corpus else None,
        standardise=condition.standardise,
    )


def _masks_digest(masks: MaskSet | None, condition: Condition) -> str | None:
    """Digest of the imported masks if `condition` uses them, else None."""
    if masks is None or condition.drawn not in masks.kept:
        return None
    return masks.digest


def _corruption_spec(damage: Corruption) -> CorruptionSpec:
    version = KINDS[damage.kind].version
    return CorruptionSpec(kind=damage.kind, severity=damage.severity, version=version)


def _translation(target: EvaluationTarget | None, tested: Corpus) -> tuple[str, ...] | None:
    """Pairs of a class of the tested corpus and its common class."""
    if target is None:
        return None
    named = zip(tested.classes, target.theirs, strict=True)
    return tuple(f"{own}>{target.classes[i]}" for own, i in named if i >= 0)

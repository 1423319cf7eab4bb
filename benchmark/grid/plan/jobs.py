"""Jobs: one training each, and the cells that hang on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from emobench.conditions.build import is_swap
from emobench.conditions.mask_set import MaskSet
from emobench.corpus.corpus import Corpus, CorpusRequest
from emobench.corpus.split import SplitPolicy
from emobench.corpus.transfer.label_mapping import common_classes, to_common
from emobench.corpus.transfer.view import target_rows
from emobench.corruption.corrupted_dataset import CorruptedRequest
from emobench.corruption.registry import KINDS
from emobench.discovery.registry import Entry
from emobench.discovery.representations import representation
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
    """What a cell is tested on where it is not the test part of its training's own split.

    Parameters
    ----------
    request
        Another corpus, or the same one with damaged recordings.
    classes
        The classes in common, in which the cell is scored; empty for the corpus's own.
    places
        Place in `classes` of each class that the training knows, -1 where it has none.
    theirs
        The same for the classes of the corpus that is tested on.
    """

    request: CorpusRequest
    classes: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    theirs: tuple[int, ...] = ()


class Cell(NamedTuple):
    """One condition of a training, and where it is tested."""

    spec: CellSpec
    condition: Condition
    ground: EvaluationTarget | None = None


@dataclass
class Job:
    """One training and the cells that hang on it: what a worker process gets."""

    spec: TrainingSpec
    entry: Entry
    corpus: CorpusRequest
    policy: SplitPolicy
    inputs: dict[str, tuple[str, ...]]
    regime: Regime
    label: str
    flaw: str = ""
    masks: MaskSet | None = None
    cells: dict[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True)
class PlanContext:
    """Where jobs are made: a corpus among those of its request, its split, and the track."""

    corpus: Corpus
    policy: SplitPolicy
    track: str
    opened: tuple[Corpus, ...] = ()
    masks: MaskSet | None = None

    def other(self, label: str) -> Corpus:
        """The corpus of the request that is called `label`."""
        return next(c for c in (self.corpus, *self.opened) if c.request.label == label)


def make_job(place: PlanContext, candidate: Candidate, trial: Trial, fold: int, seed: int) -> Job:
    """The training that `trial` asks for, without cells."""
    corpus, policy, regime = place.corpus, place.policy, trial.regime
    versions = {
        m: {n: representation(n).version for n in names} for m, names in candidate.inputs.items()
    }
    spec = TrainingSpec(
        model=candidate.entry.name,
        variant=candidate.variant,
        config=candidate.config,
        track=place.track,
        inputs=versions,
        dataset=corpus.request.label,
        split=trial.split or policy.name,
        fold=fold,
        regime=regime_spec(regime),
        seed=seed,
        model_digest=candidate.entry.digest,
        dataset_digest=corpus.digest,
        backbones=candidate.backbones,
    )
    variant = "" if candidate.variant == "corrected" else f" ({candidate.variant})"
    how = " ".join(
        [
            _named(regime),
            trial.split.replace("_", " "),
            *(f"{k}={v}" for k, v in trial.options.items()),
        ]
    ).strip()
    where = f"{corpus.request.label}, {how}, fold {fold}, seed {seed}"
    return Job(
        spec,
        candidate.entry,
        corpus.request,
        policy,
        candidate.inputs,
        regime,
        f"{candidate.label}{variant} on {where}",
        trial.split,
        place.masks,
    )


def _named(regime: Regime) -> str:
    """A regime's name, and what it shows or drops where its name does not say."""
    if regime.present is not None:
        return f"{regime.name} ({'+'.join(regime.present)})"
    return f"{regime.name} (rate {regime.rate})" if regime.rate else regime.name


def regime_spec(regime: Regime) -> RegimeSpec:
    """The part of `regime` that changes a training."""
    values = asdict(regime) | {"name": _trained_as(regime)}
    return RegimeSpec(**{name: values[name] for name in RegimeSpec.model_fields})


def _trained_as(regime: Regime) -> str:
    """A name that only depends on what is trained, whatever a protocol calls it."""
    parts = [
        f"only {'+'.join(regime.present)}" if regime.present is not None else "",
        f"rate {regime.rate}" if regime.rate else "",
        "modality_dropout" if regime.drop else "",
        "single" if regime.single else "",
        "" if regime.auxiliary else "without auxiliary",
        "" if regime.fill == "native" else f"{regime.fill} fill",
    ]
    return ", ".join(filter(None, parts)) or "full"


def add_cell(job: Job, place: PlanContext, condition: Condition) -> str:
    """Hang a cell on `job` unless it is there; return its key."""
    ground = ground_of(place, condition)
    spec = CellSpec(training=job.spec.key(), condition=_condition_spec(place, condition, ground))
    job.cells.setdefault(spec.key(), Cell(spec, condition, ground))
    return spec.key()


def ground_of(place: PlanContext, condition: Condition) -> EvaluationTarget | None:
    """What `condition` is tested on, or None for the test part of the corpus itself."""
    corpus = place.corpus
    if condition.corruption is not None and not is_swap(condition.corruption):
        everything = range(len(corpus.table))
        rows = everything if place.policy.grouped else target_rows(corpus)
        tested = tuple(int(row) for row in rows)
        return EvaluationTarget(CorruptedRequest.of(corpus.request, condition.corruption, tested))
    if condition.corpus is None:
        return None
    shown = place.other(condition.corpus)
    # Of its own test part a corpus shows the classes that it shares with another one.
    partner = place.other(condition.classes) if condition.classes else shown
    names = common_classes(corpus, partner)
    ours = to_common(corpus, partner, names)
    theirs = ours if shown is corpus else to_common(shown, corpus, names)
    return EvaluationTarget(shown.request, names, tuple(map(int, ours)), tuple(map(int, theirs)))


def _condition_spec(
    place: PlanContext, condition: Condition, ground: EvaluationTarget | None
) -> ConditionSpec:

    replaced, damage = condition.replace, condition.corruption
    foreign = condition.corpus is not None and condition.corpus != place.corpus.request.label
    return ConditionSpec(
        present=condition.present,
        rate=condition.rate,
        mask_seed=MASK_SEED,
        masks=_masks_digest(place.masks, condition),
        frames=condition.frames,
        fill=condition.fill,
        replace=ReplacementSpec(**asdict(replaced)) if replaced else None,
        corruption=_corruption_spec(damage) if damage else None,
        corpus=place.other(condition.corpus).digest if foreign and condition.corpus else None,
        classes=_translation(ground, place.other(condition.corpus)) if condition.corpus else None,
    )


def _masks_digest(masks: MaskSet | None, condition: Condition) -> str | None:
    """Digest of the imported masks where `condition` is drawn."""
    if masks is None or condition.drawn not in masks.kept:
        return None
    return masks.digest


def _corruption_spec(damage: Corruption) -> CorruptionSpec:
    version = KINDS[damage.kind].version
    return CorruptionSpec(kind=damage.kind, severity=damage.severity, version=version)


def _translation(ground: EvaluationTarget | None, tested: Corpus) -> tuple[str, ...] | None:
    """Each class of the corpus that is tested on, and the common one it counts as."""
    if ground is None:
        return None
    named = zip(tested.classes, ground.theirs, strict=True)
    return tuple(f"{own}>{ground.classes[i]}" for own, i in named if i >= 0)

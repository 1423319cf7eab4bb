"""From a request to the distinct trainings behind it, and the rows of the tables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from emobench.backbones.weights import FIELD, weights
from emobench.corpus.corpus import Corpus, CorpusRequest
from emobench.corpus.split import SplitPolicy
from emobench.corpus.view import suited_inputs
from emobench.discovery.options import with_options
from emobench.discovery.registry import Entry
from emobench.discovery.representations import check_inputs, representation
from emobench.errors import RequestError, Skip
from emobench.grid.request import PRESETS, Request
from emobench.grid.setting import setting
from emobench.grid.spec import CellSpec, ConditionSpec, RegimeSpec, TrainingSpec
from emobench.interface.card import Card
from emobench.interface.protocol import Condition, Protocol, Regime, Setting, Trial
from emobench.masks import MASK_SEED


@dataclass(frozen=True)
class Candidate:
    """A model in one variant with its final hyper-parameters, on one corpus."""

    entry: Entry
    options: dict[str, str]
    variant: str
    config: dict[str, Any]
    inputs: dict[str, tuple[str, ...]]
    skipped: str | None = None
    backbones: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What the tables call it: ``NAME`` or ``NAME:key=value``."""
        return ":".join([self.entry.name, *(f"{k}={v}" for k, v in self.options.items())])

    @property
    def card(self) -> Card:
        """The model's card."""
        assert isinstance(self.entry.card, Card)
        return self.entry.card


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
    cells: dict[str, tuple[CellSpec, Condition]] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One (regime, condition, fold, seed) of a table; points at a cell or says why not."""

    regime: str
    condition: str
    fold: int
    seed: int
    training: str | None
    cell: str | None
    skipped: str | None = None


@dataclass
class Grid:
    """The record of one (model, variant, corpus, protocol) of a request."""

    candidate: Candidate
    protocol: Protocol
    corpus: Corpus
    policy: SplitPolicy
    track: str
    setting: Setting
    trials: list[Trial]
    rows: list[Row]

    @property
    def regimes(self) -> list[Regime]:
        """The regimes of the trials, each name once."""
        return list({t.regime.name: t.regime for t in reversed(self.trials)}.values())[::-1]

    @property
    def conditions(self) -> list[Condition]:
        """The conditions of the trials, each name once."""
        return list({t.condition.name: t.condition for t in reversed(self.trials)}.values())[::-1]


@dataclass
class Plan:
    """All grids of a request, and the distinct trainings behind them."""

    grids: list[Grid] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)

    @property
    def cells(self) -> int:
        """Number of distinct cells."""
        return sum(len(j.cells) for j in self.jobs.values())


def candidates(request: Request, corpus: Corpus) -> list[Candidate]:
    """Every model and variant of the request, on `corpus`; unsuited ones with the reason."""
    found: list[Candidate] = []
    for entry, options in request.models:
        card = entry.card
        assert isinstance(card, Card)
        variants = variants_of(card, request.variants)
        found += [_candidate(request, corpus, entry, options, v) for v in variants]
    return found


def variants_of(card: Card, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The variants in which a model is run; a reference row has one, and is on every page."""
    return wanted if card.kind != "reference" else ("corrected",)


def _candidate(
    request: Request, corpus: Corpus, entry: Entry, options: dict[str, str], variant: str
) -> Candidate:
    card = entry.card
    assert isinstance(card, Card)
    config = _config(entry, options, request)
    check_inputs(entry, request.track)
    try:
        if variant not in card.variants:
            raise Skip(f"{card.name} has no variant {variant}, only {', '.join(card.variants)}")
        inputs = suited_inputs(card, request.track, corpus.sources, request.frozen)
        backbones = _backbones(config, inputs, request.track)
    except Skip as reason:
        return Candidate(entry, options, variant, config, {}, str(reason))
    return Candidate(entry, options, variant, config, inputs, backbones=backbones)


def _backbones(
    config: dict[str, Any], inputs: dict[str, tuple[str, ...]], track: str
) -> dict[str, str]:
    """Revisions of the backbones that a configuration names, for the modalities it will get.

    Raises
    ------
    Skip
        Weights cannot be had.
    RequestError
        It names one on the controlled track.
    """
    named = {m: config.get(m + FIELD) for m in inputs}
    chosen = {m: str(name) for m, name in named.items() if name}
    if chosen and track != "published":
        first = next(iter(chosen))
        raise RequestError(
            f"{first}{FIELD}={chosen[first]}: the {track} track gives every model the same "
            "representations and no backbone; add --track published."
        )
    return {m: weights(m, name).revision for m, name in chosen.items()}


def _config(entry: Entry, options: dict[str, str], request: Request) -> dict[str, Any]:
    kind = entry.load()
    preset = kind.presets.get(PRESETS[request.track]) or kind.Config()
    chosen = with_options(preset, options, f"model {entry.name}")
    return asdict(chosen)


def add_to_plan(
    plan: Plan,
    request: Request,
    corpus: Corpus,
    policy: SplitPolicy,
    chosen: list[Candidate],
    opened: Sequence[Corpus] = (),
) -> None:
    """Add the grids of one corpus; trainings that are already planned are shared.

    `opened`: all corpora of the request.
    """
    for entry in request.protocols:
        protocol: Protocol = entry.load()()
        for candidate in chosen:
            about = setting(corpus, opened, candidate.card, request.track)
            trials = list(protocol.trials(about))
            if not trials:
                raise RequestError(
                    f"The protocol {protocol.card.name} has nothing to do on {about.corpus}."
                )
            rows = list(_rows(plan, request, corpus, policy, candidate, trials))
            track = request.track_label
            plan.grids.append(Grid(candidate, protocol, corpus, policy, track, about, trials, rows))


def _rows(
    plan: Plan,
    request: Request,
    corpus: Corpus,
    policy: SplitPolicy,
    candidate: Candidate,
    trials: Sequence[Trial],
) -> Iterator[Row]:
    for trial in trials:
        regime, condition = trial.regime, trial.condition
        seeds = 1 if candidate.card.deterministic and not regime.draws else request.seeds
        for fold in range(policy.folds):
            for seed in range(seeds):
                reason = candidate.skipped or trial.skip or _unsuited(candidate, condition)
                job = _job(plan, request, corpus, policy, candidate, regime, fold, seed)
                cell = None if reason or job is None else _cell(job, condition)
                training = job.spec.key() if job is not None else None
                yield Row(regime.name, condition.name, fold, seed, training, cell, reason)


def _unsuited(candidate: Candidate, condition: Condition) -> str | None:
    """Why the model cannot run under `condition`, or None."""
    if condition.present is None:
        return None
    needs = candidate.card.requires
    removed = [m for m in needs if m not in condition.present]
    if removed:
        return f"{candidate.label} reads {' and '.join(needs)}, which this condition removes"
    if candidate.inputs and not set(candidate.inputs) & set(condition.present):
        return f"{candidate.label} reads none of {' and '.join(condition.present)}"
    return None


def _job(
    plan: Plan,
    request: Request,
    corpus: Corpus,
    policy: SplitPolicy,
    candidate: Candidate,
    regime: Regime,
    fold: int,
    seed: int,
) -> Job | None:
    if candidate.skipped:
        return None
    versions = {
        m: {n: representation(n).version for n in names} for m, names in candidate.inputs.items()
    }
    spec = TrainingSpec(
        model=candidate.entry.name,
        variant=candidate.variant,
        config=candidate.config,
        track=request.track_label,
        inputs=versions,
        dataset=corpus.request.label,
        split=policy.name,
        fold=fold,
        regime=RegimeSpec(name=regime.name, drop=regime.drop),
        seed=seed,
        model_digest=candidate.entry.digest,
        dataset_digest=corpus.digest,
        backbones=candidate.backbones,
    )
    variant = "" if candidate.variant == "corrected" else f" ({candidate.variant})"
    where = f"{corpus.request.label}, {regime.name}, fold {fold}, seed {seed}"
    label = f"{candidate.label}{variant} on {where}"
    job = Job(
        spec, candidate.entry, corpus.request, policy, candidate.inputs, regime, label
    )  # fmt: skip
    return plan.jobs.setdefault(spec.key(), job)


def _cell(job: Job, condition: Condition) -> str:
    spec = CellSpec(
        training=job.spec.key(),
        condition=ConditionSpec(
            present=condition.present, rate=condition.rate, mask_seed=MASK_SEED
        ),
    )
    job.cells.setdefault(spec.key(), (spec, condition))
    return spec.key()


def identity(grid: Grid) -> str:
    """Digest of what must not be mixed in one row: model source, settings, corpus."""
    parts = {
        "source": grid.candidate.entry.digest,
        "config": grid.candidate.config,
        "corpus": grid.corpus.digest,
        "inputs": grid.candidate.inputs,
        "backbones": grid.candidate.backbones,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:20]

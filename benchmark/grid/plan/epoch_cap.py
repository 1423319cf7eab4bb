"""What a cap on epochs leaves of the budgets that the models' presets have."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from emobench.corpus.corpus import Corpus
from emobench.corpus.split import split
from emobench.discovery.options import configured
from emobench.grid.plan.jobs import Job
from emobench.grid.plan.request import Request
from emobench.interface.training_config import TrainingConfig
from emobench.training.budget import budget
from emobench.wording import counted

LEAST_SHARE = 0.2
"""Share of the preset's updates below which a training says little about its model."""


@dataclass(frozen=True)
class Cap:
    """The updates of a training with its epochs capped, and with its preset's budget."""

    model: str
    epochs: int
    updates: int
    preset: int

    @property
    def share(self) -> float:
        """Of the preset's updates."""
        return self.updates / self.preset


def cap_lines(request: Request, jobs: Iterable[Job], corpora: Mapping[str, Corpus]) -> list[str]:
    """Say in a line if a cap on epochs leaves a model under a fifth of its preset's updates.

    Parameters
    ----------
    request
        Its models have the cap among their options: ``epochs``.
    jobs
        Trainings to be done.
    corpora
        The opened corpora by label.
    """
    return cap_text(_caps(request, jobs, corpora))


def cap_text(caps: Iterable[Cap]) -> list[str]:
    """Say of the training with the least share of its preset's updates how many it has."""
    every = list(caps)
    least = min(every, key=lambda one: one.share, default=None)
    if least is None or least.share >= LEAST_SHARE:
        return []
    is_every = {(c.epochs, c.updates, c.preset) for c in every} == {
        (least.epochs, least.updates, least.preset)
    }
    verb = "is" if least.epochs == 1 else "are"
    about, whose = ("about", "") if is_every else ("as few as", f" ({least.model})")
    return [
        f"{counted(least.epochs, 'epoch')} {verb} {about} {least.updates:,} of the preset's "
        f"{least.preset:,} updates{whose}: enough to try things out, not to judge a model"
    ]


def _caps(request: Request, jobs: Iterable[Job], corpora: Mapping[str, Corpus]) -> list[Cap]:
    presets: dict[str, list[tuple[TrainingConfig, TrainingConfig]]] = {}
    for entry, options in request.models:
        if "epochs" in options:
            rest = {name: value for name, value in options.items() if name != "epochs"}
            both = (configured(entry, given, request.track) for given in (options, rest))
            capped, preset = both
            presets.setdefault(entry.name, []).append((capped, preset))
    sizes: dict[tuple[str, str, int], int] = {}
    found = []
    for job in jobs if presets else ():
        known = presets.get(job.entry.name, ())
        pair = next((p for p in known if asdict(p[0]) == job.spec.config), None)
        if pair is None:
            continue
        place = (job.corpus.label, repr(job.policy), job.spec.fold)
        if place not in sizes:
            sizes[place] = len(split(corpora[job.corpus.label], job.policy, job.spec.fold).train)
        batches = [math.ceil(max(sizes[place], 1) / config.batch_size) for config in pair]
        updates = [budget(config, n) for config, n in zip(pair, batches, strict=True)]
        found.append(Cap(job.spec.model, pair[0].epochs, *updates))
    return found

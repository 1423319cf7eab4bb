"""A trial of a search: one configuration, trained with the search's seed and scored on dev."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from emobench.grid.execution.time_left import work_kind
from emobench.grid.plan.jobs import Job
from emobench.interface.model import Model
from emobench.interface.search_space import draw
from emobench.randomness import trial_stream
from emobench.store.spec import TrialSpec


@dataclass(frozen=True)
class TrialJob:
    """A trial, or a part of it, for a worker. It has no cells: nothing is tested.

    Parameters
    ----------
    spec
        What determines its score.
    job
        The training, without cells.
    label
        Name in messages.
    """

    spec: TrialSpec
    job: Job
    label: str
    is_trial: ClassVar[bool] = True

    @property
    def key(self) -> str:
        """Name of the whole trial, whatever part of it is to be trained now."""
        return whole(self.spec).key()

    @property
    def model(self) -> str:
        """Name of the model."""
        return self.job.model

    @property
    def kind(self) -> str:
        """Its kind: trials of a model on a corpus take about equally long."""
        return work_kind(self.model, self.spec.training.dataset)

    @property
    def is_strange(self) -> bool:
        """Whether its model is not one of emobench's own."""
        return self.job.is_strange

    @property
    def size(self) -> int:
        """It is one trial."""
        return 1


def whole(spec: TrialSpec) -> TrialSpec:
    """The spec of the same trial, trained to its end."""
    return spec.model_copy(update={"looks": 0})


def drawn_values(
    kind: type[Model], name: str, config: Mapping[str, Any], fixed: Collection[str], trial: int
) -> dict[str, Any]:
    """The values of the fields that trial number `trial` sets.

    A pure function of the model's name, its search space and the number. Trial 0 is the preset.

    Parameters
    ----------
    kind
        The model.
    name
        Its name.
    config
        Its preset.
    fixed
        Fields that the user or the protocol has set, which are not searched.
    trial
        Number of the trial.
    """
    if not trial:
        return {
            field: config[field]
            for field, values in kind.search_space.items()
            if field not in fixed and all(config[f] in v for f, v in values.when.items())
        }
    return draw(kind.search_space, kind.Config(**config), trial_stream(name, trial), fixed)


def with_values(
    kind: type[Model], config: Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    """The configuration of a trial, checked as any configuration is."""
    return asdict(kind.Config(**{**config, **values}))


def trial_job(
    job: Job, config: dict[str, Any], trial: int, looks: int, inner: tuple[int, int] | None
) -> TrialJob:
    """Trial number `trial` of the training `job`, with `config`, as far as `looks` looks at dev."""
    training = job.spec.model_copy(update={"config": config})
    place = f", inner fold {inner[0]}" if inner else ""
    return TrialJob(
        spec=TrialSpec(training=training, inner=inner, looks=looks),
        job=replace(job, spec=training),
        label=f"{job.label}, trial {trial}{place}",
    )

"""The courses of trainings: what was measured at each look at dev, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from emobench.leaderboard.results.entries import ModelEntry
from emobench.leaderboard.results.reader import Results
from emobench.store.records import Epoch, TrainingReport


@dataclass(frozen=True)
class Look:
    """One look at dev: its record, and the epochs and updates before it over all stages.

    `updates` is None where the record has none.
    """

    record: Epoch
    epochs: int
    updates: int | None


@dataclass(frozen=True)
class Stage:
    """One stage of a training.

    Parameters
    ----------
    name
        Its word in the records; empty for a training of a single stage.
    looks
        At least one, in their order.
    best
        The look with the best dev macro-F1 (of equal ones the lowest dev loss, then the first);
        None for a stage that never looks at dev.
    """

    name: str
    looks: tuple[Look, ...]
    best: Look | None


@dataclass(frozen=True)
class Course:
    """The course of one training.

    Parameters
    ----------
    kept
        The look whose weights were kept in the end.
    """

    fold: int
    seed: int
    stages: tuple[Stage, ...]
    kept: Look | None

    @property
    def looks(self) -> tuple[Look, ...]:
        """The looks of all stages."""
        return tuple(look for stage in self.stages for look in stage.looks)


def courses(results: Results, entry: ModelEntry, regime: str, condition: str) -> list[Course]:
    """Return the courses of the trainings behind one row, by fold and seed.

    Trainings without records (solved in closed form, failed, or not there) have none.
    """
    found: dict[str, Course] = {}
    for slot in entry.slots:
        if (slot.regime, slot.condition) != (regime, condition) or slot.training is None:
            continue
        report = results.training(slot.training)
        if isinstance(report, TrainingReport) and report.epochs and slot.training not in found:
            found[slot.training] = course(report, slot.fold, slot.seed)
    return sorted(found.values(), key=lambda one: (one.fold, one.seed))


def course(report: TrainingReport, fold: int = 0, seed: int = 0) -> Course:
    """Return the course of one training."""
    looks = _looks(report.epochs)
    kept = _best([look for look in looks if look.record.epoch == report.best_epoch])
    stages = []
    for name, group in groupby(looks, key=lambda look: look.record.stage):
        own = tuple(group)
        # The training itself says what it kept; that counts where it is of this stage.
        best = kept if kept in own else _best(own)
        stages.append(Stage(name, own, best))
    return Course(fold, seed, tuple(stages), kept)


def counts_updates(found: Sequence[Course]) -> bool:
    """Whether every look of every training has its updates, so that they can be an axis."""
    looks = [look for one in found for look in one.looks]
    return bool(looks) and all(look.updates is not None for look in looks)


def _looks(epochs: Sequence[Epoch]) -> list[Look]:
    """Looks with updates over all stages; a stage that counts from 0 again goes on."""
    found: list[Look] = []
    before = last = 0
    for number, record in enumerate(epochs, 1):
        if record.updates is None:
            found.append(Look(record, number, None))
            continue
        if before + record.updates <= last:
            before = last
        last = before + record.updates
        found.append(Look(record, number, last))
    return found


def _best(looks: Sequence[Look]) -> Look | None:
    scored = [look for look in looks if look.record.dev_macro_f1 is not None]
    return max(scored, key=_dev, default=None)


def _dev(look: Look) -> tuple[float, float]:
    loss = look.record.dev_loss
    return (look.record.dev_macro_f1 or 0.0, -loss if loss is not None else 0.0)

"""Tells callbacks what becomes of the trials of a search."""

from __future__ import annotations

from dataclasses import replace

from emobench.callbacks.records import Training
from emobench.grid.execution.broadcast import Broadcast, ending, training_of
from emobench.grid.search.trial import TrialJob


class TrialBroadcast(Broadcast[TrialJob]):
    """Tells of trials: each look once, and each end of a trial or of its part up to a rung.

    Parameters
    ----------
    audience, store
        As in `Broadcast`.
    """

    def key(self, job: TrialJob) -> str:
        """Return the key of the whole trial."""
        return job.key

    def training(self, job: TrialJob) -> Training:
        """Return what callbacks are told of the trial."""
        place, inner = self.store.trial(job.key), job.spec.inner
        found = training_of(job.job, job.key, place, is_trial=True, inner=inner)
        return replace(found, label=job.label)

    def is_trained(self, job: TrialJob) -> bool:
        """Whether the trial has come to its end."""
        return self.store.trial_report(job.key) is not None

    def end(self, job: TrialJob) -> None:
        """Tell how a trial has ended, or how far it has come."""
        report = self.store.trial_report(job.key)
        is_paused = report is None and self.store.trial_failure(job.key) is None
        if is_paused:
            report = self.store.trial_report(job.spec.key())
        if report is not None:
            self.finish(job, report)
        reason = self.store.trial_failure(job.key)
        self.audience.tell("on_training", ending(self.training(job), report, reason, is_paused))

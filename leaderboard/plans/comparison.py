"""A planned comparison with what came of it, and the plan as a page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from emobench.leaderboard.plans.chain import PlanChain
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.store.records import PlanKey, PlanPair

DONE = "done"


@dataclass(frozen=True)
class Margin:
    """Whether a difference is shown to be too small to matter.

    Parameters
    ----------
    p_value
        Of the two one-sided tests, for this comparison alone; NaN where nothing is known.
    holm
        After Holm over all comparisons of the plan.
    """

    p_value: float
    holm: float


@dataclass(frozen=True)
class PlannedComparison:
    """A planned comparison and what came of it.

    Parameters
    ----------
    pair
        What was planned.
    alpha
        Level of all comparisons of the plan together.
    status, reason
        ``done``, or why there is no result: ``not there``, ``incomplete``, ``failed``, ``skipped``,
        ``outdated``, ``not comparable``.
    first, second, gap
        Scores and their paired difference, each with the interval for itself.
    p_value, holm
        Two-sided p of the comparison alone, and after Holm over the whole plan. Without a result
        both are 1: it stays in the family.
    margin
        The test against the margin; None if none was planned.
    n_seeds, n_test
        Seeds that are compared, and test utterances.
    changes
        What is not as it was frozen, in sentence parts.
    """

    pair: PlanPair
    alpha: float
    status: str
    reason: str = ""
    first: Estimate | None = None
    second: Estimate | None = None
    gap: Estimate | None = None
    p_value: float = 1.0
    holm: float = 1.0
    margin: Margin | None = None
    n_seeds: int = 0
    n_test: int = 0
    changes: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether there is a result."""
        return self.status == DONE

    @property
    def is_different(self) -> bool:
        """Whether a difference is shown among all comparisons of the plan."""
        return self.is_done and self.holm < self.alpha

    @property
    def is_equivalent(self) -> bool:
        """Whether the difference is shown to be below the margin, among all of the plan."""
        return self.is_done and self.margin is not None and self.margin.holm < self.alpha

    @property
    def verdict(self) -> str:
        """What was shown, in the words of ``emobench compare``; without a result its status."""
        if not self.is_done:
            return self.status
        if self.is_different:
            return "different, by less than the margin" if self.is_equivalent else "different"
        return "equivalent" if self.is_equivalent else "undecided"


@dataclass(frozen=True)
class PlanOutcome:
    """A plan and what came of it.

    Parameters
    ----------
    chain
        Its versions and departures.
    comparisons
        Every planned comparison, in the order of the plan; empty if the plan has a problem.
    late
        Comparisons that were added after results, each p for itself: they are not planned.
    changes
        Everything that is not as it was frozen, in sentence parts.
    """

    chain: PlanChain
    comparisons: tuple[PlannedComparison, ...] = ()
    late: tuple[PlannedComparison, ...] = ()
    changes: tuple[str, ...] = ()

    def within(self, setting: PlanKey) -> tuple[PlannedComparison, ...]:
        """Return the comparisons of one setting."""
        return tuple(one for one in self.comparisons if one.pair.setting == setting)

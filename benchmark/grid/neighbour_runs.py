"""Other runs that compute into the same results folder: nothing is computed twice at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from emobench.disk.claim import Claims

EVERY = 2.0
"""Seconds between two looks at what other runs hold."""


class Named(Protocol):
    """A piece of work that is claimed by its training's key."""

    @property
    def key(self) -> str:
        """Name of its training."""

    @property
    def label(self) -> str:
        """Name in messages."""


W = TypeVar("W", bound=Named)


class NeighbourRuns(Generic[W]):
    """Claims work before it begins, and puts aside what another run is computing.

    Parameters
    ----------
    claims
        The claims of this run.
    left
        Says what is left to do of a piece of work, by the store as it is now; None if nothing is.
    failed
        Says how many cells of a piece of work have failed, by the store as it is now.
    say
        Prints a line.
    """

    def __init__(
        self,
        claims: Claims,
        left: Callable[[W], W | None],
        failed: Callable[[W], int],
        say: Callable[[str], None],
    ) -> None:
        self.claims, self.left, self.failed, self.say = claims, left, failed, say
        self.held: list[W] = []
        """What other runs are computing."""
        self._looked = time.monotonic()
        self._named: set[str] = set()

    def claim(self, job: W) -> W | None:
        """Claim `job`; return what is left of it, or None if another run holds it or did it.

        `holds` tells the two apart.
        """
        holder = self.claims.take(job.key)
        if holder is not None:
            self.held.append(job)
            if str(holder) not in self._named:
                self._named.add(str(holder))
                self.say(
                    f"another run ({holder}) is computing {job.label} in this folder: what it is "
                    "computing is left to it"
                )
            return None
        # Another run may have done it between the plan and the claim.
        found = self.left(job)
        if found is None:
            self.claims.release(job.key)
        return found

    def freed(self) -> list[W]:
        """What another run held and holds no more; it is forgotten here."""
        now = time.monotonic()
        if not self.held or now - self._looked < EVERY:
            return []
        self._looked = now
        before, self.held = self.held, []
        found: list[W] = []
        for job in before:
            (self.held if self.claims.holder(job.key) is not None else found).append(job)
        return found

    def holds(self, job: W) -> bool:
        """Whether another run is computing `job`, as far as is known here."""
        return any(one is job for one in self.held)

    def release(self, job: W) -> None:
        """Give the claim of a piece of work back that has ended."""
        self.claims.release(job.key)

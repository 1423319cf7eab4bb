"""The versions of a plan, each naming the one before, and the departures from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from emobench.disk.seal import unsealed
from emobench.store.records import (
    DEPARTURE,
    PLANS,
    PlanPair,
    PlanRecord,
    plan_digest,
)
from emobench.wording import and_more


@dataclass(frozen=True)
class Version:
    """A version of a plan: its digest, which names its file, and its record."""

    digest: str
    record: PlanRecord


@dataclass(frozen=True)
class PlanChain:
    """A plan with its history.

    Parameters
    ----------
    versions
        The frozen plan and its amendments, oldest first; empty where the files contradict.
    departures
        Runs by another file than the plan's, oldest first.
    problem
        Why nothing counts as planned, in a sentence; "" where all is well.
    """

    versions: tuple[Version, ...] = ()
    departures: tuple[PlanRecord, ...] = ()
    problem: str = ""

    @property
    def head(self) -> Version:
        """The last version."""
        return self.versions[-1]

    @property
    def base(self) -> Version:
        """The version that counts: the last one before any of its results, else the first.

        Who knows results can no longer plan: amendments after that change no family.
        """
        found = self.versions[0]
        for one in self.versions:
            if one.record.existing:
                break
            found = one
        return found

    @property
    def is_before_results(self) -> bool:
        """Whether the plan was frozen before any result of a planned row was stored."""
        return not self.versions[0].record.existing

    @property
    def amendments(self) -> tuple[Version, ...]:
        """The versions after the one that counts."""
        return self.versions[self.versions.index(self.base) + 1 :]

    @property
    def late(self) -> tuple[PlanPair, ...]:
        """Comparisons that amendments added after results: they are not planned."""
        known = set(self.base.record.pairs)
        return tuple(pair for pair in self.head.record.pairs if pair not in known)

    @property
    def dropped(self) -> tuple[PlanPair, ...]:
        """Comparisons that amendments left out after results: they stay in the family."""
        kept = set(self.head.record.pairs)
        return tuple(pair for pair in self.base.record.pairs if pair not in kept)


def read_chain(root: Path) -> PlanChain | None:
    """Read the plan of a results folder; None where there is none.

    A file that is not what was frozen, two plans in one folder, or two amendments of one version
    are a `PlanChain.problem`, and no comparison counts as planned then.
    """
    paths = sorted((root / PLANS).glob("*.json"))
    if not paths:
        return None
    found, faults = [], []
    for path in paths:
        try:
            content = unsealed(path.read_bytes())
            if plan_digest(content) != path.stem:
                raise ValueError("its content is not that of its digest")
            found.append(Version(path.stem, PlanRecord.model_validate(content)))
        except ValidationError as error:
            faults.append(f"{PLANS}/{path.name} ({error.errors()[0]['msg']})")
        except (OSError, ValueError) as error:
            faults.append(f"{PLANS}/{path.name} ({error})")
    if faults:
        return PlanChain(problem=f"The plan is damaged: {and_more(faults, 2)}.")
    return _chained(found)


def _chained(found: Sequence[Version]) -> PlanChain:
    departures = [one.record for one in found if one.record.kind == DEPARTURE]
    departures.sort(key=lambda one: one.created)
    versions = [one for one in found if one.record.kind != DEPARTURE]
    after: dict[str, list[Version]] = {}
    for one in versions:
        after.setdefault(one.record.previous, []).append(one)
    chain: list[Version] = []
    at = ""
    while len(next_ones := after.get(at, [])) == 1:
        chain.append(next_ones[0])
        at = chain[-1].digest
    if len(chain) == len(versions):
        return PlanChain(tuple(chain), tuple(departures))
    beginnings = len(after.get("", []))
    if beginnings > 1:
        why = f"This folder holds {beginnings} plans that do not follow from one another"
    elif at in after:
        names = and_more([one.digest[:12] for one in after[at]], 2, " and ")
        why = f"Two amendments follow the same version of the plan ({names})"
    else:
        why = "A version of the plan is missing"
    return PlanChain((), tuple(departures), f"{why}.")

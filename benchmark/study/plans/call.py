"""`emobench.plan`: freeze what a study will compare, before its results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.errors import RequestError
from emobench.leaderboard.plans.chain import PlanChain
from emobench.leaderboard.plans.changes import record_changes
from emobench.store.records.plans import PlanRecord

if TYPE_CHECKING:
    from emobench.study.request import Study

PathLike = str | Path


@dataclass(frozen=True)
class FrozenPlan:
    """A plan of a study, and what was done with it.

    Parameters
    ----------
    results
        The results folder.
    record
        The plan.
    digest
        SHA-256 of the plan, which names its file; "" if it was only tried.
    chain
        All versions in the folder; None if it was only tried there.
    action
        ``frozen``, ``amended``, ``unchanged`` or ``tried``.
    """

    results: Path
    record: PlanRecord
    digest: str
    chain: PlanChain | None
    action: str

    @property
    def path(self) -> Path | None:
        """The plan's file; None if it was only tried."""
        return self.results / "plans" / f"{self.digest}.json" if self.digest else None

    def plain(self) -> dict[str, Any]:
        """Return the plan as plain data; the keys are documented, and stay."""
        one = self.record
        return {
            "action": self.action,
            "digest": self.digest or None,
            "file": str(self.path) if self.path else None,
            "created": one.created,
            "emobench": one.emobench,
            "measure": one.measure,
            "alpha": one.alpha,
            "margin": one.margin,
            "comparisons": [pair.content() for pair in one.pairs],
            "left_out": list(one.left_out),
            "existing": one.existing,
            "others": one.others,
            "versions": [v.digest for v in self.chain.versions] if self.chain else [],
            "why": one.why or None,
            "changes": list(one.changes),
        }

    def __str__(self) -> str:
        from emobench.study.plans.account import account

        return "\n".join(account(self.record, self.action, self.path))


def plan(
    path: PathLike, amend: str | None = None, *, dry_run: bool = False, **options: Any
) -> FrozenPlan:
    """Freeze the plan of a study in its results folder: ``emobench plan FILE``.

    Parameters
    ----------
    path
        The study's TOML file, which has a table ``[plan]``.
    amend
        Why the frozen plan is changed; it stays, and the new version names it.
    dry_run
        Only say what would be planned; nothing is written.
    options
        Options of `run` that take the place of the file's, such as ``results`` and ``data_dir``.

    Returns
    -------
    FrozenPlan
        The plan; it prints itself.

    Raises
    ------
    RequestError
        The file has no plan, the plan makes no sense, or another one is frozen already.
    """
    from emobench.study.file import read_study
    from emobench.study.threads import one_thread

    file = Path(path)
    study = read_study(file, options)
    with one_thread():
        return plan_study(study, file, amend, dry_run, print)


def plan_study(
    study: Study, file: Path, amend: str | None, dry_run: bool, say: Callable[[str], None]
) -> FrozenPlan:
    """Freeze, amend or try the plan of a study that was read; see `plan`.

    Parameters
    ----------
    study, file
        The study, and the file that it was read from.
    amend, dry_run
        See `plan`.
    say
        Prints a line, such as a corpus says while it is opened.
    """
    from emobench.corpus.folders import folders
    from emobench.grid.screen import SilentScreen
    from emobench.study.grids.request import grid_request
    from emobench.study.plans.draft import draft, table_of
    from emobench.study.plans.registry import amend as write_amendment
    from emobench.study.plans.registry import freeze, frozen

    table_of(study)
    if study.grids[0].address is not None:
        raise RequestError(
            f"A plan is frozen in a folder, and {study.grids[0].address} is an address: freeze it "
            "with --results FOLDER, and copy the folder's plans/ there."
        )
    root, whole = study.results, file.absolute()
    chain, screen = frozen(root), SilentScreen(say)
    with study.entered():
        places = [folders(one.data_dir, one.cache_dir) for one in study.grids]
        asked = [grid_request(one, at) for one, at in zip(study.grids, places, strict=True)]
        versions = chain.versions if chain is not None else ()
        earlier = [row for one in versions for row in one.record.rows]
        made = draft(study, whole, asked, screen, earlier)
    if dry_run:
        return FrozenPlan(root, made, "", chain, "tried")
    if chain is None:
        if amend is not None:
            raise RequestError(f"{root} holds no plan that could be amended; leave --amend out.")
        version = freeze(root, made)
        return FrozenPlan(root, version.record, version.digest, frozen(root), "frozen")
    if amend is not None:
        version = write_amendment(root, chain, made, amend)
        return FrozenPlan(root, version.record, version.digest, frozen(root), "amended")
    changes = record_changes(chain.head.record, made)
    if changes:
        raise RequestError(
            f"{root} holds a plan already, frozen {_when(chain.head.record)}, and this one "
            f"differs: {'; '.join(changes)}. Say why: --amend 'REASON'; the frozen one stays "
            "beside it."
        )
    return FrozenPlan(root, chain.head.record, chain.head.digest, chain, "unchanged")


def _when(record: PlanRecord) -> str:
    return record.created[:16].replace("T", " ") + " UTC"

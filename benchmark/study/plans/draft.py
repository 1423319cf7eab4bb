"""Makes a plan of a study: opens its corpora, and says what will be compared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emobench import __version__
from emobench.errors import RequestError
from emobench.grid.plan.request import Request
from emobench.grid.screen import Screen
from emobench.store.index import Index
from emobench.store.records.plans import FREEZE, PlanKey, PlanRecord, PlanRow
from emobench.store.store import Store
from emobench.study.corpus import default_dataset
from emobench.study.options import RunOptions
from emobench.study.plans.contrasts import family
from emobench.study.plans.settings import PlanSetting, open_settings
from emobench.study.plans.table import PlanTable

if TYPE_CHECKING:
    from emobench.study.request import Study

NUMBERS: Final = (
    "models", "protocol", "dataset", "auxiliary", "seeds", "folds", "dev_folds", "track", "variant",
    "backbone", "encoder", "epochs", "bad_clips", "masks", "processes", "tune", "halving", "inner",
)  # fmt: skip
"""Options that can change a number; the others say where and how fast it is computed."""


def table_of(study: Study) -> PlanTable:
    """Return the plan of a study.

    Raises
    ------
    RequestError
        It has none.
    """
    if study.plan is None:
        raise RequestError(
            "This run file has no table [plan], so there is nothing to freeze. A first one would "
            'be:\n[plan]\ncontrasts = ["against late_fusion"]'
        )
    return study.plan


def head_of(study: Study, path: Path) -> PlanRecord:
    """Return what can be said of a study's plan before its corpora are opened."""
    from emobench.discovery.registry import resolve

    table = study.plan or PlanTable(())
    with study.entered():
        entries = [e for one in study.grids for e, _ in resolve("protocol", one.protocol)]
        protocols = {entry.name: entry.digest for entry in entries}
        options = tuple(plain_options(one) for one in study.grids)
    return PlanRecord(
        kind=FREEZE,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        emobench=__version__,
        study=path.name,
        study_digest=hashlib.sha256(path.read_bytes()).hexdigest(),
        options=options,
        measure=table.measure,
        alpha=table.alpha,
        margin=table.margin,
        contrasts=tuple([*one] if isinstance(one, tuple) else one for one in table.contrasts),
        regimes=table.regimes,
        conditions=table.conditions,
        protocols=protocols,
    )


def draft(
    study: Study,
    path: Path,
    requests: list[Request],
    screen: Screen,
    earlier: Iterable[PlanRow] = (),
) -> PlanRecord:
    """Return the plan of a study as it would be frozen now.

    Parameters
    ----------
    study, path
        The study and its file.
    requests
        What each of its grids asks for.
    screen
        Shows what is opened.
    earlier
        Rows of earlier versions: results of these are results, too.

    Raises
    ------
    RequestError
        The study has no plan, or the plan makes no sense.
    """
    table = table_of(study)
    head = head_of(study, path)
    settings = open_settings(requests, Store(study.results), screen)
    found = family(table, settings)
    existing, others = stored_cells(study.results, found.rows, settings, earlier)
    more: dict[str, Any] = {"rows": tuple(found.rows), "pairs": tuple(found.pairs)}
    if found.left_out:
        more["left_out"] = tuple(found.left_out)
    return head.model_copy(update=more | {"existing": existing, "others": others})


def plain_options(grid: RunOptions) -> dict[str, Any]:
    """Return what a grid asks for as far as it can change a number, as plain data."""
    found: dict[str, Any] = {}
    for name in NUMBERS:
        value = getattr(grid, name)
        if name == "dataset":
            value = value or default_dataset()
        if name == "masks" and value is not None:
            value = f"{value} ({hashlib.sha256(Path(value).read_bytes()).hexdigest()[:16]})"
        if value != getattr(RunOptions(), name) or name in ("models", "protocol", "seeds"):
            found[name] = [*value] if isinstance(value, tuple) else value
    return found


def stored_cells(
    root: Path,
    rows: list[PlanRow],
    settings: Mapping[PlanKey, PlanSetting],
    earlier: Iterable[PlanRow] = (),
) -> tuple[int, int]:
    """Count what was known when a plan was frozen.

    Returns
    -------
    tuple
        Cells of planned rows that are done, whatever their conditions and whichever file of the
        model they are from; and done cells of other rows on the planned corpora.
    """
    from emobench.leaderboard.results.entries import label_of_grid
    from emobench.leaderboard.results.reader import Results

    index = Index(root)
    planned: set[str] = set()
    for row in rows:
        for training, keys in settings[row.setting].keys(row).items():
            planned |= {key for key, done in index.states(training, keys).items() if done}
    if not any((root / "grids").glob("*.json")):
        return len(planned), 0
    every = [*rows, *earlier]
    known = {(row.setting, row.model) for row in every}
    corpora = {row.dataset for row in every}
    others: set[str] = set()
    for grid in Results(root).grids():
        setting, label = label_of_grid(grid)
        cells: dict[str, set[str]] = {}
        for slot in grid.rows:
            if slot.training and slot.cell:
                cells.setdefault(slot.training, set()).add(slot.cell)
        done = {k for t, keys in cells.items() for k, is_done in index.states(t, keys).items()
                if is_done}  # fmt: skip
        if (setting, label) in known:
            planned |= done
        elif setting[0] in corpora:
            others |= done
    return len(planned), len(others - planned)

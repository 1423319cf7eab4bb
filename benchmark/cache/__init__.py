"""Prepared data from Python: ``emobench cache``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emobench.errors import RequestError

if TYPE_CHECKING:
    import pandas as pd

    from emobench.cli.upkeep.cache_content import Item

__all__ = ["contents", "folder", "prune"]

PathLike = str | Path


@dataclass(frozen=True)
class Pruned:
    """What was removed from the cache, or would be.

    Parameters
    ----------
    folder
        The cache.
    dry_run
        Whether nothing was removed.
    removed
        What was, or would be.
    kept
        What meets the wish and stays, each with the reason.
    failed
        A sentence on each thing that could not be removed.
    """

    folder: Path
    dry_run: bool
    removed: tuple[Item, ...]
    kept: tuple[tuple[Item, str], ...]
    failed: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """Size of what was removed, or would be."""
        return sum(item.size.bytes for item in self.removed)

    def content(self) -> dict[str, Any]:
        """Return all of it as plain data; the keys are documented, and stay."""
        from emobench.cli.upkeep.cache_table import plain

        return {
            "cache_dir": str(self.folder),
            "dry_run": self.dry_run,
            "bytes": self.bytes,
            "removed": [plain(item, self.folder) for item in self.removed],
            "kept": [plain(item, self.folder) | {"reason": why} for item, why in self.kept],
            "failed": list(self.failed),
        }


def folder(cache_dir: PathLike | None = None) -> Path:
    """Return where the cache is: ``emobench cache dir``."""
    from emobench.cli.folders import cache_folder

    return cache_folder(None if cache_dir is None else Path(cache_dir))


def contents(cache_dir: PathLike | None = None) -> pd.DataFrame:
    """Return what lies in the cache, as ``emobench cache list`` prints it.

    Returns
    -------
    DataFrame
        A row per thing that is removed as a whole: ``kind``, ``corpus``, ``path``, ``bytes``,
        ``files``, ``last_used``, ``state`` (``current`` or ``stale``), ``removable``, ``parts``.
    """
    import pandas as pd

    from emobench.cli.upkeep.cache_content import items
    from emobench.cli.upkeep.cache_table import COLUMNS, plain

    where = folder(cache_dir)
    return pd.DataFrame([plain(item, where) for item in items(where)], columns=list(COLUMNS))


def prune(
    older_than: str | None = None,
    corpus: str | None = None,
    stale: bool = False,
    every: bool = False,
    dry_run: bool = False,
    cache_dir: PathLike | None = None,
) -> Pruned:
    """Remove prepared data, as ``emobench cache prune --yes`` does.

    The parameters are the command's; `every` is ``--all``.

    Raises
    ------
    RequestError
        Nothing says what to remove, or a command of emobench works with the cache.
    """
    from emobench.cli.upkeep.cache_content import items
    from emobench.cli.upkeep.cache_removal import (
        Wish,
        choose,
        refuse_while_used,
        remove,
        seconds_of,
    )

    if not (older_than or corpus or stale or every):
        raise RequestError("Say what to remove: older_than, corpus, stale or every.")
    where = folder(cache_dir)
    wish = Wish(seconds_of(older_than) if older_than else None, corpus, stale)
    choice = choose(items(where), wish, where)
    failed: list[str] = []
    if choice.removed and not dry_run:
        refuse_while_used(where)
        failed = remove(choice.removed)
    return Pruned(where, dry_run, choice.removed, choice.kept, tuple(failed))

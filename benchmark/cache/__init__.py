"""Prepared data from Python: ``emobench cache``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from emobench.errors import RequestError

if TYPE_CHECKING:
    import pandas as pd

    from emobench.cli.upkeep.cache_removal import Pruned

__all__ = ["contents", "folder", "prune"]

PathLike = str | Path


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
    from emobench.cli.upkeep.cache_removal import Wish, pruned, seconds_of

    if not (older_than or corpus or stale or every):
        raise RequestError("Say what to remove: older_than, corpus, stale or every.")
    wish = Wish(seconds_of(older_than) if older_than else None, corpus, stale)
    return pruned(folder(cache_dir), wish, dry_run)

"""Where corpora and prepared data lie: what was named, the environment, else a user's cache."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.errors import RequestError

if TYPE_CHECKING:
    from emobench.interface.dataset import Folders


def folders(data_dir: Path | None, cache_dir: Path | None, make: bool = False) -> Folders:
    """Folders of corpora and prepared data: options, then the environment, then a user cache.

    `make`: create a data folder that does not exist.

    Raises
    ------
    RequestError
        A data folder was named and does not exist.
    """
    from emobench.interface.dataset import Folders

    data = data_dir or Path(os.environ.get("EMOBENCH_DATA") or users_cache() / "data")
    named = data_dir is not None or bool(os.environ.get("EMOBENCH_DATA"))
    if make:
        data.mkdir(parents=True, exist_ok=True)
    if named and not data.is_dir():
        raise RequestError(f"The data folder {data} does not exist.")
    return Folders(data.absolute(), cache_folder(cache_dir))


def cache_folder(cache_dir: Path | None) -> Path:
    """Folder of prepared data: the option, then the environment, then a user cache."""
    return (cache_dir or Path(os.environ.get("EMOBENCH_CACHE") or users_cache())).absolute()


def users_cache() -> Path:
    """Folder of prepared data where none is named: the user's cache directory."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("emobench"))

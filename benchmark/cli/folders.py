"""Options that name folders."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", help="Folder of the corpora. Default: $EMOBENCH_DATA, else a cache."
    ),
]
CacheDir = Annotated[
    Path | None,
    typer.Option("--cache-dir", help="Prepared data. Default: $EMOBENCH_CACHE, else a cache."),
]

"""What a file may claim to hold, next to what is in it: two thousand bytes can claim terabytes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, BinaryIO

from emobench.errors import DataError
from emobench.intake.archives import ALWAYS_FINE, MOST_TIMES
from emobench.intake.formats.scout import ScoutDied, parquet_values


def refuse_claim(path: Path, what: str, claimed: int, stored: int) -> None:
    """Refuse values that would take far more memory than the file has bytes.

    Parameters
    ----------
    path
        The file.
    what
        Which of its values.
    claimed
        Bytes that they would take.
    stored
        Bytes that they have in the file.

    Raises
    ------
    DataError
        They would take more than `ALWAYS_FINE` bytes and more than `MOST_TIMES` times what is
        stored.
    """
    if claimed > max(ALWAYS_FINE, MOST_TIMES * stored):
        raise DataError(
            f"{path} claims {claimed:,} bytes of {what} and holds {stored:,}: that is more than "
            f"{MOST_TIMES} times as much, a bomb or a damaged head. Write the file again without "
            "compression if it is right."
        )


def refuse_parquet_claim(path: Path, file: BinaryIO, metadata: Any) -> None:
    """Refuse a Parquet file whose values would take far more memory than the file has bytes.

    Values that are repeated take next to nothing in such a file. Texts are counted as the reference
    that each of them is; what they themselves take is known only when they are read.

    Parameters
    ----------
    path
        The file.
    file
        The same, open.
    metadata
        ``pyarrow.parquet.FileMetaData``.

    Raises
    ------
    DataError
        They would, or the statistics in its footer are damaged.
    """
    try:
        values = parquet_values(file)
    except ScoutDied:
        raise DataError(
            f"{path} is damaged: looking at its footer ends the process that does it. Write or "
            "download it again."
        ) from None
    rows = max(0, metadata.num_rows) * max(1, metadata.num_columns)
    refuse_claim(path, "values", 8 * max(values, rows), file.seek(0, os.SEEK_END))

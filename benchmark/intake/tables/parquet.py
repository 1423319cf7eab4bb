"""Parquet, with the index columns that pandas writes."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from emobench.errors import DataError
from emobench.intake.formats.limits import refuse_parquet_claim
from emobench.intake.tables.composition import Raw
from emobench.intake.tables.values import cell_text
from emobench.wording import and_more

_MOST_ROWS = 20_000_000
_MOST_TEXT = 2**30
_SHOWN = 10


def parquet(path: Path, data: bytes) -> Raw:
    """Read all columns that hold text, numbers, dates or lists of them.

    Raises
    ------
    DataError
        The file is damaged, or holds far more rows than a corpus has.
    """
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        if file.metadata.num_rows > _MOST_ROWS:
            raise DataError(f"{path} has {file.metadata.num_rows:,} rows; {_MOST_ROWS:,} at most "
                            "are read.")  # fmt: skip
        refuse_parquet_claim(path, io.BytesIO(data), file.metadata)
        table = _read(path, data)
        columns = [table.column(i) for i in range(table.num_columns)]
        media = [n for n, c in zip(table.column_names, columns, strict=True) if _binary(c.type)]
        texts = {
            i: [cell_text(v) for v in c.to_pylist()]
            for i, c in enumerate(columns)
            if not _binary(c.type)
        }
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise DataError(
            f"{path} cannot be read as Parquet: {str(error).splitlines()[0]} Write it again."
        ) from None
    names = [table.column_names[i] for i in texts]
    header = ["" if re.fullmatch(r"__index_level_\d+__", n) else n.strip() for n in names]
    rows = [list(row) for row in zip(*texts.values(), strict=True)]
    raw = Raw(header, rows, [f"row {i}" for i in range(1, len(rows) + 1)])
    if media:
        raw.notes.append(
            "Not read, for media or other bytes are stored in it: "
            f"{and_more([repr(n) for n in media], _SHOWN)}. Write each to a file, and their names "
            "into a column."
        )
    return raw


def _read(path: Path, data: bytes) -> pa.Table:
    """Read all columns; texts that are repeated are not, until all of them are known to fit."""
    file = pq.ParquetFile(io.BytesIO(data))
    kinds = (pa.types.is_string, pa.types.is_large_string)
    texts = [f.name for f in file.schema_arrow if any(is_text(f.type) for is_text in kinds)]
    table = pq.ParquetFile(io.BytesIO(data), read_dictionary=texts).read()
    size = 0
    for column in table.columns:
        for chunk in column.chunks if pa.types.is_dictionary(column.type) else ():
            long = pc.fill_null(pc.binary_length(chunk.dictionary), 0)
            size += pc.sum(pc.take(long, chunk.indices.drop_null())).as_py() or 0
    if size > _MOST_TEXT:
        raise DataError(f"{path} holds {size:,} bytes of text; {_MOST_TEXT:,} at most are read.")
    return table


def _binary(kind: Any) -> bool:
    """Whether a column holds bytes, itself or in records (as Hugging Face stores media)."""
    if pa.types.is_struct(kind):
        return any(_binary(kind.field(i).type) for i in range(kind.num_fields))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _binary(kind.value_type)
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )

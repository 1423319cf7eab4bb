"""Parquet, one row group in memory at a time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from emobench.errors import DataError
from emobench.intake.checks import listed
from emobench.intake.formats.content import Array, Content
from emobench.intake.formats.limits import refuse_parquet_claim
from emobench.intake.formats.rows.columns import Columns
from emobench.intake.formats.rows.feature_rows import rows_content
from emobench.intake.formats.rows.role import KEYS, first_of
from emobench.intake.layout import as_text, chosen_array


def read_parquet(path: Path, modality: str | None, single: bool = False) -> Content:
    """Columns of numbers with a row per utterance or step, or ``id`` and a column of lists."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, memory_map=True)
        with path.open("rb") as stream:
            refuse_parquet_claim(path, stream, file.metadata)
        schema = file.schema_arrow
        lists = [f.name for f in schema if _is_list(f.type)]
        if not lists:
            return rows_content(_columns(path, file.read()), single)
        key = next((n for n in first_of(list(schema.names), KEYS) if n not in lists), None)
        if key is None:
            raise DataError(f"{path} has no column 'id'; it has {listed(schema.names)}.")
        ids = [as_text(v) for v in file.read(columns=[key]).column(key).to_pylist()]
        chosen = chosen_array(path, lists, modality)
        rows = _ParquetRows(path, file, chosen)
        size = rows.size()
    except pa.ArrowException as error:
        raise ValueError(str(error)) from None
    content = Content(ids, size, rows.read, close=file.close)
    left = [n for n in schema.names if n not in (key, chosen)]
    content.told = lambda: [f"left out: {', '.join(left)}"] if left else []
    return content


def _columns(path: Path, table: Any) -> Columns:
    """The columns as numbers and text; durations and dates become seconds."""
    import pyarrow as pa

    numbers: dict[str, Array] = {}
    words: dict[str, list[str]] = {}
    names = []
    for place, raw in enumerate(table.column_names):
        name = re.sub(r"__index_level_(\d+)__", r"index \1", raw)
        if name in names:
            raise DataError(f"{path} has the column {name!r} more than once.")
        names.append(name)
        column = table.column(place)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if _is_number(column.type):
            numbers[name] = column.to_numpy().astype(np.float64)
        elif pa.types.is_duration(column.type):
            seconds = column.cast(pa.duration("ns")).to_numpy().astype("timedelta64[ns]")
            numbers[name] = np.where(np.isnat(seconds), np.nan, seconds.astype(np.int64) / 1e9)
        elif pa.types.is_null(column.type):
            words[name] = [""] * len(column)
        else:
            words[name] = ["" if v is None else as_text(v) for v in column.to_pylist()]
    places = [f"row {i}" for i in range(1, table.num_rows + 1)]
    return Columns(path, numbers, words, names, places)


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal)
    return any(is_kind(kind) for is_kind in kinds)


class _ParquetRows:
    """A column of lists of a Parquet file, one row group in memory at a time."""

    def __init__(self, path: Path, file: Any, column: str) -> None:
        self._path, self._file, self._column = path, file, column
        sizes = [file.metadata.row_group(g).num_rows for g in range(file.metadata.num_row_groups)]
        self._starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._group = -1
        self._lists: Any = None

    def read(self, place: int) -> Array:
        """Return one row, ``[D]`` or ``[T, D]``."""
        import pyarrow as pa

        group = int(np.searchsorted(self._starts, place, side="right")) - 1
        try:
            if group != self._group:
                table = self._file.read_row_group(group, columns=[self._column])
                self._lists = table.column(self._column).combine_chunks()
                self._group = group
            return self._list(self._lists[place - int(self._starts[group])])
        except pa.ArrowException as error:
            raise ValueError(str(error)) from None

    def size(self) -> int:
        """D of the first row that has any."""
        for place in range(int(self._starts[-1])):
            found = self.read(place)
            if found.size:
                return int(found.shape[-1])
        raise DataError(f"{self._path} has no features: every list is empty.")

    def _list(self, scalar: Any) -> Array:
        values = scalar.values
        if values is None:
            return np.zeros((0, 0), np.float32)
        if not _is_list(values.type):
            return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)
        sizes = set(values.value_lengths().to_pylist())
        if len(sizes) > 1:
            raise DataError(f"{self._path} has an utterance whose steps differ in their features.")
        flat = np.asarray(values.flatten().to_numpy(zero_copy_only=False), dtype=np.float64)
        return flat.reshape(len(values), -1) if flat.size else np.zeros((0, 0), np.float32)

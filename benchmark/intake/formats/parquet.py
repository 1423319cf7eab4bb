"""Parquet, one row group in memory at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from emobench.errors import DataError
from emobench.intake.checks import listed
from emobench.intake.formats.content import Array, Content
from emobench.intake.layout import IDS, as_text, chosen_array


def read_parquet(path: Path, modality: str | None) -> Content:
    """``id`` and numeric columns, or a column of lists; one row per utterance."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, memory_map=True)
        schema = file.schema_arrow
        key = next((n for n in IDS if n in schema.names), None)
        if key is None:
            raise DataError(f"{path} has no column 'id'; it has {listed(schema.names)}.")
        ids = [as_text(v) for v in file.read(columns=[key]).column(key).to_pylist()]
        others = [f for f in schema if f.name != key and f.name != "__index_level_0__"]
        lists = [f.name for f in others if _is_list(f.type)]
        columns = [chosen_array(path, lists, modality)] if lists else [f.name for f in others]
        wrong = [f"{f.name} ({f.type})" for f in others if not lists and not _is_number(f.type)]
        if wrong:
            raise DataError(f"{path} has columns that are no numbers: {listed(wrong)}.")
        if not columns:
            raise DataError(f"{path} has no column beside {key!r}.")
        rows = _ParquetRows(path, file, columns, bool(lists))
        size = rows.size() if lists else len(columns)
    except pa.ArrowException as error:
        raise ValueError(str(error)) from None
    return Content(ids, size, rows.read, close=file.close)


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def _is_number(kind: Any) -> bool:
    """Whether `value` is a scalar of NumPy."""
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


class _ParquetRows:
    """Rows of a Parquet file, one row group in memory at a time."""

    def __init__(self, path: Path, file: Any, columns: list[str], lists: bool) -> None:
        self._path, self._file, self._columns, self._lists = path, file, columns, lists
        sizes = [file.metadata.row_group(g).num_rows for g in range(file.metadata.num_row_groups)]
        self._starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._group, self._table = -1, None

    def read(self, place: int) -> Array:
        """Return one row, ``[D]`` or ``[T, D]``."""
        import pyarrow as pa

        group = int(np.searchsorted(self._starts, place, side="right")) - 1
        try:
            if group != self._group:
                self._table = self._loaded(group)
                self._group = group
            row = place - int(self._starts[group])
            if isinstance(self._table, np.ndarray):
                return self._table[row]
            return self._list(self._table[row])  # type: ignore[index]
        except pa.ArrowException as error:
            raise ValueError(str(error)) from None

    def size(self) -> int:
        """D of the first row that has any."""
        for place in range(int(self._starts[-1])):
            found = self.read(place)
            if found.size:
                return int(found.shape[-1])
        raise DataError(f"{self._path} has no features: every list is empty.")

    def _loaded(self, group: int) -> Any:
        table = self._file.read_row_group(group, columns=self._columns)
        if self._lists:
            return table.column(self._columns[0]).combine_chunks()
        columns = [table.column(c).to_numpy().astype(np.float32) for c in self._columns]
        return np.stack(columns, axis=1) if columns else np.zeros((table.num_rows, 0))

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

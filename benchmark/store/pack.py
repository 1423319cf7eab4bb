"""A pack: cells of one training in a Parquet file that never changes and is named by its content.

The file's key-value metadata hold, as JSON under `ENTRY`, each cell's key, spec, report or failure,
and where its rows lie. Small cells share a row group, because a row group of 60 rows has more
metadata than data; a cell of `ROWS` rows or more has one of its own. Cells whose columns differ
share one union schema, in which a cell's own columns are named by its layout, and are read back
exactly as they were.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from emobench.atomic import whole_file
from emobench.disk.patience import patiently
from emobench.disk.seal import plain_object

ENTRY = b"emobench"
FORMAT = 1
ROWS = 16_384
"""Rows that a row group of several cells has at most."""

BROKEN = (
    OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError,
    RecursionError, pa.ArrowException,
)  # fmt: skip
"""What reading a damaged file raises."""


@dataclass(frozen=True)
class PackedCell:
    """A cell to be written, or as it was read whole.

    Parameters
    ----------
    key
        Name of the cell.
    spec
        Its spec, as plain data.
    report
        Its report, as plain data; None if it failed.
    failure
        Why it failed, as plain data; None if it did not.
    written
        When it was written, in seconds since 1970: the latest of several failures counts.
    table
        Its predictions, ``[N]`` rows; None where it has none.
    """

    key: str
    spec: dict[str, Any]
    report: dict[str, Any] | None = None
    failure: dict[str, Any] | None = None
    written: float = 0.0
    table: pa.Table | None = None

    @property
    def done(self) -> bool:
        """Whether it has a report."""
        return self.report is not None


class Place(NamedTuple):
    """Where the rows of a cell lie: layout, row group, first row in it, and number of rows."""

    layout: int
    group: int
    first: int
    rows: int


@dataclass(frozen=True)
class Layout:
    """The columns of some cells: their own schema, and their names in the union schema."""

    schema: pa.Schema
    columns: tuple[str, ...]


@dataclass(frozen=True)
class PackEntry:
    """What a pack says of one cell, without its predictions; see `PackedCell`."""

    path: Path
    key: str
    spec: dict[str, Any]
    report: dict[str, Any] | None
    failure: dict[str, Any] | None
    written: float
    place: Place | None

    @property
    def done(self) -> bool:
        """Whether it has a report."""
        return self.report is not None


class RowGroups:
    """Reads row groups, and remembers those that were read last.

    Parameters
    ----------
    most
        Bytes that are remembered at most, beyond the last row group.
    """

    def __init__(self, most: int = 128 * 2**20) -> None:
        self.most = most
        self._found: OrderedDict[tuple[Path, int], pa.Table] = OrderedDict()
        self._bytes = 0

    def read(self, path: Path, group: int) -> pa.Table:
        """Read row group number `group` of a file."""
        key = (path, group)
        if key in self._found:
            self._found.move_to_end(key)
            return self._found[key]
        found = patiently(lambda: pq.ParquetFile(path).read_row_group(group, use_threads=False))
        self._found[key] = found
        self._bytes += found.nbytes
        while self._bytes > self.most and len(self._found) > 1:
            self._bytes -= self._found.popitem(last=False)[1].nbytes
        return found


@dataclass(frozen=True)
class Pack:
    """A pack's path, its cells by key, and their layouts."""

    path: Path
    entries: dict[str, PackEntry]
    layouts: tuple[Layout, ...]
    groups: RowGroups
    """Reads row groups."""

    def table(self, key: str) -> pa.Table | None:
        """Read the predictions of a cell; None where it has none.

        Raises
        ------
        OSError or pyarrow.ArrowException or ValueError
            The file is gone or damaged; see `BROKEN`.
        """
        place = self.entries[key].place
        if place is None:
            return None
        return self.group(place).slice(place.first, place.rows)

    def group(self, place: Place) -> pa.Table:
        """Read all rows that lie in one row group with a cell, with the columns of its layout.

        Raises
        ------
        OSError or pyarrow.ArrowException or ValueError
            The file is gone or damaged; see `BROKEN`.
        """
        layout = self.layouts[place.layout]
        if place.group < 0:
            return layout.schema.empty_table()
        rows = self.groups.read(self.path, place.group)
        columns = [rows.column(name) for name in layout.columns]
        return pa.Table.from_arrays(columns, schema=layout.schema)

    def cells(self) -> list[PackedCell]:
        """Read every cell with its predictions."""
        return [
            PackedCell(e.key, e.spec, e.report, e.failure, e.written, self.table(e.key))
            for e in self.entries.values()
        ]


def pack_name(content: bytes) -> str:
    """Name of the pack with this content."""
    return f"cells-{hashlib.sha256(content).hexdigest()[:20]}.parquet"


def is_pack(name: str) -> bool:
    """Whether a file's name is that of a pack."""
    return name.startswith("cells-") and name.endswith(".parquet")


def write_pack(folder: Path, cells: Iterable[PackedCell], within: Path) -> Path:
    """Write `cells` as one file of `folder`, in one step; return its path.

    Parameters
    ----------
    folder
        The training's folder.
    cells
        Its cells.
    within
        Where the file is while it is not whole; on the same file system.
    """
    content = packed(cells)
    path = folder / pack_name(content)
    if not path.is_file():
        with whole_file(path, within) as partial:
            patiently(lambda: partial.write_bytes(content))
    return path


def packed(cells: Iterable[PackedCell]) -> bytes:
    """The bytes of the pack of `cells`; equal cells in any order give equal bytes."""
    plan = _Union()
    ordered = sorted(cells, key=lambda cell: cell.key)
    # Cells of one layout lie side by side, so that they can share row groups.
    ordered.sort(key=lambda cell: plan.layout(cell.table))
    schema = plan.schema()
    sink = pa.BufferOutputStream()
    names = [f.name for f in schema if not pa.types.is_floating(f.type)]
    with pq.ParquetWriter(
        sink, schema, compression="zstd", use_dictionary=names, write_statistics=False
    ) as writer:
        places = _write_groups(writer, plan, schema, ordered)
        about = {
            "format": FORMAT,
            "layouts": [
                {"columns": one.columns, "schema": _text(one.schema)} for one in plan.layouts
            ],
            "cells": [_said(cell, place) for cell, place in zip(ordered, places, strict=True)],
        }
        writer.add_key_value_metadata({ENTRY: json.dumps(about, ensure_ascii=False)})
    content: bytes = sink.getvalue().to_pybytes()
    return content


def read_pack(path: Path, checked: bool = False, groups: RowGroups | None = None) -> Pack:
    """Read what a pack says of its cells, without their predictions.

    Parameters
    ----------
    path
        The file.
    checked
        Whether its whole content is compared with its name first.
    groups
        Reads its row groups; None: a reader of its own.

    Raises
    ------
    OSError or pyarrow.ArrowException or ValueError
        The file is gone or damaged; see `BROKEN`.
    """
    if checked:
        content = patiently(path.read_bytes)
        if pack_name(content) != path.name:
            raise ValueError("its content is not what its name says")
        source: Any = pa.BufferReader(content)
    else:
        source = path
    metadata = pq.ParquetFile(source).metadata.metadata
    about = json.loads(metadata[ENTRY])
    if about["format"] != FORMAT:
        raise ValueError(f"its format is {about['format']}, and this emobench reads {FORMAT}")
    layouts = tuple(Layout(_schema(o["schema"]), tuple(o["columns"])) for o in about["layouts"])
    entries = {one["key"]: _entry(path, one) for one in about["cells"]}
    return Pack(path, entries, layouts, groups or RowGroups())


def _entry(path: Path, said: Mapping[str, Any]) -> PackEntry:
    return PackEntry(
        path,
        str(said["key"]),
        plain_object(said["spec"], "spec"),
        plain_object(said["report"], "report") if "report" in said else None,
        plain_object(said["failure"], "failure") if "failure" in said else None,
        float(said["written"]),
        Place(*map(int, said["place"])) if "place" in said else None,
    )


def _said(cell: PackedCell, place: Place | None) -> dict[str, Any]:
    said: dict[str, Any] = {"key": cell.key, "spec": cell.spec, "written": cell.written}
    if cell.report is not None:
        said["report"] = cell.report
    if cell.failure is not None:
        said["failure"] = cell.failure
    if place is not None:
        said["place"] = place
    return said


class _Union:
    """The layouts of a pack, and the schema with all their columns."""

    def __init__(self) -> None:
        self.layouts: list[Layout] = []
        self._known: dict[bytes, int] = {}
        self._columns: dict[str, pa.DataType] = {}

    def layout(self, table: pa.Table | None) -> int:
        """Number of the layout of `table`; -1 for none."""
        if table is None:
            return -1
        content = table.schema.serialize().to_pybytes()
        if content not in self._known:
            self._known[content] = len(self.layouts)
            names = tuple(self._column(f.name, f.type) for f in table.schema)
            self.layouts.append(Layout(table.schema, names))
        return self._known[content]

    def _column(self, name: str, kind: pa.DataType) -> str:
        """Name of a column; cells whose columns differ in their type alone have two of them."""
        free = name
        while self._columns.setdefault(free, kind) != kind:
            free = f"{free}:{kind}"
        return free

    def schema(self) -> pa.Schema:
        """The union schema."""
        return pa.schema(list(self._columns.items()))


def _write_groups(
    writer: Any, plan: _Union, schema: pa.Schema, cells: Sequence[PackedCell]
) -> list[Place | None]:
    """Write the rows of `cells` in their order; return where each of them lies."""
    places: list[Place | None] = []
    waiting: list[pa.Table] = []
    group, rows, last = 0, 0, -1
    for cell in cells:
        layout = plan.layout(cell.table)
        size = 0 if cell.table is None else len(cell.table)
        if cell.table is None or not size:
            places.append(None if cell.table is None else Place(layout, -1, 0, 0))
            continue
        if waiting and (layout != last or rows + size > ROWS):
            _write_group(writer, schema, plan.layouts[last], waiting)
            waiting, rows, group = [], 0, group + 1
        places.append(Place(layout, group, rows, size))
        waiting.append(cell.table)
        rows, last = rows + size, layout
    if waiting:
        _write_group(writer, schema, plan.layouts[last], waiting)
    return places


def _write_group(writer: Any, schema: pa.Schema, layout: Layout, tables: list[pa.Table]) -> None:
    whole = pa.concat_tables(tables)
    there = dict(zip(layout.columns, whole.columns, strict=True))
    columns = [there[f.name] if f.name in there else pa.nulls(len(whole), f.type) for f in schema]
    writer.write_table(pa.Table.from_arrays(columns, schema=schema), row_group_size=len(whole))


def _text(schema: pa.Schema) -> str:
    return base64.b64encode(schema.serialize().to_pybytes()).decode()


_SCHEMAS: dict[str, pa.Schema] = {}
"""The few schemas that cells have, each decoded once."""


def _schema(text: str) -> pa.Schema:
    if text not in _SCHEMAS:
        _SCHEMAS[text] = pa.ipc.read_schema(pa.BufferReader(base64.b64decode(text)))
    return _SCHEMAS[text]

"""Reads a stranger's submission: nothing in it is trusted or run, and sizes are limited."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from emobench.leaderboard.submission import schema
from emobench.leaderboard.submission.faults import SHOWN, Faults, UnreadableError, quoted, shown

MOST_BYTES: Final = {
    schema.SUMMARY: 16 * 2**20,
    schema.RESULTS_FILE: 2**30,
    schema.RESULTS_CSV: 2**31,
    schema.PREDICTIONS_FILE: 2**34,
}
"""Largest size of each file."""

MOST_ROWS: Final = {"results": 200_000, "predictions": 500_000_000}
MOST_IN_CELL: Final = 5_000_000
"""Most rows of a table, and of one cell in the predictions."""
MOST_IN_MEMORY: Final = 2**30
"""Most bytes in memory of the results, and of one batch of predictions."""
LONGEST_TEXT: Final = 4096
"""Longest text in a column, in bytes."""
LONGEST_JSON: Final = 65536
"""The same of the columns that hold JSON."""
JSON_COLUMNS: Final = ("training_spec", "cell_spec", "software")
MOST_CLASSES: Final = 1000

BATCH: Final = 8192

DAMAGED: Final = (OSError, ValueError, pa.ArrowException, MemoryError, RecursionError)
"""What reading a damaged file can end in."""


@dataclass(frozen=True)
class Block:
    """The predictions of one cell.

    Parameters
    ----------
    cell, look
        As in the file.
    first
        Row of the first one in the file, from 1.
    table
        Its rows.
    """

    cell: str
    look: str
    first: int
    table: pa.Table

    def texts(self, name: str) -> list[str | None]:
        """Return a column of texts."""
        found: list[str | None] = self.table[name].to_pylist()
        return found

    @cached_property
    def utterances(self) -> list[str]:
        """``[N]`` ids."""
        return [str(one) for one in self.texts("utterance")]

    @cached_property
    def widths(self) -> NDArray[np.int64]:
        """``[N]`` number of probabilities of each row."""
        found: NDArray[np.int64] = (
            pc.list_value_length(self.table["probabilities"]).to_numpy().astype(np.int64)
        )
        return found

    def probabilities(self, classes: int) -> NDArray[np.float64]:
        """``[N, C]``, where each row has as many as there are classes."""
        flat = self.table["probabilities"].combine_chunks().flatten()
        values: NDArray[np.float64] = flat.to_numpy(zero_copy_only=False).astype(np.float64)
        return values.reshape(-1, classes)

    @cached_property
    def present(self) -> dict[str, NDArray[np.bool_]]:
        """Modality to ``[N]``: whether it was shown; of the modalities that the corpus has."""
        columns = {
            c.name.removeprefix("present_"): self.table[c.name]
            for c in schema.PREDICTED
            if c.kind == schema.YES_NO
        }
        return {
            name: column.to_numpy().astype(bool)
            for name, column in columns.items()
            if column.null_count == 0
        }

    def fingerprint(self, *columns: str) -> bytes:
        """Digest of some columns: cells with equal ones need to be looked at once."""
        digest = hashlib.blake2b(digest_size=16)
        for name in columns:
            values = self.table[name].to_pylist()
            digest.update(json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        return digest.digest()


@dataclass(frozen=True)
class Submission:
    """A submission on disk.

    Parameters
    ----------
    folder
        Where it lies.
    summary
        What `SUMMARY` says.
    rows
        The results, a dictionary for each.
    """

    folder: Path
    summary: dict[str, Any]
    rows: list[dict[str, Any]]

    def blocks(self, faults: Faults) -> Iterator[Block]:
        """Yield the predictions of one cell after another.

        Raises
        ------
        UnreadableError
            The file is damaged.
        """
        seen: set[tuple[str, str]] = set()
        place, waiting, first = None, list[pa.Table](), 1
        for start, batch in _batches(self.folder, "predictions", faults):
            for key, offset, size in _runs(batch):
                if key != place and waiting:
                    yield _block(place, first, waiting)
                    waiting = []
                if not waiting:
                    place, first = key, start + offset
                    if key in seen:
                        faults.add(
                            schema.PREDICTIONS_FILE, first, "cell",
                            f"the rows of cell {quoted(key[0])} do not stand together.",
                        )  # fmt: skip
                    seen.add(key)
                waiting.append(batch.slice(offset, size))
                if sum(map(len, waiting)) > MOST_IN_CELL:
                    raise UnreadableError(
                        f"{schema.PREDICTIONS_FILE}: cell {quoted(key[0])} has more than "
                        f"{MOST_IN_CELL:,} rows."
                    )
        if waiting:
            yield _block(place, first, waiting)


def _block(place: tuple[str, str] | None, first: int, parts: list[pa.Table]) -> Block:
    assert place is not None
    return Block(*place, first, pa.concat_tables(parts).combine_chunks())


def _runs(batch: pa.Table) -> Iterator[tuple[tuple[str, str], int, int]]:
    """Cell and look, first row and number of rows of what stands together in a batch."""
    cells, looks = batch["cell"].to_pylist(), batch["look"].to_pylist()
    start = 0
    for row in range(1, len(cells) + 1):
        if row == len(cells) or (cells[row], looks[row]) != (cells[start], looks[start]):
            yield (str(cells[start]), str(looks[start])), start, row - start
            start = row


def open_submission(path: Path, faults: Faults) -> Submission | None:
    """Read a submission but for its predictions; None if its columns are not those of the schema.

    Parameters
    ----------
    path
        Its folder, or one of its files.
    faults
        Gets what is wrong.

    Raises
    ------
    UnreadableError
        A file is missing, damaged, too large, or of another version of the schema.
    """
    folder = path if path.is_dir() else path.parent
    if not path.exists():
        raise UnreadableError(f"{path} is not there.")
    if path.is_file() and path.name not in MOST_BYTES:
        raise UnreadableError(
            f"{path} is no file of a submission; name its folder or its {schema.SUMMARY}."
        )
    for name, most in MOST_BYTES.items():
        _check_file(folder / name, most)
    summary = _summary(folder / schema.SUMMARY)
    _check_digests(folder, summary, faults)
    fitting = [_fits(folder, table, faults) for table in schema.TABLES]
    if not all(fitting):
        return None
    rows: list[dict[str, Any]] = []
    for _, batch in _batches(folder, "results", faults):
        rows += batch.to_pylist()
    _check_counts(folder, summary, len(rows), faults)
    return Submission(folder, summary, rows)


def _check_file(path: Path, most: int) -> None:
    if path.is_symlink():
        raise UnreadableError(f"{path.name} is a link; a submission holds its files themselves.")
    if not path.is_file():
        raise UnreadableError(f"{path.name} is missing in {path.parent}.")
    if (size := path.stat().st_size) > most:
        raise UnreadableError(f"{path.name} has {size:,} bytes; {most:,} are read at most.")


def _summary(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (*DAMAGED, UnicodeDecodeError) as error:
        raise UnreadableError(f"{path.name} cannot be read as JSON: {_first(error)}.") from None
    if not isinstance(found, dict) or found.get("format") != schema.FORMAT:
        raise UnreadableError(f"{path.name} does not describe a submission of emobench.")
    if found.get("schema") != schema.VERSION:
        raise UnreadableError(
            f"{path.name} has version {quoted(found.get('schema'))} of the schema; this emobench "
            f"reads version {schema.VERSION}."
        )
    return found


def _check_digests(folder: Path, summary: dict[str, Any], faults: Faults) -> None:
    files = summary.get("files")
    for name in schema.TABLE_FILES:
        said = files.get(name) if isinstance(files, dict) else None
        if not isinstance(said, dict):
            faults.add(schema.SUMMARY, 0, "files", f"it does not say what {name} holds.")
            continue
        path = folder / name
        if said.get("bytes") != path.stat().st_size:
            faults.add(
                name, 0, "",
                f"it has {path.stat().st_size:,} bytes, {schema.SUMMARY} says "
                f"{quoted(said.get('bytes'))}.",
            )  # fmt: skip
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        if said.get("sha256") != digest:
            faults.add(
                name, 0, "",
                f"its SHA-256 is {digest}, {schema.SUMMARY} says {quoted(said.get('sha256'))}: it "
                "was changed after it was written.",
            )  # fmt: skip
    if _columns(summary.get("dictionary")) != _columns(schema.dictionary()):
        faults.add(schema.SUMMARY, 0, "dictionary", "it is not the data dictionary of the schema.")


def _columns(dictionary: Any) -> Any:
    """What a data dictionary says of columns; its wording can change within a version."""
    fixed = ("name", "type", "empty", "unit")
    try:
        return {
            table: [[column[name] for name in fixed] for column in columns]
            for table, columns in dictionary.items()
        }
    except (AttributeError, KeyError, TypeError):
        return None


def _check_counts(folder: Path, summary: dict[str, Any], results: int, faults: Faults) -> None:
    said = summary.get("rows")
    with _parquet(folder, "predictions") as file:
        there = {"results": results, "predictions": file.metadata.num_rows}
    for table, count in there.items():
        if not isinstance(said, dict) or said.get(table) != count:
            value = said.get(table) if isinstance(said, dict) else said
            faults.add(
                schema.SUMMARY, 0, "rows",
                f"it says {quoted(value)} rows of {table}, there are {count:,}.",
            )  # fmt: skip


def _file_of(table: str) -> str:
    return {"results": schema.RESULTS_FILE, "predictions": schema.PREDICTIONS_FILE}[table]


def _parquet(folder: Path, table: str, dictionaries: Sequence[str] = ()) -> pq.ParquetFile:
    """Open a file; the texts in `dictionaries` are read once each, however often they stand."""
    name = _file_of(table)
    try:
        return pq.ParquetFile(
            folder / name, read_dictionary=[*dictionaries],
            thrift_string_size_limit=2**26, thrift_container_size_limit=2**20,
        )  # fmt: skip
    except DAMAGED as error:
        raise UnreadableError(f"{name} cannot be read as Parquet: {_first(error)}.") from None


def _fits(folder: Path, table: str, faults: Faults) -> bool:
    """Whether a file has the columns of the schema; what differs is a fault."""
    name = _file_of(table)
    with _parquet(folder, table) as file:
        rows, meta = file.metadata.num_rows, file.metadata.metadata or {}
        try:
            there = {f.name: f.type for f in file.schema_arrow}
            order = [f.name for f in file.schema_arrow]
        except DAMAGED as error:
            raise UnreadableError(f"{name} cannot be read as Parquet: {_first(error)}.") from None
    if rows > MOST_ROWS[table]:
        raise UnreadableError(f"{name} has {rows:,} rows; {MOST_ROWS[table]:,} are read at most.")
    before = faults.total
    for key, value in schema.metadata(table).items():
        if (said := meta.get(key.encode())) != value.encode():
            text = said.decode("utf-8", "replace") if said is not None else None
            faults.add(name, 0, "", f"its metadata {key} is {quoted(text)}, not {value!r}.")
    wanted = {c.name: c.kind for c in schema.TABLES[table]}
    for column in order:
        if column not in wanted:
            faults.add(name, 0, quoted(column), "the schema has no such column.")
        elif order.count(column) > 1:
            faults.add(name, 0, column, "it is there more than once.")
    for column, kind in wanted.items():
        if column not in there:
            faults.add(name, 0, column, "it is missing.")
        elif _kind(there[column]) != kind:
            faults.add(name, 0, column, f"its type is {shown(str(there[column]))}, not {kind}.")
    return faults.total == before


def _kind(type_: pa.DataType) -> str:
    """Type of a column in the words of the schema; "" for one that it has not."""
    if pa.types.is_large_list(type_) or pa.types.is_list(type_):
        return f"list<{_kind(type_.value_type)}>"
    if pa.types.is_dictionary(type_):
        return _kind(type_.value_type)
    if pa.types.is_string(type_) or pa.types.is_large_string(type_):
        return schema.TEXT
    return next((kind for kind, arrow in schema.ARROW.items() if arrow == type_), "")


def _batches(folder: Path, table: str, faults: Faults) -> Iterator[tuple[int, pa.Table]]:
    """The rows of a file by batches, each with the number of its first row, from 1."""
    name, wanted = _file_of(table), schema.arrow_schema(table)
    types = pa.schema([f.with_nullable(True) for f in wanted])
    texts = [c.name for c in schema.TABLES[table] if c.kind == schema.TEXT]
    start, size = 1, 0
    with _parquet(folder, table, texts) as file:
        batches = file.iter_batches(BATCH, use_threads=False)
        while True:
            try:
                batch = next(batches, None)
                if batch is None:
                    return
                batch.validate(full=True)
                found = pa.Table.from_batches([batch]).select(wanted.names)
                found = _with_short_texts(name, start, found, texts, faults).cast(types)
            except DAMAGED as error:
                raise UnreadableError(
                    f"{name} cannot be read from row {start} on: {_first(error)}."
                ) from None
            size = found.nbytes + (size if table == "results" else 0)
            if size > MOST_IN_MEMORY or start + len(found) - 1 > MOST_ROWS[table]:
                raise UnreadableError(f"{name} holds more than is read, from row {start} on.")
            _check_values(name, table, start, found, faults)
            yield start, found
            start += len(found)


def _check_values(file: str, table: str, start: int, rows: pa.Table, faults: Faults) -> None:
    """Name empty values where there must be one, numbers that are none, and long lists."""
    for column in schema.TABLES[table]:
        values = rows[column.name]
        if not column.empty and values.null_count:
            for row in np.flatnonzero(pc.is_null(values).to_numpy(zero_copy_only=False)).tolist():
                faults.add(file, start + row, column.name, "it is empty.")
        if column.kind == schema.NUMBER:
            number = pc.fill_null(values, 0.0).to_numpy()
            for row in np.flatnonzero(~np.isfinite(number)).tolist():
                faults.add(file, start + row, column.name, "it is not a finite number.")
        elif column.kind in (schema.TEXTS, schema.NUMBERS):
            size = pc.fill_null(pc.list_value_length(values), 0).to_numpy()
            for row in np.flatnonzero(size > MOST_CLASSES).tolist():
                faults.add(file, start + row, column.name, f"it has more than {MOST_CLASSES}.")


def _with_short_texts(
    file: str, start: int, rows: pa.Table, texts: Sequence[str], faults: Faults
) -> pa.Table:
    """Name texts that are too long, and cut them off before they are copied into every row."""
    for name in texts:
        most = LONGEST_JSON if name in JSON_COLUMNS else LONGEST_TEXT
        values = rows[name].combine_chunks().dictionary_encode()
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks() if values.num_chunks else pa.array([], pa.string())
        if not len(values):
            continue
        size = pc.fill_null(pc.binary_length(values.dictionary), 0).to_numpy()
        long = np.flatnonzero(size > most)
        if long.size:
            place = pc.fill_null(values.indices, -1).to_numpy()
            for row in np.flatnonzero(np.isin(place, long)).tolist():
                faults.add(
                    file, start + row, name,
                    f"it has {int(size[place[row]]):,} bytes; {most:,} are allowed.",
                )  # fmt: skip
            short = pc.utf8_slice_codeunits(values.dictionary, 0, SHOWN)
            kept = pc.if_else(pa.array(size > most), short, values.dictionary)
            values = pa.DictionaryArray.from_arrays(values.indices, kept)
        column = rows.column_names.index(name)
        rows = rows.set_column(column, name, values.dictionary_decode())
    return rows


def _first(error: BaseException) -> str:
    """The first line of what went wrong, in one sentence part."""
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__).rstrip(".")[:300]

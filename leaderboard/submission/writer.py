"""Writes a submission: results and predictions of a folder as files that anybody can read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from emobench.atomic import json_text, whole_file
from emobench.errors import RequestError
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.submission import schema
from emobench.leaderboard.submission.choice import choose
from emobench.leaderboard.submission.csv_text import csv_text
from emobench.leaderboard.submission.people import Names, names_of
from emobench.leaderboard.submission.result_rows import (
    Asked,
    Row,
    StoredCells,
    asked_cells,
    rows_of,
)
from emobench.leaderboard.submission.stored_cell import CellRows
from emobench.store.records import CorpusRecord

ROWS: int = 2**17
"""Predictions of a row group."""


@dataclass(frozen=True)
class Exported:
    """What was written: rows of both tables, bytes of all files, and what is worth saying."""

    results: int
    predictions: int
    bytes: int
    notes: tuple[str, ...]


def export(
    root: Path,
    out: Path,
    dataset: str | None = None,
    protocol: str | None = None,
    models: str | None = None,
) -> Exported:
    """Write the rows that the page shows, with their predictions, into the folder `out`.

    Parameters
    ----------
    root
        The results folder.
    out
        The folder of the submission. An earlier export in it is replaced; changed files are not.
    dataset, protocol, models
        The rows to write; see `emobench.leaderboard.submission.choice.choose`.

    Raises
    ------
    RequestError
        Nothing is stored, a name is unknown, stored predictions cannot be read, or `out` is a file
        or holds something else.
    """
    _check_folder(out)
    chosen = choose(root, dataset, protocol, models)
    stored = StoredCells(chosen.results)
    asked = sorted(asked_cells(chosen.entries), key=_predicted_first)
    names: dict[tuple[str, str, str], Names] = {}
    rows: list[Row] = []
    predictions = out / schema.PREDICTIONS_FILE
    with whole_file(predictions) as partial, table_writer(partial, "predictions") as writer:
        batch = _Batch(writer)
        done: set[str | None] = set()
        for one in asked:
            for row, cell in rows_of(stored, one):
                rows.append(row)
                # Several rows can be of one cell, whose predictions are written once.
                if cell is not None and one.slot.cell not in done:
                    batch.add(row, cell, _names(names, chosen.results, one))
            if rows[-1]["status"] == "done":
                done.add(one.slot.cell)
        batch.flush()
    rows.sort(key=lambda row: tuple(row[name] for name in schema.KEY))
    results = out / schema.RESULTS_FILE
    with whole_file(results) as partial, table_writer(partial, "results") as writer:
        writer.write_table(table_of("results", rows))
    with whole_file(out / schema.RESULTS_CSV) as partial:
        partial.write_bytes(csv_text(rows).encode())
    corpora = _corpora(chosen.results, asked, names)
    write_summary(out, {"results": len(rows), "predictions": batch.rows}, corpora, _newest(asked))
    size = sum((out / name).stat().st_size for name in (*schema.TABLE_FILES, schema.SUMMARY))
    return Exported(
        len(rows), batch.rows, size, chosen.notes + stored.broken + _name_notes(corpora)
    )


def _check_folder(out: Path) -> None:
    ours = {*schema.TABLE_FILES, schema.SUMMARY}
    if out.is_file():
        raise RequestError(f"{out} is a file; name a folder with --out.")
    others = sorted(p.name for p in out.iterdir() if p.name not in ours) if out.is_dir() else []
    if others:
        raise RequestError(
            f"{out} holds {others[0]}, which is no part of a submission; name another folder "
            "with --out."
        )
    _check_earlier(out)


def _check_earlier(out: Path) -> None:
    """Refuse to replace files that have the names of ours but are not what was exported."""
    there = [name for name in (*schema.TABLE_FILES, schema.SUMMARY) if (out / name).exists()]
    if not there:
        return
    try:
        listed = json.loads((out / schema.SUMMARY).read_text("utf-8"))["files"]
        known = {name: listed[name]["sha256"] for name in schema.TABLE_FILES}
    except (OSError, ValueError, KeyError, TypeError):
        known = {}
    for name in there:
        is_ours = name == schema.SUMMARY if known else False
        if name in known:
            is_ours = hashlib.sha256((out / name).read_bytes()).hexdigest() == known[name]
        if not is_ours:
            raise RequestError(
                f"{out / name} is not as an export left it, and would be replaced; move it away, "
                "or name another folder with --out."
            )


def _predicted_first(asked: Asked) -> tuple[str, int, str]:
    """By cell: the predictions are sorted by it."""
    return (asked.slot.cell or "", asked.slot.fold, asked.slot.condition)


def _names(known: dict[tuple[str, str, str], Names], results: Results, asked: Asked) -> Names:
    grid = asked.entry.newest
    key = (grid.corpus or "", grid.split, asked.tested)
    if key not in known:
        known[key] = names_of(results, grid, asked.condition.corpus)
    return known[key]


class _Batch:
    """Gathers the predictions of cells until they fill a row group."""

    def __init__(self, writer: pq.ParquetWriter) -> None:
        self.writer = writer
        self.rows = 0
        self._waiting: list[pa.Table] = []
        self._count = 0

    def add(self, row: Row, cell: CellRows, names: Names) -> None:
        """Add the predictions of one cell."""
        table = _predictions(str(row["cell"]), cell, names)
        self._waiting.append(table)
        self._count += len(table)
        self.rows += len(table)
        if self._count >= ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            whole = pa.concat_tables(self._waiting)
            self.writer.write_table(whole, row_group_size=max(1, len(whole)))
            self._waiting, self._count = [], 0


def _predictions(key: str, cell: CellRows, names: Names) -> pa.Table:
    found, n = cell.predictions, len(cell.predictions.ids)
    chances = cell.probabilities()
    offsets = pa.array(range(0, chances.size + 1, chances.shape[1]), pa.int32())
    columns: dict[str, Any] = {
        "cell": [key] * n,
        "look": [found.look] * n,
        "utterance": found.ids.tolist(),
        "unit": names.units_of(found.ids),
        "speaker": names.speakers_of(found.ids, cell.speakers),
        "member": [None] * n if found.corpus is None else found.corpus.tolist(),
        "truth": cell.names(found.truth),
        "predicted": cell.names(found.decisions),
        "probabilities": pa.ListArray.from_arrays(offsets, pa.array(chances.ravel())),
    }
    for column in schema.PREDICTED[len(columns) :]:
        shown = cell.present.get(column.name.removeprefix("present_"))
        columns[column.name] = [None] * n if shown is None else shown.tolist()
    wanted = schema.arrow_schema("predictions")
    arrays = [pa.array(columns[f.name], f.type) for f in wanted]
    return pa.Table.from_arrays(arrays, schema=wanted)


def table_of(table: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return rows as a table of the schema; a column that a row lacks is empty."""
    wanted, listed = schema.arrow_schema(table), list(rows)
    arrays = [pa.array([row.get(f.name) for row in listed], f.type) for f in wanted]
    return pa.Table.from_arrays(arrays, schema=wanted)


@contextmanager
def table_writer(path: Path, table: str) -> Iterator[pq.ParquetWriter]:
    """Yield what writes a table of the schema, with the schema's version in the file's metadata."""
    texts = [c.name for c in schema.TABLES[table] if c.kind == schema.TEXT]
    with pq.ParquetWriter(
        path, schema.arrow_schema(table), compression="zstd", store_schema=False,
        use_dictionary=texts, write_statistics=["cell"],
    ) as writer:  # fmt: skip
        yield writer
        writer.add_key_value_metadata(schema.metadata(table))


def write_summary(
    out: Path, counts: Mapping[str, int], corpora: list[dict[str, Any]], newest: str
) -> None:
    """Write `SUMMARY` of the files that lie in `out`.

    Parameters
    ----------
    out
        The folder of the submission.
    counts
        Table to its number of rows.
    corpora
        What is to be known of each corpus.
    newest
        When the newest of the results was recorded.
    """
    files = {
        name: {
            "bytes": (out / name).stat().st_size,
            "sha256": hashlib.sha256((out / name).read_bytes()).hexdigest(),
        }
        for name in schema.TABLE_FILES
    }
    content = {
        "format": schema.FORMAT,
        "schema": schema.VERSION,
        "emobench": version("emobench"),
        "newest": newest,
        "rows": dict(counts),
        "files": files,
        "corpora": corpora,
        "dictionary": schema.dictionary(),
    }
    with whole_file(out / schema.SUMMARY) as partial:
        partial.write_text(json_text(content), encoding="utf-8")


def _newest(asked: Iterable[Asked]) -> str:
    return max((one.entry.newest.created for one in asked), default="")


def _corpora(
    results: Results, asked: Iterable[Asked], names: Mapping[tuple[str, str, str], Names]
) -> list[dict[str, Any]]:
    """Facts about each corpus that was trained on, by its name."""
    records: dict[str, CorpusRecord] = {}
    for one in asked:
        record = results.corpus(one.entry.newest.corpus)
        if record is not None:
            records.setdefault(record.dataset, record)
    forms: dict[str, Names] = {tested: found for (_, _, tested), found in names.items()}
    return [
        {
            "dataset": name,
            "digest": record.digest,
            "title": record.card.title,
            "licence": record.card.licence,
            "link": record.card.link,
            "classes": list(record.classes),
            "modalities": list(record.modalities),
            "utterances": record.utterances,
            "available": dict(sorted(record.available.items())),
            "folds": record.folds,
            "unit": record.card.unit,
            "names": forms[name].form if name in forms else "",
        }
        for name, record in sorted(records.items())
    ]


def _name_notes(corpora: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(
        f"{one['dataset']}: {one['unit'] or 'unit'}s are numbered, since its own names may be "
        "people's; utterances keep their ids"
        for one in corpora
        if one["names"] == "numbered"
    )

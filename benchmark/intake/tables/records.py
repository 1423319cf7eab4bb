"""JSON and JSON Lines: records, columns, records by split or by id."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emobench.errors import DataError
from emobench.intake.tables.composition import Raw
from emobench.intake.tables.split_names import PARTS
from emobench.intake.tables.values import cell_text
from emobench.normal_form import normal_form
from emobench.wording import and_more

_SHOWN = 10
_SHAPES = (
    "Read are a list of records ([{…}, {…}]), such a list under one key, a list per column, "
    "records by id, and JSON Lines (a record per line)"
)
Record = dict[str, Any]


class _RepeatedKeyError(Exception):
    """A record has a key twice."""


def is_json(text: str) -> bool:
    """Whether the text starts as JSON does."""
    return re.match(r'\s*(\[\s*[\[{"\d\]-]|\{\s*["}])', text) is not None


def records(path: Path, text: str) -> Raw:
    """Read JSON or JSON Lines, whichever it is.

    Raises
    ------
    DataError
        The text is neither, or holds no table; the line is named.
    """
    try:
        found = list(_values(text))
    except (ValueError, RecursionError, _RepeatedKeyError) as error:
        reason = _bad_lines(text) or _fault(text, error)
        raise DataError(f"{path} cannot be read as JSON: {reason}") from None
    if len(found) == 1 and not (isinstance(found[0][1], dict) and _is_record(found[0][1])):
        return _table(path, found[0][1])
    if wrong := [f"line {line}" for line, value in found if not isinstance(value, dict)]:
        raise DataError(f"{path}: {and_more(wrong, _SHOWN)} hold no record. {_SHAPES}.")
    return _from_records([value for _, value in found], [f"line {line}" for line, _ in found])


def _values(text: str) -> Iterator[tuple[int, Any]]:
    """Every value of the text and the line where it starts."""
    decoder = json.JSONDecoder(
        object_pairs_hook=_record, parse_int=str, parse_float=str, parse_constant=str
    )
    place, line = 0, 1
    while True:
        start = _after_blanks(text, place)
        if start == len(text):
            return
        line += text.count("\n", place, start)
        value, place = decoder.raw_decode(text, start)
        yield line, value
        line += text.count("\n", start, place)


def _after_blanks(text: str, place: int) -> int:
    match = re.compile(r"[ \t\r\n\ufeff]*").match(text, place)
    return match.end() if match else place


def _record(pairs: list[tuple[str, Any]]) -> Record:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedKeyError(next(name for name in names if names.count(name) > 1))
    return found


def _bad_lines(text: str) -> str:
    """The lines that are no record, if most are."""
    wrong, good = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                good += isinstance(json.loads(line, object_pairs_hook=_record), dict)
            except (ValueError, RecursionError, _RepeatedKeyError) as error:
                wrong.append(f"line {number} ({_fault(line, error).split(': ')[-1].rstrip('.')})")
    return f"no record is in {and_more(wrong, _SHOWN)}." if wrong and good >= len(wrong) else ""


def _fault(text: str, error: Exception) -> str:
    if isinstance(error, _RepeatedKeyError):
        return f"a record has the key {str(error)!r} more than once."
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}: {error.msg}."
    return "it is nested too deeply."


def _is_record(value: Record) -> bool:
    return bool(value) and not any(isinstance(v, list | dict) for v in value.values())


def _table(path: Path, value: Any) -> Raw:
    if isinstance(value, list):
        return _from_list(path, value)
    if not isinstance(value, dict):
        raise DataError(f"{path} holds a single value. {_SHAPES}.")
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
        return _from_list(path, [value["columns"], *value["data"]])
    lists = {k: v for k, v in value.items() if _is_list_of_records(v)}
    if len(lists) == 1 and len(lists) == sum(isinstance(v, list) for v in value.values()):
        name, found = next(iter(lists.items()))
        others = [k for k in value if k != name]
        raw = _from_list(path, found)
        if others:
            raw.notes.append(f"The records under {name!r} were read; beside them stand "
                             f"{and_more([repr(o) for o in others], _SHOWN)}.")  # fmt: skip
        return raw
    if lists and len(lists) == len(value):
        return _by_split(path, lists)
    if value and all(isinstance(v, list) for v in value.values()):
        return _from_columns(path, value)
    if value and all(isinstance(v, dict) for v in value.values()):
        return _from_dicts(value)
    raise DataError(
        f"{path} holds no table: it has the keys {and_more([repr(k) for k in value], _SHOWN)}. "
        f"{_SHAPES}."
    )


def _is_list_of_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def _from_list(path: Path, found: list[Any]) -> Raw:
    if all(isinstance(v, dict) for v in found):
        return _from_records(found, [f"record {i}" for i in range(1, len(found) + 1)])
    if all(isinstance(v, list) for v in found) and all(isinstance(c, str) for c in found[0]):
        header = [c.strip() for c in found[0]]
        wrong = [f"record {i}" for i, row in enumerate(found) if len(row) != len(header)]
        if wrong:
            raise DataError(
                f"{path}: {and_more(wrong, _SHOWN)} have another number of values than the first "
                f"list, which was taken for the header."
            )
        rows = [[cell_text(v) for v in row] for row in found[1:]]
        return Raw(header, rows, [f"record {i}" for i in range(1, len(found))])
    wrong = [f"record {i}" for i, v in enumerate(found, 1) if not isinstance(v, dict)]
    raise DataError(f"{path}: {and_more(wrong, _SHOWN)} are no records. {_SHAPES}.")


def _by_split(path: Path, lists: dict[str, list[Record]]) -> Raw:
    """Records under ``train``, ``dev`` and ``test``: the key is the split."""
    if not all(normal_form(name) in PARTS for name in lists):
        raise DataError(
            f"{path} has records under several keys: {and_more([repr(k) for k in lists], _SHOWN)}. "
            "Keep one, or join them and say by a column what they are."
        )
    found, places = [], []
    for name, part in lists.items():
        found += [{"split": name} | record for record in part]
        places += [f"{name}, record {i}" for i in range(1, len(part) + 1)]
    raw = _from_records(found, places)
    raw.notes.append(f"The keys {and_more([repr(k) for k in lists], _SHOWN)} were taken for the "
                     "split.")  # fmt: skip
    return raw


def _from_columns(path: Path, columns: dict[str, list[Any]]) -> Raw:
    sizes = {name: len(values) for name, values in columns.items()}
    if len(set(sizes.values())) > 1:
        said = ", ".join(f"{name!r} {size}" for name, size in sizes.items())
        raise DataError(f"{path} has columns of different lengths: {said}.")
    rows = [[cell_text(v) for v in row] for row in zip(*columns.values(), strict=True)]
    return Raw(
        [name.strip() for name in columns], rows, [f"record {i}" for i in range(1, len(rows) + 1)]
    )


def _from_dicts(value: dict[str, Record]) -> Raw:
    """Columns of values by row (as pandas writes), or records by id."""
    keys = {key for inner in value.values() for key in inner}
    if keys and all(key.isdecimal() for key in keys):
        order = sorted(keys, key=int)
        found = [{name: inner.get(key) for name, inner in value.items()} for key in order]
        return _from_records(found, [f"record {key}" for key in order])
    if any("id" in inner for inner in value.values()):
        return _from_records(list(value.values()), [f"record {key}" for key in value])
    raw = _from_records(
        [{"id": key} | inner for key, inner in value.items()], [f"record {key}" for key in value]
    )
    raw.notes.append("The keys of the records were taken for the column id.")
    return raw


def _from_records(found: list[Record], places: list[str]) -> Raw:
    names = list(dict.fromkeys(name for record in found for name in record))
    rows = [[cell_text(record.get(name)) for name in names] for record in found]
    nested = [n for n in names if any(isinstance(r.get(n), list | dict) for r in found)]
    raw = Raw([name.strip() for name in names], rows, places)
    if nested:
        raw.notes.append("Lists or records were read as text in "
            f"{and_more([repr(n) for n in nested], _SHOWN)}.")  # fmt: skip
    return raw

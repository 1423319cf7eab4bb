"""The columns that say where in a longer file an utterance starts and ends."""

from __future__ import annotations

import re

from emobench import Table, normal_form
from emobench.datasets.manifests.columns import bare, rename, values
from emobench.datasets.manifests.segments import seconds

STARTS = (
    "start", "starttime", "begin", "begintime", "beg", "onset", "tstart", "tmin", "xmin",
    "timestart", "timebegin", "segmentstart", "segstart", "startoffset", "from", "von", "anfang",
    "beginn",
)  # fmt: skip
ENDS = (
    "end", "endtime", "offset", "tend", "tmax", "xmax", "timeend", "segmentend", "segend",
    "endoffset", "finish", "stop", "stoptime", "to", "until", "bis", "ende",
)  # fmt: skip
LENGTHS = ("duration", "dur", "length", "segmentlength", "segmentduration")
PAIRED = ("offset", "stop", "to", "until", "from", "beg", "finish", "von", "bis")
"""Names that mean a time only beside the other end."""

UNIT = re.compile(
    r"(?:in)?(?:(ms|msec|msecs|millis|milliseconds?)|s|sec|secs|seconds?"
    r"|hh?mm?ss?(?:m{1,3}s?|f{1,3})?|ssms(?:ec)?)?$"
)
"""A unit behind a name; ELAN writes ``hh:mm:ss.ms`` and ``ss.msec`` for plain times."""
SPAN = re.compile(r"^(?:start|end|begin|onset|offset)(?:s?_|time|frame)")
TIME = re.compile(
    r"(?:^|_)(?:start|end|begin|onset|offset|duration|time|timestamp|frame)(?:s?_|s?$|time|frame)"
)


def name_times(table: Table) -> list[str]:
    """Name where segments start and end, in seconds; return what is doubtful."""
    starts, ends, lengths = (_times(table, names) for names in (STARTS, ENDS, LENGTHS))
    start = next(iter(starts), "")
    if "offset" in map(bare, ends) and lengths and not starts:
        start = next(c for c in ends if bare(c) == "offset")  # Kaldi's and NeMo's word
        ends = [c for c in ends if c != start]
    if bare(start) in PAIRED and not (ends or lengths):
        start = ""
    doubts = _unclear(table, starts, "start") + _unclear(table, ends, "end")
    if start:
        if ends:
            _take(table, ends[0], "end")
        elif lengths:
            _add_end(table, start, lengths[0])
        _take(table, start, "start")
    elif ends and bare(ends[0]) not in PAIRED:
        _take(table, ends[0], "end")
    return doubts


def _times(table: Table, names: tuple[str, ...]) -> list[str]:
    """Columns of these names that hold times, ours first."""
    found = {}
    for column in table.header:
        base = bare(column)
        plain = next((n for n in names if _is_named(base, n)), None)
        if plain and (column == plain or _holds_times(table, column)):
            found[column] = names.index(plain)
    return sorted(found, key=lambda c: found[c])


def _is_named(base: str, name: str) -> bool:
    return base.startswith(name) and UNIT.fullmatch(base[len(name) :]) is not None


def _holds_times(table: Table, column: str) -> bool:
    found = [v for v in values(table, column) if v]
    return bool(found) and all(seconds(v) is not None for v in found)


def _scale(column: str) -> float:
    unit = UNIT.search(bare(column))
    return 0.001 if unit and unit[1] else 1.0


def _in_seconds(table: Table, column: str) -> list[str]:
    scale = _scale(column)
    return [
        repr(time * scale) if scale != 1 and (time := seconds(v)) is not None else v
        for v in values(table, column)
    ]


def _take(table: Table, column: str, ours: str) -> None:
    if column == ours:
        return
    times, place = _in_seconds(table, column), table.header.index(column)
    for row, time in zip(table.rows, times, strict=True):
        row[place] = time
    rename(table, column, ours)
    if _scale(column) != 1:
        table.notes.append(f"{column!r} holds milliseconds; they became seconds.")


def _add_end(table: Table, start: str, length: str) -> None:
    pairs = zip(_in_seconds(table, start), _in_seconds(table, length), strict=True)
    for row, (begin, more) in zip(table.rows, pairs, strict=True):
        first, span = seconds(begin or "0"), seconds(more)
        known = first is not None and span is not None
        row.append(repr(first + span) if known else more)  # type: ignore[operator]
    table.header.append("end")
    table.notes.append(f"The end of a segment is {start} and {length} together.")


def _unclear(table: Table, found: list[str], ours: str) -> list[str]:
    """A doubt where two columns say differently when segments start, or end."""
    times = {c: [seconds(v) for v in _in_seconds(table, c)] for c in found}
    return [
        f"The columns {found[0]!r} and {column!r} differ, and each could be {ours}; {found[0]!r} "
        "is read: remove the wrong one."
        for column in found[1:]
        if not all(
            a == b or (a is not None and b is not None and abs(a - b) < 0.05)
            for a, b in zip(times[found[0]], times[column], strict=True)
        )
    ]


def unread(table: Table) -> list[str]:
    """Doubts on what looks like times and is not read.

    Of texts alone, when they were written says nothing; where they start and end may.
    """
    found: list[str] = []
    if {"start", "end"} <= set(table.header):
        return found
    times = TIME if {"audio", "video"} & set(table.header) else SPAN
    known = {"start", "end", *(c for c in table.header if bare(c) in LENGTHS)}
    for column in table.header:
        plain = re.sub(r"[\W_]+", "_", normal_form(column))
        odd = times.search(plain) or bare(column) in (*STARTS, *ENDS)
        if odd and column not in known and _holds_times(table, column):
            found.append(
                f"The column {column!r} looks like a time and is not read: if rows are segments of "
                "longer files, call the columns start and end, in seconds."
            )
    return found

"""Segments of longer files: the columns ``start`` and ``end``, in seconds."""

from __future__ import annotations

import math
import re
from functools import cache
from pathlib import Path

import pandas as pd

from emobench import ClipError
from emobench.datasets.media import media_seconds

CLOCK = re.compile(r"(?:(\d{1,6}):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")
SLACK = 0.1
"""Seconds by which a segment may pass the end: headers and times are rounded."""

FEWEST_SECONDS = 0.2
MOST_SECONDS = 200.0
"""Utterances are shorter; whole numbers from here on look like milliseconds."""


def seconds(text: str) -> float | None:
    """Seconds of ``1.5``, ``1,5`` or ``00:01:02,500``; None for anything else."""
    if clock := CLOCK.fullmatch(text.strip()):
        hours, minutes, rest = clock.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(rest.replace(",", "."))
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def span(row: pd.Series) -> tuple[float | None, float | None]:
    """Start and end of a row, in seconds; None where it says nothing."""
    start, end = (row.get(column) for column in ("start", "end"))
    return float(start) if start else None, float(end) if end else None


@cache
def _length(path: str, state: tuple[int, ...]) -> float | None:
    """Seconds of sound or film; None if it cannot be read, which its clip tells.

    `state`: what differs once the file is another.
    """
    try:
        return media_seconds(Path(path))
    except ClipError:
        return None


def problems(table: pd.DataFrame, home: Path, with_ends: bool = True) -> list[str]:
    """What is wrong with each segment, with its line; times become seconds in place.

    `with_ends`: whether segments are compared with the lengths of their files.
    """
    wrong: list[str] = []
    beyond: list[tuple[str, float, float]] = []
    clocks = False
    for index, row in table.iterrows():
        times = {c: seconds(row[c]) for c in ("start", "end") if row[c]}
        wrong += [
            f"{row['line']}: {c} is {row[c]!r}; write seconds, such as 1.5, or hours:minutes:"
            "seconds"
            for c, time in times.items()
            if time is None or time < 0
        ]
        if not times or any(t is None or t < 0 for t in times.values()):
            continue
        start, end = times.get("start") or 0.0, times.get("end")
        if end is not None and end <= start:
            wrong.append(f"{row['line']}: the segment ends at {end:g} s, its start is {start:g} s")
            continue
        for column, time in times.items():
            table.at[index, column] = repr(time)
        for name in {row["audio"], row["video"]} - {""} if with_ends else ():
            facts = (home / name).stat()
            state = (facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino)
            length = _length(str(home / name), state)
            last = end if end is not None else start
            if length is not None and (last > length + SLACK or start >= length):
                said = (
                    f"{row['line']}: the segment {start:g} to {last:g} s passes the end of {name} "
                    f"({length:.2f} s); remove start and end if the file is cut already"
                )
                beyond.append((said, last, length))
                clocks |= ":" in row["start"] + row["end"]
    return wrong + [text + _remedy(beyond, clocks) for text, _, _ in beyond]


def _remedy(beyond: list[tuple[str, float, float]], clocks: bool) -> str:
    """What times that pass the ends of all files may be in, if divided they would fit."""
    if clocks and all(last / 60 <= length + SLACK for _, last, length in beyond):
        return " (are these minutes and seconds, written as hours and minutes? Write seconds)"
    if not clocks and all(last / 1000 <= length + SLACK for _, last, length in beyond):
        return " (are these milliseconds? Write seconds)"
    return ""


def unlikely_times(table: pd.DataFrame) -> list[str]:
    """Doubts on times that nothing can be cut by, and on times that seem to be milliseconds."""
    timed = table[(table["start"] != "") | (table["end"] != "")]
    if timed.empty:
        return []
    cut = (timed["audio"] != "") | (timed["video"] != "")
    if not cut.any():
        return [
            f"start and end of {len(timed):,} rows are not used: they cut audio and video, and the "
            "rows name neither."
        ]
    found = []
    if not cut.all():
        found.append(
            f"start and end of {int((~cut).sum()):,} rows are not used: they name no audio or "
            f"video ({timed['line'][~cut].iloc[0]})."
        )
    times = [t for c in ("start", "end") for t in map(seconds, timed[c][timed[c] != ""]) if t]
    lengths = [
        last - (seconds(start) or 0.0)
        for start, end in zip(timed["start"], timed["end"], strict=True)
        if (last := seconds(end)) is not None
    ]
    long = sorted(lengths)[len(lengths) // 2] if lengths else 0.0
    if lengths and long < FEWEST_SECONDS:
        found.append(
            f"The segments are {long:g} s long at the median, too short to hear anything: are the "
            "times minutes and seconds (1.05)? Write seconds, or 1:05."
        )
    if long >= MOST_SECONDS and all(t.is_integer() for t in times):
        found.append(
            f"The segments are {long:g} s long at the median, and all times are whole numbers: "
            "are they milliseconds? start and end are read as seconds."
        )
    return found

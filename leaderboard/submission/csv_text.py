"""The results as CSV: the same values as in Parquet but for the specs, each in one spelling."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from emobench.leaderboard.submission.schema import OF_CSV


def csv_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows of the results as CSV.

    A number has all its digits, a list is a JSON list, and what is empty is an empty field. So is
    an empty text: only in Parquet are the two told apart.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in OF_CSV])
    for row in rows:
        writer.writerow([field(row.get(column.name)) for column in OF_CSV])
    return text.getvalue()


def field(value: Any) -> str:
    """Return one value as it stands in the CSV."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list | tuple):
        return json.dumps(list(value), ensure_ascii=False, separators=(",", ":"))
    return str(value)

"""Values of spreadsheets, Parquet and JSON as text."""

from __future__ import annotations

import datetime
import json
import math
from typing import Any


def cell_text(value: Any) -> str:
    """Write a value as people would: ``1`` for 1.0, ``2024-05-01`` for a date, a gap as nothing.

    Lists and records become JSON.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time() and value.tzinfo is None:
            return value.date().isoformat()
        return value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=cell_text)
    return str(value)

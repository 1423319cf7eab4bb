"""JSON that every program reads."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from emobench.terminal.streams import is_utf8


def print_json(value: Any) -> None:
    """Print a value as JSON; its keys stay in their order."""
    ascii_alone = not is_utf8(sys.stdout)
    print(json.dumps(plain(value), indent=1, ensure_ascii=ascii_alone, allow_nan=False))


def plain(value: Any) -> Any:
    """Return a value in what JSON has: no number is NaN or infinite, and becomes ``null``."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # an array or a number of NumPy
        return plain(value.tolist())
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) else str(value)

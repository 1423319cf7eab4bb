"""Digests of plain data: equal content has the same digest on every machine."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical_digest(content: Any, *, compact: bool = False) -> str:
    """Return 20 hexadecimal digits of the SHA-256 of `content` as JSON with sorted keys.

    Parameters
    ----------
    content
        Plain data; tuples count as lists.
    compact
        Without spaces after commas and colons, the form for specs but not for records. Stored
        results are named by both, so neither form may change.
    """
    separators = (",", ":") if compact else None
    text = json.dumps(content, sort_keys=True, default=list, separators=separators)
    return hashlib.sha256(text.encode()).hexdigest()[:20]

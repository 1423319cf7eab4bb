"""Digests of plain data: equal content has the same digest on every machine."""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path
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
    return hashlib.sha256(canonical_json(content, compact=compact).encode()).hexdigest()[:20]


def canonical_json(content: Any, *, compact: bool = False) -> str:
    """Return `content` as JSON with sorted keys, of which `canonical_digest` is the digest."""
    separators = (",", ":") if compact else None
    return json.dumps(content, sort_keys=True, default=list, separators=separators)


@functools.cache
def core_digest(folder: Path = Path(__file__).parent) -> str:
    """Return 20 hexadecimal digits of the SHA-256 of the core's own source files.

    Parameters
    ----------
    folder
        The folder of the files, with those below it.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}:{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:20]

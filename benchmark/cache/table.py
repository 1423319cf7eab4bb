"""What lies in the cache, as a table and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from emobench.cache.content import (
    GENERATED,
    LEFTOVER,
    MEANING,
    PREPARED,
    STALE,
    Item,
)

DAY: Final = 86_400
COLUMNS: Final = (
    "kind", "corpus", "path", "bytes", "files", "last_used", "state", "removable", "parts",
    "foreign",
)  # fmt: skip
"""The keys of `plain`."""


def plain(item: Item, cache: Path) -> dict[str, Any]:
    """Return an item as a program gets it; the keys are documented, and stay."""
    used = item.size.used
    return {
        "kind": item.kind,
        "corpus": item.corpus or None,
        "path": str(item.path.relative_to(cache)),
        "bytes": item.size.bytes,
        "files": item.size.files,
        "last_used": datetime.fromtimestamp(used, UTC).isoformat() if used else None,
        "state": item.state or None,
        "removable": item.removable,
        "parts": {name: size.bytes for name, size in item.parts.items()},
        "foreign": item.size.foreign,
    }


def lines(found: Sequence[Item], cache: Path, every: bool, now: float) -> Iterator[str]:
    """Return the table line by line, and what can be done."""
    if not found:
        yield f"{cache} holds nothing yet"
        return
    rows = [("size", "used", "kind", "needed", "what")]
    for item in found:
        what = str(item.path.relative_to(cache))
        size, used = megabytes(item.size.bytes), age(item.size.used, now)
        rows.append((size, used, item.kind, item.state or "", what))
        parts = sorted(item.parts.items(), key=lambda part: -part[1].bytes)
        for name, part in parts if every else ():
            rows.append((megabytes(part.bytes), age(part.used, now), "", "", f"  {name}"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for size, used, *words in rows:
        texts = (size.rjust(widths[0]), used.rjust(widths[1]))
        rest = (word.ljust(width) for word, width in zip(words, widths[2:], strict=True))
        yield "  ".join([*texts, *rest]).rstrip()
    yield from _sentences(found, cache)


def _sentences(found: Sequence[Item], cache: Path) -> Iterator[str]:
    total = sum(item.size.bytes for item in found)
    again = sum(item.size.bytes for item in found if item.removable)
    yield (
        f"{cache} holds {megabytes(total).strip()}, of which a run makes "
        f"{megabytes(again).strip()} again by itself"
    )
    kinds = dict.fromkeys(item.kind for item in found if item.kind not in (PREPARED, GENERATED))
    for kind in kinds:
        yield f"{kind}: {MEANING[kind]}"
    gone = [i for i in found if i.removable and (i.state == STALE or i.kind == LEFTOVER)]
    if gone:
        freed = megabytes(sum(item.size.bytes for item in gone)).strip()
        yield (
            f"stale: no corpus was in this state when it was opened last; `emobench cache prune "
            f"--stale` frees {freed}"
        )


def megabytes(count: int) -> str:
    """Return bytes in MiB, or in KiB where that is nothing."""
    return f"{count / 2**20:,.1f} MiB" if count >= 50_000 else f"{count / 2**10:,.0f} KiB"


def age(used: float, now: float) -> str:
    """Return how long ago something was, in days."""
    if not used:
        return ""
    days = (now - used) / DAY
    return "today" if days < 1 else f"{days:,.0f} d ago"

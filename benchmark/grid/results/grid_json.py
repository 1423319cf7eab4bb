"""The JSON of grid records, whose rows can be a million: they are written from a pattern.

The text is exactly that of `Record.content` through `json.dumps`, and so are the keys that are its
digests.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from emobench.atomic import json_text, replace_text
from emobench.digest import canonical_json
from emobench.disk.seal import BLANK, SEAL, filled
from emobench.grid.plan.plan import PlannedRow
from emobench.store.grid_heads import GridHead
from emobench.store.records import GridRecord
from emobench.store.store import Store

MARK = "\x00rows\x00"
"""Stands for the rows in the JSON of the rest."""


@dataclass(frozen=True)
class GridTable:
    """The record of a grid, without its rows, and the rows."""

    record: GridRecord
    rows: Sequence[PlannedRow]

    def key(self) -> str:
        """Name of the record: the digest of its content, of which the time is no part."""
        slots = "[" + ", ".join(_slots(self.rows, "{", ", ", "}", ascii_only=True)) + "]"
        text = canonical_json({**self.record.content(), "rows": MARK})
        return hashlib.sha256(_filled(text, slots).encode()).hexdigest()[:20]

    def head(self, key: str) -> GridHead:
        """What the record is about."""
        one = self.record
        return GridHead(
            key, "", one.dataset, one.model, one.protocol, one.split, one.track, one.variant
        )

    def write(self, store: Store, key: str) -> None:
        """Write the record with the time of writing."""
        now = datetime.now(UTC).isoformat()
        content = {**self.record.content(), "created": now, "rows": MARK, SEAL: BLANK.decode()}
        slots = ",\n".join(_slots(self.rows, "  {\n   ", ",\n   ", "\n  }", ascii_only=False))
        text = _filled(json_text(content), f"[\n{slots}\n ]" if slots else "[]")
        replace_text(store.root / "grids" / f"{key}.json", filled(text))


def _filled(text: str, slots: str) -> str:
    mark = json.dumps(MARK)
    assert text.count(mark) == 1
    before, after = text.split(mark)
    return before + slots + after


def _slots(
    rows: Sequence[PlannedRow], start: str, between: str, end: str, *, ascii_only: bool
) -> Iterator[str]:
    """The JSON of each row as a `Slot`, its keys sorted."""
    said: Callable[[str | None], str] = functools.lru_cache(4096)(
        functools.partial(json.dumps, ensure_ascii=ascii_only)
    )
    for row in rows:
        # Keys are digests: nothing in them has to be escaped.
        cell = "null" if row.cell is None else f'"{row.cell}"'
        training = "null" if row.training is None else f'"{row.training}"'
        skipped = said(str(row.skipped)) if row.skipped else "null"
        report = f'"report": {said(row.report)}{between}' if row.report else ""
        yield (
            f'{start}"cell": {cell}{between}"condition": {said(row.condition)}{between}'
            f'"fold": {row.fold}{between}"regime": {said(row.regime)}{between}{report}'
            f'"seed": {row.seed}{between}"skipped": {skipped}{between}'
            f'"split": {said(row.split)}{between}"training": {training}{between}'
            f'"variant": {said(row.variant)}{end}'
        )

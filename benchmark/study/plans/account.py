"""What `emobench plan` prints: the family, what was known, the digest, and what to type next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from emobench.leaderboard import number_format as numbers
from emobench.store.records.plans import PlanRecord, PlanRow
from emobench.wording import and_more, counted

SHOWN = 40
"""Comparisons that are listed; the rest is counted."""


def account(record: PlanRecord, action: str, path: Path | None) -> list[str]:
    """Return the lines that say what a plan is and what was done with it.

    Parameters
    ----------
    record
        The plan.
    action
        ``frozen``, ``amended``, ``unchanged`` or ``tried``.
    path
        Its file, whose name is the digest; None if it was only tried.
    """
    lines = [*_family(record), *(f"left out: {text}" for text in record.left_out)]
    lines.append(family_text(record))
    if record.margin is not None:
        lines.append(
            f"equivalent: shown to differ by less than {numbers.score(record.margin)} (two "
            "one-sided tests, Holm over the same comparisons)"
        )
    lines += [*_cautions(record), known_text(record, action == "unchanged")]
    lines += [f"changed: {text}" for text in record.changes] if action == "amended" else []
    return lines + _done(record, action, path)


def _family(record: PlanRecord) -> Iterator[str]:
    left = SHOWN
    for setting, pairs in groupby(record.pairs, key=lambda p: p.setting):
        dataset, track, protocol = setting
        yield f"{dataset}, {track} track, {protocol}"
        for place, group in groupby([*pairs], key=lambda p: (p.regime, p.condition)):
            yield f"  regime {place[0]}, condition {place[1]}"
            listed = [*group]
            for pair in listed[: max(left, 0)]:
                seeds = _seeds(record.row(setting, pair.first), *place)
                yield f"    {pair.first} {numbers.MINUS} {pair.second}{seeds}"
            if len(listed) > max(left, 0):
                yield f"    and {len(listed) - max(left, 0):,} more"
            left -= len(listed)


def _seeds(row: PlanRow | None, regime: str, condition: str) -> str:
    places = row.places if row is not None else ()
    for place in places:
        if (place.regime, place.condition) == (regime, condition):
            folds = f", {counted(place.folds, 'fold')}" if place.folds > 1 else ""
            return f" ({counted(len(place.seeds), 'seed')}{folds})"
    return ""


def family_text(record: PlanRecord) -> str:
    """Say how many comparisons there are, of which measure, and at which level."""
    n = len(record.pairs)
    level = numbers.score(record.alpha).rstrip("0")
    how = f"Holm over all {n}, level {level}" if n > 1 else f"level {level}"
    return f"{counted(n, 'planned comparison')} of {record.measure} ({how})"


def known_text(record: PlanRecord, is_past: bool = False) -> str:
    """Say what was stored when the plan was frozen, which is now or `is_past`."""
    if record.existing:
        return (
            f"{counted(record.existing, 'cell')} of planned rows {_was(record.existing)} stored "
            "already: this is no plan before results, and the page says so"
        )
    if is_past:
        return "no result of it was stored when it was frozen"
    others = f"; {counted(record.others, 'cell')} of other rows on its corpora" if record.others \
        else ""  # fmt: skip
    return f"no result of it is stored yet{others}"


def _was(n: int) -> str:
    return "is" if n == 1 else "are"


def _cautions(record: PlanRecord) -> Iterator[str]:
    """What a reviewer would ask about."""
    single = {
        row.model
        for row in record.rows
        for place in row.places
        if len(place.seeds) == 1 and row.config
    }
    if single:
        yield (
            f"warning: {and_more(sorted(single), 3)} with one seed: nobody knows what another "
            "training would change, and the level does not hold for it"
        )


def _done(record: PlanRecord, action: str, path: Path | None) -> list[str]:
    when = record.created[:16].replace("T", " ") + " UTC"
    if path is None:
        return ["nothing was written"]
    if action == "unchanged":
        return [f"frozen {when}, and nothing of it has changed:", f"  {path.stem}"]
    lines = [f"{action} {when} in {path}, under the digest", f"  {path.stem}"]
    lines.append(
        "Put the digest where others can date it (a commit, a registry of studies): a file on "
        "your own disk proves no time."
    )
    if action == "frozen":
        lines.append(f"next: emobench run {shlex.quote(record.study)}")
    return lines

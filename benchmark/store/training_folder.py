"""What lies in the folder of a training: its own record, and the packs with its cells.

Both layouts are read: `TRAINING` with the spec and the report or failure, and the older
``spec.json`` with ``report.json`` or ``failure.json``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from emobench.disk.patience import patiently
from emobench.disk.seal import plain_object, unsealed
from emobench.store.pack import BROKEN, Pack, PackedCell, PackEntry, RowGroups, is_pack, read_pack

TRAINING = "training.json"
TRIES = 20
"""How often a folder is read anew when another process changes it meanwhile."""


@dataclass(frozen=True)
class Outcome:
    """The spec of a training or trial with its report or its failure, as plain data.

    `files` has the SHA-256 of each file beside the record; older records name none.
    """

    spec: dict[str, Any]
    report: dict[str, Any] | None = None
    failure: dict[str, Any] | None = None
    files: dict[str, str] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether it has a report."""
        return self.report is not None

    @property
    def reason(self) -> str | None:
        """Why it failed; None if it is done."""
        if self.report is not None or self.failure is None:
            return None
        return str(self.failure.get("reason", "no reason stored"))


def read_outcome(path: Path, folder: Path) -> Outcome | None:
    """What `path`, or the older `folder`, says of a training or trial; a success wins.

    None where neither says anything.

    Raises
    ------
    ValueError
        What is stored is no JSON, or was changed after it was written.
    """
    new = None
    if ours := plain_json(path):
        report, failure = ours.get("report"), ours.get("failure")
        new = Outcome(
            plain_object(ours["spec"], "spec"),
            plain_object(report, "report") if report is not None else None,
            plain_object(failure, "failure") if failure is not None else None,
            plain_object(ours.get("files", {}), "files"),
        )
    if new is not None and new.done:
        return new
    report = plain_json(folder / "report.json")
    failure = None if report is not None else plain_json(folder / "failure.json")
    if report is not None or (failure is not None and new is None):
        return Outcome(plain_json(folder / "spec.json") or {}, report, failure)
    return new


def plain_json(path: Path) -> dict[str, Any] | None:
    """Read a JSON file; None where there is none.

    Raises
    ------
    ValueError
        It is no JSON object, or was changed after it was written.
    """
    try:
        return unsealed(patiently(path.read_bytes))
    except (FileNotFoundError, NotADirectoryError):
        return None


def read_training(folder: Path) -> Outcome | None:
    """What the folder of a training says of it; None for no or an unfinished training."""
    return read_outcome(folder / TRAINING, folder)


@dataclass(frozen=True)
class Packs:
    """The packs of a training that can be read, by name, and what is wrong with the others."""

    whole: tuple[Pack, ...]
    broken: tuple[str, ...] = ()

    @cached_property
    def entries(self) -> dict[str, PackEntry]:
        """The entry that counts for each cell."""
        found: dict[str, PackEntry] = {}
        for pack in self.whole:
            for key, entry in pack.entries.items():
                if key not in found or outranks(entry, found[key]):
                    found[key] = entry
        return found

    def pack(self, entry: PackEntry) -> Pack:
        """The pack that holds `entry`."""
        return next(pack for pack in self.whole if pack.path == entry.path)

    def cells(self) -> Iterator[PackedCell]:
        """Every cell with its predictions."""
        packs = {pack.path: pack for pack in self.whole}
        for e in self.entries.values():
            table = packs[e.path].table(e.key)
            yield PackedCell(e.key, e.spec, e.report, e.failure, e.written, table)


def outranks(one: PackEntry | PackedCell, other: PackEntry | PackedCell) -> bool:
    """Whether `one` counts where both are of the same cell and `other` was found first.

    A success counts before a failure, and a later failure before an earlier one. Of two successes
    the first found counts: packs are read in the order of their names, everywhere the same.
    """
    if one.done != other.done:
        return one.done
    return not one.done and one.written > other.written


def read_packs(folder: Path, checked: bool = False, groups: RowGroups | None = None) -> Packs:
    """Read the packs in the folder of a training; see `read_pack`.

    Another process may put several packs into one meanwhile; then the folder is read anew.
    """
    for _ in range(TRIES):
        names = pack_names(folder)
        whole: list[Pack] = []
        broken: list[str] = []
        try:
            for name in names:
                try:
                    whole.append(read_pack(folder / name, checked, groups))
                except FileNotFoundError:
                    raise
                except BROKEN as error:
                    broken.append(damage(folder / name, error))
        except FileNotFoundError:
            continue
        return Packs(tuple(whole), tuple(broken))
    raise OSError(f"{folder} changes all the time")


def damage(path: Path, error: Exception) -> str:
    """One sentence on a pack, or a training's record, that cannot be read."""
    why = (str(error).splitlines() or ["no reason given"])[0].rstrip(".")
    return (
        f"{Path(*path.parts[-3:])} is damaged ({why}): what it holds counts as not computed, and "
        "the file can be deleted"
    )


def entry_names(folder: Path) -> list[str]:
    """The names of what lies in a folder, sorted, but for hidden files; none where it is not."""
    try:
        return sorted(e.name for e in os.scandir(folder) if not e.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []


def pack_names(folder: Path) -> list[str]:
    """The names of the packs in a folder, sorted."""
    return [name for name in entry_names(folder) if is_pack(name)]

"""Removes what a run makes again by itself, and nothing that anybody holds."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from emobench.atomic import partial_prefix
from emobench.cli.folders import users_cache
from emobench.cli.upkeep.cache_content import (
    GENERATED,
    LEFTOVER,
    PREPARED,
    STALE,
    Item,
    items,
)
from emobench.cli.upkeep.cache_table import plain
from emobench.errors import RequestError

UNITS: Final = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
JUST_NOW: Final = 60.0
"""Seconds in which what was written is taken to be in use, by whatever machine."""

WORKING: Final = frozenset({"run", "data", "masks", "check", "predict", "export"})
"""Commands that use the cache."""


@dataclass(frozen=True)
class Wish:
    """What is to be removed: all of the conditions that are given must hold.

    Parameters
    ----------
    older_than
        Seconds since it was last used, at least.
    corpus
        Only of this corpus.
    stale
        Only what is of a state in which no corpus was when it was opened last.
    """

    older_than: float | None = None
    corpus: str | None = None
    stale: bool = False

    def is_met(self, item: Item, now: float) -> bool:
        """Return whether an item meets the conditions."""
        return (
            (self.older_than is None or now - item.size.used >= self.older_than)
            and (self.corpus is None or item.corpus == self.corpus)
            and (not self.stale or item.state == STALE or item.kind == LEFTOVER)
        )


def seconds_of(text: str) -> float:
    """Return an age such as ``30d``, ``12h`` or ``2w`` in seconds.

    Raises
    ------
    RequestError
        It is none.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([mhdw])", text.strip().lower())
    if match is None:
        raise RequestError(f"{text!r} is no age: write 30d, 12h, 2w or 90m.")
    return float(match[1]) * UNITS[match[2]]


@dataclass(frozen=True)
class Choice:
    """Items to be removed, and those that meet the wish and stay, each with the reason."""

    removed: tuple[Item, ...]
    kept: tuple[tuple[Item, str], ...]


def choose(found: Sequence[Item], wish: Wish, cache: Path, now: float | None = None) -> Choice:
    """Choose what meets the wish, is emobench's own, and is held by nobody."""
    now = time.time() if now is None else now
    removed: list[Item] = []
    kept: list[tuple[Item, str]] = []
    held = {path: pid for pid, path in _held(cache)}
    for item in found:
        if not wish.is_met(item, now):
            continue
        reason = _reason(item, held, now)
        if reason is None:
            removed.append(item)
        elif reason:
            kept.append((item, reason))
    return Choice(tuple(removed), tuple(kept))


def _reason(item: Item, held: dict[str, int], now: float) -> str | None:
    """Why an item stays: "" where it is nothing that is ever removed; None where it can go."""
    if item.size.foreign and item.kind in (PREPARED, GENERATED):
        return f"it holds what is none of emobench's: {item.size.foreign[0]}"
    if not item.removable:
        return ""
    inside = f"{item.path.resolve()}{os.sep}"
    for path, pid in held.items():
        if path.startswith(inside) or path == inside.rstrip(os.sep):
            return f"process {pid} holds it"
    if now - _written(item.path) < JUST_NOW:
        return "it was written within the last minute"
    return None


def _written(path: Path) -> float:
    """When something was last written there."""
    latest = 0.0
    with contextlib.suppress(OSError):
        latest = path.lstat().st_mtime
        for folder, _, names in os.walk(path):
            for name in names:
                with contextlib.suppress(OSError):
                    latest = max(latest, Path(folder, name).lstat().st_mtime)
    return latest


def _held(root: Path) -> Iterator[tuple[int, str]]:
    """Process ids and the files below a folder that they have open or mapped into memory."""
    inside = str(root.resolve())
    for pid in psutil.pids():
        for path in () if pid == os.getpid() else _files_of(pid):
            if path.startswith(inside):
                yield pid, path


def _files_of(pid: int) -> Iterator[str]:
    """Files that a process has open or mapped; of another user's process none are known."""
    home = Path("/proc", str(pid))
    if not home.is_dir():  # another system, where asking takes longer
        with contextlib.suppress(psutil.Error, OSError):
            yield from (one.path for one in psutil.Process(pid).open_files())
        return
    with contextlib.suppress(OSError):
        for link in (home / "fd").iterdir():
            with contextlib.suppress(OSError):
                yield os.readlink(link)  # noqa: PTH115 - a name, no path
    with contextlib.suppress(OSError, UnicodeError):
        for line in (home / "maps").read_text().splitlines():
            yield line[line.find("/") :] if "/" in line else ""


def refuse_while_used(cache: Path) -> None:
    """Raise an error while a command of emobench works with the cache.

    Between two files a run holds none of them for a moment.

    Raises
    ------
    RequestError
        One does; the message names it.
    """
    mine = {os.getpid(), *(p.pid for p in _ancestors())}
    for process in psutil.process_iter():
        if process.pid in mine:
            continue
        with contextlib.suppress(psutil.Error, OSError):
            words = process.cmdline()
            if _is_working(words) and _cache_of(process, words) in (None, cache.resolve()):
                raise RequestError(
                    f"{cache} is in use by process {process.pid} ({shlex.join(words)[:100]}). Stop "
                    "it or wait for its end; finished work is stored."
                )


def _ancestors() -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return psutil.Process().parents()
    return []


def _is_working(words: list[str]) -> bool:
    """Whether a command line is a command of emobench that uses the cache."""
    for place, word in enumerate(words[:4]):
        if Path(word).name == "emobench" or (word == "emobench" and words[place - 1] == "-m"):
            return bool(WORKING & set(words[place + 1 : place + 3]))
    return False


def _cache_of(process: psutil.Process, words: list[str]) -> Path | None:
    """The cache folder of another process; None where it cannot be told."""
    if any(word.endswith(".toml") for word in words):
        return None
    named = None
    for place, word in enumerate(words):
        if word == "--cache-dir" and place + 1 < len(words):
            named = words[place + 1]
        elif word.startswith("--cache-dir="):
            named = word.partition("=")[2]
    try:
        named = named or process.environ().get("EMOBENCH_CACHE")
        return (Path(process.cwd()) / named).resolve() if named else users_cache().resolve()
    except (psutil.Error, OSError):
        return None


def remove(items: Sequence[Item]) -> list[str]:
    """Remove items, each in one step as others see it; return what stays, and why."""
    failed = []
    for item in items:
        gone = item.path.with_name(f"{partial_prefix()}-pruned{abs(hash(item.path.name))}")
        try:
            item.path.rename(gone)
            if gone.is_dir():
                shutil.rmtree(gone)
            else:
                gone.unlink()
        except OSError as error:
            failed.append(f"{item.path}: {error.strerror or error}")
    return failed


@dataclass(frozen=True)
class Pruned:
    """What was removed from the cache, or would be.

    Parameters
    ----------
    folder
        The cache.
    dry_run
        Whether nothing was removed.
    removed
        What was, or would be.
    kept
        What meets the wish and stays, each with the reason.
    failed
        A sentence on each thing that could not be removed.
    """

    folder: Path
    dry_run: bool
    removed: tuple[Item, ...]
    kept: tuple[tuple[Item, str], ...]
    failed: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """Size of what was removed, or would be."""
        return sum(item.size.bytes for item in self.removed)

    def content(self) -> dict[str, Any]:
        """Return all of it as plain data; the keys are documented, and stay."""
        return {
            "cache_dir": str(self.folder),
            "dry_run": self.dry_run,
            "bytes": self.bytes,
            "removed": [plain(item, self.folder) for item in self.removed],
            "kept": [plain(item, self.folder) | {"reason": why} for item, why in self.kept],
            "failed": list(self.failed),
        }


def pruned(
    cache: Path,
    wish: Wish,
    dry_run: bool = False,
    agree: Callable[[Choice], object] | None = None,
) -> Pruned:
    """Remove what meets a wish.

    Parameters
    ----------
    cache
        The cache folder.
    wish
        What is to be removed.
    dry_run
        Remove nothing.
    agree
        Is shown the choice before anything is removed, and may raise instead.

    Raises
    ------
    RequestError
        A command of emobench works with the cache.
    """
    choice = choose(items(cache), wish, cache)
    going = bool(choice.removed) and not dry_run
    if going:
        refuse_while_used(cache)
    if agree is not None:
        agree(choice)
    failed = remove(choice.removed) if going else []
    return Pruned(cache, dry_run, choice.removed, choice.kept, tuple(failed))

"""Digests of source files, remembered so that an unchanged file costs one look at its facts.

A digest is remembered by path, size, times of change in nanoseconds, and inode. A file that was
changed while or just before it was read is read again: within one tick of the clock, two states
of a file have the same time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from emobench.disk.sums import kept_json, read_kept

Progress = Callable[[str, int, int], None]
Facts = list[int]
Record = dict[str, list[Any]]
"""File name to its facts, the time of reading, and the digest."""

NEVER = -1
"""A size that no file has."""

SETTLED = 2_000_000_000
"""Nanoseconds after which a file's time tells two states apart; FAT counts in steps of 2 s."""

READERS = 4
"""Files that are read at a time; hashing does not hold the interpreter's lock."""

LFS_HEAD = b"version https://git-lfs.github.com/spec/"
LFS_MOST = 1024
POINTER = "git-lfs-pointer:"
"""Beginning of the digest of a file that is a pointer of Git LFS."""

FILES = "files"
"""Field of a record with its files."""

UNREADABLE = "unreadable"
"""Digest of a file that cannot be opened."""


class FileDigests:
    """Digests of files, remembered in a cache, with a record for each folder of files.

    Parameters
    ----------
    cache
        The cache's folder. If it cannot be written, files are read again each time.
    """

    def __init__(self, cache: Path) -> None:
        self._home = cache / "files"
        self._records: dict[Path, Record] = {}
        self._grown: set[Path] = set()

    def of(
        self, files: Iterable[Path], what: str = "", progress: Progress | None = None
    ) -> dict[Path, str]:
        """Return the SHA-256 of each file, in order; folders and absent files are left out.

        A pointer of Git LFS has `POINTER` before its digest; a file that cannot be opened has
        `UNREADABLE` instead of one.

        Parameters
        ----------
        files
            Paths; a repeated path counts once.
        what
            The step that `progress` shows.
        progress
            Called with `what`, the number of files read, and the number to read.
        """
        facts = {path: f for path in dict.fromkeys(files) if (f := _facts(path)) is not None}
        unknown = [path for path, f in facts.items() if not self._is_known(path, f)]
        with ThreadPoolExecutor(READERS) as pool:
            for done, (path, digest, when) in enumerate(pool.map(_digested, unknown), start=1):
                folder = path.absolute().parent
                self._record(folder)[path.name] = [*facts[path], when, digest]
                self._grown.add(folder)
                if progress and (done % 50 == 0 or done == len(unknown)):
                    progress(what, done, len(unknown))
        self._save()
        return {path: self._entry(path)[-1] for path in facts}

    def distrust(self, files: Iterable[Path]) -> None:
        """Have files read again at their next use, whatever their facts say."""
        for path in files:
            entry = self._entry(path)
            if entry:
                entry[0] = NEVER
                self._grown.add(path.absolute().parent)
        self._save()

    def _is_known(self, path: Path, facts: Facts) -> bool:
        entry = self._entry(path)
        return (
            len(entry) == len(facts) + 2
            and entry[: len(facts)] == facts
            and entry[-1] != UNREADABLE
            and max(facts[1:3]) + SETTLED < entry[-2]
        )

    def _entry(self, path: Path) -> list[Any]:
        return self._record(path.absolute().parent).get(path.name, [])

    def _record(self, folder: Path) -> Record:
        if folder not in self._records:
            self._records[folder] = _read(self._path(folder))
        return self._records[folder]

    def _path(self, folder: Path) -> Path:
        return self._home / f"{hashlib.sha256(os.fsencode(folder)).hexdigest()[:20]}.json"

    def _save(self) -> None:
        for folder in self._grown:
            with contextlib.suppress(OSError):
                self._home.mkdir(parents=True, exist_ok=True)
                kept_json(self._path(folder), {FILES: self._records[folder]})
        self._grown.clear()


def file_digest(path: Path, cache: Path) -> str:
    """Return the SHA-256 of one file, remembered in the folder `cache`.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    """
    found = FileDigests(cache).of([path])
    if path not in found:
        raise FileNotFoundError(path)
    return found[path]


def pointers(digests: dict[Path, str]) -> list[Path]:
    """The files that are pointers of Git LFS."""
    return [path for path, digest in digests.items() if digest.startswith(POINTER)]


def _facts(path: Path) -> Facts | None:
    """Size, times of change of content and of state, inode and device; None if there is no file."""
    try:
        found = path.stat()
    except (OSError, ValueError):  # a zero byte in the name
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev]


def _digested(path: Path) -> tuple[Path, str, int]:
    """The path, its digest, and the time at which reading began."""
    when = time.time_ns()
    try:
        with path.open("rb") as file:
            head = file.read(LFS_MOST)
            is_pointer = head.startswith(LFS_HEAD) and b"\noid " in head and len(head) < LFS_MOST
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return path, UNREADABLE, when
    return path, f"{POINTER}{digest}" if is_pointer else digest, when


def _read(path: Path) -> Record:
    known = read_kept(path)
    if isinstance(known.get(FILES), dict):  # older records have the files themselves at the top
        known = known[FILES]
    return {name: entry for name, entry in known.items() if isinstance(entry, list) and entry}

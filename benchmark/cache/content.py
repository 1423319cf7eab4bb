"""What lies in the cache folder: whose it is, how large, when it was used, and what needs it."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from emobench.discovery.registry import registry
from emobench.errors import EmobenchError

PREPARED, GENERATED, IMPORTED = "prepared", "generated", "imported"
MIRROR, MEMORY, CORPORA, LEFTOVER, FOREIGN = "mirror", "memory", "corpora", "leftover", "foreign"

MEANING: Final = {
    PREPARED: "representations of a corpus, and what was fitted on its train parts",
    GENERATED: "what a corpus was made into: generated, unpacked, counted",
    IMPORTED: "features that `emobench data import` converted",
    MIRROR: "the working copy of results in a bucket",
    MEMORY: "digests of files, states of corpora, verdicts of `emobench check`",
    CORPORA: "the data folder, which lies here unless it is named",
    LEFTOVER: "half-written by a process that was killed",
    FOREIGN: "none of emobench's",
}
"""What each kind is, in words."""

MADE_AGAIN: Final = (PREPARED, GENERATED, LEFTOVER)
"""Kinds that a run makes again by itself: nothing else is ever removed."""

CURRENT, STALE = "current", "stale"

ENDINGS: Final = frozenset({".npy", ".npz", ".bin", ".json", ".parquet", ".safetensors"})
"""Files that emobench writes into its cache end so."""

_ITEM: Final = re.compile(r"(?P<corpus>\w+)-(?P<digest>[0-9a-f]{16})")
_OWN: Final = re.compile(
    r"[0-9a-f]{16}(-v\d+)?|unpacked-.+-[0-9a-f]{16}|not-finite-[0-9a-f]{16}\.json"
)
_PARTIAL: Final = re.compile(r"\.partial-.+-\d+-[^-]+|\.[0-9a-f]{16}-[0-9a-f]{32}")
_MEMORY: Final = ("corpora", "files", "checks")


@dataclass
class Size:
    """What files come to: their bytes and number, and when the last of them was used."""

    bytes: int = 0
    files: int = 0
    used: float = 0.0
    foreign: list[str] = field(default_factory=list)

    def add(self, other: Size) -> None:
        """Add what another folder comes to."""
        self.bytes += other.bytes
        self.files += other.files
        self.used = max(self.used, other.used)
        self.foreign += other.foreign


@dataclass(frozen=True)
class Item:
    """A thing in the cache that is removed as a whole, or not at all.

    Parameters
    ----------
    kind
        A key of `MEANING`.
    corpus
        The corpus's name; "" where it is of none.
    path
        Its file or folder.
    size
        All of it.
    parts
        Of prepared data: the size of each representation, of ``sources`` and of ``fitted``.
    state
        ``current`` if a corpus is in this state as it was last opened, ``stale`` if none is; "" if
        that cannot be told.
    """

    kind: str
    corpus: str
    path: Path
    size: Size
    parts: dict[str, Size] = field(default_factory=dict)
    state: str = ""

    @property
    def removable(self) -> bool:
        """Whether it is emobench's own, through and through, and made again when it is needed."""
        return self.kind in MADE_AGAIN and not self.size.foreign


def items(cache: Path) -> list[Item]:
    """Return everything in a cache folder, the largest first; of a missing folder nothing."""
    found = [*_items(cache)] if cache.is_dir() else []
    return sorted(found, key=lambda item: (-item.size.bytes, str(item.path)))


def _items(cache: Path) -> Iterator[Item]:
    known = _digests(cache / "corpora")
    corpora = _corpus_names()
    for entry in _entries(cache):
        path = Path(entry.path)
        if entry.is_symlink():
            yield Item(FOREIGN, "", path, Size(files=1, foreign=[entry.name]))
        elif _PARTIAL.fullmatch(entry.name):
            yield Item(LEFTOVER, "", path, measure(path))
        elif not entry.is_dir():
            yield Item(FOREIGN, "", path, Size(*_facts(entry), foreign=[entry.name]))
        elif entry.name == "prepared":
            yield from (_prepared(one, known) for one in _entries(path))
        elif entry.name in _MEMORY:
            yield Item(MEMORY, "", path, measure(path))
        elif entry.name == "imported":
            yield from (
                Item(IMPORTED, "", Path(e.path), measure(Path(e.path))) for e in _entries(path)
            )
        elif entry.name == "results":
            yield from (
                Item(MIRROR, "", Path(e.path), measure(Path(e.path), True)) for e in _entries(path)
            )
        elif entry.name == "data":
            yield Item(CORPORA, "", path, measure(path, True))
        elif entry.name in corpora:
            yield from (_generated(entry.name, one) for one in _entries(path))
        else:
            yield Item(FOREIGN, "", path, measure(path, True))


def _prepared(entry: os.DirEntry[str], known: frozenset[str]) -> Item:
    path, match = Path(entry.path), _ITEM.fullmatch(entry.name)
    if _PARTIAL.fullmatch(entry.name) and not entry.is_symlink():
        return Item(LEFTOVER, "", path, measure(path))
    if match is None or entry.is_symlink() or not entry.is_dir():
        return Item(FOREIGN, "", path, Size(files=1, foreign=[entry.name]))
    parts: dict[str, Size] = {}
    whole = Size()
    for part in _entries(path):
        size = _one(part)
        parts.setdefault(_part_name(part.name), Size()).add(size)
        whole.add(size)
    # A folder's own time is that of the last run that opened the corpus.
    whole.used = max(whole.used, path.stat().st_mtime)
    state = CURRENT if match["digest"] in known else STALE
    return Item(PREPARED, match["corpus"], path, whole, parts, state)


def _part_name(name: str) -> str:
    """The representation that a folder of prepared data holds, or what else it is."""
    for beginning, what in (("source-", "sources"), ("train-", "fitted"), ("from-", "fitted")):
        if name.startswith(beginning):
            return what
    return name.removesuffix("-blocks")


def _generated(corpus: str, entry: os.DirEntry[str]) -> Item:
    path = Path(entry.path)
    if _PARTIAL.fullmatch(entry.name) and not entry.is_symlink():
        return Item(LEFTOVER, corpus, path, measure(path))
    if entry.is_symlink() or not _OWN.fullmatch(entry.name):
        return Item(FOREIGN, corpus, path, Size(files=1, foreign=[entry.name]))
    return Item(GENERATED, corpus, path, _one(entry))


def measure(folder: Path, anybodys: bool = False) -> Size:
    """Add up the files below a folder; links are not followed.

    Parameters
    ----------
    folder
        The folder, or a file.
    anybodys
        Whether files of any name may lie there; else those that emobench does not write are named.
    """
    found = Size()
    if not folder.is_dir():
        return found
    for entry in _entries(folder):
        found.add(_one(entry, anybodys))
    return found


def _one(entry: os.DirEntry[str], anybodys: bool = False) -> Size:
    if entry.is_dir(follow_symlinks=False):
        return measure(Path(entry.path), anybodys)
    is_ours = not entry.is_symlink() and Path(entry.name).suffix in ENDINGS
    size = Size(*_facts(entry))
    if not (is_ours or anybodys or entry.name.startswith(".partial-")):
        size.foreign.append(entry.path)
    return size


def _facts(entry: os.DirEntry[str]) -> tuple[int, int, float]:
    """Bytes, one file, and when it was last read or written, as far as the file system says."""
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:  # it has just gone
        return 0, 0, 0.0
    size = found.st_blocks * 512 if hasattr(found, "st_blocks") else found.st_size
    return size if stat.S_ISREG(found.st_mode) else 0, 1, max(found.st_atime, found.st_mtime)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:  # it has just gone, or cannot be read
        return []


def _digests(folder: Path) -> frozenset[str]:
    """The states in which corpora were opened last, as names of prepared data say them."""
    found = set()
    for entry in _entries(folder):
        try:
            known = json.loads(Path(entry.path).read_text(encoding="utf-8"))
            found.add(str(known["digest"])[:16])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return frozenset(found)


def _corpus_names() -> frozenset[str]:
    try:
        return frozenset(registry("dataset"))
    except EmobenchError:  # a plugin is broken: what is not known counts as foreign, and stays
        return frozenset()

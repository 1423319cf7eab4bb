"""The identity of a corpus: the digest of all that it holds, and what changed since last time."""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from emobench.disk.sums import kept_json, read_kept
from emobench.errors import DataError
from emobench.intake.file_digests import FileDigests, pointers
from emobench.interface.dataset import Dataset
from emobench.wording import counted

Progress = Callable[[str, int, int], None]

KEPT = 50
"""Changes of one corpus that are remembered."""

NAMED = 3
"""Files that are named where several changed."""


@dataclass(frozen=True)
class Change:
    """One change of a corpus: the digests before and after it, and what changed, in words."""

    was: str
    now: str
    when: str
    what: str


def source_files(
    dataset: Dataset, progress: Progress | None = None, name: str = ""
) -> dict[str, str]:
    """Digest of each source file of a corpus, by its name below the folder of them all.

    The loader's own file counts too, unless it is built in. A corpus that lists no files has none.

    Parameters
    ----------
    dataset
        The corpus.
    progress
        Called while files are read.
    name
        What progress calls the corpus; default: the name on its card.

    Raises
    ------
    DataError
        Files are pointers of Git LFS.
    """
    files = list(dataset.files())
    if not files:
        return {}
    cache = dataset.folders.cache
    what = f"reading the files of {name or dataset.card.name}"
    found = FileDigests(cache).of(files, what, progress)
    _refuse_pointers(found)
    named = dict(zip(_short_names(list(found), cache), found.values(), strict=True))
    return named | _loader_file(dataset)


def _loader_file(dataset: Dataset) -> dict[str, str]:
    """Digest of the file of a loader that is not built in: another `read` gives other data."""
    kind = type(dataset)
    if kind.__module__.startswith("emobench."):
        return {}
    path = Path(inspect.getfile(kind))
    return {f"loader {path.name}": hashlib.sha256(path.read_bytes()).hexdigest()}


def corpus_digest(
    table: pd.DataFrame,
    dataset: Dataset,
    sources: Mapping[str, tuple[str, ...]],
    files: Mapping[str, str],
) -> str:
    """SHA-256 over the table, the options, the loader's fingerprint and the source files."""
    head = _head(dataset, sources)
    if files:
        head["files"] = files_digest(files)
    digest = hashlib.sha256(json.dumps(head, sort_keys=True).encode())
    digest.update(table.to_csv(index=False).encode())
    return digest.hexdigest()


def files_digest(files: Mapping[str, str]) -> str:
    """Digest of all source files; empty if there are none."""
    if not files:
        return ""
    return hashlib.sha256(json.dumps(sorted(files.items())).encode()).hexdigest()


def is_remembered(cache: Path, name: str) -> bool:
    """Whether a corpus, by its `CorpusRequest.identity`, was opened with this cache before."""
    return bool(_read(_record(cache, name)).get("digest"))


def _record(cache: Path, name: str) -> Path:
    return cache / "corpora" / f"{hashlib.sha256(name.encode()).hexdigest()[:20]}.json"


def remember(
    cache: Path,
    name: str,
    digest: str,
    table: pd.DataFrame,
    dataset: Dataset,
    files: Mapping[str, str],
) -> list[Change]:
    """Compare a corpus with its last state in this cache, remember it, and return its changes."""
    record = _record(cache, name)
    before = _read(record)
    changes = [Change(**c) for c in before.get("changes", ())]
    state = {
        "digest": digest,
        "rows": len(table),
        "columns": {str(c): _column_digest(table[c]) for c in table},
        "options": _options(dataset.options) if dataset.options is not None else {},
        "files": dict(files),
    }
    if before.get("digest") == digest:
        return changes
    if before.get("digest"):
        when = time.strftime("%Y-%m-%d %H:%M")
        changes.append(Change(before["digest"], digest, when, _difference(before, state)))
    with contextlib.suppress(OSError):
        record.parent.mkdir(parents=True, exist_ok=True)
        kept_json(record, state | {"changes": [asdict(c) for c in changes[-KEPT:]]})
    return changes


def reasons(changes: Sequence[Change], was: str, now: str) -> list[str]:
    """What changed between two states of a corpus, each step in words; empty if unknown."""
    by_result = {change.now: change for change in changes}
    found: list[str] = []
    while now != was and now in by_result and len(found) <= len(changes):
        change = by_result[now]
        found.append(change.what)
        now = change.was
    return found[::-1] if now == was else []


def _refuse_pointers(digests: Mapping[Path, str]) -> None:
    missing = pointers(dict(digests))
    if missing:
        example = missing[0]
        are = "are pointers" if missing[1:] else "is a pointer"
        raise DataError(
            f"{len(missing)} of {len(digests)} files {are} of Git LFS, not the files themselves, "
            f"such as {example}: the repository was cloned without Git LFS. Run `git lfs pull` "
            "in it."
        )


def _short_names(files: Sequence[Path], cache: Path) -> list[str]:
    """Names of files that do not depend on where the data or the cache lie."""
    # As text: pathlib would take longer than all that is asked of the files themselves.
    paths = [str(path.absolute()) for path in files]
    cached = f"{cache}{os.sep}"
    outside = {os.path.dirname(path) for path in paths if not path.startswith(cached)}  # noqa: PTH120
    parent = os.path.commonpath(outside) if outside else ""
    return [
        f"cache/{path.removeprefix(cached)}"
        if path.startswith(cached)
        else path.removeprefix(parent).lstrip(os.sep)
        for path in paths
    ]


def _head(dataset: Dataset, sources: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    return {
        "dataset": dataset.card.name,
        "classes": dataset.card.classes,
        "options": _options(dataset.options) if dataset.options is not None else {},
        "fingerprint": dataset.fingerprint(),
        "sources": sources,
    }


def _options(options: Any) -> dict[str, Any]:
    """Options by name; options added later are omitted at their default, to keep old digests."""
    quiet = {
        f.name
        for f in fields(options)
        if f.metadata.get("later") and getattr(options, f.name) == f.default
    }
    return {name: value for name, value in asdict(options).items() if name not in quiet}


def _column_digest(column: pd.Series) -> str:
    text = "\n".join(map(str, column))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def _difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What changed between two states of a corpus, in words."""
    found = []
    old, new = before.get("files", {}), now["files"]
    changed = [n for n in new if n in old and old[n] != new[n]]
    added, gone = [n for n in new if n not in old], [n for n in old if n not in new]
    for names, what in ((changed, "changed"), (added, "added"), (gone, "gone")):
        if names:
            found.append(f"{counted(len(names), 'file')} {what} ({_listed(names)})")
    if before.get("rows") != now["rows"]:
        found.append(f"{before.get('rows')} rows became {now['rows']}")
    else:
        columns = before.get("columns", {})
        differing = [c for c, d in now["columns"].items() if columns.get(c) != d]
        if differing:
            found.append(f"other values in the column {', '.join(differing)}")
    if before.get("options") != now["options"]:
        found.append("other options")
    return "; ".join(found) or "other classes, sources or methods of reading"


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _read(record: Path) -> dict[str, Any]:
    return read_kept(record)

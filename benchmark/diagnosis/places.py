"""Folders: where they are, who said so, whether they can be written, and the room there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from emobench.cache.content import FOREIGN, LEFTOVER, STALE, items
from emobench.cache.table import megabytes
from emobench.corpus.folders import users_cache
from emobench.diagnosis.corpora import ABSENT, UNUSABLE, corpora_here
from emobench.diagnosis.environment import as_started
from emobench.diagnosis.verdict import BROKEN, FINE, LOOK, Verdict
from emobench.disk.refusal import reason

LITTLE: Final = 2 * 2**30
"""Bytes of free disk below which the first larger corpus may fill it."""

FEW: Final = 10_000
"""Free inodes below which a larger grid may use them up."""


def places(data_dir: Path | None, cache_dir: Path | None, results: Path) -> Iterator[Verdict]:
    """Yield what is to be said of the folders of corpora, prepared data and results."""
    data, said = _data(data_dir)
    yield from _data_folder(data, said)
    cache, said = _named(cache_dir, "--cache-dir", "EMOBENCH_CACHE", users_cache())
    option = "emobench run --cache-dir DIR, or export EMOBENCH_CACHE=DIR"
    yield from _written("cache", cache, said, option)
    yield from _content(cache)
    here = results.absolute()
    option = "emobench run --results DIR"
    yield from _written(
        "results", here, "--results" if results != Path("results") else "here", option
    )


def _data(option: Path | None) -> tuple[Path, str]:
    return _named(option, "--data-dir", "EMOBENCH_DATA", users_cache() / "data")


def _named(option: Path | None, word: str, variable: str, usual: Path) -> tuple[Path, str]:
    """A folder, and what names it: the option, the variable, or nothing."""
    if option is not None:
        return option.absolute(), word
    if value := as_started().get(variable) or os.environ.get(variable):
        return Path(value).absolute(), variable
    return usual.absolute(), "the user's cache directory"


def _data_folder(path: Path, said: str) -> Iterator[Verdict]:
    facts = {"path": str(path), "named_by": said}
    text = f"data: {path} (by {said})"
    if path.is_dir() and os.access(path, os.R_OK | os.X_OK):
        yield Verdict("folders", "data", FINE, text, facts=facts)
    elif path.is_dir():
        yield Verdict(
            "folders", "data", BROKEN, f"{text} cannot be read", f"ls -ld '{path}'", facts
        )
    elif said == "the user's cache directory":
        yield Verdict(
            "folders", "data", FINE, f"{text} is not there: no corpus was downloaded", facts=facts
        )
    else:
        yield Verdict(
            "folders", "data", BROKEN, f"{text} does not exist", f"mkdir -p '{path}'", facts
        )


def _written(name: str, path: Path, said: str, option: str) -> Iterator[Verdict]:
    """A folder that is written: can it be, and is there room."""
    facts: dict[str, object] = {"path": str(path), "named_by": said}
    text = f"{name}: {path} (by {said})" if said != "here" else f"{name}: {path}"
    near = _nearest(path)
    wrong = _refusal(near, path)
    if wrong:
        yield Verdict("folders", name, BROKEN, f"{text} cannot be written: {wrong}", option, facts)
        return
    free = shutil.disk_usage(near).free
    facts["free_bytes"] = free
    text += f", {free / 2**30:,.1f} GiB free"
    inodes = os.statvfs(near).f_favail if hasattr(os, "statvfs") else 0
    total = os.statvfs(near).f_files if hasattr(os, "statvfs") else 0
    facts["free_inodes"] = inodes if total else None
    if free < LITTLE:
        yield Verdict("folders", name, LOOK, f"{text}: little room", "emobench cache list", facts)
    elif total and inodes < FEW:
        do = "emobench results migrate DIR, emobench cache list"
        yield Verdict("folders", name, LOOK, f"{text}, but only {inodes:,} inodes", do, facts)
    else:
        yield Verdict("folders", name, FINE, text, facts=facts)


def _nearest(path: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    for one in (path, *path.parents):
        if one.exists():
            return one
    return Path("/")


def _refusal(near: Path, path: Path) -> str:
    """Why nothing can be written there; "" if it can."""
    if not near.is_dir():
        return f"{near} is no folder"
    try:
        with tempfile.NamedTemporaryFile(dir=near, prefix=".emobench-doctor-"):
            return ""
    except OSError as error:
        return f"{near}: {reason(error)}" if near != path else reason(error)


def _content(cache: Path) -> Iterator[Verdict]:
    found = items(cache)
    size = sum(item.size.bytes for item in found)
    stale = [
        item for item in found if item.removable and (item.state == STALE or item.kind == LEFTOVER)
    ]
    foreign = [item for item in found if item.kind == FOREIGN]
    freed = sum(item.size.bytes for item in stale)
    facts = {"bytes": size, "stale_bytes": freed, "foreign": [str(item.path) for item in foreign]}
    text = f"the cache holds {megabytes(size)}"
    if stale:
        text += f", {megabytes(freed)} of it for states that no corpus has any more"
        yield Verdict("folders", "cache content", LOOK, text, "emobench cache prune --stale", facts)
    else:
        yield Verdict("folders", "cache content", FINE, text, facts=facts)


def corpora(data_dir: Path | None, cache_dir: Path | None) -> Iterator[Verdict]:
    """Yield which corpora are here, and which have a folder that cannot be used."""
    from emobench.corpus.folders import cache_folder
    from emobench.interface.dataset import Folders

    where = Folders(_data(data_dir)[0], cache_folder(cache_dir))
    absent = []
    for one in corpora_here(where):
        facts = {"state": one.state, "utterances": one.utterances, "modalities": one.modalities}
        if one.state == ABSENT:
            absent.append(one.name)
        elif one.state == UNUSABLE:
            yield Verdict(
                "corpora",
                one.name,
                LOOK,
                f"{one.name}: {one.why}",
                f"emobench data verify {one.name}",
                facts,
            )
        else:
            count = f"{one.utterances:,} utterances, " if one.utterances else ""
            text = f"{one.name}: {count}{'+'.join(one.modalities)} ({one.state})"
            yield Verdict("corpora", one.name, FINE, text, facts=facts)
    if absent:
        text = f"not here: {', '.join(absent)}"
        yield Verdict("corpora", "absent", FINE, text, "emobench data list", {"names": absent})

"""Atomic writing: files and folders appear whole or not at all, even if the process is killed.

Everything is written under a temporary name beside its final place and then renamed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emobench.disk.patience import patiently
from emobench.disk.refusal import raise_refusal
from emobench.errors import RequestError


def partial_prefix() -> str:
    """Prefix of the names of this process's half-written files: host and process id."""
    return f".partial-{socket.gethostname()}-{os.getpid()}"


def sweep(folder: Path) -> None:
    """Remove the half-written files that killed processes of this machine left in `folder`."""
    # Exactly one more dash: `.partial-gpu-17-4711-x` is of the host `gpu-17`, not of `gpu`.
    own = re.compile(rf"\.partial-{re.escape(socket.gethostname())}-(\d+)-[^-]+")
    for partial in folder.glob(".partial-*"):
        match = own.fullmatch(partial.name)
        if match and not is_alive(int(match[1])):
            if partial.is_dir():
                shutil.rmtree(partial, ignore_errors=True)
            else:
                partial.unlink(missing_ok=True)


def is_alive(pid: int) -> bool:
    """Whether a process of this machine is there and can still write."""
    import psutil  # it takes as long to load as all else that a quick command needs here

    # A killed process that its parent has not yet waited for still has its number, but writes
    # nothing any more. Orphans in a container can stay so for seconds, or for ever.
    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True


@contextlib.contextmanager
def whole_folder(final: Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes `final` in one step, or vanishes on an error."""
    try:
        partial = _made(final.parent)
        partial.chmod(0o755)  # other users must be able to read a shared cache
    except OSError as error:
        raise_refusal(error, final)
        raise RequestError(
            f"Cannot write into {final.parent}: {error.strerror or error}. Name a writable "
            "folder (--results for results, --cache-dir or EMOBENCH_CACHE for prepared data)."
        ) from None
    try:
        try:
            yield partial
        except Exception as error:
            raise_refusal(error, final)
            raise
        try:
            _move(partial, final)
        except OSError as error:
            raise_refusal(error, final)
            if not final.is_dir():  # else another process finished the same folder first
                raise RequestError(
                    f"Cannot write {final}: {error.strerror or error}. Remove what stands there."
                ) from None
    finally:
        _clean(partial)


@contextlib.contextmanager
def whole_file(final: Path, within: Path | None = None) -> Iterator[Path]:
    """Yield a path whose file takes the place of `final` in one step, or vanishes on an error.

    The path lies in a temporary folder of its own: a library that writes there may use temporary
    files of its own naming, and `sweep` still removes what a killed process left of them. That
    folder is made in `within`, which lies on the same file system, or else beside `final`.
    """
    try:
        patiently(lambda: final.parent.mkdir(parents=True, exist_ok=True))
        folder = _made(within or final.parent)
    except OSError as error:
        raise_refusal(error, final)
        raise
    try:
        yield folder / final.name
        (folder / final.name).chmod(0o644)  # other users must be able to read shared results
        _move(folder / final.name, final)
    except Exception as error:
        raise_refusal(error, final)
        raise
    finally:
        _clean(folder)


def replace_text(path: Path, text: str) -> None:
    """Write a text file in one step: a reader sees the old text or the new one."""
    partial = path.with_name(f"{partial_prefix()}-{path.stem.replace('-', '_')}")
    try:
        patiently(lambda: partial.write_text(text, encoding="utf-8"))
        _move(partial, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise_refusal(error, path)
        raise


def _clean(folder: Path) -> None:
    """Remove a temporary folder, with a second try; what stays, `sweep` removes."""
    for _ in range(2):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return


def _made(parent: Path) -> Path:
    """Make a temporary folder in `parent`, which is made too."""

    def make() -> Path:
        parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f"{partial_prefix()}-", dir=parent))

    return patiently(make)


def _move(partial: Path, final: Path) -> None:
    """Rename a file over another, or a folder to where none is or an empty one.

    A network file system may do it and lose the answer; then it is not done again.
    """

    def rename() -> None:
        try:
            partial.replace(final)
        except FileNotFoundError:
            if not (failed and final.exists()):
                raise
        except OSError as error:
            failed.append(error)
            raise

    failed: list[OSError] = []
    patiently(rename)


def replace_json(path: Path, content: Any) -> None:
    """Write a JSON file in one step: a reader sees the old content or the new one."""
    replace_text(path, json_text(content))


def json_text(content: Any) -> str:
    """JSON as stored files hold it: sorted keys, one space of indent, a newline at the end."""
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

"""Checksums of a folder of files that can be made again: caches, whose files are large.

They are CRC-32, which the standard library computes at some 2 GB/s, twice as fast as a SHA-256:
any flip of up to 32 neighbouring bits is found, and one of 4 billion other accidents is missed.
Whoever wants to deceive can; results have a SHA-256.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from emobench.atomic import partial_prefix, replace_text, whole_folder
from emobench.disk.patience import patiently
from emobench.disk.refusal import reason
from emobench.disk.seal import CHANGED, CHUNK, DamageError, sealed, unsealed

SUMS: Final = "sums.json"
"""The file with the size and the checksum of each file of a folder."""
CHECKED: Final = "checked.json"
"""The file that says in which state the large files of a folder were found whole last."""
ROWS: Final = "rows.npy"
"""Checksums of the rows of a file, which are compared where they are read."""
LARGE: Final = "values.bin"
"""Name of the file with these rows."""

Sums = dict[str, tuple[int, int | None]]
"""Path within the folder to size and CRC-32; None where rows have checksums of their own."""


@contextlib.contextmanager
def sealed_folder(final: Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes `final` in one step, with checksums of its files."""
    with whole_folder(final) as draft:
        yield draft
        seal_folder(draft)
        if (draft / LARGE).exists():
            note_checked(draft)  # it was written from memory a moment ago


def seal_folder(folder: Path) -> None:
    """Write the checksums of everything in a folder, and in folders below it."""
    files = {name: _sum(folder, name) for name in _names(folder)}
    replace_text(folder / SUMS, sealed({"files": files}))


def is_sealed_folder(folder: Path) -> bool:
    """Whether a folder has checksums; those of older versions have none."""
    return (folder / SUMS).exists()


def folder_damage(folder: Path) -> str:
    """Say which file of a folder is not as it was written, and how; "" if all are.

    Rows with checksums of their own are not read here. A folder without checksums counts as whole.
    """
    try:
        known = _sums(folder)
        state = _state(folder, known)
        if _WHOLE.get(folder) == state:
            return ""
        for name, (size, crc) in known.items():
            found = patiently((folder / name).stat).st_size
            if found != size:
                return f"{folder / name} has {found:,} bytes instead of {size:,}"
            if crc is not None and patiently(partial(_crc, folder / name)) != crc:
                return f"{folder / name}: {CHANGED}"
    except DamageError as error:
        return str(error)
    except OSError as error:
        return f"{error.filename or folder} cannot be read ({reason(error)})"
    _WHOLE[folder] = state
    return ""


_WHOLE: dict[Path, list[list[int]]] = {}
"""Folders that this process found whole, and the states of their files then."""


def _state(folder: Path, known: Sums) -> list[list[int]]:
    return [facts(folder / name) for name in (SUMS, *known) if known]


def read_checked(folder: Path, name: str) -> bytes:
    """Read a small file of a folder, compared with its checksum if there is one.

    Raises
    ------
    DamageError
        It is not as it was written.
    """
    path = folder / name
    try:
        content = patiently(path.read_bytes)
    except OSError as error:
        raise DamageError(f"{path} cannot be read ({reason(error)}). {AGAIN}") from error
    known = _sums(folder).get(name)
    if known is not None and (len(content), zlib.crc32(content)) != known:
        raise DamageError(f"{path} is damaged ({CHANGED}). {AGAIN}")
    return content


AGAIN: Final = "The same command makes it again."


def facts(path: Path) -> list[int]:
    """What tells whether a file was written since: size, times of change, and inode."""
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def was_checked(folder: Path) -> bool:
    """Whether the large file of a folder was found whole as it lies there now."""
    try:
        said = unsealed((folder / CHECKED).read_bytes())
        return bool(said["facts"] == facts(folder / LARGE))
    except (OSError, ValueError, KeyError):
        return False


def note_checked(folder: Path) -> None:
    """Note that the large file of a folder was found whole, if that can be written."""
    with contextlib.suppress(OSError):
        replace_text(folder / CHECKED, sealed({"facts": facts(folder / LARGE)}))


def forget_checked(folder: Path) -> None:
    """Have the large file of a folder checked again at its next use."""
    with contextlib.suppress(OSError):
        (folder / CHECKED).unlink(missing_ok=True)


def discard(folder: Path) -> None:
    """Remove a damaged folder in one step: nobody finds a part of it.

    Raises
    ------
    OSError
        It cannot be moved away.
    """
    aside = Path(tempfile.mkdtemp(prefix=f"{partial_prefix()}-", dir=folder.parent))
    try:
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            folder.rename(aside / "damaged")
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _sums(folder: Path) -> Sums:
    path = folder / SUMS
    try:
        content = unsealed(patiently(path.read_bytes))
        return {name: (int(one[0]), one[1]) for name, one in content["files"].items()}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        why = CHANGED if isinstance(error, json.JSONDecodeError) else str(error)
        raise DamageError(f"{path} is damaged ({why}). {AGAIN}") from error


def _names(folder: Path) -> list[str]:
    found = []
    for place, _, names in os.walk(folder):
        where = Path(place).relative_to(folder)
        found += [(where / name).as_posix() for name in names if name not in (SUMS, CHECKED)]
    return sorted(found)


def _sum(folder: Path, name: str) -> tuple[int, int | None]:
    path = folder / name
    by_row = path.name == LARGE and (path.parent / ROWS).is_file()
    return path.stat().st_size, None if by_row else _crc(path)


def _crc(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found = zlib.crc32(chunk, found)
    return found


def kept_json(path: Path, content: Mapping[str, object]) -> None:
    """Write a JSON file of the cache in one step, with a checksum of itself."""
    replace_text(path, sealed(content))


def read_kept(path: Path) -> dict[str, Any]:
    """Read what `kept_json` wrote; empty where there is nothing, or nothing that can be believed.

    That is told later (`told`): the file is made again, and who reads it has nobody to tell.
    """
    try:
        return unsealed(patiently(path.read_bytes))
    except FileNotFoundError:
        return {}
    except OSError as error:
        tell(f"{path} cannot be read ({reason(error)}): what it holds is found out again")
    except ValueError:
        tell(f"{path} is damaged: what it holds is found out again")
    return {}


_TOLD: list[str] = []


def tell(line: str) -> None:
    """Keep a sentence on damage until somebody asks with `told`."""
    if line not in _TOLD:
        _TOLD.append(line)


def told() -> list[str]:
    """The sentences on damage since the last call."""
    found, _TOLD[:] = list(_TOLD), []
    return found

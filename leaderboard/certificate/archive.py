"""A zip whose bytes follow from its content: stored, sorted, without times and without slack.

So a single changed bit anywhere in the file is seen, also in what a reader of zips passes over.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

MOST_FILES: Final = 1_000_000
LONGEST_NAME: Final = 400
NAME: Final = re.compile(r"(?!.*(?:^|/)\.{1,2}(?:/|$))[A-Za-z0-9_+.@=,-]+(?:/[A-Za-z0-9_+.@=,-]+)*")
"""Names of files in a certificate: no folder above, no drive, no backslash, nothing empty."""

CHUNK: Final = 2**20


class FormError(ValueError):
    """A file is no archive of a certificate; the message says why."""


def write_archive(path: Path, files: Mapping[str, Path | bytes]) -> None:
    """Write files, given by their names, as an archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name in sorted(files):
            assert NAME.fullmatch(name), name
            content = files[name]
            if isinstance(content, Path):
                size = content.stat().st_size
                with content.open("rb") as source, archive.open(_info(name, size), "w") as target:
                    while chunk := source.read(CHUNK):
                        target.write(chunk)
            else:
                archive.writestr(_info(name, len(content)), content)


def _info(name: str, size: int) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    found.create_system, found.external_attr, found.file_size = 3, 0o644 << 16, size
    return found


def unpack(path: Path, target: Path) -> dict[str, Path]:
    """Unpack an archive into the empty folder `target`; return the files by their names.

    Raises
    ------
    FormError
        It is no archive of ours; nothing outside of `target` is ever written.
    OSError
        It cannot be read.
    """
    size = path.stat().st_size
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check(entries, size)
            return {one.filename: _unpacked(archive, one, target) for one in entries}
    except FormError:
        raise
    except (
        *(zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError),
        *(FileExistsError, NotADirectoryError),
    ) as error:
        raise FormError(f"it is no whole zip ({error})") from None


def _check(entries: list[zipfile.ZipInfo], size: int) -> None:
    if len(entries) > MOST_FILES:
        raise FormError(f"it lists {len(entries):,} files, more than {MOST_FILES:,}")
    if sum(one.file_size for one in entries) > size:
        raise FormError("it lists more bytes than it has: nothing in a certificate is compressed")
    seen: set[str] = set()
    for one in entries:
        shown = one.filename[:80]
        if len(one.filename) > LONGEST_NAME or not NAME.fullmatch(one.filename):
            raise FormError(f"{shown!r} is no name of a file in a certificate")
        if one.filename.casefold() in seen:
            raise FormError(f"{shown!r} is in it twice")
        if one.compress_type != zipfile.ZIP_STORED or one.flag_bits & 1:
            raise FormError(f"{shown!r} is compressed or locked, which no certificate is")
        seen.add(one.filename.casefold())


def _unpacked(archive: zipfile.ZipFile, one: zipfile.ZipInfo, target: Path) -> Path:
    path = target / one.filename
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(one) as source, path.open("xb") as file:
        while chunk := source.read(CHUNK):
            file.write(chunk)
    return path


def is_canonical(path: Path, files: Mapping[str, Path], spare: Path) -> bool:
    """Whether a file is, byte by byte, the archive of `files`; `spare` is where to write it."""
    write_archive(spare, {**files})
    try:
        if spare.stat().st_size != path.stat().st_size:
            return False
        return all(a == b for a, b in zip(_chunks(spare), _chunks(path), strict=True))
    finally:
        spare.unlink()


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    digest = hashlib.sha256()
    for chunk in _chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk

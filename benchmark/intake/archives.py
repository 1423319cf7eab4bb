"""Unpacks an untrusted archive; every member is checked before anything is written."""

from __future__ import annotations

import gzip
import io
import lzma
import posixpath
import re
import shutil
import stat
import tarfile
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from emobench.atomic import whole_folder
from emobench.errors import DataError, RequestError

MOST_TIMES = 200
"""An archive may unpack to this many times its own size…"""

ALWAYS_FINE = 256 * 2**20
"""… or to this many bytes, because zeros in a small archive compress a thousandfold."""

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")

Progress = Callable[[str, int, int], None]

_CHUNK = 1 << 20
_TAR_OVERHEAD = 16 * 2**20
_LARGEST_READ = 16 * 2**20
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    UnicodeError,
)


@dataclass(frozen=True)
class _Member:
    """A member of the archive: a folder, a file, a link to a file, or a device (refused)."""

    name: str
    kind: str  # "folder", "file", "link" or "device"
    size: int = 0
    target: str = ""
    handle: Any = None

    @property
    def path(self) -> str:
        """The name without ``./`` and double slashes."""
        return posixpath.normpath(self.name)


def is_archive(name: str) -> bool:
    """Whether `unpack` reads files of this name."""
    return name.lower().endswith(SUFFIXES)


def unpack(archive: Path, target: Path, progress: Progress | None = None) -> Path:
    """Unpack a zip, tar or tar.gz into the new folder `target`, all of it or nothing.

    Links to files of the archive become copies; modes, owners and times are not kept.

    Raises
    ------
    DataError
        A member is absolute, climbs out with ``..``, is a device or a link to anything but a
        file of the archive; or all together unpack to more than `MOST_TIMES` times the
        archive; or it is damaged or encrypted. Nothing is written.
    RequestError
        `target` exists or cannot be written.
    """
    if target.exists():
        raise RequestError(f"{target} exists already; remove it to unpack {archive.name} again.")
    if not archive.exists():
        raise DataError(f"{archive} does not exist.")
    with _whole(archive), _opened(archive) as opened:
        members = _checked(archive, opened.members())
        opened.second_look(members, target)
        with whole_folder(target) as partial:
            _write(opened, members, partial, f"unpacking {archive.name}", progress)
    return target


@contextmanager
def _whole(archive: Path) -> Iterator[None]:
    """Turn the errors that readers raise on a damaged archive into one sentence."""
    try:
        yield
    except OSError as error:  # gzip's BadGzipFile too
        reason = error.strerror or str(error)
        raise DataError(f"{archive} cannot be unpacked: {reason}.") from None
    except _BROKEN as error:
        raise DataError(
            f"{archive} is damaged ({_shown(str(error) or type(error).__name__)}). "
            "Remove it and get it again."
        ) from None


class _Archive(ABC):
    """An opened archive."""

    @abstractmethod
    def members(self) -> Iterator[_Member]:
        """Yield every member in the archive's order."""

    @abstractmethod
    def open(self, member: _Member) -> IO[bytes]:
        """Open the content of a file."""

    def second_look(self, members: list[_Member], target: Path) -> None:
        """Let somebody else look at members that are fine by our own look."""


class _Zip(_Archive):
    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file

    def members(self) -> Iterator[_Member]:
        """Yield every entry of the central directory; headers inside the archive are not read."""
        for info in self._file.infolist():
            if info.flag_bits & 1:
                raise DataError(
                    f"{self._file.filename} is encrypted. Unpack it yourself with its password."
                )
            # orig_filename: zipfile cuts a name at a zero byte.
            name = info.orig_filename.replace("\\", "/")
            mode = info.external_attr >> 16
            if stat.S_ISLNK(mode):
                with self._file.open(info) as link:
                    target = link.read(4096).decode("utf-8", "replace")
                yield _Member(name, "link", info.file_size, target, info)
            elif name.endswith("/"):  # `ZipInfo.is_dir` does not stand an empty name
                yield _Member(name, "folder", handle=info)
            elif stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                yield _Member(name, "device", handle=info)
            else:
                yield _Member(name, "file", info.file_size, handle=info)

    def open(self, member: _Member) -> IO[bytes]:
        """Open the content, which ends at the size that was checked."""
        return self._file.open(member.handle)


class _Tar(_Archive):
    def __init__(self, file: tarfile.TarFile) -> None:
        self._file = file

    def members(self) -> Iterator[_Member]:
        """Yield every header."""
        for info in self._file:
            if info.isfile():
                yield _Member(info.name, "file", info.size, handle=info)
            elif info.isdir():
                yield _Member(info.name, "folder", handle=info)
            elif info.islnk():  # names from the archive's root
                yield _Member(info.name, "link", target=info.linkname, handle=info)
            elif info.issym():  # names from the link's folder
                start = "" if info.linkname.startswith("/") else posixpath.dirname(info.name)
                target = posixpath.join(start, info.linkname)
                yield _Member(info.name, "link", target=target, handle=info)
            else:
                yield _Member(info.name, "device", handle=info)
        self._check_end()

    def second_look(self, members: list[_Member], target: Path) -> None:
        """Let the standard library's filter for data look, which Python has since 3.11.4.

        Raises
        ------
        DataError
            It would refuse a member.
        """
        look: Callable[[Any, str], Any] | None = getattr(tarfile, "data_filter", None)
        if look is None:
            return
        for member in members:
            try:
                look(member.handle, str(target))
            except tarfile.FilterError as error:
                raise DataError(
                    f"The archive holds what must not be unpacked: {_shown(member.name)} "
                    f"({_shown(str(error))}). Nothing was written."
                ) from None

    def _check_end(self) -> None:
        """Raise unless the archive is complete: tarfile takes a broken header for the end."""
        file: Any = self._file.fileobj
        file.seek(self._file.offset)
        if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise tarfile.ReadError("it breaks off, or a header is broken")
        while file.read(_CHUNK):  # to gzip's checksum
            pass

    def open(self, member: _Member) -> IO[bytes]:
        """Open the content."""
        file = self._file.extractfile(member.handle)
        if file is None:
            raise tarfile.ReadError(f"{member.name} has no content")
        return file


class _Metered(io.RawIOBase):
    """A stream that refuses to read past `end`, because gzip does not state its size."""

    def __init__(self, file: gzip.GzipFile, end: int, archive: Path) -> None:
        self._file, self._end, self._archive = file, end, archive

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LARGEST_READ:  # a header that would be held in memory
            raise _too_large(self._archive)
        data = self._file.read(size)
        if self._file.tell() > self._end:
            raise _too_large(self._archive)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        place = offset + (self._file.tell() if whence == io.SEEK_CUR else 0)
        if whence == io.SEEK_END or place > self._end:
            raise _too_large(self._archive)
        return self._file.seek(place)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


@contextmanager
def _opened(archive: Path) -> Iterator[_Archive]:
    with archive.open("rb") as file:
        start = file.read(2)
        file.seek(0)
        if start == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=file) as stream:
                metered = _Metered(stream, _most(archive) + _TAR_OVERHEAD, archive)
                with _tar(archive, metered) as tar:
                    yield _Tar(tar)
        elif zipfile.is_zipfile(file):
            with zipfile.ZipFile(archive) as zipped:
                yield _Zip(zipped)
        else:
            file.seek(0)
            with _tar(archive, file) as tar:
                yield _Tar(tar)


def _tar(archive: Path, file: Any) -> tarfile.TarFile:
    try:
        return tarfile.TarFile(fileobj=file, mode="r", errorlevel=2)
    except (tarfile.ReadError, EOFError) as error:
        raise DataError(
            f"{archive} is damaged, or none of {', '.join(SUFFIXES)} ({_shown(str(error))}). "
            "Remove it and get it again."
        ) from None


def _most(archive: Path) -> int:
    return max(MOST_TIMES * archive.stat().st_size, ALWAYS_FINE)


def _too_large(archive: Path) -> DataError:
    return DataError(
        f"{archive} unpacks to more than {MOST_TIMES} times its size: a bomb, or not what it "
        "should be. Nothing was written."
    )


def _checked(archive: Path, members: Iterator[_Member]) -> list[_Member]:
    """All members, or an error that names those that must not be unpacked."""
    found: list[_Member] = []
    total, most = 0, _most(archive)
    for member in members:
        total += member.size
        if total > most:
            raise _too_large(archive)
        found.append(member)
    files = {m.path for m in found if m.kind == "file"} - {"."}
    bad = [f"{_shown(m.name)} ({why})" for m in found if (why := _offence(m, files))]
    if bad:
        more = f" and {len(bad) - 10} more" if len(bad) > 10 else ""
        raise DataError(
            f"{archive} holds what must not be unpacked: {', '.join(bad[:10])}{more}. "
            "Nothing was written."
        )
    sizes = {m.path: m.size for m in found if m.kind == "file"}
    if sum(sizes.get(m.path if m.kind != "link" else _target(m), 0) for m in found) > most:
        raise _too_large(archive)  # links are copied
    return found


def _target(member: _Member) -> str:
    return posixpath.normpath(member.target)


def _offence(member: _Member, files: set[str]) -> str:
    """Why a member must not be unpacked; empty if it may."""
    why = _bad_name(member.name)
    if why:
        return why
    if member.kind == "device":
        return "a device"
    if member.kind == "link":
        if _bad_name(member.target) == "absolute" or _target(member).startswith(".."):
            return f"a link out of the folder, to {_shown(member.target)}"
        if _target(member) not in files:
            return f"a link to {_shown(member.target)}, which is no file of the archive"
    above = Path(member.path).parents
    if member.kind != "folder" and member.path == ".":
        return "a file without a name"
    if any(str(p) in files for p in above) or (member.kind == "folder" and member.path in files):
        return "a file and a folder of one name"
    return ""


def _bad_name(name: str) -> str:
    plain = name.replace("\\", "/")
    if plain.startswith("/") or re.match(r"[A-Za-z]:", plain):
        return "absolute"
    if ".." in plain.split("/"):
        return "climbs out"
    if "\0" in plain:
        return "a zero byte in its name"
    return ""


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)[:120]


def _write(
    opened: _Archive, members: list[_Member], folder: Path, what: str, progress: Progress | None
) -> None:
    """Write checked members into the new, empty `folder`: files and folders only, never links."""
    for done, member in enumerate(members, start=1):
        place = folder / member.path
        if member.kind == "folder":
            place.mkdir(parents=True, exist_ok=True)
        elif member.kind == "file":
            place.parent.mkdir(parents=True, exist_ok=True)
            _copy(opened, member, place)
        if progress and (done % 100 == 0 or done == len(members)):
            progress(what, done, len(members))
    for member in members:
        if member.kind == "link" and _target(member) != member.path:
            place = folder / member.path
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / _target(member), place)


def _copy(opened: _Archive, member: _Member, place: Path) -> None:
    written = 0
    with opened.open(member) as source, place.open("wb") as sink:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > member.size:
                raise zipfile.BadZipFile(f"{member.name} is larger than it says")
            sink.write(chunk)
    if written != member.size:
        raise EOFError(f"{member.name} ends too early")

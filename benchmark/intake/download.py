"""Downloads a corpus that needs no signed agreement."""

from __future__ import annotations

import filecmp
import hashlib
import json
import logging
import os
import posixpath
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from emobench.disk.refusal import raise_refusal
from emobench.errors import DataError, RequestError
from emobench.intake.archives import is_archive, unpack
from emobench.interface.card import DatasetCard
from emobench.interface.dataset import Folders
from emobench.internet.guard import need_network

Progress = Callable[[str, int, int], None]

TIMEOUT = 30.0
"""Seconds without a byte after which a server counts as silent."""

RECORD = ".downloaded"
"""Folder beside the corpus's files that records the files unpacked from each archive."""

_CHUNK = 1 << 16
"""Bytes per chunk; an interrupted chunk is discarded."""


@dataclass(frozen=True)
class _Item:
    """One file to fetch, resolved: a `doi:` address has become an ordinary one."""

    address: str
    url: str
    checksum: str
    name: str
    place: Path
    unpacks: bool


def download_corpus(card: DatasetCard, folders: Folders, progress: Progress | None = None) -> Path:
    """Download the files listed on `card` into the corpus's folder of the data directory.

    Raises
    ------
    RequestError
        The corpus needs an agreement; the message says how to obtain it.
    DataError
        A file could not be fetched.
    """
    if not card.downloads:
        raise RequestError(f"{card.name} cannot be downloaded here: {card.obtain}")
    folder = folders.data / card.name
    download(card.downloads, folder, progress)
    return folder


def download(
    downloads: Sequence[tuple[str, str, str]], folder: Path, progress: Progress | None = None
) -> None:
    """Fetch files into `folder` and unpack archives; files that exist are kept.

    Parameters
    ----------
    downloads
        (address, checksum, path under `folder`) as on a card. An archive whose path does not end as
        an archive's name is unpacked into the folder of that path (``.`` is `folder` itself) and
        then removed.
    folder
        The corpus's own.
    progress
        Called with the name of the file, the MB received, and the MB in all.

    Raises
    ------
    DataError
        An address cannot be reached, refuses, breaks off (what has come is kept, and the next
        call goes on from there) or gives a file of another checksum (it is removed).
    RequestError
        An entry of `downloads` makes no sense, or `folder` cannot be written.
    """
    repositories: dict[str, _Repository] = {}
    for address, checksum, place in downloads:
        path = _place(folder, place, address)
        name = _name(address)
        unpacks = is_archive(name) and not is_archive(place)
        if unpacks and _is_unpacked(folder, name, address):
            continue
        if not unpacks and path.is_file() and not checksum:
            continue  # nothing to compare it with but the archive, whose number may change
        need_network(f"Downloading {_name(address)}")
        with _one_sentence(address, path, unpacks):
            url, known = _resolve(address, checksum, repositories)
            item = _Item(address, url, known, name, path, unpacks)
            folder.mkdir(parents=True, exist_ok=True)
            _fetch(item, folder, progress)


def _name(address: str) -> str:
    return unquote(posixpath.basename(urlsplit(address).path if "://" in address else address))


def _place(folder: Path, place: str, address: str) -> Path:
    relative = PurePosixPath(place)
    if relative.is_absolute() or ".." in relative.parts or "\\" in place:
        raise RequestError(f"{address} would be put at {place!r}, which is outside the corpus.")
    if urlsplit(address).scheme not in ("http", "https", "doi") or not _name(address):
        raise RequestError(f"{address!r} is not the address of a file (http, https or doi).")
    return folder / relative


def _fetch(item: _Item, folder: Path, progress: Progress | None) -> None:
    if not item.unpacks:
        _retrieve(item, item.place, progress)
        return
    archive = folder / item.name
    _retrieve(item, archive, progress)
    _unpack(item, archive, folder, progress)
    archive.unlink()


def _retrieve(item: _Item, target: Path, progress: Progress | None) -> None:
    """Let pooch fetch one file, unless it is there."""
    import pooch

    if target.is_file():
        found = _digest(target, item.checksum)
        if found != item.checksum:
            raise DataError(
                f"{target} is there already, but its checksum is {found} where {item.address} has "
                f"{item.checksum}. Remove it to download it again."
            )
        return
    pooch.get_logger().setLevel(logging.WARNING)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.partial")
    pooch.retrieve(
        item.url,
        known_hash=item.checksum,
        fname=target.name,
        path=target.parent,
        downloader=ResumingDownloader(partial, item.checksum, f"{item.name} (MB)", progress),
    )


@dataclass
class ResumingDownloader:
    """A ``downloader=`` for pooch that resumes an interrupted download.

    Parameters
    ----------
    partial
        File that collects the bytes; kept when the connection breaks.
    checksum
        ``sha256:…`` or ``md5:…``. A resumed file is checked before it is accepted: if it is wrong,
        it is fetched once more from the beginning.
    what
        Shown with the progress.
    progress
        Called with `what`, the MB received, and the MB in all.
    """

    partial: Path
    checksum: str
    what: str
    progress: Progress | None = None
    _total: int = field(default=0, init=False)

    def __call__(
        self, url: str, output_file: Any, pooch: Any = None, check_only: bool = False
    ) -> bool | None:
        """Fetch `url` into `output_file`, by way of the partial file."""
        if check_only:
            return self._available(url)
        resumed = self._collect(url)
        found = _digest(self.partial, self.checksum)
        if found != self.checksum and resumed:
            self.partial.unlink()
            self._collect(url)
            found = _digest(self.partial, self.checksum)
        if found != self.checksum:
            self.partial.unlink()
            raise DataError(
                f"{url} gave a file with the checksum {found} instead of {self.checksum}: it was "
                "damaged on the way, or is another version. It was removed; try again."
            )
        os.replace(self.partial, output_file)  # noqa: PTH105 - pooch hands a str
        return None

    def _available(self, url: str) -> bool:
        import requests

        answer = requests.head(url, timeout=TIMEOUT, allow_redirects=True)
        return bool(answer.status_code == 200)

    def _collect(self, url: str) -> bool:
        """Complete the partial file; return whether it resumed an earlier download."""
        import requests

        here = self.partial.stat().st_size if self.partial.is_file() else 0
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={here}-"} if here else {})
        with requests.get(url, stream=True, timeout=TIMEOUT, headers=headers) as answer:
            if here and answer.status_code == 416:  # nothing is left, or it is another file
                if _range_total(answer) == here:
                    return True
                self.partial.unlink()
                return self._collect(url)
            answer.raise_for_status()
            resumed = bool(here) and _range_start(answer) == here
            if here and not resumed and answer.status_code == 206:
                self.partial.unlink()  # another part than asked for
                return self._collect(url)
            self._receive(answer, here if resumed else 0)
        return resumed

    def _receive(self, answer: Any, here: int) -> None:
        length = int(answer.headers.get("Content-Length") or 0)
        total = here + length
        with self.partial.open("ab" if here else "wb") as file:
            for chunk in answer.iter_content(_CHUNK):
                file.write(chunk)
                here += len(chunk)
                if self.progress:
                    self.progress(self.what, _mb(here), _mb(max(total, here)))
        if length and here < total:
            raise ConnectionError(f"{here} of {total} bytes came")


def _mb(size: int) -> int:
    return -(-size // 2**20)


def _range_start(answer: Any) -> int | None:
    """First byte of the part that a server sends: ``Content-Range: bytes 5-9/10``."""
    if answer.status_code != 206:
        return None
    start = str(answer.headers.get("Content-Range", "")).removeprefix("bytes ").split("-")[0]
    return int(start) if start.isdecimal() else None


def _range_total(answer: Any) -> int | None:
    total = str(answer.headers.get("Content-Range", "")).rpartition("/")[2]
    return int(total) if total.isdecimal() else None


def _digest(path: Path, like: str) -> str:
    """Checksum of a file, with the algorithm of `like`."""
    manner = _manner(like)
    with path.open("rb") as file:
        return f"{manner}:{hashlib.file_digest(file, manner).hexdigest()}"


def _manner(checksum: str) -> str:
    manner = checksum.partition(":")[0]
    if manner not in ("sha256", "md5", "sha1", "sha512"):
        raise RequestError(f"The checksum {checksum!r} is neither sha256:… nor md5:….")
    return manner


@dataclass(frozen=True)
class _Repository:
    """Addresses and checksums of the files in the archive behind a DOI."""

    links: Callable[[str], str]
    checksums: dict[str, str]


def _resolve(address: str, checksum: str, seen: dict[str, _Repository]) -> tuple[str, str]:
    """Give the address to fetch from, and the checksum to expect."""
    if not address.startswith("doi:"):
        _manner(checksum)
        return address, checksum.lower()
    import pooch

    parts = pooch.utils.parse_url(address)
    doi, name = parts["netloc"], parts["path"].lstrip("/")
    if doi not in seen:
        seen[doi] = _repository(doi)
    if name not in seen[doi].checksums:
        raise DataError(
            f"The archive {doi} has no file {name}; it has "
            f"{', '.join(sorted(seen[doi].checksums)[:20])}."
        )
    return seen[doi].links(name), (checksum or seen[doi].checksums[name]).lower()


def _repository(doi: str) -> _Repository:
    import pooch

    keeper = pooch.create(path=tempfile.gettempdir(), base_url=f"doi:{doi}", registry=None)
    try:
        keeper.load_registry_from_doi()
        repository = pooch.downloaders.doi_to_repository(
            doi, headers=pooch.downloaders.REQUESTS_HEADERS, timeout=TIMEOUT
        )
    except (KeyError, TypeError, AttributeError):  # an answer that is no list of files
        raise DataError(f"The archive behind doi:{doi} does not say what files it has.") from None
    checksums = {name: c if ":" in c else f"sha256:{c}" for name, c in keeper.registry.items()}
    return _Repository(repository.download_url, checksums)


@contextmanager
def _one_sentence(address: str, place: Path, unpacks: bool) -> Iterator[None]:
    """Turn any error of network or disk into one sentence."""
    import requests

    manner = "unpack it in" if unpacks else "put it at"
    by_hand = f"try again later, or get the file yourself and {manner} {place}"
    try:
        yield
    except requests.HTTPError as error:
        answer: Any = error.response
        raise DataError(
            f"{address} answered {answer.status_code} {answer.reason}; {by_hand}."
        ) from None
    except (requests.exceptions.ChunkedEncodingError, ConnectionError) as error:
        raise DataError(
            f"{address} broke off ({_reason(error)}). What has come is kept: call again to go on."
        ) from None
    except requests.Timeout:
        raise DataError(f"{address} did not answer for {TIMEOUT:.0f} s; {by_hand}.") from None
    except requests.RequestException as error:
        raise DataError(f"{address} cannot be reached ({_reason(error)}); {by_hand}.") from None
    except OSError as error:
        raise_refusal(error, place)
        raise RequestError(
            f"Cannot write what {address} gives below {place.parent}: {error.strerror or error}."
        ) from None
    except ValueError as error:  # raised by pooch for a DOI that it cannot resolve
        words = " ".join(str(error).split()).rstrip(".")
        raise DataError(f"{address} cannot be followed: {words}.") from None


def _reason(error: BaseException) -> str:
    """The operating system's message among the chained exceptions, else the error's own."""
    inner: list[Any] = [error]
    for _ in range(20):
        if not inner:
            break
        found = inner.pop()
        if isinstance(found, OSError) and found.strerror:
            return str(found.strerror).lower()
        if isinstance(found, BaseException):
            reason = getattr(found, "reason", None)
            inner += [found.__context__, found.__cause__, *found.args, reason]
    words = " ".join(str(error).split())
    return words if len(words) < 80 else type(error).__name__


def _note(folder: Path, name: str) -> Path:
    return folder / RECORD / f"{name}.json"


def _is_unpacked(folder: Path, name: str, address: str) -> bool:
    """Whether all files unpacked from this archive still exist."""
    try:
        note = json.loads(_note(folder, name).read_text())
        return note["address"] == address and all((folder / f).is_file() for f in note["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _unpack(item: _Item, archive: Path, folder: Path, progress: Progress | None) -> None:
    """Unpack beside the corpus, then move the files in without overwriting any."""
    with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=folder) as scratch:
        content = unpack(archive, Path(scratch) / "content", progress)
        files = sorted(p.relative_to(content) for p in content.rglob("*") if p.is_file())
        other = [f for f in files if _differs(content / f, item.place / f)]
        if other:
            more = f" and {len(other) - 10} more" if len(other) > 10 else ""
            raise DataError(
                f"{item.place} has other files of the names that {item.name} brings: "
                f"{', '.join(map(str, other[:10]))}{more}. Move them away first."
            )
        for file in files:
            (item.place / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(content / file, item.place / file)
    note = _note(folder, item.name)
    note.parent.mkdir(exist_ok=True)
    placed = [(item.place / file).relative_to(folder).as_posix() for file in files]
    facts = {"address": item.address, "checksum": item.checksum, "files": placed}
    note.write_text(json.dumps(facts, indent=1))


def _differs(new: Path, old: Path) -> bool:
    return old.exists() and not (old.is_file() and filecmp.cmp(new, old, shallow=False))

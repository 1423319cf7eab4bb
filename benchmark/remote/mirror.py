"""A results folder that is kept equal to an address of fsspec: a bucket, another folder, memory.

It is built on one property of a results folder: a file appears whole, under its final name, and
what says that a folder is complete is written last.
"""

from __future__ import annotations

import threading
from pathlib import Path, PurePosixPath

from emobench.atomic import whole_file
from emobench.errors import RequestError
from emobench.internet.guard import need_network

LAST = ("report.json", "failure.json", "training.json")
"""Files that say that what lies beside them is complete."""

OWN = ("leaderboard", "unfinished", "claims", "queue", "index.parquet")
"""What is of one machine: pages, states of trainings, claims, pickled calls, and the index."""

HERE = ("file", "local", "memory")
"""Kinds of addresses that are on this machine."""

EVERY = 5.0
"""Seconds between two looks at what is new."""


def is_address(text: str) -> bool:
    """Whether `text` is an address such as ``s3://bucket/study``, and no path."""
    return "://" in text


def working_folder(address: str, cache: Path) -> Path:
    """Return the folder of this machine in which the results at `address` are worked on."""
    import hashlib  # it loads OpenSSL, which a quick command does not need

    name = hashlib.sha256(address.rstrip("/").encode()).hexdigest()[:16]
    return cache / "results" / name


class Mirror:
    """Fetches what an address holds into a folder, and sends what is new there.

    Parameters
    ----------
    address
        An address of fsspec.
    root
        The folder of this machine.

    Raises
    ------
    RequestError
        The address is of a kind that fsspec does not know or that needs another package.
    """

    def __init__(self, address: str, root: Path) -> None:
        import fsspec

        if address.partition("://")[0] not in HERE:
            need_network(f"--results {address}")
        self.address, self.root = address.rstrip("/"), root
        try:
            self.files, self.base = fsspec.core.url_to_fs(self.address)
        except (ImportError, ValueError) as error:
            raise RequestError(f"--results {address}: {error}") from None
        self._sent: dict[str, tuple[int, int]] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def fetch(self) -> int:
        """Fetch every file that the folder lacks; return their number."""
        found = 0
        names = self._there()
        for name in sorted(names, key=_is_last):
            path = self.root / name
            if not path.exists():
                with whole_file(path) as partial:
                    self.files.get_file(f"{self.base}/{name}", str(partial))
                found += 1
            self._sent.setdefault(name, _state(path))
        return found

    def send(self) -> int:
        """Send every file that is new or was replaced; return their number."""
        found = 0
        # What says that a folder is complete is listed before what it speaks of, and sent after it.
        complete = [name for name in self._here() if _is_last(name)]
        others = [name for name in self._here() if not _is_last(name)]
        for name in (*others, *complete):
            path = self.root / name
            try:
                state = _state(path)
                if self._sent.get(name) == state:
                    continue
                self.files.makedirs(str(PurePosixPath(self.base, name).parent), exist_ok=True)
                self.files.put_file(str(path), f"{self.base}/{name}")
            except FileNotFoundError:
                continue  # a failure that was forgotten meanwhile
            self._sent[name] = state
            found += 1
        return found

    def _there(self) -> list[str]:
        try:
            paths = self.files.find(self.base)
        except FileNotFoundError:
            return []
        start = len(self.base.rstrip("/")) + 1
        return [path[start:] for path in paths if _is_shared(path[start:])]

    def _here(self) -> list[str]:
        names = (p.relative_to(self.root).as_posix() for p in self.root.rglob("*") if p.is_file())
        return [name for name in names if _is_shared(name)]

    def __enter__(self) -> Mirror:
        self.root.mkdir(parents=True, exist_ok=True)
        self.fetch()
        self._thread = threading.Thread(target=self._keep_sending, daemon=True)
        self._thread.start()
        return self

    def _keep_sending(self) -> None:
        while not self._stop.wait(EVERY):
            try:
                self.send()
            except Exception:
                # The run goes on: what was not sent is sent later, or the end says that it was not.
                continue

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        try:
            self.send()
        except Exception as error:
            raise RequestError(
                f"Results could not be sent to {self.address} ({error}). They lie in {self.root}; "
                "the same command sends them."
            ) from error


def _is_last(name: str) -> bool:
    return PurePosixPath(name).name in LAST


def _is_shared(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return parts[0] not in OWN and not any(part.startswith(".") for part in parts)


def _state(path: Path) -> tuple[int, int]:
    """Size and time of change: an equal pair is taken for the same file."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns

"""Builds the wheel and the archive of the sources, byte for byte the same wherever it is done.

``make dist`` runs it. What git tracks is copied with fixed permissions, so that neither the place
of the checkout nor its umask matters, built with the time of the last commit (or
``SOURCE_DATE_EPOCH``), and packed once more without owners and in a fixed order.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

PLAIN, RUN = 0o644, 0o755
EARLIEST = 315532800
"""1980-01-01: a zip archive knows no earlier time."""


def git(root: Path, *words: str) -> str:
    """Ask git in the checkout at `root`."""
    command = ["git", "-C", str(root), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def moment(root: Path) -> int:
    """Seconds since 1970 that all files get: ``SOURCE_DATE_EPOCH``, else the last commit's."""
    named = os.environ.get("SOURCE_DATE_EPOCH")
    return max(EARLIEST, int(named or git(root, "log", "-1", "--format=%ct")))


def copy(root: Path, target: Path, when: int) -> None:
    """Copy what git tracks, with fixed permissions and times."""
    for line in git(root, "ls-files", "--stage", "-z").split("\0"):
        if not line:
            continue
        facts, _, name = line.partition("\t")
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((root / name).read_bytes())
        path.chmod(RUN if facts.startswith("100755") else PLAIN)
    for path in (target, *target.rglob("*")):
        if path.is_dir():
            path.chmod(RUN)
        os.utime(path, (when, when))


def pack_sources(path: Path, when: int) -> bytes:
    """Return a ``.tar.gz`` with its members sorted, without owners, at one time."""
    inner = io.BytesIO()
    with (
        tarfile.open(path) as old,
        tarfile.open(fileobj=inner, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda one: one.name):
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mtime, member.pax_headers = when, {}
            member.mode = RUN if member.isdir() or member.mode & 0o100 else PLAIN
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
    outer = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=outer, mode="wb", mtime=when) as packed:
        packed.write(inner.getvalue())
    return outer.getvalue()


def pack_wheel(path: Path, when: int) -> bytes:
    """Return a wheel with its files in their order, with fixed permissions, at one time."""
    found = io.BytesIO()
    date = time.gmtime(when)[:6]
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, date)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = (0o100000 | PLAIN) << 16
            new.writestr(entry, old.read(name))
    return found.getvalue()


def build(root: Path, out: Path) -> list[Path]:
    """Build both from the checkout at `root` into `out`; return their paths."""
    when = moment(root)
    out.mkdir(parents=True, exist_ok=True)
    made = []
    with tempfile.TemporaryDirectory() as folder:
        sources, raw = Path(folder, "emobench"), Path(folder, "raw")
        copy(root, sources, when)
        environment = os.environ | {"SOURCE_DATE_EPOCH": str(when), "PYTHONHASHSEED": "0"}
        command = [sys.executable, "-m", "build", "--outdir", str(raw), str(sources)]
        subprocess.run(command, check=True, env=environment, stdout=sys.stderr)
        for path in sorted(raw.iterdir()):
            pack = pack_wheel if path.suffix == ".whl" else pack_sources
            target = out / path.name
            target.write_bytes(pack(path, when))
            made.append(target)
    return made


def main() -> None:
    """Build into the folder that is named, else into ``dist``; print digests as sha256sum does."""
    os.umask(0o022)
    root = Path(__file__).resolve().parents[1]
    for path in build(root, Path(sys.argv[1] if sys.argv[1:] else root / "dist")):
        print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path}")


if __name__ == "__main__":
    main()

"""Archives of strangers: changed ones, and ones that are meant to do harm."""

from __future__ import annotations

import functools
import gzip
import io
import tarfile
import warnings
import zipfile
from pathlib import Path
from random import Random

from emobench import EmobenchError
from emobench.intake.archives import unpack
from fuzzing.mutation import WORDS, bytes_of, zip_of
from fuzzing.target import Files, Target

NAMES = (
    "a.txt", "b/c.txt", "b/d.txt", "../x", "/etc/x", "b/../../x", "C:\\x", "b\\..\\..\\x", "b/./c",
    "b//c.txt", ".", "", "a.txt/x", "b", "\0x", "x\0y", "é", "a" * 200, "con", *WORDS[:12],
)  # fmt: skip


def _tar(random: Random) -> bytes:
    sink = io.BytesIO()
    form = random.choice((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT))
    kinds = (tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE,
             tarfile.FIFOTYPE, tarfile.GNUTYPE_SPARSE, tarfile.CONTTYPE, b"Z")  # fmt: skip
    with tarfile.open(fileobj=sink, mode="w", format=form) as archive:
        for _ in range(random.randrange(1, 6)):
            info = tarfile.TarInfo(random.choice(NAMES))
            info.type = random.choice(kinds) if random.random() < 0.5 else tarfile.REGTYPE
            info.linkname = random.choice(NAMES)
            info.mode = random.choice((0o644, 0o4777, 0o000))
            content = random.randbytes(random.randrange(0, 50))
            info.size = len(content) if info.isreg() else 0
            try:
                archive.addfile(info, io.BytesIO(content))
            except (ValueError, UnicodeError):
                continue
    return sink.getvalue()


def _zip(random: Random) -> bytes:
    sink = io.BytesIO()
    packing = random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with warnings.catch_warnings(), zipfile.ZipFile(sink, "w", packing) as z:
        warnings.simplefilter("ignore")  # of members of one name
        for _ in range(random.randrange(1, 6)):
            info = zipfile.ZipInfo("x")
            info.filename = random.choice(NAMES)
            kind = random.choice((0, 0, 0, 0o100644, 0o120777, 0o020666, 0o040755))
            info.external_attr = kind << 16
            try:
                z.writestr(info, random.choice(NAMES).encode() * random.choice((1, 1, 2000)))
            except (ValueError, UnicodeError, IndexError):
                continue
    return sink.getvalue()


def _tarred(random: Random) -> Files:
    data = _tar(random)
    return {"x.tar": bytes_of(data, random) if random.random() < 0.5 else data}


def _gzipped(random: Random) -> Files:
    data = _tar(random)
    if random.random() < 0.5:
        return {"x.tgz": gzip.compress(bytes_of(data, random), mtime=0)}
    return {"x.tgz": bytes_of(gzip.compress(data, mtime=0), random)}


def _zipped(random: Random) -> Files:
    data = _zip(random)
    if random.random() < 0.3 and zipfile.ZipFile(io.BytesIO(data)).infolist():
        return {"x.zip": zip_of(data, random)}
    return {"x.zip": bytes_of(data, random) if random.random() < 0.5 else data}


def use(folder: Path, out: Path) -> None:
    """Unpack it, and see that it stays in its folder and plants no link."""
    around = folder.parent
    before = {p.name for p in around.iterdir()}
    try:
        unpack(next(folder.iterdir()), out / "content")
    finally:
        assert {p.name for p in around.iterdir()} == before, "it climbed out"
        assert not any(p.is_symlink() for p in out.rglob("*")), "it planted a link"
        assert {p.name for p in out.iterdir()} <= {"content"}, "it left a part"


def targets() -> list[Target]:
    """Tar, compressed or not, and zip."""
    makers = {"tar": _tarred, "tgz": _gzipped, "zip": _zipped}
    return [
        Target(f"archive_{name}", functools.partial(make), use, (EmobenchError,), 3)
        for name, make in makers.items()
    ]

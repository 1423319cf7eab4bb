"""Archives that try to get out, to fill the disk, or that are broken."""

from __future__ import annotations

import gzip
import io
import stat
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import DataError, EmobenchError, RequestError
from emobench.intake import archives
from emobench.intake.archives import is_archive, unpack

FILES = {"a.txt": b"alpha", "sub/b.bin": bytes(range(256)) * 40, "sub/deep/ä.txt": b""}


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return path


def tarred(path: Path, files: dict[str, bytes], *more: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix in (".gz", ".tgz") else "w") as file:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
        for info in more:
            file.addfile(info)
    return path


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


MAKERS: dict[str, Callable[[Path, dict[str, bytes]], Path]] = {
    "x.zip": zipped, "x.tar": tarred, "x.tar.gz": tarred, "x.tgz": tarred,
}  # fmt: skip


def tree(folder: Path) -> dict[str, bytes]:
    found = sorted(p for p in folder.rglob("*") if not p.is_dir())
    assert not any(p.is_symlink() for p in found)
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a file in it that must stay as it is, and a place for the archive."""
    (tmp_path / "victim.txt").write_text("untouched")
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def refused(archive: Path) -> str:
    """Unpack, expecting a refusal that leaves everything as it was; return its sentence."""
    top = archive.parent.parent
    before = tree(top)
    with pytest.raises(DataError) as error:
        unpack(archive, archive.parent / "target")
    assert tree(top) == before
    assert sorted(p.name for p in archive.parent.iterdir()) == [archive.name]
    text = str(error.value)
    assert str(archive) in text
    assert "\n" not in text
    return text


@pytest.mark.parametrize("name", MAKERS)
def test_an_honest_archive_is_unpacked_whole(name, home):
    archive = MAKERS[name](home / name, FILES)
    calls: list[tuple[str, int, int]] = []
    assert unpack(archive, home / "t", lambda *a: calls.append(a)) == home / "t"
    assert tree(home / "t") == FILES
    assert calls[-1][1:] == (3, 3)
    assert sorted(p.name for p in home.iterdir()) == ["t", name]
    assert is_archive(name)


@pytest.mark.parametrize("name", MAKERS)
def test_names_with_dots_and_slashes_that_stay_inside_are_fine(name, home):
    archive = MAKERS[name](home / name, {"./a..b": b"1", "c//d.": b"2", "..e/f": b"3"})
    unpack(archive, home / "t")
    assert tree(home / "t") == {"a..b": b"1", "c/d.": b"2", "..e/f": b"3"}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize(
    "bad",
    ["../victim.txt", "sub/../../victim.txt", "..", "a/..", "/tmp/evil", "//evil", "C:/evil",
     "c:evil", "..\\victim.txt", "sub\\..\\..\\victim.txt", "\\evil", "./../victim.txt"],
)  # fmt: skip
def test_a_member_that_leaves_the_folder_stops_everything(name, bad, home):
    text = refused(MAKERS[name](home / name, {"fine.txt": b"1", bad: b"evil", "z.txt": b"2"}))
    shown = bad.replace("\\", "/") if name == "x.zip" else bad
    assert f"{shown} (" in text
    assert "fine.txt" not in text
    assert "Nothing was written" in text


def test_all_offenders_are_named_up_to_ten(home):
    text = refused(zipped(home / "x.zip", {f"../{n:02}": b"" for n in range(12)}))
    assert "../09 (climbs out) and 2 more" in text
    assert "../10" not in text


def test_names_cannot_paint_the_terminal(home):
    assert "\x1b" not in refused(tarred(home / "x.tar", {"../\x1b[31m\nred": b""}))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
@pytest.mark.parametrize("target", ["../victim.txt", "/etc/passwd", "sub/../../victim.txt", ".."])
@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
def test_a_link_out_of_the_folder_is_refused(kind, target, suffix, home):
    text = refused(tarred(home / f"x{suffix}", FILES, special("link", kind, target)))
    assert "link (a link out of the folder, to " in text


def test_a_file_through_a_link_to_a_folder_is_refused(home):
    link = special("gate", tarfile.SYMTYPE, "..")
    archive = tarred(home / "x.tar", {}, link, special("gate/victim.txt", tarfile.REGTYPE))
    assert "gate (a link out" in refused(archive)


def test_chains_of_links_are_refused(home):
    chain = [special("a", tarfile.SYMTYPE, "sub"), special("sub/b", tarfile.SYMTYPE, "../a")]
    text = refused(tarred(home / "x.tar", FILES, *chain))
    assert "a (a link to sub, which is no file of the archive)" in text
    assert "sub/b (a link to" in text


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_are_refused(kind, home):
    assert "null (a device)" in refused(tarred(home / "x.tar", FILES, special("null", kind)))


def test_links_within_the_archive_become_copies(home):
    links = [
        special("sub/same", tarfile.SYMTYPE, "../a.txt"),
        special("hard", tarfile.LNKTYPE, "sub/b.bin"),
    ]
    unpack(tarred(home / "x.tar", FILES, *links), home / "t")
    assert tree(home / "t") == FILES | {"sub/same": b"alpha", "hard": FILES["sub/b.bin"]}


def zip_entry(path: Path, name: str, mode: int, data: bytes = b"") -> Path:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("ok", b"1")
        file.writestr(info, data)
    return path


def test_links_and_devices_in_a_zip(home):
    text = refused(zip_entry(home / "x.zip", "link", stat.S_IFLNK | 0o777, b"../victim.txt"))
    assert "link (a link out of the folder" in text
    assert "dev (a device)" in refused(zip_entry(home / "x.zip", "dev", stat.S_IFCHR | 0o666))


def test_a_link_in_a_zip_is_not_unpacked_to_be_read(home):
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(home / "x.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(info, b"/" * (300 << 20), zipfile.ZIP_DEFLATED)
    tracemalloc.start()
    try:
        refused(home / "x.zip")
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


def test_a_file_and_a_folder_of_one_name_are_refused(home):
    assert "one name" in refused(zipped(home / "x.zip", {"a": b"1", "a/b": b"2"}))


def test_modes_are_not_kept(home):
    unpack(zip_entry(home / "x.zip", "run", stat.S_IFREG | 0o4777, b"#!"), home / "t")
    assert not (home / "t" / "run").stat().st_mode & 0o7111


@pytest.mark.parametrize("name", MAKERS)
def test_a_bomb_is_refused(name, home, monkeypatch):
    monkeypatch.setattr(archives, "ALWAYS_FINE", 1 << 20)
    monkeypatch.setattr(archives, "_TAR_OVERHEAD", 1 << 16)
    archive = MAKERS[name](home / name, {f"{n}": bytes(1 << 20) for n in range(3)})
    if name == "x.tar":  # nothing compressed: it is what it is
        unpack(archive, home / "t")
    else:
        assert "more than 200 times its size" in refused(archive)


def test_a_bomb_of_links_is_refused(home, monkeypatch):
    monkeypatch.setattr(archives, "ALWAYS_FINE", 1 << 20)
    links = [special(f"l{n}", tarfile.LNKTYPE, "big") for n in range(9)]
    assert "200 times" in refused(tarred(home / "x.tar.gz", {"big": bytes(1 << 18)}, *links))


def test_a_bomb_in_a_header_is_refused(home):
    info = tarfile.TarInfo("x")
    info.type = tarfile.XHDTYPE
    info.size = 1 << 33
    with gzip.open(home / "x.tar.gz", "wb") as file:
        file.write(info.tobuf() + bytes(1 << 20))
    refused(home / "x.tar.gz")


def test_zeros_within_reason_are_no_bomb(home):
    unpack(zipped(home / "x.zip", {"padded.npy": bytes(8 << 20)}), home / "t")
    assert (home / "t" / "padded.npy").stat().st_size == 8 << 20


def test_a_zip_that_lies_about_sizes_writes_no_more_than_it_says(home):
    archive = zipped(home / "x.zip", {"a": bytes(100_000)})
    data = archive.read_bytes().replace(struct.pack("<I", 100_000), struct.pack("<I", 10))
    archive.write_bytes(data)
    refused(archive)


def test_an_encrypted_zip_says_so(home):
    archive = zipped(home / "x.zip", {"a": b"1"})
    with zipfile.ZipFile(archive) as file:
        start = file.start_dir
    data = bytearray(archive.read_bytes())
    data[start + 8] |= 1
    archive.write_bytes(data)
    assert "encrypted" in refused(archive)


@pytest.mark.parametrize("name", MAKERS)
def test_a_truncated_archive_is_refused_wherever_it_ends(name, home):
    archive = MAKERS[name](home / name, FILES)
    data = archive.read_bytes()
    padding = len(data) - len(data.rstrip(b"\0")) if name == "x.tar" else 0
    for end in {*range(0, len(data) - padding, max(1, len(data) // 60)), len(data) - padding - 1}:
        archive.write_bytes(data[:end])
        refused(archive)


def test_a_tar_whose_second_header_is_broken_is_refused(home):
    archive = tarred(home / "x.tar", {"a": b"1", "b": b"2"})
    data = bytearray(archive.read_bytes())
    data[1024 + 10] ^= 0xFF
    archive.write_bytes(data)
    assert "damaged" in refused(archive)


@pytest.mark.parametrize("name", ["x.zip", "x.tar.gz"])
def test_damaged_content_is_refused(name, home):
    archive = MAKERS[name](home / name, {"a": bytes(range(256)) * 100})
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 0xFF
    archive.write_bytes(data)
    refused(archive)


@pytest.mark.parametrize("data", [b"", b"<html>not found</html>" * 50, b"\x1f\x8b\x08\x00", b"PK"])
def test_other_files_are_refused(data, home):
    (home / "x.zip").write_bytes(data)
    refused(home / "x.zip")


def test_a_gzip_of_something_else_is_refused(home):
    with gzip.open(home / "x.tar.gz", "wb") as file:
        file.write(b"a,b\n1,2\n" * 999)
    refused(home / "x.tar.gz")


def test_an_absent_archive_and_a_target_that_exists(home):
    with pytest.raises(DataError, match="does not exist"):
        unpack(home / "none.zip", home / "t")
    archive = zipped(home / "x.zip", FILES)
    (home / "t").mkdir()
    with pytest.raises(RequestError, match="exists already; remove it"):
        unpack(archive, home / "t")
    assert not list((home / "t").iterdir())


names = st.lists(
    st.sampled_from(["..", ".", "", "a", "b", "c:", "\\", "ä"]), min_size=1, max_size=4
)


@settings(max_examples=150)
@given(paths=st.lists(names.map("/".join), max_size=4), kind=st.sampled_from(list(MAKERS)))
def test_whatever_the_names_nothing_is_written_outside(paths, kind, tmp_path_factory):
    top = tmp_path_factory.mktemp("any")
    home = top / "one" / "two" / "three" / "home"
    home.mkdir(parents=True)
    archive = MAKERS[kind](home / kind, {p: b"x" for p in paths if p})
    try:
        unpack(archive, home / "t")
    except EmobenchError:
        assert [p.name for p in home.iterdir()] == [kind]
    written = [p for p in top.rglob("*") if p.is_file() and p != archive]
    assert all((home / "t") in p.parents for p in written)


def test_the_standard_librarys_filter_looks_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        info = tarfile.TarInfo("x")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"y"))
    seen: list[str] = []

    def look(member: tarfile.TarInfo, target: str) -> tarfile.TarInfo:
        seen.append(member.name)
        raise tarfile.AbsolutePathError(member)

    unpack(tmp_path / "a.tar", tmp_path / "out")
    monkeypatch.setattr(tarfile, "data_filter", look)
    with pytest.raises(DataError, match="must not be unpacked: x"):
        unpack(tmp_path / "a.tar", tmp_path / "other")
    assert seen == ["x"]
    assert not (tmp_path / "other").exists()

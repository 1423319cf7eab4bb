"""Downloads from a server in this process that behaves well, or badly in every way there is."""

from __future__ import annotations

import hashlib
import io
import json
import socket
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pooch
import pytest

from emobench import DataError, DatasetCard, Folders, RequestError
from emobench.intake import download as module
from emobench.intake.download import download, download_corpus

CONTENT = bytes(range(256)) * 12_000


def sha(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def archive(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, data in files.items():
            file.writestr(name, data)
    return made.getvalue()


@dataclass
class Site:
    """What the server serves, how, and what it was asked."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    ranges: bool = True
    break_after: int | None = None
    wrong_range: bool = False
    status: int = 200
    asked: list[tuple[str, str | None]] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    facts = Site(files={"/file.bin": CONTENT})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            facts.asked.append((self.path, wanted))
            data = facts.files.get(self.path)
            if data is None or facts.status != 200:
                self.send_error(404 if data is None else facts.status)
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            partly = bool(wanted) and facts.ranges
            if partly and start >= len(data):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(data)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            start = 0 if not partly or facts.wrong_range else start
            self.send_response(206 if partly else 200)
            if partly:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            stop, facts.break_after = facts.break_after, None
            self.wfile.write(data[start:] if stop is None else data[start : start + stop])
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    facts.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield facts
    server.shutdown()
    server.server_close()


def failure(downloads: list[tuple[str, str, str]], folder: Path) -> str:
    with pytest.raises(DataError) as error:
        download(downloads, folder)
    text = str(error.value)
    assert "\n" not in text
    assert text.endswith(".")
    assert len(text) < 500
    return text


def names(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def one(site: Site, place: str = "file.bin", checksum: str = "") -> list[tuple[str, str, str]]:
    return [(f"{site.address}/file.bin", checksum or sha(CONTENT), place)]


def test_a_file_is_fetched_with_progress_and_not_twice(site, tmp_path):
    calls: list[tuple[str, int, int]] = []
    download(one(site, "sub/f.bin"), tmp_path / "c", lambda *a: calls.append(a))
    assert (tmp_path / "c/sub/f.bin").read_bytes() == CONTENT
    assert names(tmp_path) == ["c/sub/f.bin"]
    assert calls[0][0] == "file.bin (MB)"
    assert calls[-1][1:] == (3, 3)
    download(one(site, "sub/f.bin"), tmp_path / "c")
    assert len(site.asked) == 1


@pytest.mark.parametrize("manner", ["md5", "sha256", "sha1", "sha512"])
def test_checksums_of_every_manner_in_either_case(manner, site, tmp_path):
    digest = hashlib.new(manner, CONTENT).hexdigest().upper()
    download(one(site, checksum=f"{manner}:{digest}"), tmp_path)
    assert names(tmp_path) == ["file.bin"]


@pytest.mark.parametrize("cut", [1, 200_000, len(CONTENT) - 1])
def test_what_broke_off_goes_on_where_it_stopped(cut, site, tmp_path):
    site.break_after = cut
    text = failure(one(site), tmp_path)
    assert "broke off" in text
    assert "kept" in text
    kept = (cut >> 16) << 16
    assert (tmp_path / "file.bin.partial").read_bytes() == CONTENT[:kept]
    download(one(site), tmp_path)
    assert (tmp_path / "file.bin").read_bytes() == CONTENT
    assert site.asked[1:] == [("/file.bin", f"bytes={kept}-" if kept else None)]
    assert names(tmp_path) == ["file.bin"]


def test_a_download_can_break_off_many_times(site, tmp_path):
    for _ in range(5):
        site.break_after = 500_000
        failure(one(site), tmp_path)
    download(one(site), tmp_path)
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_server_without_ranges_begins_again(site, tmp_path):
    site.break_after, site.ranges = 100_000, False
    failure(one(site), tmp_path)
    download(one(site), tmp_path)
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_server_that_gives_another_part_than_asked_for(site, tmp_path):
    site.break_after, site.wrong_range = 100_000, True
    failure(one(site), tmp_path)
    download(one(site), tmp_path)
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("left", [b"other bytes", CONTENT + b"more", b"x" * len(CONTENT)])
def test_a_partial_file_of_something_else_is_fetched_anew(left, site, tmp_path):
    (tmp_path / "file.bin.partial").write_bytes(left)
    download(one(site), tmp_path)
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_partial_file_that_is_whole_is_taken(site, tmp_path):
    (tmp_path / "file.bin.partial").write_bytes(CONTENT)
    download(one(site), tmp_path)
    assert names(tmp_path) == ["file.bin"]
    assert len(site.asked) == 1


@pytest.mark.parametrize("ranges", [True, False])
def test_a_wrong_checksum_names_both_and_leaves_nothing(ranges, site, tmp_path):
    site.ranges = ranges
    (tmp_path / "file.bin.partial").write_bytes(CONTENT[:9])
    text = failure(one(site, checksum=sha(b"else")), tmp_path)
    assert sha(b"else") in text
    assert sha(CONTENT) in text
    assert names(tmp_path) == []


def test_a_file_that_is_there_with_another_checksum_is_not_overwritten(site, tmp_path):
    (tmp_path / "file.bin").write_bytes(b"mine")
    text = failure(one(site), tmp_path)
    assert "is there already" in text
    assert sha(b"mine") in text
    assert (tmp_path / "file.bin").read_bytes() == b"mine"
    assert not site.asked


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_a_refusal_is_one_sentence_with_the_way_out(status, site, tmp_path):
    site.status = status
    text = failure(one(site), tmp_path)
    assert f"answered {status}" in text
    assert f"put it at {tmp_path / 'file.bin'}" in text
    assert names(tmp_path) == []


def test_a_refusal_keeps_what_has_come(site, tmp_path):
    site.break_after = 70_000
    failure(one(site), tmp_path)
    site.status = 503
    failure(one(site), tmp_path)
    assert (tmp_path / "file.bin.partial").stat().st_size == 1 << 16


def test_nobody_listens(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = failure([(f"http://127.0.0.1:{port}/f", sha(b""), "f")], tmp_path)
    assert "cannot be reached (connection refused)" in text


def test_a_host_that_does_not_exist(tmp_path):
    assert "cannot be reached" in failure([("http://no.invalid/f", sha(b""), "f")], tmp_path)


def test_a_silent_server(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/f"
        assert "did not answer" in failure([(address, sha(b""), "f")], tmp_path)


def test_a_folder_that_cannot_be_made(site, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RequestError, match="Cannot write"):
        download(one(site), tmp_path / "file" / "corpus")


FILES = {"Actor_01/a.wav": b"one", "Actor_01/b.wav": b"two"}


def packed(site: Site, name: str, files: dict[str, bytes], place: str) -> tuple[str, str, str]:
    site.files[f"/{name}"] = archive(files)
    return (f"{site.address}/{name}", sha(site.files[f"/{name}"]), place)


def test_archives_are_unpacked_into_one_folder_and_removed(site, tmp_path):
    wanted = [
        packed(site, "one.zip", FILES, "."),
        packed(site, "two.zip", {"Actor_01/c.wav": b"3", "Actor_02/a.wav": b"4"}, "."),
        packed(site, "three.zip", {"t.csv": b"x"}, "tables"),
        packed(site, "kept.zip", FILES, "kept.zip"),
    ]
    download(wanted, tmp_path / "c")
    here = [n for n in names(tmp_path / "c") if not n.startswith(".")]
    assert here == [
        "Actor_01/a.wav", "Actor_01/b.wav", "Actor_01/c.wav", "Actor_02/a.wav", "kept.zip",
        "tables/t.csv",
    ]  # fmt: skip
    assert (tmp_path / "c/Actor_01/b.wav").read_bytes() == b"two"
    assert len(site.asked) == 4
    download(wanted, tmp_path / "c")
    assert len(site.asked) == 4
    (tmp_path / "c/Actor_01/a.wav").unlink()  # comes back, beside those that are still there
    download(wanted, tmp_path / "c")
    assert [path for path, _ in site.asked[4:]] == ["/one.zip"]
    assert (tmp_path / "c/Actor_01/a.wav").read_bytes() == b"one"


def test_an_archive_overwrites_nobodys_files(site, tmp_path):
    (tmp_path / "Actor_01").mkdir()
    (tmp_path / "Actor_01/b.wav").write_bytes(b"mine")
    text = failure([packed(site, "one.zip", FILES, ".")], tmp_path)
    assert "Actor_01/b.wav" in text
    assert "a.wav" not in text
    assert names(tmp_path) == ["Actor_01/b.wav", "one.zip"]
    assert (tmp_path / "Actor_01/b.wav").read_bytes() == b"mine"


def test_a_hostile_archive_writes_nothing(site, tmp_path):
    evil = packed(site, "evil.zip", {"fine": b"1", "../evil": b"2"}, ".")
    assert "../evil (climbs out)" in failure([evil], tmp_path / "c")
    assert names(tmp_path) == ["c/evil.zip"]


@pytest.mark.parametrize(
    "entry",
    [
        ("http://x/f", "sha256:0", "../f"),
        ("http://x/f", "sha256:0", "/f"),
        ("http://x/f", "sha256:0", "a\\f"),
        ("ftp://x/f", "sha256:0", "f"),
        ("file:///etc/passwd", "sha256:0", "f"),
        ("http://x/", "sha256:0", "f"),
        ("http://x/f", "", "f"),
        ("http://x/f", "crc:0", "f"),
    ],
)
def test_entries_that_make_no_sense(entry, tmp_path):
    with pytest.raises(RequestError):
        download([entry], tmp_path)
    assert names(tmp_path) == []


RECORD = "/api/records/1188976"
BASE = "doi:10.5281/zenodo.1188976"


@pytest.fixture
def doi(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Zenodo's own answers to pooch, from the server of this process."""
    packed(site, "one.zip", FILES, ".")
    files = [
        {
            "key": path[1:],
            "checksum": f"md5:{hashlib.md5(data).hexdigest()}",
            "links": {"self": f"{site.address}{path}"},
        }
        for path, data in site.files.items()
    ]
    site.files[RECORD] = json.dumps({"id": 1_188_976, "files": files}).encode()
    monkeypatch.setattr(
        pooch.downloaders, "doi_to_url", lambda *_, **__: "https://zenodo.org/records/1188976"
    )
    address = f"{site.address}/api/records"
    monkeypatch.setattr(pooch.downloaders.ZenodoRepository, "base_api_url", address)
    return site


def test_a_doi_is_followed_and_the_archives_checksums_are_compared(doi, tmp_path):
    wanted = [(f"{BASE}/one.zip", "", "."), (f"{BASE}/file.bin", "", "f.bin")]
    download(wanted, tmp_path)
    assert {*FILES, "f.bin"} < set(names(tmp_path))
    asked = [path for path, _ in doi.asked]
    assert sorted(asked) == [RECORD, RECORD, "/file.bin", "/one.zip"]  # once for both files
    download(wanted, tmp_path)
    assert len(doi.asked) == 4


def test_a_doi_whose_file_is_not_what_the_archive_says(doi, tmp_path):
    doi.files["/file.bin"] = b"else"
    text = failure([(f"{BASE}/file.bin", "", "file.bin")], tmp_path)
    assert f"instead of md5:{hashlib.md5(CONTENT).hexdigest()}" in text
    assert names(tmp_path) == []


def test_a_doi_broken_off_goes_on(doi, tmp_path):
    wanted = [(f"{BASE}/file.bin", "", "file.bin")]
    download(wanted, tmp_path / "whole")
    (tmp_path / "file.bin.partial").write_bytes(CONTENT[:77_777])
    download(wanted, tmp_path)
    assert doi.asked[-1] == ("/file.bin", "bytes=77777-")
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_doi_without_the_file_names_those_it_has(doi, tmp_path):
    text = failure([(f"{BASE}/else.zip", "", ".")], tmp_path)
    assert "has no file else.zip; it has file.bin" in text


@pytest.mark.parametrize("answer", [b'{"status": 404}', b"<html>", b"[]", b"", b"null"])
def test_an_archive_that_answers_nonsense(answer, doi, tmp_path):
    doi.files[RECORD] = answer
    failure([(f"{BASE}/file.bin", "", "file.bin")], tmp_path)


def test_a_doi_that_pooch_cannot_follow(site, tmp_path, monkeypatch):
    elsewhere = f"{site.address}/dataset/x"
    monkeypatch.setattr(pooch.downloaders, "doi_to_url", lambda *_, **__: elsewhere)
    assert "cannot be followed: Invalid" in failure([("doi:10.1/x/f.zip", "", ".")], tmp_path)


def test_an_archive_that_cannot_be_had_says_where_to_unpack_it(site, tmp_path):
    text = failure([(f"{site.address}/none.zip", "md5:0", ".")], tmp_path)
    assert text.endswith(f"get the file yourself and unpack it in {tmp_path}.")


CARD = DatasetCard(
    name="tiny", title="", classes=("a",), modalities=("text",), licence="", split="",
    obtain="Sign the form at example.org and put it at DATA_DIR/tiny.",
)  # fmt: skip


def test_a_corpus_with_a_form_says_where_it_is(folders):
    with pytest.raises(RequestError, match=r"tiny cannot be downloaded here: Sign the form"):
        download_corpus(CARD, folders)


def test_a_corpus_goes_to_its_folder_of_the_data_directory(site, folders: Folders):
    import dataclasses

    card = dataclasses.replace(CARD, downloads=tuple(one(site)))
    assert download_corpus(card, folders) == folders.data / "tiny"
    assert names(folders.data) == ["tiny/file.bin"]

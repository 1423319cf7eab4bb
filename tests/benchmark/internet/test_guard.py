"""Nothing reaches another machine unless somebody asks, and with --offline not even then."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from emobench import Folders, RequestError
from emobench.backbones import weights as backbone_weights
from emobench.errors import Skip
from emobench.inference.exports.hub import push_folder
from emobench.intake.download import download
from emobench.internet.guard import VARIABLE, _watch, is_offline, need_network
from emobench.remote.mirror import Mirror

FORBIDDEN = """
import os, sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        address = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0]
        if not isinstance(address, (str, bytes)) or event == "socket.getaddrinfo":
            sys.__stderr__.write(f"REACHED {event} {address}\\n")
            sys.__stderr__.flush()
            os._exit(77)
sys.addaudithook(watch)
from emobench.cli.app import main
main()
"""
"""A command line in a process that ends at once where it reaches for an address of a network."""


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "1")


@pytest.mark.parametrize(
    ("value", "meant"), [("1", True), ("true", True), ("0", False), ("", False), ("no", False)]
)
def test_the_variable_means_what_it_says(
    monkeypatch: pytest.MonkeyPatch, value: str, meant: bool
) -> None:
    monkeypatch.setenv(VARIABLE, value)
    assert is_offline() == meant


@pytest.mark.parametrize(
    ("event", "arguments", "passes"),
    [
        ("socket.connect", (None, ("127.0.0.1", 80)), True),
        ("socket.connect", (None, ("::1", 80, 0, 0)), True),
        ("socket.connect", (None, "/tmp/a.socket"), True),
        ("socket.connect", (None, ("192.0.2.1", 80)), False),
        ("socket.connect", (None, ("2001:db8::1", 80, 0, 0)), False),
        ("socket.sendto", (None, ("192.0.2.1", 53)), False),
        ("socket.getaddrinfo", ("localhost", 80, 0, 0, 0), True),
        ("socket.getaddrinfo", (None, 80, 0, 0, 0), True),
        ("socket.getaddrinfo", ("example.org", 80, 0, 0, 0), False),
        ("socket.getaddrinfo", (b"example.org", 80, 0, 0, 0), False),
        ("socket.gethostbyname", ("localhost.example.org",), False),
        ("open", ("192.0.2.1", "r", 0), True),
    ],
)
def test_only_this_machine_is_reached(event: str, arguments: Any, passes: bool) -> None:
    if passes:
        _watch(event, arguments)
    else:
        with pytest.raises(OSError, match=r"--offline: .* is another machine"):
            _watch(event, arguments)


def test_what_needs_the_network_says_so(
    offline: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached: list[Any] = []
    monkeypatch.setattr("socket.socket.connect", lambda *a: reached.append(a))
    card = [("https://example.org/a.csv", "sha256:" + "0" * 64, "a.csv")]
    with pytest.raises(
        RequestError, match=r"Downloading a\.csv needs the network, which --offline"
    ):
        download(card, tmp_path / "corpus")
    assert not (tmp_path / "corpus").exists()
    with pytest.raises(RequestError, match="Uploading to me/mine needs the network"):
        push_folder(tmp_path, "me/mine")
    with pytest.raises(RequestError, match="--results s3://b/x needs the network"):
        Mirror("s3://b/x", tmp_path)
    with pytest.raises(RequestError, match="A thing needs the network"):
        need_network("A thing")
    assert reached == []


def test_an_address_of_this_machine_needs_no_network(offline: None, tmp_path: Path) -> None:
    assert Mirror(f"file://{tmp_path}/there", tmp_path / "here").fetch() == 0


def test_weights_are_looked_for_on_this_machine_alone(
    offline: None, monkeypatch: pytest.MonkeyPatch, folders: Folders
) -> None:
    asked: list[bool] = []

    def snapshot(repository: str, online: bool) -> None:
        asked.append(online)

    monkeypatch.setattr(backbone_weights, "_snapshot", snapshot)
    backbone_weights.weights.cache_clear()
    with pytest.raises(Skip, match=r"the Hugging Face hub is not asked \(--offline\)"):
        backbone_weights.weights("text", "somebody/a-model-that-is-not-here")
    assert asked == [False]
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(Skip, match="the Hugging Face hub does not give them"):
        backbone_weights.weights("text", "somebody/another-model-that-is-not-here")
    assert asked == [False, False, True]


def test_without_the_variable_nothing_is_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    need_network("A thing")


GUARDED = """
import errno, socket
from emobench.internet.guard import go_offline
go_offline()
for reach in (
    lambda: socket.create_connection(("192.0.2.1", 80), timeout=5),
    lambda: socket.getaddrinfo("example.org", 443),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)),
):
    try:
        reach()
    except OSError as error:
        print(error.errno == errno.ENETUNREACH)
server = socket.create_server(("127.0.0.1", 0))
print(socket.create_connection(server.getsockname(), timeout=5).getpeername()[0])
"""


def test_sockets_of_the_whole_process_are_guarded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", GUARDED], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == ["True", "True", "True", "127.0.0.1"], done.stderr


def forbidden(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process that ends with 77 where it reaches for a network."""
    environment = os.environ | {
        "EMOBENCH_CACHE": str(folder / "cache"), "HF_HOME": str(folder / "hub"), "HOME": str(folder)
    } | more  # fmt: skip
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", *({VARIABLE} - set(more))):
        environment.pop(name, None)
    return subprocess.run(
        [sys.executable, "-c", FORBIDDEN, *words], cwd=folder, env=environment, timeout=600,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_what_is_not_asked_for_reaches_nothing(tmp_path: Path) -> None:
    tiny = ("--dataset", "simulated:size=63", "--seeds", "1", "--epochs", "1", "--jobs", "2")
    for words in (
        ("list",), ("show", "emotiwave"), ("doctor",), ("data", "list"),
        ("run", "--models", "mlp,late_fusion", *tiny), ("leaderboard",), ("results", "verify"),
        ("data", "download", "ravdess", "--dry"),
    ):  # fmt: skip
        done = forbidden(tmp_path, *words)
        assert done.returncode in (0, 1), (words, done.stdout, done.stderr)
        assert "REACHED" not in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_forbidding_process_sees_a_reach(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    done = forbidden(tmp_path, "data", "download", "emorynlp", "--data-dir", "data")
    assert done.returncode == 77, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("how", ["option", "variable"])
def test_with_offline_what_is_asked_for_ends_in_a_sentence(tmp_path: Path, how: str) -> None:
    (tmp_path / "data").mkdir()
    option = ("--offline",) if how == "option" else ()
    more = {} if option else {VARIABLE: "1"}
    tiny = ("--dataset", "simulated:size=63", "--seeds", "1", "--epochs", "1")
    hub = ("--track", "published", "--backbone", "text=somebody/some-encoder", "--models", "mlp")
    for words, said in (
        (("data", "download", "emorynlp", "--data-dir", "data"), "needs the network"),
        (("run", *tiny, "--models", "majority", "--results", "s3://b/x"), "needs the network"),
        (("run", *tiny, *hub), ""),
        (("run", *tiny, "--encoder", "text=somebody/some-encoder"), "is not asked (--offline)"),
    ):
        done = forbidden(tmp_path, *words, *option, **more)
        assert done.returncode in (0, 2), (words, done.stdout, done.stderr)
        assert "REACHED" not in done.stderr
        assert "Traceback" not in done.stderr
        assert said in done.stdout + done.stderr

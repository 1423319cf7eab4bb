"""``emobench leaderboard``: a part of the results, a browser, a server that somebody ends."""

from __future__ import annotations

import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
import webbrowser
from pathlib import Path
from typing import Any

import pytest

from emobench.cli.findings import browser


def test_a_port_without_a_server_and_a_name_of_nothing_are_refused(
    cli: Any, tmp_path: Path
) -> None:
    done = cli("leaderboard", "--port", "8000", "--results", tmp_path)
    assert done.returncode == 2
    assert "--port is about a server; add --serve." in done.stderr
    for port in ("-1", "65536"):
        done = cli("leaderboard", "--serve", "--no-open", "--port", port, "--results", tmp_path)
        assert done.returncode == 2
        assert f"--port is a number from 0 to 65535, got {port}." in done.stderr
    done = cli("leaderboard", "--models", ",", "--results", tmp_path)
    assert done.returncode == 2
    assert "names no model" in done.stderr


def test_a_taken_port_is_refused_if_it_was_asked_for(cli: Any, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = cli("leaderboard", "--serve", "--no-open", "--port", port, "--results", tmp_path)
    assert done.returncode == 2
    assert f"Port {port} of 127.0.0.1 is taken." in done.stderr


def test_a_server_waits_follows_and_ends_with_the_keys_that_end_it(
    command: tuple[list[str], dict[str, str]], tmp_path: Path
) -> None:
    words, environment = command
    without = {k: v for k, v in environment.items() if k not in ("BROWSER", *browser.DISPLAYS)}
    results = tmp_path / "results"
    serve = [*words, "leaderboard", "--serve", "--port", "0", "--results", str(results)]
    with subprocess.Popen(
        serve, env=without, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        watchdog = threading.Timer(300, process.kill)
        watchdog.start()
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        found = re.fullmatch(
            r"Following (.+) at (http://127\.0\.0\.1:\d+/) \(for this machine alone; Ctrl-C ends "
            r"it\)\n",
            first,
        )
        assert found is not None, first + process.stderr.read()
        assert found[1] == str(results)
        assert "No browser with windows was found here" in process.stdout.readline()
        assert "Nothing is stored in" in process.stdout.readline()
        with urllib.request.urlopen(found[2], timeout=60) as answer:
            assert "Nothing is stored in" in answer.read().decode()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        watchdog.cancel()
    assert process.returncode == 0
    assert (out, err) == ("", "")
    assert not results.exists()


class Windows(webbrowser.BaseBrowser):
    """A browser that only notes what it is to open."""

    def __init__(self) -> None:
        super().__init__("windows")
        self.opened: queue.SimpleQueue[str] = queue.SimpleQueue()

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        self.opened.put(url)
        return True


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Windows:
    for name in ("BROWSER", "SSH_CONNECTION", "SSH_TTY", *browser.DISPLAYS):
        monkeypatch.delenv(name, raising=False)
    found = Windows()
    monkeypatch.setattr(webbrowser, "get", lambda: found)
    monkeypatch.setattr(sys, "platform", "linux")
    return found


def test_a_browser_is_opened_where_there_are_windows(
    windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not browser.opens("http://127.0.0.1:1/")
    monkeypatch.setenv("DISPLAY", ":0")
    assert browser.opens("http://127.0.0.1:1/")
    monkeypatch.setenv("SSH_CONNECTION", "1.2.3.4 5 6.7.8.9 22")
    assert not browser.opens("http://127.0.0.1:2/")
    monkeypatch.setenv("BROWSER", "mine")
    assert browser.opens("http://127.0.0.1:3/")
    opened = [windows.opened.get(timeout=60) for _ in range(2)]
    assert sorted(opened) == ["http://127.0.0.1:1/", "http://127.0.0.1:3/"]
    assert windows.opened.empty()


def test_a_browser_in_the_terminal_is_not_opened_unasked(
    windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("w3m"))
    assert not browser.opens("http://127.0.0.1:1/")

    def none() -> None:
        raise webbrowser.Error("none")

    monkeypatch.setattr(webbrowser, "get", none)
    assert not browser.opens("http://127.0.0.1:1/")

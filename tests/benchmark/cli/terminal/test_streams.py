"""Pipes that close, locales that know no dash, terminals that know no colours."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import pytest

from emobench.terminal import streams

COLOUR = re.compile(r"\x1b\[[\d;]*[34]\d[\d;]*m")
Started = tuple[list[str], dict[str, str]]


def through(command: Started, reader: str, cwd: Path, *words: str) -> tuple[int, str]:
    """Pipe a command into a program of the shell; its exit status, and what it said of errors."""
    line = f'"$@" | {reader} >/dev/null; exit ${{PIPESTATUS[0]}}'
    ended = subprocess.run(
        ["bash", "-c", line, "bash", *command[0], *words], env=command[1], cwd=cwd,
        stderr=subprocess.PIPE, text=True, timeout=120, check=False,
    )  # fmt: skip
    return ended.returncode, ended.stderr


@pytest.mark.parametrize("words", [("--help",), ("list",)])
def test_a_reader_that_goes_is_no_error(command: Started, tmp_path: Path, words: Any) -> None:
    status, said = through(command, "true", tmp_path, *words)
    assert said == ""
    assert status in (0, streams.CLOSED_PIPE)


@pytest.fixture
def gone() -> Iterator[TextIO]:
    """A pipe whose reader has gone."""
    read, write = os.pipe()
    os.close(read)
    stream = os.fdopen(write, "w")
    yield stream
    with contextlib.suppress(BrokenPipeError):
        stream.close()


@pytest.mark.parametrize(
    "words",
    [
        ["--help"], ["list"], ["list", "--json"], ["show", "mlp"], ["run", "--help"],
        ["run", "--print-toml"], ["data", "list"], ["cache", "dir"], ["cache", "list"],
        ["doctor"], ["why", "--results", "."],
    ],
)  # fmt: skip
def test_no_command_has_a_traceback_where_nobody_reads(
    words: list[str], gone: TextIO, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from emobench.cli.app import main
    from emobench.diagnosis import software

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EMOBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "argv", ["emobench", *words])
    monkeypatch.setattr(sys, "stdout", gone)
    monkeypatch.setattr(streams, "abandon", lambda: None)
    monkeypatch.setattr(software, "run_probe", lambda which: ({}, "was not tried"))
    errors = io.StringIO()
    monkeypatch.setattr(sys, "stderr", errors)
    with pytest.raises(SystemExit) as ended:
        main()
    if words[0] != "why":  # a folder without results is refused on standard error
        assert ended.value.code == streams.CLOSED_PIPE
    assert "Traceback" not in errors.getvalue()


def test_a_page_that_follows_a_run_ends_when_nobody_reads_its_lines(tmp_path: Path) -> None:
    from emobench.leaderboard.live.follower import Follower
    from emobench.leaderboard.results.selections.selection import Selection

    def unread(text: str) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    follower = Follower(tmp_path, Selection.of(None, None, None), unread)
    with pytest.raises(BrokenPipeError):
        follower.look()


def test_a_disk_that_is_full_is_said_once(command: Started, tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*command[0], "list"], env=command[1], cwd=tmp_path, stdout=full,
            stderr=subprocess.PIPE, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert ended.returncode == 3
    assert ended.stderr.startswith("error: Nothing more can be written")
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "locale",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
    ids=["ascii", "C", "latin-1"],
)
def test_an_encoding_without_dashes_ends_no_command(
    command: Started, tmp_path: Path, locale: dict[str, str]
) -> None:
    ended = subprocess.run(
        [*command[0], "list"], env=command[1] | locale, cwd=tmp_path, capture_output=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    text = ended.stdout.decode("latin-1" if "latin" in str(locale) else "ascii")
    assert len(text) > 1000


def test_what_cannot_be_encoded_is_spelled_plainly() -> None:
    streams.speak_plainly()
    told = "0.1 − 0.2 … “naïve” ± Ł 微"
    assert told.encode("ascii", streams.HANDLER) == b'0.1 - 0.2 ... "naive" +- ? ?'


def on_terminal(words: list[str], environment: dict[str, str], cwd: Path) -> str:
    """What a command writes to a terminal."""
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(cwd)
        os.execve(words[0], words, environment)
    found = b""
    while select.select([terminal], [], [], 120)[0]:
        try:
            more = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        if not more:
            break
        found += more
    os.waitpid(pid, 0)
    os.close(terminal)
    return found.decode(errors="replace")


@pytest.mark.slow
def test_colours_come_and_go_as_a_terminal_and_variables_say(
    command: Started, tmp_path: Path
) -> None:
    words, environment = [*command[0], "doctor", "--help"], command[1] | {"TERM": "xterm-256color"}
    for name in ("NO_COLOR", "FORCE_COLOR"):
        environment.pop(name, None)
    assert COLOUR.search(on_terminal(words, environment, tmp_path))
    for plain in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert not COLOUR.search(on_terminal(words, environment | plain, tmp_path))
    piped = [
        subprocess.run(
            words, env=environment | more, cwd=tmp_path, capture_output=True, text=True,
            timeout=120, check=True,
        ).stdout
        for more in ({}, {"FORCE_COLOR": "1"})
    ]  # fmt: skip
    assert [bool(COLOUR.search(text)) for text in piped] == [False, True]


@pytest.mark.parametrize("columns", ["1", "20", "0", "nonsense", "100000"])
def test_no_width_ends_a_command(cli: Any, monkeypatch: Any, columns: str, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    from emobench.cli.catalogue import list_command

    list_command("all", False)


def test_bars_that_move_need_a_terminal_that_can(monkeypatch: pytest.MonkeyPatch) -> None:
    from emobench.terminal.progress import PlainScreen, SilentScreen, screen
    from emobench.terminal.voice import Voice

    monkeypatch.setenv("FORCE_COLOR", "1")  # a file with colours is no terminal
    with screen(1) as shown:
        assert isinstance(shown, PlainScreen)
    with screen(1, voice=Voice(quiet=True)) as shown:
        assert isinstance(shown, SilentScreen)


def test_words_beside_json_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    from emobench.terminal.progress import screen
    from emobench.terminal.voice import Voice

    with screen(1, voice=Voice(as_json=True)) as shown:
        shown.say("a word")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("a word\n")

"""``emobench leaderboard``: renders what is stored, or serves a page that follows it."""

from __future__ import annotations

import errno
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emobench.cli.findings.browser import opens
from emobench.errors import RequestError
from emobench.terminal.voice import ALOUD, Voice

if TYPE_CHECKING:
    from emobench.leaderboard.live.follower import Follower
    from emobench.leaderboard.live.server import PageServer
    from emobench.leaderboard.results.selections.selection import Selection

PORT = 8350
"""The usual port: with one that stays, a tab that is open finds a server that was started again."""


@dataclass(frozen=True)
class PageOptions:
    """The options of ``emobench leaderboard`` as typed."""

    results: Path
    dataset: str | None
    protocol: str | None
    models: str | None
    take_away: bool
    serve: bool
    port: int | None
    open: bool | None


def leaderboard_command(typed: PageOptions, voice: Voice = ALOUD) -> None:
    """Render the page, or serve it until somebody stops that.

    Raises
    ------
    RequestError
        A name is unknown, the port cannot be had, or nothing is stored yet and nobody waits for it.
    """
    if typed.serve:
        _serve(typed, voice)
        return
    if typed.port is not None:
        raise RequestError("--port is about a server; add --serve.")
    from emobench.leaderboard import outdated, plan_lines, render

    page = render(typed.results, typed.dataset, typed.protocol, typed.take_away, typed.models)
    for line in outdated(typed.results, typed.dataset, typed.protocol, typed.models):
        voice.say(line)
    for line in plan_lines(typed.results):
        voice.say(line)
    if typed.take_away:
        voice.say(
            "Tables as CSV and LaTeX, figures as SVG, commands and citations are in "
            f"{page.resolve().with_name('take-away')}"
        )
    if typed.open and not opens(page.resolve().as_uri()):
        voice.say("No browser with windows was found here; open the page yourself.")
    voice.made(page.resolve(), f"The leaderboard is at {page.resolve()}")


def _serve(typed: PageOptions, voice: Voice) -> None:
    from emobench.leaderboard.live.follower import Follower
    from emobench.leaderboard.results.selections.selection import Selection

    selection = Selection.of(typed.dataset, typed.protocol, typed.models)
    root = typed.results.absolute()
    _refuse_unknown(root, selection)
    follower = Follower(root, selection, voice.say, typed.take_away)
    with _server(follower, typed.port) as server:
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        told = f"Following {root} at {server.address} (for this machine alone; Ctrl-C ends it)"
        voice.made(server.address, told)
        if typed.open is not False and not opens(server.address):
            voice.say(_by_hand(server.server_port))
        try:
            while True:
                follower.look()
                time.sleep(follower.pause)
        except KeyboardInterrupt:
            server.shutdown()
    if follower.page.is_file():
        voice.say(f"The leaderboard is at {follower.page.resolve()}")


def _by_hand(port: int) -> str:
    """How to look at the page where no browser was found."""
    return (
        "No browser with windows was found here; open the address yourself. From another machine "
        f"it is reached after: ssh -L {port}:127.0.0.1:{port} {socket.gethostname()}"
    )


def _refuse_unknown(root: Path, selection: Selection) -> None:
    """Raise for names that nothing has; where nothing is stored yet, they may still come."""
    if selection.is_whole or not any((root / "grids").glob("*.json")):
        return
    from emobench.leaderboard.results.entries import merge
    from emobench.leaderboard.results.reader import Results
    from emobench.leaderboard.results.selections.selection import chosen_labels

    grids = Results(root).grids(selection.dataset, selection.protocol)
    chosen_labels(selection.models, merge(grids))


def _server(follower: Follower, port: int | None) -> PageServer:
    """Open the server on the port that was typed, else on the usual one or a free one."""
    from emobench.leaderboard.live.server import PageServer

    if port is not None and not 0 <= port < 2**16:
        raise RequestError(f"--port is a number from 0 to 65535, got {port}.")
    try:
        return PageServer(lambda: follower.shown, PORT if port is None else port)
    except OSError as error:
        if port is not None:
            taken = error.errno == errno.EADDRINUSE
            why = "is taken" if taken else f"cannot be had: {error.strerror or error}"
            raise RequestError(
                f"Port {port} of 127.0.0.1 {why}. Name another one, or leave --port out."
            ) from None
    return PageServer(lambda: follower.shown)

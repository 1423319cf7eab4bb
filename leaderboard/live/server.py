"""A server of one page, for browsers on this machine alone.

It knows a few addresses by heart and reads nothing from the disk, so that no address leads to
another file. It listens on the loopback address, and answers only where the browser asked for this
machine by one of its own names: a page of a foreign site whose name was made to lead here sends
that name.
"""

from __future__ import annotations

import json
import re
import socketserver
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from emobench.leaderboard.live.follower import Shown
from emobench.leaderboard.live.served_page import followed
from emobench.leaderboard.report.publish import PAGE

ADDRESS: Final = "127.0.0.1"
OWN_NAMES: Final = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
"""What a browser calls this machine. Any port: a tunnel of ssh has another one at its other end."""

TYPES: Final = {".html": "text/html", ".csv": "text/csv", ".md": "text/markdown"}
NOTHING: Final = "/favicon.ico"
"""What a browser asks for by itself and a page of one file does not have."""

HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "frame-ancestors 'none'",
}
"""Other sites can neither frame nor embed the page."""


class PageServer(ThreadingHTTPServer):
    """Answers with what is shown at the moment.

    Parameters
    ----------
    shown
        Returns it.
    port
        The port; 0 takes a free one.

    Raises
    ------
    OSError
        The port is taken, or not allowed.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, shown: Callable[[], Shown], port: int = 0) -> None:
        self.shown = shown
        self._made: tuple[str, bytes] = ("", b"")
        super().__init__((ADDRESS, port), _Handler)

    def server_bind(self) -> None:
        """Bind; unlike the base class, without asking the network for a name of this machine."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that went away is no error."""

    @property
    def address(self) -> str:
        """The address of the page."""
        return f"http://{ADDRESS}:{self.server_port}/"

    def answer(self, path: str) -> tuple[str, bytes] | None:
        """Return the type and the content that are at a path; None where there is nothing."""
        shown = self.shown()
        if path == "/now":
            found = {"page": shown.version, "said": shown.said}
            return "application/json", json.dumps(found).encode()
        name = path.removeprefix("/") or PAGE
        if not path.startswith("/") or name not in shown.texts:
            return None
        kind = TYPES[name[name.rindex(".") :]]
        if name != PAGE:
            return kind, shown.texts[name].encode()
        if self._made[0] != shown.version:
            self._made = (shown.version, followed(shown.texts[PAGE]).encode())
        return kind, self._made[1]


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD; the base class refuses every other method."""

    server: PageServer
    server_version = "emobench"
    sys_version = ""
    timeout = 10

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or not OWN_NAMES.fullmatch(hosts[0].strip()):
            self._send(
                HTTPStatus.MISDIRECTED_REQUEST, "text/plain", b"not a name of this machine\n"
            )
            return
        path = self.path.partition("?")[0]
        found = self.server.answer(path)
        if found is not None:
            self._send(HTTPStatus.OK, *found)
        elif path == NOTHING:
            self._send(HTTPStatus.NO_CONTENT, "text/plain", b"")
        else:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", b"nothing is here\n")

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: a page asks once a second whether it is the newest."""

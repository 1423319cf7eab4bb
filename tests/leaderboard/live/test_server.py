"""The server answers this machine's browsers with the page, and everybody else with nothing."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.leaderboard.live.follower import Shown
from emobench.leaderboard.live.served_page import waiting_page
from emobench.leaderboard.live.server import PageServer

TEXTS = {
    "index.html": waiting_page("Wait."), "leaderboard.csv": "a,b\n", "leaderboard.md": "# ä\n"
}  # fmt: skip
KNOWN = {"/", "/now", *(f"/{name}" for name in TEXTS)}


@pytest.fixture(scope="module")
def server() -> Iterator[PageServer]:
    shown = Shown.of(TEXTS, "said")
    with PageServer(lambda: shown) as found:
        threading.Thread(target=found.serve_forever, args=(0.05,), daemon=True).start()
        yield found
        found.shutdown()


def asked(
    server: PageServer, path: str = "/", method: str = "GET", host: str | None = "localhost"
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and content; the path is sent as it is, the host only if there is one."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    connection.putrequest(method, path, skip_host=True)
    if host is not None:
        connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return found


def test_the_page_and_its_tables_are_there(server: PageServer) -> None:
    status, headers, content = asked(server)
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert b'id="follow"' in content
    assert asked(server, "/index.html?x=1")[2] == content
    assert asked(server, "/leaderboard.csv")[2] == b"a,b\n"
    assert asked(server, "/leaderboard.md")[2].decode() == "# ä\n"
    now = json.loads(asked(server, "/now")[2])
    assert now["said"] == "said"
    assert f'data-page="{now["page"]}"' in content.decode()
    assert asked(server, "/favicon.ico")[0] == 204


def test_other_sites_can_neither_read_nor_frame_nor_keep_it(server: PageServer) -> None:
    for path in KNOWN:
        headers = asked(server, path)[1]
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert "Access-Control-Allow-Origin" not in headers


def test_a_head_has_no_body(server: PageServer) -> None:
    status, headers, content = asked(server, method="HEAD")
    assert (status, content) == (200, b"")
    assert int(headers["Content-Length"]) == len(asked(server)[2])


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "X"])
def test_no_other_method_is_known(server: PageServer, method: str) -> None:
    assert asked(server, method=method)[0] == 501


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8350", "LocalHost", "[::1]:9"])
def test_this_machine_is_called_by_its_own_names(server: PageServer, host: str) -> None:
    assert asked(server, host=host)[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        None, "", "evil.example", "evil.example:8350", "127.0.0.1.evil.example", "localhost.evil",
        "127.0.0.2", "0.0.0.0", "localhost:80:80", "localhost@evil", "127.0.0.1, evil", "[::1",
        "2130706433",
    ],
)  # fmt: skip
def test_a_name_that_was_made_to_lead_here_is_refused(server: PageServer, host: str | None) -> None:
    for path in ("/", "/now"):
        status, _, content = asked(server, path, host=host)
        assert status == 421
        assert b"html" not in content


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/", "//etc/passwd", "/etc/passwd",
        "/index.html/", "/./index.html", "index.html", "http://evil.example/", "/leaderboard",
        "/\\",
        "/index.html%00.csv", "/made_of.json", "*",
    ],
)  # fmt: skip
def test_nothing_else_is_served(server: PageServer, path: str) -> None:
    status, _, content = asked(server, path)
    assert status == 404
    assert content == b"nothing is here\n"


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("/.%2eE\\~index.htmlnow?#:@"), max_size=24))
def test_no_spelling_of_a_path_leads_elsewhere(server: PageServer, rest: str) -> None:
    path = f"/{rest}".partition("?")[0]
    found = server.answer(path)
    assert (found is None) == (path not in KNOWN)


def test_it_listens_on_the_loopback_address_alone(server: PageServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert server.address == f"http://127.0.0.1:{server.server_port}/"
    with pytest.raises(OSError, match=r".+"):
        socket.create_connection(("127.0.0.2", server.server_port), timeout=2).close()


def test_a_browser_that_goes_away_is_no_error(
    server: PageServer, capfd: pytest.CaptureFixture[str]
) -> None:
    for sent in (b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x00\xff\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as one:
            one.sendall(sent)
    assert asked(server)[0] == 200
    assert capfd.readouterr() == ("", "")


def test_a_taken_port_is_an_error(server: PageServer) -> None:
    with pytest.raises(OSError, match="in use"):
        PageServer(server.shown, server.server_port)

"""A browser follows a folder: the page changes by itself, and the reader stays where they were."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard.live.follower import Follower
from emobench.leaderboard.live.server import PageServer
from emobench.leaderboard.results.selections.selection import Selection

from ..conftest import ALL, Made, Writer

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

PATIENCE = 120_000
"""Milliseconds that a browser on a busy machine may take for one step."""


class Live:
    """A results folder, what follows it, and a page of it in a browser."""

    def __init__(self, root: Path, page: Any) -> None:
        self.writer = Writer(root, n=40, seeds=1, subsets=(), rates=())
        self.follower = Follower(root, Selection(), lambda _: None)
        self.server = PageServer(lambda: self.follower.shown)
        self.page = page
        self.said: list[str] = []
        self.asked: set[str] = set()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.add(request.url))

    def add(self, name: str) -> None:
        """Store the results of one more model, and let it be seen."""
        self.writer.grid(Made(name, "published", ALL))
        assert self.follower.look()

    def until(self, holds: str, *argument: Any) -> None:
        """Wait until an expression holds; the page's policy lets no page evaluate it by itself."""
        end = time.monotonic() + PATIENCE / 1000
        while True:
            # While the page loads anew there is nothing to ask.
            with contextlib.suppress(playwright.Error):
                if self.page.evaluate(holds, *argument):
                    return
            assert time.monotonic() < end, (holds, self.told())
            self.page.wait_for_timeout(100)

    def told(self) -> str:
        """What the page says in its corner."""
        found: str = self.page.locator("#follow").text_content()
        return found

    def says(self, start: str) -> None:
        """Wait until the page says in its corner what begins so."""
        self.until("s => document.getElementById('follow').textContent.startsWith(s)", start)

    def has(self, text: str) -> None:
        """Wait until the page, loaded anew, holds a text."""
        self.until("t => document.querySelector('main').textContent.includes(t)", text)
        self.until("document.readyState === 'complete'")
        self.says("Live")

    def top(self, selector: str) -> float:
        found: float = self.page.eval_on_selector(selector, "e => e.getBoundingClientRect().top")
        return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-quic"]
        found = started.chromium.launch(executable_path=CHROMIUM, args=flags, timeout=PATIENCE)
        yield found
        found.close()


@pytest.fixture
def live(chromium: Any, tmp_path: Path) -> Iterator[Live]:
    page = chromium.new_page(viewport={"width": 900, "height": 500})
    found = Live(tmp_path / "results", page)
    with found.server as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield found
        server.shutdown()
    page.close()


@pytest.mark.slow
def test_the_page_follows_and_the_reader_stays(live: Live) -> None:
    page = live.page
    live.follower.look()
    page.goto(live.server.address)
    live.has("Nothing is stored in")
    for name in ("alpha_net", "beta_net"):
        live.writer.grid(Made(name, "published", ALL))
    live.follower.look()
    live.has("beta_net")

    # A view in the address, a folded part opened, a sorted table, a place far down.
    anchor = page.locator("details.explore").get_attribute("data-anchor")
    page.locator(f"#explore-{anchor} > summary").click()
    page.select_option(f"#x-metric-{anchor}", label="UAR")
    page.select_option(f"#x-a-{anchor}", label="beta_net")
    address = page.url
    assert "metric=uar" in address
    page.locator("details.base > summary").click()
    head = page.locator("table.sortable.headline th button").nth(1)
    head.click()
    head.click()
    page.evaluate(
        "scrollTo({top: document.querySelector('details.base').offsetTop, behavior: 'instant'})"
    )
    before = live.top("details.base")
    page.evaluate("window.here = true")

    live.add("gamma_net")
    live.has("gamma_net")
    assert page.evaluate("window.here") is None
    assert page.url == address
    assert page.eval_on_selector(f"#x-metric-{anchor}", "s => s.selectedOptions[0].text") == "UAR"
    assert page.eval_on_selector(f"#x-a-{anchor}", "s => s.selectedOptions[0].text") == "beta_net"
    assert page.eval_on_selector("details.base", "d => d.open")
    # Of two tables that are called alike, the one that was sorted.
    assert page.locator("table.sortable.headline").count() == 2
    heads = page.locator("table.sortable.headline").first.locator("th[aria-sort=ascending]")
    assert heads.count() == page.locator("th[aria-sort=ascending]").count() == 1
    live.until(
        "top => Math.abs(document.querySelector('details.base').getBoundingClientRect().top - top) "
        "< 4",
        before,
    )

    # Somebody who marks a number to copy it keeps the page; then it follows again.
    page.evaluate(
        "window.here = true; getSelection().selectAllChildren(document.querySelector('h2'))"
    )
    live.add("delta_net")
    live.says("There are new")
    page.wait_for_timeout(2500)
    assert page.evaluate("window.here") is True
    page.evaluate("getSelection().removeAllRanges()")
    live.has("delta_net")
    assert page.url == address
    assert live.said == []
    assert {one.partition("#")[0] for one in live.asked} == {
        live.server.address, f"{live.server.address}now"
    }  # fmt: skip


@pytest.mark.slow
def test_the_page_says_what_it_cannot_show(live: Live) -> None:
    live.writer.grid(Made("alpha_net", "published", ALL))
    live.follower.look()
    live.page.goto(live.server.address)
    live.has("alpha_net")
    (grid,) = live.writer.root.glob("grids/*.json")
    whole = grid.read_bytes()
    grid.write_bytes(whole[:1000])
    live.follower.look()
    live.says("Not the newest results")
    assert live.page.locator("#follow.mind").count() == 1
    assert grid.name in live.told()
    assert live.page.locator("section.board").count() > 1
    grid.write_bytes(whole)
    live.follower.look()
    live.has("alpha_net")
    assert live.said == []
    live.server.shutdown()
    live.server.server_close()
    live.says("No longer")
    assert live.page.locator("section.board").count() > 1

"""A number that is pointed at, or in focus, shows the command that recomputes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard.pedigree.catalogue import resolve

from .test_html import CHROMIUM

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
PATIENCE = 120_000
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
"""In the dark only colours are others."""


@pytest.fixture(scope="module")
def shown(page: Path) -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-quic"]
        browser = started.chromium.launch(executable_path=CHROMIUM, args=flags, timeout=PATIENCE)
        found = browser.new_page(viewport={"width": 1280, "height": 900})
        found.set_default_timeout(PATIENCE)
        said: list[str] = []
        found.on("console", lambda message: said.append(message.text))
        found.on("pageerror", lambda error: said.append(str(error)))
        found.goto(page.as_uri())
        yield found
        assert said == []
        browser.close()


def test_it_names_the_number_by_mouse_and_by_keyboard(shown: Any, stored: Path) -> None:
    strip = shown.locator("#why")
    assert strip.is_hidden()
    cell = shown.locator("table.ranking td[data-why]").first
    cell.hover()
    told = strip.text_content()
    (name,) = re.findall(r"emobench why ([0-9a-f]{10})", told)
    assert name == cell.get_attribute("data-why")
    label, head = cell.evaluate(
        "c => [c.parentElement.cells[0], c.closest('table').tHead.rows[0].cells[c.cellIndex]]"
        ".map(one => one.textContent.trim())"
    )
    assert told.startswith(f"{label}, {head}: ")
    assert resolve(stored, name)[1].model in label
    shown.locator("h2").first.hover()
    assert strip.is_hidden()
    # One stop for each table; arrows lead to its other numbers.
    stops = "t => [...t.querySelectorAll('td[tabindex=\"0\"]')].length"
    table = cell.locator("xpath=ancestor::table")
    assert table.evaluate(stops) == 1
    cell.focus()
    shown.keyboard.press("ArrowDown")
    below = shown.evaluate("document.activeElement.dataset.why")
    assert below
    assert below != name
    assert below in strip.text_content()
    assert table.evaluate(stops) == 1
    assert shown.evaluate("document.activeElement.getAttribute('aria-describedby')") == "why"


@pytest.mark.slow
def test_the_views_below_are_no_obstacle_when_they_are_open(shown: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    names = ["calibration", "hardest", "origins", "cost"]
    # The first of each is enough.
    opened = shown.evaluate(
        """names => names.map(name => {
             const part = document.querySelector(`h3[id^=${name}-]`).parentElement;
             part.dataset.opened = "";
             return (part.querySelector("details").open = true);
           })""",
        names,
    )
    assert len(opened) == len(names)
    mine = ".part[data-opened]"
    assert shown.locator(".panels svg").first.is_visible()
    for scheme, rules in (("light", {}), ("dark", COLOURS)):
        shown.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        options = rules | {"resultTypes": ["violations"]}
        found = axe.Axe().run(shown, context=mine, options=options).response["violations"]
        grave = [one for one in found if one["impact"] in ("serious", "critical")]
        assert [(one["id"], [n["html"][:160] for n in one["nodes"][:3]]) for one in grave] == []
    shown.set_viewport_size({"width": 390, "height": 844})
    assert shown.evaluate(
        "document.documentElement.scrollWidth === document.documentElement.clientWidth"
    )

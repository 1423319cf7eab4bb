from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard import render
from emobench.leaderboard.report.html import inline, linked

from ..conftest import REGIMES

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--hide-scrollbars",
)


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_page_asks_for_nothing(page: Path) -> None:
    text = page.read_text()
    for tag, attributes in Tags(text).found:
        assert tag not in ("link", "img", "iframe", "object", "image"), tag
        assert "src" not in attributes
        for name in ("href", "xlink:href"):
            value = attributes.get(name) or "#"
            assert value.startswith("#") or (tag == "a" and name == "href"), (tag, value)
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)


def test_ids_are_unique_and_links_lead_somewhere(page: Path) -> None:
    tags = Tags(page.read_text()).found
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    inner = {a["href"][1:] for t, a in tags if t == "a" and (a.get("href") or "").startswith("#")}  # type: ignore[index]
    assert inner <= set(ids)


def test_the_page_says_what_is_stored(page: Path) -> None:
    text = page.read_text()
    for said in (
        "Missing modalities on simulated",
        "No speaker is in both train and test.",
        "7 speakers are in both train and test",
        "pooled over 3 folds",
        "2 seeds (fewer where the seed changes nothing: majority, oracle)",
        "<b>random</b>, which is not the corpus's standard split",
        "mean over rates",
        "loss diverged",
        "needs text",
        "1 of 2 cells done",
        "Masks are respected &lt;by us&gt;.",
        "How much each modality weighed",
        "≈ best",
        "audio treated as absent",
    ):
        assert said in text, said
    assert "np.float" not in text
    assert "None" not in re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL)
    assert text.count(">Macro-F1 against missing rate, regime ") == 2


def test_one_of_a_thing_is_not_called_several(writer: Callable[..., Any], made: Any) -> None:
    small = writer(seeds=1, n=1, subsets=(), rates=(), regimes=REGIMES[:1])
    small.grid(made("majority", "reference"))
    text = render(small.root).read_text()
    assert "1 test utterance in one fixed split; 1 seed." in text
    assert "1 matrix, with F1" in text
    assert not re.search(r"\b1 (\w+ )?(utterances|seeds|matrices|conditions|clips|rows)\b", text)


def test_a_regime_is_set_apart_from_what_it_means(page: Path) -> None:
    text = page.read_text()
    assert 'Regime <code>full</code>: <span class="soft">Trained with every modality.' in text
    assert "<p><code>full</code>: Trained with every modality.</p>" in text


def test_the_axis_is_called_what_its_ticks_are(page: Path) -> None:
    text = " ".join(page.read_text().split())
    assert "the horizontal axis is the share that is really missing" in text


def test_the_f1_of_a_class_is_drawn_as_long_as_it_is(page: Path) -> None:
    shown = [a for tag, a in Tags(page.read_text()).found if tag == "td" and "data-sort" in a]
    drawn = [a for a in shown if "gauge" in (a.get("class") or "").split()]
    assert drawn
    for one in drawn:
        depth = f"t{100 * float(one['data-sort'] or ''):.0f}"
        assert depth in (one["class"] or "").split()


def test_reference_rows_have_signs_of_their_own(page: Path) -> None:
    text = page.read_text()
    key = dict(re.findall(r"<i>(.)</i>(\w+)</li>", text))
    assert set(key.values()) >= {"text_only", "audio_only", "vision_only", "late_fusion"}
    named = dict(re.findall(r"<i>(.)</i>(\w+_only|late_fusion|oracle|majority)</li>", text))
    assert len(named) == 6


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("doi.org/10.1/x", '<a href="https://doi.org/10.1/x" rel="noopener">doi.org/10.1/x</a>'),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("see https://a.org.", 'see <a href="https://a.org" rel="noopener">a.org</a>.'),
        ('https://a.org/"onload', '<a href="https://a.org/&#34;onload" rel="noopener">'
         "a.org/&#34;onload</a>"),
    ],
)  # fmt: skip
def test_only_web_addresses_become_links(text: str, html: str) -> None:
    assert str(linked(text)) == html


def test_inline_markdown_is_escaped_before_it_is_marked_up() -> None:
    assert str(inline("**a** `<b>` & c")) == "<b>a</b> <code>&lt;b&gt;</code> &amp; c"


def test_addresses_of_several_corpora_lead_somewhere() -> None:
    text = "one: A (2018), https://example.org/a; two: <B>, https://example.org/b?c=1&d=2"
    assert str(linked(text)) == (
        'one: A (2018), <a href="https://example.org/a" rel="noopener">example.org/a</a>; two: '
        '&lt;B&gt;, <a href="https://example.org/b?c=1&amp;d=2" rel="noopener">'
        "example.org/b?c=1&amp;d=2</a>"
    )


def browse(page: Path, folder: Path, *flags: str) -> str:
    assert CHROMIUM
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", *flags]
    done = subprocess.run(
        [*command, page.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_a_browser_shows_the_tables(page: Path, tmp_path: Path) -> None:
    dom = browse(page, tmp_path, "--dump-dom")
    tags = Tags(dom).found
    assert sum(tag == "table" for tag, _ in tags) > 20
    # The script ran: every head of a sortable table holds a button.
    assert sum(tag == "button" for tag, _ in tags) > 50
    picture = tmp_path / "page.png"
    browse(page, tmp_path, f"--screenshot={picture}", "--window-size=1280,2000")
    assert picture.stat().st_size > 50_000


SQUEEZED = (
    "[...inner.querySelectorAll('tbody th, tbody td')].filter(c => c.offsetWidth && "
    "c.textContent.trim().length > 6 && c.offsetWidth < 40)"
)
"""Cells that are so narrow that words break between any two letters."""


def on_a_phone(page: Path, folder: Path) -> tuple[int, int, int]:
    """Return a page's width and the window's, 360 pixels, and how many cells are squeezed."""
    # Headless windows have a least width, so the page is put into a frame of a phone's width.
    probe = folder / "probe.html"
    script = (
        "const inner = frames[0].document;"
        "for (const d of inner.querySelectorAll('details')) d.open = true;"
        "document.title = inner.documentElement.scrollWidth + ' of '"
        f" + inner.documentElement.clientWidth + ', ' + {SQUEEZED}.length;"
    )
    shutil.copy(page, folder / "page.html")
    probe.write_text(
        '<!doctype html><iframe src="page.html" width="360" height="700" style="border:0" '
        f'onload="{script}"></iframe>'
    )
    dom = browse(
        probe, folder, "--dump-dom", "--allow-file-access-from-files", "--window-size=800,900"
    )
    title = re.search(r"<title>(\d+) of (\d+), (\d+)</title>", dom)
    assert title, dom[:500]
    width, window, squeezed = map(int, title.groups())
    return width, window, squeezed


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_a_phone_needs_no_sideways_scrolling(page: Path, tmp_path: Path) -> None:
    assert on_a_phone(page, tmp_path) == (360, 360, 0)


def test_every_table_of_a_chooser_can_be_chosen(page: Path) -> None:
    text = page.read_text("utf-8")
    most = max(
        one.split('<div class="switch"')[0].count('<div class="choice"')
        for one in text.split('<div class="switch"')[1:]
    )
    assert most > 1
    assert f".switch>input:nth-of-type({most}):checked~.choice:nth-of-type({most})" in text

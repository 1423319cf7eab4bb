"""What the page promises of itself: its policy, its landmarks, its order, text that stays text."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard import render
from emobench.leaderboard.report.html import TEMPLATES, policy

from .test_html import CHROMIUM, Tags, browse

VOID = {"meta", "input", "br", "wbr", "hr", "img", "link", "path", "circle", "line", "rect", "use"}


class Outline(HTMLParser):
    """Every element with the elements that it stands in, and the text of each one."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.found: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), tuple(name for name, _ in self.open)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), tuple(name for name, _ in self.open)))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open[-1][0] != tag:
            self.open.pop()
        if self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1][0], []).append(data)


@pytest.fixture(scope="module")
def outline(page: Path) -> Outline:
    return Outline(page.read_text())


def executed(outline: Outline, tag: str) -> list[str]:
    """The texts of scripts or style sheets; the explorer's data are run by nobody."""
    return [text for text in outline.texts[tag] if not text.startswith("{")]


def digest(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def test_the_policy_allows_what_is_written_and_nothing_else(outline: Outline) -> None:
    (told,) = [a for t, a, _ in outline.found if a.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in (told["content"] or "").split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        assert set(rules[rule].split()) == {digest(text) for text in executed(outline, tag)}
    assert "unsafe" not in (told["content"] or "")


def test_a_policy_is_of_the_bytes() -> None:
    assert digest("a") in policy(["a"], ["b"]).split("script-src ")[1].split(";")[0].split()
    assert policy(["a"], ["b"]) != policy(["a "], ["b"])


def test_nothing_has_a_style_or_a_script_of_its_own(outline: Outline) -> None:
    for tag, attributes, _ in outline.found:
        assert "style" not in attributes, (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
    assert sum(len(p.read_bytes()) for p in TEMPLATES.glob("*.js")) < 40_000


def test_landmarks_and_headings_stand_in_order(outline: Outline) -> None:
    tags = [tag for tag, _, _ in outline.found]
    assert [tags.count(name) for name in ("main", "header", "footer", "h1")] == [1, 1, 1, 1]
    links = [a.get("href") for tag, a, _ in outline.found if tag in ("a", "button", "input")]
    assert links[0] == "#main"
    named = [a.get("aria-label") for tag, a, _ in outline.found if tag == "nav"]
    assert len(named) == len(set(named)) == 4
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_tables_and_charts_can_be_read_aloud(outline: Outline) -> None:
    counts = {
        t: sum(tag == t for tag, _, _ in outline.found) for t in ("table", "caption", "tbody")
    }
    assert counts["table"] == counts["caption"] == counts["tbody"]
    for tag, attributes, _ in outline.found:
        if tag == "th":
            assert attributes["scope"] in ("row", "col")
        if tag == "svg" and "aria-hidden" not in attributes:
            assert attributes["role"] == "img"
            assert attributes.get("aria-label") or attributes.get("aria-labelledby")
    ids = {a["id"] for _, a, _ in outline.found if "id" in a}
    named = [a.get("aria-labelledby") or "" for tag, a, _ in outline.found if tag == "svg"]
    assert {name for names in named for name in names.split()} <= ids
    assert any(len(names.split()) == 2 for names in named)


def test_a_section_opens_with_its_answer_and_folds_its_facts(page: Path) -> None:
    text = page.read_text()
    section = text[text.index('<section class="board" id="simulated-controlled-missing') :]
    places = [
        section.index(mark)
        for mark in (
            'class="answer"', ' ranking">', ">Macro-F1 against missing rate",
            '<nav class="within"', ">Summaries</h3>", ">Every condition</h3>",
            ">All models, condition <code>full</code></h3>",
            ">Corpus, split and method</h3>", "No speaker is in both",
        )
    ]  # fmt: skip
    assert places == sorted(places)
    outline = Outline(text)
    facts = [inside for tag, a, inside in outline.found if a.get("class") == "facts"]
    assert facts
    assert all("details" in inside for inside in facts)
    folded = [a for tag, a, _ in outline.found if tag == "details" and a.get("class") == "base"]
    assert folded
    assert not any("open" in a for a in folded)


def test_each_regime_is_a_view_and_all_can_be_shown(page: Path) -> None:
    tags = Tags(page.read_text()).found
    views = [a for tag, a in tags if tag == "input" and (a.get("name") or "").startswith("view-")]
    mine = [a for a in views if "missing_modality" in (a["name"] or "") and "folded" not in
            (a["name"] or "")]  # fmt: skip
    assert [(a["value"], a["data-g"]) for a in mine if "random" not in (a["name"] or "")] == [
        ("0", "0"), ("1", "1"), ("all", "all"),
    ]  # fmt: skip
    style = page.read_text()
    for n in (0, 1):
        assert f'input[value="{n}"]:checked)>.pane:not(.p{n})' in style
        assert f'input[data-g="{n}"]:checked) .g:not(.g{n})' in style
    groups = [a for _, a in tags if "g0" in (a.get("class") or "").split()]
    assert groups
    assert len(groups) == len([a for _, a in tags if "g1" in (a.get("class") or "").split()])


def test_what_is_not_finished_is_shown_and_not_ranked(page: Path) -> None:
    rows = re.findall(r"<tr[^>]*>.*?</tr>", page.read_text(), flags=re.DOTALL)
    mine = [row for row in rows if ">gamma_<wbr>net<" in row and "chip failed" in row]
    assert mine
    assert not any("≈ best" in row for row in mine)


EVIL = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><b>", "{{ 7*7 }}",
    "\N{RIGHT-TO-LEFT OVERRIDE}שלום עולם", "\N{GRINNING FACE} & co", "a' onmouseover='x",
)  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page whose every text that somebody else wrote is hostile."""
    from ..conftest import ALL, Made, Writer

    class Hostile(Writer):
        def grid(self, made: Any, **changes: Any) -> None:
            card = {
                "name": made.name, "title": EVIL[0], "authors": EVIL[1], "venue": EVIL[2],
                "kind": made.kind, "inputs": {"text": [EVIL[3]]}, "claims": list(EVIL),
                "deviations": list(EVIL), "licence": EVIL[4], "paper_regime_note": EVIL[5],
            }  # fmt: skip
            words = {"name": "missing_modality", "title": EVIL[0], "question": EVIL[1],
                     "method": EVIL[2]}  # fmt: skip
            super().grid(made, model_card=card, protocol_card=words, config={EVIL[6]: EVIL[0]},
                         **changes)  # fmt: skip

    root = tmp_path_factory.mktemp("hostile") / "results"
    regimes = ({"name": EVIL[0], "description": EVIL[1], "drop": 0.0},
               {"name": EVIL[6], "description": EVIL[4], "drop": 0.5})  # fmt: skip
    writer = Hostile(root, dataset=EVIL[0], n=30, seeds=1, subsets=(), rates=(0.2, 0.5),
                     regimes=regimes)  # fmt: skip
    for name in (*EVIL, "majority", "late_fusion"):
        kind = "reference" if name in ("majority", "late_fusion") else "published"
        writer.grid(Made(name, kind, {} if name == "majority" else ALL))
    return render(root)


def test_texts_of_others_stay_text(hostile: Path) -> None:
    text = hostile.read_text()
    outline = Outline(text)
    tags = {tag for tag, _, _ in outline.found}
    assert not tags & {"img", "iframe", "object", "link"}
    assert len(executed(outline, "script")) == 2
    scripts = [attributes for tag, attributes, _ in outline.found if tag == "script"]
    assert all(
        not a or (set(a), a["type"]) == ({"type", "id"}, "application/json") for a in scripts
    )
    for tag, attributes, _ in outline.found:
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
    for evil in EVIL:
        assert any(evil in "".join(pieces) for pieces in outline.texts.values()), evil
    ids = [a["id"] for _, a, _ in outline.found if "id" in a]
    assert len(ids) == len(set(ids))
    assert not [name for name in ids if re.search(r"[\s<>\"']", name or "")]


def test_the_same_results_give_the_same_bytes(hostile: Path) -> None:
    before = hostile.read_bytes()
    assert render(hostile.parent.parent).read_bytes() == before


PROBE = """
const seen = [];
const inner = frames[0].document;
inner.addEventListener("securitypolicyviolation", (e) => seen.push(e.violatedDirective));
const shown = () => [...inner.querySelectorAll("section.board")[0].querySelectorAll(".pane")]
  .map((one) => +(one.getClientRects().length > 0)).join("");
const states = [shown()];
const radios = [...inner.querySelectorAll("section.board")[0].querySelectorAll(".panes input")];
for (const radio of radios.slice(1)) { radio.click(); states.push(shown()); }
const theme = inner.getElementById("theme");
const ground = () => frames[0].getComputedStyle(inner.body).backgroundColor;
const light = (theme.click(), ground());
const dark = (theme.click(), ground());
document.title = JSON.stringify({states, differs: light !== dark, seen,
  kept: inner.documentElement.dataset.theme, hidden: theme.hidden});
"""


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_views_and_theme_are_chosen_under_the_policy(page: Path, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(page.read_bytes())
    probe = tmp_path / "probe.html"
    (tmp_path / "probe.js").write_text(f"function probe() {{{PROBE}}}")
    probe.write_text(
        '<!doctype html><script src="probe.js"></script><iframe src="page.html" width="1200" '
        'height="800" onload="probe()"></iframe>'
    )
    dom = browse(probe, tmp_path, "--dump-dom", "--allow-file-access-from-files")
    title = re.search(r"<title>(.*?)</title>", dom)
    assert title, dom[:300]
    told = title.group(1)
    assert '"differs":true' in told, told
    assert '"seen":[]' in told
    assert '"kept":"dark"' in told
    assert '"hidden":false' in told
    assert re.search(r'"states":\["10*","010*","1+"\]', told), told


def test_the_answer_is_in_the_markdown_too(page: Path) -> None:
    text = page.with_name("leaderboard.md").read_text()
    assert "**alpha_net** scores" in text
    assert "over the missing rates" in text

"""The explorer of the page, driven in a browser as a reader would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard import numbers as all_numbers
from emobench.leaderboard import render
from emobench.leaderboard.explorer.class_scores import class_scores
from emobench.leaderboard.pedigree.explanation import explanation
from emobench.leaderboard.pedigree.sections import StoredSections
from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.comparison import contrast
from emobench.leaderboard.results.model_pairs import pairs
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import Score
from emobench.leaderboard.statistics.variance import difference_of

from ..conftest import ALL, Made, Writer
from .test_html import CHROMIUM

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

HOSTILE = "<script>document.title='x'</script> \"net\" '& אבג 😀"
MODELS = (
    Made("majority", "reference"),
    Made("late_fusion", "reference", {"text": 1.2, "audio": 0.9, "vision": 1.0}),
    Made("alpha_net", "published", ALL),
    Made("beta_net", "published", {"text": 1.4, "audio": 1.0}, incomplete=("missing_0.2",)),
    Made(HOSTILE, "published", {"text": 1.0}, failed=("text",)),
)
VIOLATIONS = {"resultTypes": ["violations"]}
PATIENCE = 120_000
"""Milliseconds that a browser on a busy machine may take for one step."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("explored") / "results"
    for one in MODELS:
        Writer(root, n=48, subsets=("text",), rates=(0.2,)).grid(one)
    Writer(root, n=40, subsets=("text",), rates=(0.2,)).grid(Made("other_test", "own", ALL))
    Writer(root, n=48, subsets=("text",), rates=(0.2,)).corpus()
    render(root)
    return root


@pytest.fixture(scope="module")
def section(root: Path) -> Section:
    return read_board(Results(root)).sections[0]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-quic"]
        found = started.chromium.launch(executable_path=CHROMIUM, args=flags, timeout=PATIENCE)
        yield found
        found.close()


class Reader:
    """A page in the browser, and what a reader does with its explorer."""

    def __init__(self, page: Any, address: str, anchor: str) -> None:
        self.page, self.address, self.anchor = page, address, anchor
        self.said: list[str] = []
        self.asked: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))

    def go(self, query: str = "") -> None:
        """Open the page, at a view if there is one."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}#{self.anchor}?{query}" if query else self.address)

    @property
    def box(self) -> Any:
        return self.page.locator(f"#explore-{self.anchor}")

    def choose(self, name: str, label: str) -> None:
        self.page.select_option(f"#x-{name}-{self.anchor}", label=label)

    def chosen(self, name: str) -> str:
        found: str = self.page.eval_on_selector(
            f"#x-{name}-{self.anchor}", "s => s.selectedOptions[0].textContent"
        )
        return found

    def tables(self) -> list[dict[str, Any]]:
        """Caption, heads and rows of each table, a row as its head and its cells' numbers.

        First that of all models, then those of two models.
        """
        script = """box => [".rows table", ".pair table"].flatMap(
            kind => [...box.querySelectorAll(kind)]).map(t => ({
            caption: t.caption.textContent,
            heads: [...t.tHead.rows[0].cells].map(c => c.textContent),
            rows: [...t.tBodies[0].rows].map(r => [...r.cells].map(c =>
                [...c.querySelectorAll("span")].map(s => s.textContent).join(" ")
                || c.textContent))}))"""
        found: list[dict[str, Any]] = self.box.evaluate(script)
        return found

    def rows(self, table: int = 0) -> dict[str, list[str]]:
        return {row[0]: row[1:] for row in self.tables()[table]["rows"]}

    def status(self) -> str:
        found: str = self.box.locator("[role=status]").text_content()
        return found


@pytest.fixture
def reader(browser: Any, root: Path, section: Section) -> Iterator[Reader]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    found = Reader(page, (root / "leaderboard" / "index.html").as_uri(), section.anchor)
    yield found
    assert found.said == []
    assert [url for url in found.asked if not url.startswith(("file:", "about:"))] == []
    page.close()


def score(section: Section, label: str, regime: str = "full", condition: str = "full") -> Score:
    entry = section.entry(label)
    assert entry is not None
    row = section.row(entry, regime, condition)
    assert row is not None
    assert row.final is not None
    return row.final


def view(**names: str) -> str:
    return "&".join(f"{key}={quote(value)}" for key, value in names.items())


def test_models_are_found_sorted_and_left_out(reader: Reader, section: Section) -> None:
    reader.go()
    reader.box.locator("summary").first.click()
    assert len(reader.rows()) == len(MODELS) + 1
    values = [float(row[1]) for row in reader.rows().values()]
    assert values == sorted(values, reverse=True)
    head = reader.box.locator("th[aria-sort]")
    assert head.get_attribute("aria-sort") == "descending"
    head.locator("button").click()
    assert reader.box.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    assert [float(row[1]) for row in reader.rows().values()] == sorted(values)
    reader.page.fill(f"#x-q-{reader.anchor}", "NET")
    assert set(reader.rows()) == {"alpha_net", "beta_net", HOSTILE}
    assert reader.status().startswith("3 of 6 models: Macro-F1, full, regime full")
    reader.box.locator(".picks summary").first.click()
    reader.box.get_by_label("beta_net", exact=True).uncheck()
    assert set(reader.rows()) == {"alpha_net", HOSTILE}
    ids = reader.page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))


def test_every_metric_and_column_is_that_of_the_package(reader: Reader, section: Section) -> None:
    reader.go(view(metric="accuracy", columns="ece,interval,macro_f1,uar"))
    for label in ("alpha_net", "late_fusion", HOSTILE):
        found = score(section, label)
        assert reader.rows()[label] == [
            numbers.score(found.values["accuracy"]),
            numbers.interval(found.estimate("accuracy")),
            *(numbers.score(found.values[name]) for name in ("macro_f1", "uar", "ece")),
        ]
    reader.choose("metric", "ECE")
    best = [float(row[0]) for row in reader.rows().values()]
    assert best == sorted(best)


def test_every_number_carries_the_address_that_says_why(reader: Reader, root: Path) -> None:
    known = {str(address): address for part in all_numbers(root) for address in part.every}
    printed = {"params": lambda v: numbers.count(int(v)), "train_seconds": numbers.duration}
    sections, sampled = StoredSections(root), 0
    for asked in (
        {"at": "*"},
        {"columns": "ece,params,rank,train,uar", "less": "modality_dropout"},
        {"first": HOSTILE, "second": "alpha_net", "metric": "uar"},
    ):
        reader.go(view(**asked))
        carried: list[tuple[str, str]] = reader.box.evaluate(
            "box => [...box.querySelectorAll('[data-why]')].map("
            "one => [one.dataset.why, one.firstChild.textContent])"
        )
        assert len(carried) > 10
        assert {address for address, _ in carried} <= set(known)
        for text, shown in carried[::7]:
            if shown.startswith("["):
                continue
            address, sampled = known[text], sampled + 1
            text_of = printed.get(address.number.measure, numbers.score)
            assert shown == text_of(explanation(sections, address).page.value), text
    assert sampled > 10


def test_two_regimes_are_compared(reader: Reader, section: Section) -> None:
    reader.go(view(regime="full"))
    reader.choose("vs", "modality_dropout")
    for label in ("alpha_net", "beta_net"):
        one, other = (score(section, label, r) for r in ("full", "modality_dropout"))
        found = contrast(one, other, "macro_f1")
        assert found is not None
        both = [numbers.score(each.values["macro_f1"]) for each in (one, other)]
        gap = f"{numbers.signed(found.value)} {numbers.signed_interval(found)}"
        assert reader.rows()[label][:3] == [*both, gap]


def test_two_models_are_compared_as_on_the_command_line(
    reader: Reader, section: Section, root: Path
) -> None:
    reader.go(view(regime="modality_dropout"))
    reader.choose("a", "alpha_net")
    reader.choose("b", "late_fusion")
    shown = reader.rows(1)
    told = pairs(root, "alpha_net", "late_fusion", "macro_f1")
    checked = [one for one in told if one.regime == "modality_dropout"]
    assert len(checked) == 3
    for one in checked:
        assert shown[one.condition] == [
            numbers.score(one.first.value), numbers.score(one.second.value),
            numbers.signed(one.gap.value), numbers.signed_interval(one.gap),
        ]  # fmt: skip
    assert "for one comparison looked at alone" in reader.box.text_content()
    first = next(one for one in checked if one.condition == "full")
    verdict = reader.box.locator(".verdict").text_content()
    assert f"full: {numbers.signed(first.gap.value)} " in verdict
    is_shown = first.gap.excludes_zero
    assert ("no difference is shown" in verdict) is not is_shown
    # It stands above the table of all models, where the two are chosen.
    above = "box => box.querySelector('.pair').compareDocumentPosition(box.querySelector('.rows'))"
    assert reader.box.evaluate(above) & 4


def test_classes_and_confusions_of_two_models(reader: Reader, section: Section) -> None:
    reader.go(view(first="late_fusion", second="alpha_net"))
    one, other = (score(section, label) for label in ("late_fusion", "alpha_net"))
    assert section.corpus is not None
    for name, first, second in zip(
        section.corpus.classes, class_scores(one), class_scores(other), strict=True
    ):
        gap = difference_of(first, second).interval(-1.0, 1.0)
        assert reader.rows(2)[name][1:] == [
            numbers.score(first.value), numbers.score(second.value),
            numbers.signed(gap.value), numbers.signed_interval(gap),
        ]  # fmt: skip
    left, right, less = (reader.rows(n) for n in (3, 4, 5))
    counts = one.confusion / one.confusion.sum(axis=1, keepdims=True)
    for i, name in enumerate(section.corpus.classes):
        assert left[name] == [f"{share:.2f}".removeprefix("0") for share in counts[i]]
        for a, b, c in zip(left[name], right[name], less[name], strict=True):
            assert float(c.replace("−", "-")) == pytest.approx(float(a) - float(b), abs=1e-9)


def test_scores_on_other_utterances_have_no_difference(reader: Reader) -> None:
    reader.go(view(first="alpha_net", second="other_test"))
    assert set(reader.rows()) >= {"alpha_net", "other_test"}
    one, other, difference, interval = reader.rows(1)["full"]
    assert {one, other} != {numbers.BLANK}
    assert (difference, interval) == (numbers.BLANK, numbers.BLANK)
    assert "Both have to be done, on the same utterances." in reader.box.text_content()
    assert len(reader.tables()) == 4
    reader.choose("metric", "ECE")
    assert reader.rows(1)["full"][2:] == [numbers.BLANK, numbers.BLANK]


def test_a_view_has_an_address_and_a_way_back(reader: Reader) -> None:
    reader.go()
    reader.box.locator("summary").first.click()
    reader.choose("regime", "modality_dropout")
    reader.choose("metric", "UAR")
    reader.choose("at", "mean over rates")
    reader.choose("a", HOSTILE)
    address, rows = reader.page.url, reader.tables()
    assert reader.page.evaluate("document.title") != "x"
    reader.page.go_back()
    reader.page.go_back()
    assert (reader.chosen("at"), reader.chosen("metric")) == ("full", "UAR")
    reader.page.go_back()
    reader.page.go_back()
    assert (reader.chosen("regime"), reader.chosen("metric")) == ("full", "Macro-F1")
    reader.page.go_forward()
    assert reader.chosen("regime") == "modality_dropout"
    reader.page.goto("about:blank")
    reader.page.goto(address)
    assert reader.chosen("a") == HOSTILE
    assert reader.tables() == rows
    assert reader.box.evaluate("box => box.getBoundingClientRect().top < innerHeight")
    # A name that a page lacks changes nothing else.
    reader.go(view(regime="no such", metric="accuracy", at="elsewhere", first="nobody"))
    assert (reader.chosen("regime"), reader.chosen("metric")) == ("full", "Accuracy")


def test_what_is_not_done_is_named_with_its_reason(reader: Reader) -> None:
    reader.go(view(at="missing_0.2"))
    assert "beta_net" not in reader.rows()
    listed = reader.box.locator(".undone").text_content()
    assert re.search(r"beta_net incomplete \(missing_0.2\): 1 of 2 cells done", listed)
    reader.choose("at", "text")
    listed = reader.box.locator(".undone").text_content()
    assert f"{HOSTILE} failed (text): " in listed
    assert "NaN in logits" in listed
    assert reader.box.locator("script").count() == 0


def test_the_keyboard_is_enough(reader: Reader) -> None:
    reader.go()
    page = reader.page
    name = "document.activeElement.closest('.explore') && document.activeElement.tagName"
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(name) == "SUMMARY":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#x-regime-{reader.anchor}")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert reader.chosen("regime") == "modality_dropout"
    # What was changed stays in focus, though the table is made anew.
    assert page.evaluate("document.activeElement.id") == f"x-regime-{reader.anchor}"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.key ?? ''").startswith("sort score"):
            break
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.dataset.key") == "sort score"
    assert reader.box.locator("th[aria-sort=ascending]").count() == 1
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.name") == "alpha_net":
            break
    page.keyboard.press("Space")
    lit = page.evaluate("""[...document.querySelectorAll("tr.lit th")].map(c => c.textContent)""")
    assert len(lit) > 4
    assert all("alpha_net" in text for text in lit)
    assert page.locator("svg g.lit").count() >= 2
    assert page.evaluate("""[...document.querySelectorAll("svg g.lit")]
        .every(g => g.dataset.m === "alpha_net")""")
    assert "mark=alpha_net" in page.url
    page.keyboard.press("Space")
    assert page.locator(".lit").count() == 0


COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
"""In the dark only colours are others."""


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "rules"), [("light", {}), ("dark", COLOURS)])
def test_nothing_stands_in_the_way_of_a_screen_reader(
    reader: Reader, scheme: str, rules: dict[str, Any]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    reader.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    reader.go(view(first="alpha_net", second="beta_net", mark="alpha_net", at="missing_0.2"))
    assert reader.box.locator("table").count() > 1
    ground = reader.page.evaluate("getComputedStyle(document.body).backgroundColor")
    field = reader.page.evaluate(
        f"getComputedStyle(document.getElementById('x-regime-{reader.anchor}')).backgroundColor"
    )
    assert ground == field
    found = axe.Axe().run(reader.page, options=rules | VIOLATIONS).response["violations"]
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], [n["html"][:160] for n in one["nodes"][:3]]) for one in grave] == []


def test_a_chosen_theme_is_kept(reader: Reader) -> None:
    reader.go()
    reader.page.emulate_media(color_scheme="light")
    button = reader.page.locator("#theme")
    for _ in range(3):
        if reader.page.evaluate("document.documentElement.dataset.theme") == "dark":
            break
        button.click()
    dark = reader.page.evaluate("getComputedStyle(document.body).backgroundColor")
    reader.go()
    assert reader.page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert reader.page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_a_phone_shows_name_score_and_interval(reader: Reader) -> None:
    reader.page.set_viewport_size({"width": 390, "height": 844})
    reader.go(view(columns="interval", first="alpha_net", second="beta_net"))
    assert reader.page.evaluate(
        "document.documentElement.scrollWidth === document.documentElement.clientWidth"
    )
    assert reader.box.evaluate(
        "box => { const b = box.querySelector('.rows .scroll');"
        " return b.scrollWidth <= b.clientWidth }"
    )


def test_without_a_script_it_is_not_there(browser: Any, root: Path, section: Section) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto((root / "leaderboard" / "index.html").as_uri(), timeout=PATIENCE)
    assert page.locator(f"#explore-{section.anchor}").is_hidden()
    assert page.locator("table.ranking").first.is_visible()
    page.close()


def test_the_script_is_short(root: Path) -> None:
    text = (root / "leaderboard" / "index.html").read_text()
    scripts = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    assert 0 < sum(len(one.encode()) for one in scripts) < 40_000

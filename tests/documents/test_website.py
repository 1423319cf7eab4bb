"""The site: every document is a page, its reference is complete, and its checks find faults."""

from __future__ import annotations

import http.server
import importlib
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import typer
import yaml

import emobench

ROOT = Path(__file__).parents[2]


def navigation() -> list[str]:
    """The pages that the navigation names, in its order."""

    class Loader(yaml.SafeLoader):
        """A tag that names a Python function is only a text here."""

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)

    def leaves(node) -> Iterator[str]:
        for one in node.values() if isinstance(node, dict) else node:
            yield from [one] if isinstance(one, str) else leaves(one)

    settings = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader)
    return [*leaves(settings["nav"])]


def test_every_document_and_every_page_of_the_reference_is_in_the_navigation(website):
    named = navigation()
    assert len(named) == len(set(named))
    made = {f"docs/reference/{name}.md" for name in ("commands", *website.names.python_pages())}
    notebooks = {f"docs/notebooks/{path.stem}.md" for path in website.notebooks.scripts()}
    documents = {path.as_posix() for path in website.pages.documents()}
    assert set(named) == documents | made | notebooks


def test_every_public_name_is_on_one_page_of_the_reference(website):
    text = "\n".join(website.names.python_pages().values())
    found = re.findall(r"^::: emobench\.([\w.]+)$", text, re.MULTILINE)
    packages = website.names.subpackages()
    assert sorted(n for n in found if "." not in n) == sorted(
        {*emobench.__all__} - {"__version__", *packages}
    )
    for package in packages:
        there = importlib.import_module(f"emobench.{package}").__all__
        assert {n for n in found if n.startswith(f"{package}.")} == {
            f"{package}.{n}" for n in there
        }
    assert len(found) == len(set(found))


def test_a_name_of_a_new_place_is_on_the_last_page(website, tmp_path):
    facade = tmp_path / "__init__.pyi"
    facade.write_text("from .study.call import run as run\nfrom .brand_new import thing as thing\n")
    pages = website.names.python_pages(facade)
    assert "::: emobench.run\n" in pages["running"]
    assert "::: emobench.thing\n" in pages["more"]


def test_the_reference_of_commands_has_every_command_and_option(website):
    from emobench.cli.app import app

    text = website.commands.commands_page(app)
    commands = dict(website.commands.all_commands(typer.main.get_command(app), "emobench"))
    assert {"emobench run", "emobench data verify"} <= set(commands)
    for path, command in commands.items():
        section = text.partition(f"\n## {path}\n")[2].partition("\n## ")[0]
        assert section, path
        for parameter in command.params:
            if parameter.param_type_name == "option":
                assert f"| `{parameter.opts[0]}`" in section, (path, parameter.opts)


def test_a_bracket_or_a_bar_in_a_help_text_stays_one(website):
    app = typer.Typer(name="tool")

    @app.command()
    def do(name: str = typer.Option("x", help="NAME[:layer=N] or a|b")) -> None:
        """Do it."""

    @app.command()
    def leave() -> None:
        """Leave it."""

    assert r"NAME\[:layer=N\] or a\|b" in website.commands.commands_page(app)


def test_a_link_to_a_notebook_leads_to_its_page(website):
    text = "[one](notebooks/first_grid.py), [two](../x.py)"
    assert website.pages.page_text(text) == "[one](notebooks/first_grid.md), [two](../x.py)"


def test_a_document_that_links_to_nothing_ends_the_build(website, tmp_path):
    (tmp_path / "a.md").write_text("[there](b.md) and [picture](c.png), `[code](d.png)`\n")
    with pytest.raises(FileNotFoundError, match=r"a\.md links to c\.png"):
        website.pages.lay_out(tmp_path / "out", tmp_path)
    (tmp_path / "c.png").write_bytes(b"")
    website.pages.lay_out(tmp_path / "out", tmp_path)
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"a.md", "c.png"}


FAULTS = {
    '<a href="gone.html">': "index.html: gone.html leads nowhere",
    '<a href="other.html#gone">': "index.html: other.html#gone names an anchor that is not there",
    '<a href="/other.html">': "index.html: /other.html starts from the root of a host, which the "
    "site need not have",
    '<a href="http://example.org">': "index.html: http://example.org is no well-formed https "
    "address",
    '<a href="https://exa mple.org/">': "index.html: https://exa mple.org/ is no well-formed https "
    "address",
    '<a href="https://example/x">': "index.html: https://example/x is no well-formed https address",
    '<script src="https://example.org/a.js">': "index.html: https://example.org/a.js is loaded "
    "from outside",
    '<img src="//example.org/a.png">': "index.html: //example.org/a.png is loaded from outside",
    '<link rel="preconnect" href="https://example.org">': "index.html: https://example.org is "
    "loaded from outside",
    '<div style="background: url(https://example.org/a.png)">': "index.html: "
    "https://example.org/a.png is loaded from outside",
    '<style>@import "https://example.org/a.css";</style>': "index.html: https://example.org/a.css "
    "is loaded from outside",
    '<img src="gone.png">': "index.html: gone.png, which it loads, is not there",
}


@pytest.mark.parametrize("html", FAULTS)
def test_a_fault_of_the_site_is_a_sentence(html, website, tmp_path):
    (tmp_path / "other.html").write_text('<h2 id="here">Here</h2>')
    (tmp_path / "index.html").write_text(html)
    assert [*website.checks.faults(tmp_path)] == [FAULTS[html]]


def test_what_is_right_is_no_fault(website, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "index.html").write_text('<h2 id="here"></h2><a href="../index.html">')
    (tmp_path / "index.html").write_text(
        '<a href="a/#here"><a href="#top"><p id="top"><a href="https://doi.org/10.1/x?y#z">'
        '<link rel="canonical" href="https://example.org/"><img src="data:image/png;base64,AA">'
        '<link rel="stylesheet" href="a.css">'
    )
    (tmp_path / "a.css").write_text("a { background: url(data:image/svg+xml;utf8,x) }")
    assert [*website.checks.faults(tmp_path)] == []


def test_a_style_sheet_that_loads_from_outside_is_a_fault(website, tmp_path):
    (tmp_path / "a.css").write_text("@font-face { src: url('https://fonts.example.org/x.woff2') }")
    (fault,) = website.checks.faults(tmp_path)
    assert fault == "a.css: https://fonts.example.org/x.woff2 is loaded from outside"


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, folder / "docs" / "website", "--quick"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree, so that a build beside the tests disturbs nobody's."""
    folder = tmp_path_factory.mktemp("site") / "checkout"
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.splitlines():
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def site(checkout: Path) -> Path:
    done = build(checkout)
    assert done.returncode == 0, done.stdout + done.stderr
    return checkout / "site"


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["served", "file"])
def test_in_a_browser_the_search_finds_and_nothing_comes_from_outside(way, site, served):
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium")
    start = served if way == "served" else site.as_uri()
    outside, complaints = [], []
    with playwright.sync_playwright() as session:
        browser = session.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", lambda r: None if inside(r.url, start) else outside.append(r.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        for path in ("index.html", "docs/tutorial.html", "docs/reference/models.html"):
            page.goto(f"{start}/{path}")
            assert page.locator("h1").first.is_visible()
        page.keyboard.press("Control+k")
        page.keyboard.type("Satterthwaite", delay=20)
        page.locator("a[href*='statistics.html?h=']").first.wait_for(timeout=20_000)
        browser.close()
    assert outside == []
    assert complaints == []


def inside(address: str, start: str) -> bool:
    return address.startswith((start, "data:", "blob:", "about:"))


@pytest.mark.slow
def test_the_site_has_the_reference_in_numpy_style_and_the_notebooks_to_take_along(site):
    text = (site / "docs" / "reference" / "running.html").read_text(encoding="utf-8")
    assert "Raises:" in text
    assert "KeyboardInterrupt" in text
    assert (site / "docs" / "notebooks" / "first_grid.ipynb").is_file()
    tutorial = (site / "docs" / "tutorial.html").read_text(encoding="utf-8")
    assert 'href="notebooks/first_grid.html"' in tutorial


@pytest.mark.slow
@pytest.mark.parametrize("link", ["(gone.md)", "(cli.md#gone)"])
def test_a_dead_link_in_a_document_ends_the_build(link, checkout, site):
    page = checkout / "docs" / "glossary.md"
    before = page.read_text(encoding="utf-8")
    page.write_text(f"{before}\n[dead]{link}\n", encoding="utf-8")
    done = build(checkout)
    page.write_text(before, encoding="utf-8")
    assert done.returncode != 0, done.stdout

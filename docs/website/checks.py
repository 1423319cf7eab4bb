"""What is held of the built site: links lead somewhere, and nothing is loaded from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

LOADED: Final = {
    "script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src",
    "embed": "src", "object": "data", "image": "href", "use": "href",
}  # fmt: skip
"""Elements whose address a browser loads by itself, with the attribute that holds it."""
LINKED_FILES: Final = frozenset({"canonical", "next", "prev", "alternate", "author"})
"""Relations of a `link` element that nothing is loaded for; of every other one it is."""


@dataclass
class Page:
    """What a page of the site holds: its anchors, its links, and what a browser loads for it."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._style = tag == "style"
        self.page.anchors |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and "href" in given:
            self.page.links.append(given["href"])
        if tag == "link" and not set(given.get("rel", "").split()) & LINKED_FILES:
            self.page.loaded.append(given.get("href", ""))
        if given.get(LOADED.get(tag, "")):
            self.page.loaded.append(given[LOADED[tag]])
        self.page.loaded += [one.split()[0] for one in given.get("srcset", "").split(",") if one]
        self.page.loaded += in_style(given.get("style", ""))

    def handle_data(self, data: str) -> None:
        if self._style:
            self.page.loaded += in_style(data)

    def handle_endtag(self, tag: str) -> None:
        self._style = False


def in_style(text: str) -> list[str]:
    """Return the addresses that a style sheet loads."""
    found = re.findall(r"url\(\s*[\"']?([^\"')]+)", text)
    return found + re.findall(r"@import\s+[\"']([^\"']+)", text)


def read_page(text: str) -> Page:
    """Read a page of HTML."""
    reader = _Reader()
    reader.feed(text)
    return reader.page


def faults(site: Path) -> Iterator[str]:
    """Yield a sentence for each fault of a built site.

    A link has to lead to a file of the site and to an anchor of it; of an outside one the syntax is
    looked at, and no network is asked. Whatever a browser loads by itself has to be of the site.
    """
    pages = {path: read_page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    for path, page in sorted(pages.items()):
        name = path.relative_to(site).as_posix()
        for target in dict.fromkeys(page.links):
            if fault := _link(path, target, pages):
                yield f"{name}: {fault}"
        for target in dict.fromkeys(page.loaded):
            if fault := _loaded(path, target):
                yield f"{name}: {fault}"
    for path in sorted(site.rglob("*.css")):
        for target in dict.fromkeys(in_style(path.read_text(encoding="utf-8"))):
            if fault := _loaded(path, target):
                yield f"{path.relative_to(site).as_posix()}: {fault}"


def _link(path: Path, target: str, pages: dict[Path, Page]) -> str:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return outside_fault(target)
    if target.startswith("/"):
        return f"{target} starts from the root of a host, which the site need not have"
    found = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    found = found / "index.html" if found.is_dir() else found
    if not found.is_file():
        return f"{target} leads nowhere"
    anchor = unquote(parts.fragment)
    if anchor and found in pages and anchor not in pages[found].anchors:
        return f"{target} names an anchor that is not there"
    return ""


def outside_fault(target: str) -> str:
    """Return what is wrong with the spelling of an outside address; "" if nothing is."""
    parts = urlsplit(target)
    if parts.scheme == "mailto":
        return ""
    host = parts.hostname or ""
    well_formed = re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,}|127\.0\.0\.1", host)
    if parts.scheme != "https" or not well_formed or re.search(r"[\s<>\"]", target):
        return f"{target} is no well-formed https address"
    return ""


def _loaded(path: Path, target: str) -> str:
    parts = urlsplit(target)
    if parts.scheme == "data" or not target or target.startswith("#"):
        return ""
    if parts.scheme or parts.netloc:
        return f"{target} is loaded from outside"
    if not (path.parent / unquote(parts.path)).is_file():
        return f"{target}, which it loads, is not there"
    return ""

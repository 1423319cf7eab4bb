"""The pages of the site: the Markdown documents of the repository, under the paths that they have.

The site has the repository's own folders, so that a link between two documents leads to the same
place on a code host and here. One kind of link is rewritten: to a notebook, which is a script there
and a page here.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
NOTEBOOKS: Final = Path("docs", "notebooks")
FOLDERS: Final = ("docs", "models", "datasets", "protocols")
"""Folders whose documents are pages, beside those at the top of the repository."""


def documents(root: Path = ROOT) -> list[Path]:
    """Return the Markdown documents, as paths from the root of the repository."""
    found = [*root.glob("*.md"), *(p for f in FOLDERS for p in (root / f).rglob("*.md"))]
    return sorted(path.relative_to(root) for path in found)


def prose(text: str) -> str:
    """Return a document without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def links(text: str) -> list[str]:
    """Return the targets of a document's links and pictures, in their order."""
    without_code = re.sub(r"`[^`\n]*`", "", prose(text))
    return re.findall(r"\]\(([^)\s]+)\)", without_code)


def linked_files(document: Path, root: Path = ROOT) -> Iterator[Path]:
    """Yield the files that a document links to and that are no pages: pictures, scripts, tables.

    Parameters
    ----------
    document
        Path from the root.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    """
    for target in links((root / document).read_text(encoding="utf-8")):
        path = target.partition("#")[0]
        if not path or re.match(r"[a-z]+:", path) or path.endswith(".md"):
            continue
        found = (root / document).parent / path
        if not found.is_file():
            raise FileNotFoundError(f"{document} links to {target}, which is no file.")
        inside = found.resolve().relative_to(root.resolve())
        if inside.parent != NOTEBOOKS:
            yield inside


def page_text(text: str) -> str:
    """Return a document as a page: links to notebooks lead to their pages."""
    return re.sub(r"(\]\([^)\s]*notebooks/\w+)\.py([)#])", r"\1.md\2", text)


def lay_out(folder: Path, root: Path = ROOT) -> None:
    """Write all pages, and what they show or link to, into a folder that is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    pages = documents(root)
    for page in pages:
        write(folder / page, page_text((root / page).read_text(encoding="utf-8")))
        for path in linked_files(page, root):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / path, folder / path)


def write(path: Path, text: str) -> None:
    """Write a page, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")

"""The reference of Python: every public name, in groups by where it is defined."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pages import ROOT

FACADE: Final = ROOT / "benchmark" / "__init__.pyi"
PACKAGE: Final = Path("build", "package", "emobench")
HOUSES: Final = ("models", "datasets", "protocols", "leaderboard")

GROUPS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "running": (
        "Running and reading results",
        ("study", "errors"),
    ),
    "models": (
        "Writing a model",
        (
            *("interface.model", "interface.batch", "interface.card", "interface.task"),
            *("interface.training_config", "interface.search_parameter", "layers", "backbones"),
        ),
    ),
    "protocols": (
        "Writing a protocol",
        ("interface.protocol", "corpus.leakage", "corruption"),
    ),
    "corpora": (
        "Writing a corpus or a representation",
        (
            *("interface.dataset", "interface.representation", "intake", "modality"),
            *("normal_form", "randomness", "scripts", "words"),
        ),
    ),
    "more": ("More names", ("",)),
}
"""Page to its title and the modules whose public names it has; the first page that fits counts."""

HEAD: Final = """\
# {title}

`import emobench` loads nothing heavy: each of these names is loaded when it is first used.
{also}
"""


def public_names(facade: Path = FACADE) -> dict[str, str]:
    """Return every public name with the module that defines it, `study.call` for instance."""
    tree = ast.parse(facade.read_text(encoding="utf-8"))
    return {
        alias.asname or alias.name: node.module or ""
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def group_of(module: str) -> str:
    """Return the page that has the names of a module."""
    for page, (_, homes) in GROUPS.items():
        if any(module == home or module.startswith(f"{home}.") or not home for home in homes):
            return page
    raise AssertionError(module)


def python_pages(facade: Path = FACADE) -> dict[str, str]:
    """Return each page of the reference as Markdown; a page without names is left out."""
    found = public_names(facade)
    pages = {}
    for page, (title, _) in GROUPS.items():
        names = sorted((n for n, m in found.items() if group_of(m) == page), key=str.lower)
        if not names:
            continue
        others = [f"[{GROUPS[p][0].lower()}]({p}.md)" for p in GROUPS if p != page and p in _used()]
        also = f"Other pages: {', '.join(others)}."
        entries = "\n".join(f"::: emobench.{name}\n" for name in names)
        pages[page] = f"{HEAD.format(title=title, also=also)}\n{entries}"
    return pages


def _used(facade: Path = FACADE) -> set[str]:
    return {group_of(module) for module in public_names(facade).values()}


def lay_out_package(folder: Path = ROOT / PACKAGE) -> None:
    """Show the five folders as one package: a reader of sources knows no ``package-dir``."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for path in (ROOT / "benchmark").iterdir():
        (folder / path.name).symlink_to(path)
    for name in HOUSES:
        (folder / name).symlink_to(ROOT / name)

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
    "trained": ("Using what was trained", ("inference",)),
    "cards": (
        "Cards, checks and files to start from",
        ("commands", "cli.scaffolds"),
    ),
    "callbacks": ("Trackers and other callbacks", ("callbacks",)),
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
            *("interface.dataset", "interface.representation", "intake", "disk", "modality"),
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


SUBPACKAGES: Final = ("leaderboard", "contract")
"""Packages whose public names have pages too, beside those that the facade names."""


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


def subpackages(facade: Path = FACADE) -> list[str]:
    """Return the packages that have a page of their own."""
    tree = ast.parse(facade.read_text(encoding="utf-8"))
    named = [
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module is None
        for alias in node.names
    ]
    return [*named, *(name for name in SUBPACKAGES if name not in named)]


def exported(package: str) -> list[str]:
    """Return the names in the ``__all__`` of a package, which is not imported."""
    folder = ROOT if package in HOUSES else FACADE.parent
    path = folder / package / "__init__.py"
    source = path if path.is_file() else folder / f"{package}.py"
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    raise AssertionError(f"{source} has no __all__")


def python_pages(facade: Path = FACADE) -> dict[str, str]:
    """Return each page of the reference as Markdown; a page without names is left out."""
    found = public_names(facade)
    titles, entries = {}, {}
    for page, (title, _) in GROUPS.items():
        if names := [n for n, module in found.items() if module and group_of(module) == page]:
            titles[page] = title
            names.sort(key=lambda name: (found[name] == "errors", name.lower()))  # errors last
            entries[page] = [f"emobench.{name}" for name in names]
    for package in subpackages(facade):
        titles[package] = f"emobench.{package}"
        entries[package] = [f"emobench.{package}.{name}" for name in sorted(exported(package))]
    return {page: _page(page, titles, names) for page, names in entries.items()}


def _page(page: str, titles: Mapping[str, str], names: list[str]) -> str:
    others = [f"[{title}]({other}.md)" for other, title in titles.items() if other != page]
    head = HEAD.format(title=titles[page], also=f"Other pages: {', '.join(others)}.")
    return "\n".join([head, *(f"::: {name}\n" for name in names)])


def lay_out_package(folder: Path = ROOT / PACKAGE) -> None:
    """Show the five folders as one package: a reader of sources knows no ``package-dir``."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for path in (ROOT / "benchmark").iterdir():
        (folder / path.name).symlink_to(path)
    for name in HOUSES:
        (folder / name).symlink_to(ROOT / name)

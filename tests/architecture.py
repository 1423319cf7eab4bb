"""What the source says of the house: imports, layers, sizes, names. Nothing is imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

LAYERS: tuple[tuple[str, ...], ...] = (
    (
        "errors", "denormals", "modality", "atomic", "randomness", "missingness", "wording",
        "digest", "disk", "executor", "executors", "import_guard", "internet", "normal_form",
        "plugins", "ragged_array", "remote", "scripts", "words",
    ),
    ("interface",),
    ("layers", "backbones", "store"),
    ("discovery",),
    ("training", "intake"),
    ("corpus",),
    ("corruption", "generation", "conditions"),
    ("callbacks", "contract"),
    ("grid",),
    ("inference",),
    ("cache", "cli", "commands", "data", "masks", "results", "study", "__main__"),
)  # fmt: skip
"""The core's rooms, the lowest first. A room imports from its own layer and from lower ones."""

LEADERBOARD = (
    "store.records", "store.grid_heads", "store.cell_reader", "store.pack", "store.training_folder",
    "atomic", "disk", "errors", "modality", "wording", "randomness", "digest",
)  # fmt: skip
"""All of the core that the leaderboard may import: stored tables and leaves."""

LONGEST_FUNCTION = 60
FULLEST_FOLDER = 15

VERBAL = re.compile(r"(ed|ing|ly)$")
FIELD_NOUNS = frozenset({
    "drawing", "dropping", "encoding", "label_mapping", "loading", "mapping", "masking",
    "numbering", "pairing", "pooling", "sampling", "scoring", "seeding", "setting", "splicing",
    "timing", "training", "unpickling", "wording",
})  # fmt: skip
"""Nouns of the field that end like a participle."""

NAMES = frozenset({"emobench.datasets.simulated"})
"""Files of plugins, which bear the name of what they define."""


@dataclass(frozen=True)
class Source:
    """One module: its dotted name, its file and its syntax tree."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        """Whether it is a folder's ``__init__``."""
        return self.path.name == "__init__.py"


def read_sources(folders: Mapping[str, Path]) -> dict[str, Source]:
    """Every module below `folders`, dotted package name to folder, by its dotted name."""
    found = {}
    for package, folder in folders.items():
        for path in sorted(folder.rglob("*.py")):
            inner = path.relative_to(folder).with_suffix("").parts
            parts = inner[:-1] if inner[-1] == "__init__" else inner
            name = ".".join([package, *parts])
            found[name] = Source(name, path, ast.parse(path.read_text(encoding="utf-8")))
    return found


def imports_of(source: Source, known: Mapping[str, Source]) -> set[str]:
    """Modules among `known` that a module imports, anywhere in its file.

    Imports for type checkers and inside of functions count. Of ``from package import name`` the
    module ``package.name`` is taken where there is one, else the package.
    """
    found: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(source, node)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found.add(inner if inner in known else base)
    return {name for name in found if name in known and name != source.name}


def _absolute(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = source.name.split(".")
    parts = parts[: len(parts) - node.level + source.is_package]
    return ".".join([*parts, *filter(None, [node.module])])


def circles(edges: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import one another, each sorted by name."""
    reach = {name: _reachable(name, edges) for name in edges}
    groups = {
        tuple(sorted(other for other in reach[name] if name in reach.get(other, ())))
        for name in edges
        if name in reach[name]
    }
    return sorted(list(group) for group in groups)


def _reachable(start: str, edges: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for name in edges.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def layer_violations(
    edges: Mapping[str, set[str]], layers: tuple[tuple[str, ...], ...] = LAYERS
) -> list[str]:
    """Imports of a room from a higher layer, and rooms that have no layer."""
    rank = {room: i for i, rooms in enumerate(layers) for room in rooms}
    found = set()
    for name, others in edges.items():
        room = _room(name)
        if room is None:
            continue
        if room not in rank:
            found.add(f"{room} has no layer")
            continue
        for other in others:
            above = _room(other)
            if above is not None and above in rank and rank[above] > rank[room]:
                found.add(f"{name} imports {other}, of a higher layer")
    return sorted(found)


def _room(name: str) -> str | None:
    """The core's room that a module belongs to; None for the facade and for the plugins' houses."""
    parts = name.split(".")
    houses = ("models", "datasets", "protocols", "leaderboard")
    return None if len(parts) < 2 or parts[1] in houses else parts[1]


def leaderboard_violations(edges: Mapping[str, set[str]]) -> list[str]:
    """Imports of the leaderboard beyond itself, stored tables and leaves."""
    allowed = tuple(f"emobench.{name}" for name in ("leaderboard", *LEADERBOARD))
    return sorted(
        f"{name} imports {other}"
        for name, others in edges.items()
        if name.startswith("emobench.leaderboard")
        for other in others
        if other not in ("emobench", "emobench.store")
        and not any(other == a or other.startswith(f"{a}.") for a in allowed)
    )


def long_functions(sources: Mapping[str, Source], most: int = LONGEST_FUNCTION) -> list[str]:
    """Functions of more than `most` lines."""
    return sorted(
        f"{source.name}.{node.name} has {lines} lines"
        for source in sources.values()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > most
    )


def crowded_folders(sources: Mapping[str, Source], most: int = FULLEST_FOLDER) -> list[str]:
    """Folders with more than `most` modules side by side."""
    count: dict[Path, int] = {}
    for source in sources.values():
        folder = source.path.parent
        count[folder] = count.get(folder, 0) + (not source.is_package)
    return sorted(f"{f.name} has {n} modules" for f, n in count.items() if n > most)


def verbal_names(sources: Mapping[str, Source]) -> list[str]:
    """Modules that are named by a participle or an adverb."""
    found = []
    for source in sources.values():
        name = source.name.split(".")[-1]
        last = name.split("_")[-1]
        if VERBAL.search(last) and last not in FIELD_NOUNS and source.name not in NAMES:
            found.append(source.name)
    return sorted(found)


def undocumented(sources: Mapping[str, Source]) -> list[str]:
    """Public modules, classes, functions and methods without a docstring."""
    found = []
    for source in sources.values():
        if not ast.get_docstring(source.tree) and source.tree.body:
            found.append(source.name)
        found += [
            f"{source.name}.{name}"
            for name, node in _public(source.tree)
            if not ast.get_docstring(node)
        ]
    return sorted(found)


AnyDefinition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _public(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, AnyDefinition]]:
    """Public definitions of a module or a class, also under ``if`` and ``try``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, AnyDefinition):
            if not child.name.startswith("_"):
                yield prefix + child.name, child
                if isinstance(child, ast.ClassDef):
                    yield from _public(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.If | ast.Try):
            yield from _public(child, prefix)


def undocumented_exports(stub: Path, package: str, sources: Mapping[str, Source]) -> list[str]:
    """Names of a facade's stub whose definition says nothing: no docstring, no string below it."""
    found = []
    for node in ast.parse(stub.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module is None:
            # A module of public functions, whose words another check looks for.
            found += [a.name for a in node.names if f"{package}.{a.name}" not in sources]
        elif isinstance(node, ast.ImportFrom):
            home = f"{package}.{node.module}"
            said = _documented(sources[home].tree)
            found += [f"{home}.{a.name}" for a in node.names if a.name not in said]
    return sorted(found)


def _documented(tree: ast.Module) -> set[str]:
    """Top-level names with a docstring, or with a string below their assignment."""
    found = {name for name, node in _public(tree) if ast.get_docstring(node)}
    for node, after in zip(tree.body, tree.body[1:], strict=False):
        said = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        if said:
            found |= {t.id for t in targets if isinstance(t, ast.Name)}
    return found

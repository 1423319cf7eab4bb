"""Prevents Python from importing the repository's folders as top-level packages.

Started from the repository root (``python -m emobench``, a notebook, ``python -m pytest``),
Python has the root on ``sys.path``, and transformers takes our ``datasets`` folder for Hugging
Face's package. The guard hides the five folders there; everything else there, and an installed
``datasets`` elsewhere, is imported as usual.
"""

from __future__ import annotations

import sys
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
)
from pathlib import Path
from types import ModuleType

FOLDERS = frozenset({"benchmark", "models", "datasets", "protocols", "leaderboard"})


class RootFinder(FileFinder):
    """Finds modules in the repository root, except emobench's own five folders."""

    def find_spec(self, fullname: str, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return None for our folders, and the result of `FileFinder` for any other name."""
        return None if fullname in FOLDERS else super().find_spec(fullname, target)


def hide_repository_folders() -> None:
    """Install the guard if this is a checkout; in an installed wheel there is nothing to hide."""
    package = Path(__file__).resolve().parent
    if package.name != "benchmark":
        return
    root = str(package.parent)
    loaders = [(SourceFileLoader, SOURCE_SUFFIXES), (ExtensionFileLoader, EXTENSION_SUFFIXES)]
    sys.path_importer_cache[root] = RootFinder(root, *loaders)

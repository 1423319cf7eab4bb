"""Finds the file that a slightly wrong path means."""

from __future__ import annotations

import os
from pathlib import Path

from emobench.wording import and_more

_LIKE = 0.8
_PACKED = ".gz"
_SHOWN = 4
_LONGEST = 255
"""Characters that the name of a file can have."""


def nearness(path: Path, alike: bool = True) -> str:
    """Say what is there instead of `path`, in a sentence after a blank; empty if nothing is."""
    near = near_paths(path, alike)
    if not near:
        return ""
    names = and_more([str(p) for p in near], _SHOWN)
    meant = "is that meant?" if len(near) == 1 else "is one of them meant?"
    return f" There {'is' if len(near) == 1 else 'are'} {names}; {meant}"


def near_paths(path: Path, alike: bool = True) -> list[Path]:
    """Existing paths that differ in slashes, case, Unicode form or suffix; none if it exists.

    Parameters
    ----------
    path
        What was typed.
    alike
        Whether a slip of the pen counts too.
    """
    parts = str(path).replace("\\", "/").split("/")
    here = [Path("/" if parts[0] == "" else "")]
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        here = [folder / name for folder in here for name in _near(folder, part, last, alike)]
        if len(here) > 1 and not last:
            return []
    return [] if path in here else here


def _near(folder: Path, name: str, last: bool, alike: bool) -> list[str]:
    """Names in a folder that `name` can mean; the nearest kind of likeness alone."""
    import difflib  # on call: a name that is known needs no likeness

    from emobench.normal_form import normal_form

    if name in ("", ".", ".."):
        return [name]
    if len(name) > _LONGEST:
        return []
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - names, not paths
    except (OSError, ValueError):
        return []
    if name in names:
        return [name]
    names = [n for n in names if not n.startswith(".")]
    same = [n for n in names if normal_form(n) == normal_form(name)]
    if not same and last:
        same = [n for n in names if _stem(n) == _stem(name)]
    if not same and alike:
        near = difflib.get_close_matches(normal_form(name), map(normal_form, names), 2, _LIKE)
        same = [n for n in names if normal_form(n) in near]
    return same


def _stem(name: str) -> str:
    from emobench.normal_form import normal_form

    lower = normal_form(name).removesuffix(_PACKED)
    return lower.rpartition(".")[0] or lower

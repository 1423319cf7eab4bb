"""Finds the file that a slightly wrong path means."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from emobench.normal_form import normal_form

_LIKE = 0.8
_PACKED = ".gz"


def near_path(path: Path, alike: bool = True) -> Path | None:
    """The one existing path that differs in slashes, case, Unicode form or suffix.

    None if the path itself exists, or none or several differ so.

    Parameters
    ----------
    path
        What was typed.
    alike
        Whether a slip of the pen counts too.
    """
    parts = str(path).replace("\\", "/").split("/")
    here = Path("/" if parts[0] == "" else "")
    for index, part in enumerate(parts):
        if part in ("", ".", ".."):
            here = here / part if part else here
            continue
        found = _near_name(here, part, index == len(parts) - 1, alike)
        if found is None:
            return None
        here = here / found
    return here if here != path else None


def _near_name(folder: Path, name: str, last: bool, alike: bool) -> str | None:
    try:
        names = os.listdir(folder or ".")  # noqa: PTH208 - names, not paths
    except (OSError, ValueError):
        return None
    if name in names:
        return name
    names = [n for n in names if not n.startswith(".")]
    same = [n for n in names if normal_form(n) == normal_form(name)]
    if not same and last:
        same = [n for n in names if _stem(n) == _stem(name)]
    if not same and alike:
        same = difflib.get_close_matches(normal_form(name), map(normal_form, names), 2, _LIKE)
        same = [n for n in names if normal_form(n) in same]
    return same[0] if len(same) == 1 else None


def _stem(name: str) -> str:
    lower = normal_form(name).removesuffix(_PACKED)
    return lower.rpartition(".")[0] or lower

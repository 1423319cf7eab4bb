"""Checks the licences of every package that emobench needs here, and prints them.

python .ci/licences.py [EXTRA …]     with these extras too
"""

from __future__ import annotations

import fnmatch
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageMetadata, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement

RULES = Path(__file__).with_name("licences.toml")


class Judged(NamedTuple):
    """A package, what it says of its licence, and why that will not do (empty if it will)."""

    name: str
    licence: str
    fault: str


def rules() -> dict[str, Any]:
    """What `RULES` says."""
    return tomllib.loads(RULES.read_text("utf-8"))


def needed(root: str, extras: Iterable[str] = ()) -> Iterator[str]:
    """Yield the installed packages that `root` needs, with what they need themselves."""
    seen: set[tuple[str, str]] = set()
    todo = [(root, extra) for extra in ("", *extras)]
    while todo:
        name, extra = todo.pop()
        name = re.sub(r"[-_.]+", "-", name).lower()
        if (name, extra) in seen:
            continue
        if not any(other == name for other, _ in seen):
            yield name
        seen.add((name, extra))
        try:
            lines = distribution(name).requires or []
        except PackageNotFoundError:  # for another system, or an extra that is not here
            continue
        for line in lines:
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                todo += [(need.name, inner) for inner in ("", *need.extras)]


def said(about: PackageMetadata) -> str:
    """What a package says of its licence: by SPDX, else by classifier, else in words."""
    classified = [c for c in about.get_all("Classifier") or () if c.startswith("License :: ")]
    words = [c.split(" :: ")[-1] for c in classified if not c.endswith(":: OSI Approved")]
    free = (about.get("License") or "").strip().splitlines()
    return about.get("License-Expression") or " AND ".join(words) or (free[0] if free else "")


def fault(name: str, licence: str, known: Mapping[str, Any]) -> str:
    """Why a licence will not do; empty if it will."""
    if any(fnmatch.fnmatch(name, pattern) for pattern in known["exceptions"]):
        return ""
    if not licence:
        return "it says nothing of its licence"
    plain = known["words"].get(licence, licence)
    # "A OR B" lets us choose; of "A AND B" both bind.
    for choice in re.split(r"\s+OR\s+", plain):
        parts = [part.strip(" ()") for part in re.split(r"\s+AND\s+", choice)]
        if all(known["words"].get(part, part) in known["allowed"] for part in parts):
            return ""
    return f"{licence} is not among the allowed licences"


def judged(root: str, extras: Iterable[str] = ()) -> list[Judged]:
    """Every installed package that `root` needs, and the verdict on it."""
    known, found = rules(), []
    for name in sorted(needed(root, extras)):
        try:
            licence = said(distribution(name).metadata)
        except PackageNotFoundError:
            continue
        found.append(Judged(name, licence, fault(name, licence, known)))
    return found


def main(extras: list[str]) -> int:
    """Print every package with its licence; return 1 if one will not do."""
    found = judged("emobench", extras)
    for one in found:
        print(f"{one.name}: {one.licence or '?'}{f'  WRONG: {one.fault}' if one.fault else ''}")
    bad = [one for one in found if one.fault]
    print(f"{len(found)} packages, {len(bad)} whose licence will not do")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

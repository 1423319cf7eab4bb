"""Results of ``emobench check``, kept in the cache so that a run can report them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import emobench
from emobench.backbones.weights import FIELD
from emobench.discovery.registry import Entry, registry
from emobench.disk.sums import kept_json, read_kept
from emobench.interface.card import Card

PASSED, FAILED, UNCHECKED = "passed", "failed", "unchecked"


@dataclass(frozen=True)
class Verdict:
    """The last check of one variant of a model that is not built in.

    Parameters
    ----------
    state
        ``passed``, ``failed``, or ``unchecked``: never checked, or changed since the check.
    failed
        Names of the checks that failed.
    """

    state: str
    failed: tuple[str, ...] = ()


def write_verdict(
    cache: Path,
    entry: Entry,
    options: Mapping[str, str],
    variant: str,
    track: str,
    failed: tuple[str, ...],
) -> None:
    """Store the result of checking a model; `failed` is empty where it passed all checks."""
    path = _path(cache, entry, options, variant, track)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"model": entry.name, "variant": variant, "track": track, "failed": failed}
    kept_json(path, content | {"emobench": emobench.__version__})


def read_verdict(
    cache: Path, entry: Entry, options: Mapping[str, str], variant: str, track: str
) -> Verdict | None:
    """Result for a model with these options, else without options; None for a built-in model."""
    if is_built_in(entry):
        return None
    for chosen in (options, {}):
        try:
            known = read_kept(_path(cache, entry, chosen, variant, track))
            failed = tuple(str(name) for name in known["failed"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        return Verdict(FAILED if failed else PASSED, failed)
    return Verdict(UNCHECKED)


def is_built_in(entry: Entry) -> bool:
    """Whether a model is part of emobench, whose tests check it, even if given by path."""
    known = registry(entry.kind).get(entry.name)
    ours = known is not None and (known.module or "").startswith(f"emobench.{entry.kind}s.")
    return ours and known is not None and known.path.resolve() == entry.path.resolve()


def _path(cache: Path, entry: Entry, options: Mapping[str, str], variant: str, track: str) -> Path:
    assert isinstance(entry.card, Card)
    # Without backbones: a check may use a small backbone instead.
    own = {k: v for k, v in options.items() if not k.endswith(FIELD)}
    parts: list[Any] = [entry.digest, entry.name, variant, track, sorted(own.items())]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]
    return cache / "checks" / f"{key}.json"

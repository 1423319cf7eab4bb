"""What is said of a grid before it runs: variants that it lacks, licences, unchecked models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from emobench.discovery.registry import Entry
from emobench.interface.card import Card
from emobench.interface.dataset import Folders
from emobench.wording import counted

if TYPE_CHECKING:
    from emobench.grid.plan.request import Request


def only_corrected(request: Request) -> list[str]:
    """Say that reference rows have no other variant, if another variant was requested."""
    rows = [
        entry.name
        for entry, _ in request.models
        if isinstance(entry.card, Card) and entry.card.kind == "reference"
    ]
    if not rows or "corrected" in request.variants:
        return []
    have, are = ("have", "are") if rows[1:] else ("has", "is")
    return [f"{', '.join(rows)} {have} no variant but corrected and {are} run in that"]


def licences(request: Request) -> list[str]:
    """Say whose licence binds the features that every model gets."""
    from emobench.discovery.representations import representation

    kinds = [(e.label, representation(e.name)) for e in request.encoders]
    return [f"{label}: {kind.licence}" for label, kind in kinds if kind.licence]


def contract_warnings(request: Request, where: Folders) -> list[str]:
    """Warn of each model that is not built in and has not passed the check in its present form."""
    from emobench.contract.verdicts import FAILED, UNCHECKED, read_verdict
    from emobench.grid.plan.candidates import variants_of

    found = []
    for entry, options in request.models:
        assert isinstance(entry.card, Card)
        for variant in variants_of(entry.card, request.variants):
            verdict = read_verdict(where.cache, entry, options, variant, request.track)
            if verdict is None or variant not in entry.card.variants:
                continue
            typed = _typed_name(entry)
            name = typed if variant == "corrected" else f"{typed} ({variant})"
            if verdict.state == FAILED:
                checks = f"{counted(len(verdict.failed), 'check')}: {', '.join(verdict.failed)}"
                found.append(f"warning: {name} has failed `emobench check` ({checks})")
            elif verdict.state == UNCHECKED:
                track = "" if request.track == "controlled" else f" --track {request.track}"
                warning = f"warning: {name} was not checked as it stands"
                found.append(f"{warning}: emobench check {typed}{track}")
    return found


def _typed_name(entry: Entry) -> str:
    """How a user types a model: its name, or the relative path of its file."""
    if entry.module is not None:
        return entry.name
    here = Path.cwd().resolve()
    return str(entry.path.relative_to(here) if entry.path.is_relative_to(here) else entry.path)

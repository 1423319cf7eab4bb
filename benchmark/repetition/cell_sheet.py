"""What ``emobench show CELL`` prints: all that is known of how a stored cell came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emobench.discovery.registry import registry
from emobench.randomness import MASK_SEED
from emobench.repetition.cell_name import FoundCell, found_cell

UNKNOWN = "not stored (an older version wrote it)"


@dataclass(frozen=True)
class CellSheet:
    """A cell and its provenance.

    Parameters
    ----------
    cell, training
        Their names.
    title
        Which cell it is, in words.
    status
        ``done``, ``failed``, or ``absent``.
    facts
        Group (``result``, ``sources``, ``data``, ``masks``, ``software``, ``machine``) to word to
        value, as text.
    changed
        What is not here any more as it was then, a sentence part each.
    """

    cell: str
    training: str
    title: str
    status: str
    facts: Mapping[str, Mapping[str, str]]
    changed: tuple[str, ...] = field(default=())

    def content(self) -> dict[str, Any]:
        """Return everything as plain data for JSON."""
        return {
            "cell": self.cell,
            "training": self.training,
            "title": self.title,
            "status": self.status,
            **{name: dict(facts) for name, facts in self.facts.items()},
            "changed": [*self.changed],
        }


def cell_sheet(
    root: Path, text: str, seed: int | None = None, fold: int | None = None
) -> CellSheet:
    """Gather what is stored of a cell.

    Parameters
    ----------
    root, text, seed, fold
        Where, and which; see `emobench.repetition.cell_name.found_cell`.

    Raises
    ------
    RequestError
        There is no such cell, or there are several.
    """
    return sheet_of(found_cell(root, text, seed, fold))


def sheet_of(found: FoundCell) -> CellSheet:
    """Gather what is stored of a found cell; nothing is opened but its records."""
    facts = {
        "result": _result(found),
        "sources": _sources(found),
        "data": _data(found),
        "masks": _masks(found),
        **_circumstances(found),
    }
    status = "absent" if found.cell is None else "done" if found.cell.report else "failed"
    return CellSheet(
        found.key,
        found.slot.training or "",
        found.title,
        status,
        {name: {k: v for k, v in group.items() if v} for name, group in facts.items()},
        tuple(_changed(found)),
    )


def report_of(found: FoundCell) -> dict[str, Any]:
    """The report of a cell's training as plain data; empty where it is not done."""
    return (found.training.report or {}) if found.training is not None else {}


def circumstances_of(found: FoundCell) -> dict[str, str]:
    """The circumstances of a cell's training; of old records what they have of them."""
    report = report_of(found)
    return dict(report.get("circumstances") or report.get("software") or {})


def _result(found: FoundCell) -> dict[str, str]:
    report, cell = report_of(found), (found.cell.report or {}) if found.cell else {}
    failures = [
        one.failure.get("reason", "")
        for one in (found.cell, found.training)
        if one is not None and one.failure and not one.report
    ]
    stored = found.cell.path.relative_to(found.root) if found.cell else None
    files = found.training.files if found.training is not None else {}
    return {
        "seed": str(found.slot.seed),
        "fold": str(found.slot.fold),
        "variant": found.slot.variant or found.entry.newest.variant,
        "flaw of the split": found.slot.split,
        "utterances": str(cell.get("n") or ""),
        "missing rate": _plain(cell.get("missing_rate")),
        "dev macro-F1": _plain(report.get("dev_macro_f1")),
        "weights": str(report.get("params") or ""),
        "trained in": f"{report['train_seconds']:.1f} s" if report.get("train_seconds") else "",
        "why it failed": "; ".join(failures),
        "file": str(stored or ""),
        **{f"SHA-256 of {name}": digest for name, digest in files.items()},
    }


def _sources(found: FoundCell) -> dict[str, str]:
    spec, around = found.spec, circumstances_of(found)
    backbones = spec.get("backbones") or {}
    config = ", ".join(f"{k}={v}" for k, v in sorted(spec.get("config", {}).items()))
    return {
        "emobench": around.get("emobench", found.entry.newest.emobench),
        "source of emobench": around.get("source", UNKNOWN),
        "model": spec.get("model", found.entry.model),
        "source of the model": spec.get("model_digest", UNKNOWN),
        "configuration": config,
        **{f"backbone of {m}": revision for m, revision in backbones.items()},
        "spec version": str(spec.get("version", "")),
    }


def _data(found: FoundCell) -> dict[str, str]:
    spec, report = found.spec, report_of(found)
    digests = report.get("inputs") or {}
    read = {
        f"{m}/{name}": f"version {version}, values {digests.get(f'{m}/{name}', UNKNOWN)}"
        for m, names in spec.get("inputs", {}).items()
        for name, version in names.items()
    }
    return {
        "corpus": spec.get("dataset", found.entry.newest.dataset),
        "digest of the corpus": spec.get("dataset_digest", UNKNOWN),
        "tested on": found.condition.corpus or "",
        "digest of that": _condition(found).get("corpus") or "",
        "split": spec.get("split", ""),
        "digest of the split": report.get("split") or UNKNOWN,
        **read,
    }


def _masks(found: FoundCell) -> dict[str, str]:
    said, cell = _condition(found), (found.cell.report or {}) if found.cell else {}
    present = said.get("present")
    return {
        "shown": "+".join(present) if present is not None else "all",
        "rate": str(said.get("rate", "")),
        "seed of the masks": str(said.get("mask_seed", MASK_SEED)),
        "imported masks": said.get("masks") or "",
        "digest of what is shown": cell.get("mask") or UNKNOWN,
    }


def _condition(found: FoundCell) -> dict[str, Any]:
    return found.cell.spec.get("condition", {}) if found.cell else {}


def _circumstances(found: FoundCell) -> dict[str, dict[str, str]]:
    around = circumstances_of(found)
    machine = {"device": str(report_of(found).get("device", ""))}
    software: dict[str, str] = {}
    for name, value in around.items():
        if name in ("emobench", "source", "device"):
            continue
        # A version begins with a digit; everything else is of the machine and its settings.
        is_version = value[:1].isdigit() and "." in value
        (software if is_version else machine)[name] = value
    groups = {"software": software, "machine": machine}
    cell = (found.cell.report or {}) if found.cell else {}
    if others := cell.get("circumstances"):
        differs = {k: v for k, v in others.items() if around.get(k) != v}
        groups["predicted elsewhere"] = differs
    return groups


def _changed(found: FoundCell) -> list[str]:
    """What is here now and not as it was, as far as that is known without opening anything."""
    name, digest = found.spec.get("model"), found.spec.get("model_digest")
    entry = registry("model").get(name or "")
    if entry is not None and digest and entry.digest != digest:
        return [f"the file of the model {name}, {entry.path.name}, has changed since"]
    return []


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"

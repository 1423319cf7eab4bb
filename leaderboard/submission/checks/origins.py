"""Whether models, corpora and protocols are those that are installed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from emobench.leaderboard.submission.checks.specs import spec_of
from emobench.leaderboard.submission.faults import Faults, quoted, shown
from emobench.leaderboard.submission.installation import (
    DIFFERS,
    NOT_AT_HAND,
    SAME,
    Declared,
    Installation,
    KnownCorpus,
    Origin,
)
from emobench.leaderboard.submission.reader import Block
from emobench.leaderboard.submission.schema import PREDICTIONS_FILE, RESULTS_FILE
from emobench.modality import MODALITIES

Row = Mapping[str, Any]

OF_CONDITION: Final = ("frames", "fill", "standardise", "replace", "corruption")
OF_REGIME: Final = ("drop", "rate", "present", "single", "auxiliary", "fill", "standardise")
DEFAULTS: Final[dict[str, Any]] = {
    "frames": 0.0, "fill": "native", "standardise": "source", "replace": None,
    "corruption": None, "drop": 0.0, "rate": 0.0, "present": None, "single": False,
    "auxiliary": True,
}  # fmt: skip
"""What a spec leaves out."""


def model_origins(rows: Sequence[Row], installation: Installation) -> list[Origin]:
    """Compare the digest of every model's source file with the installed one's."""
    stated: dict[str, set[str]] = {}
    for row in rows:
        if row["model_digest"]:
            stated.setdefault(row["model_name"], set()).add(row["model_digest"])
    found = []
    for name, digests in sorted(stated.items()):
        ours = installation.model_digest(name)
        if ours is None:
            found.append(Origin(f"model {shown(name)}", NOT_AT_HAND, "it is not installed here"))
        elif digests == {ours}:
            found.append(Origin(f"model {shown(name)}", SAME))
        else:
            why = f"its source file is {ours[:10]}… here, {_listed(digests)} there"
            found.append(Origin(f"model {shown(name)}", DIFFERS, why))
    return found


@dataclass
class Corpora:
    """Holds what a submission says of corpora against those that can be opened here.

    Parameters
    ----------
    installation
        Opens corpora.
    faults
        Gets what is wrong.
    """

    installation: Installation
    faults: Faults
    _known: dict[str, KnownCorpus] = field(default_factory=dict)
    _seen: set[tuple[Any, ...]] = field(default_factory=set)

    def origins(self, rows: Sequence[Row]) -> list[Origin]:
        """Compare the digest of every corpus."""
        stated: dict[str, set[str]] = {}
        for row in rows:
            for name in ("dataset", "tested"):
                label = row["dataset" if name == "dataset" else "tested_on"]
                digest = row[f"{name}_digest"]
                stated.setdefault(label, set()).update([digest] if digest else [])
        found = []
        for label, digests in sorted(stated.items()):
            known = self._of(label)
            if not known.digest:
                found.append(Origin(f"corpus {shown(label)}", NOT_AT_HAND, known.why))
            elif digests == {known.digest}:
                found.append(Origin(f"corpus {shown(label)}", SAME))
            else:
                there = _listed(digests) or "not stated"
                why = f"its digest is {known.digest[:10]}… here, {there} there"
                found.append(Origin(f"corpus {shown(label)}", DIFFERS, why))
        return found

    def add(self, block: Block, row: Row) -> None:
        """Hold the truth and the test part of a cell against a corpus with the same digest."""
        known = self._of(row["tested_on"])
        if not known.digest or known.digest != row["tested_digest"] or row["flaw"]:
            return
        condition = spec_of(row["cell_spec"]).get("condition")
        if row["tested_on"] != row["dataset"] or not isinstance(condition, dict):
            return
        if condition.get("classes"):
            return  # other classes than the corpus's own
        seen = block.fingerprint("utterance", "truth")
        mark = (row["tested_on"], row["split"], row["fold"], seen)
        if mark in self._seen:
            return
        self._seen.add(mark)
        for i, (name, truth) in enumerate(zip(block.utterances, block.texts("truth"), strict=True)):
            if name not in known.truth:
                self.faults.add(
                    PREDICTIONS_FILE, block.first + i, "utterance",
                    f"{quoted(row['tested_on'])} has no utterance {quoted(name)}.",
                )  # fmt: skip
            elif known.truth[name] != truth:
                self.faults.add(
                    PREDICTIONS_FILE, block.first + i, "truth",
                    f"{quoted(truth)} of utterance {quoted(name)}; the corpus says "
                    f"{quoted(known.truth[name])}.",
                )  # fmt: skip
        self._check_part(block, row, known)

    def _check_part(self, block: Block, row: Row, known: KnownCorpus) -> None:
        part = known.tests.get(row["fold"])
        if part is None or str(row["split"]).startswith("grouped_"):
            return
        # What has no modality that can be used is not tested, so a part may have fewer.
        if beyond := set(block.utterances) - part:
            self.faults.add(
                PREDICTIONS_FILE, block.first, "utterance",
                f"{len(beyond):,} utterances of cell {quoted(block.cell)} are not in the test "
                f"part of fold {row['fold']}, such as {quoted(min(beyond))}.",
            )  # fmt: skip

    def _of(self, label: str) -> KnownCorpus:
        if label not in self._known:
            self._known[label] = self.installation.corpus(label)
        return self._known[label]


def protocol_origins(
    rows: Sequence[Row], summary: Mapping[str, Any], installation: Installation, faults: Faults
) -> list[Origin]:
    """Compare regimes and conditions with what the installed protocols declare under their names.

    Parameters
    ----------
    rows
        The results.
    summary
        What the submission says of its corpora.
    installation
        Has the protocols.
    faults
        Gets what is declared otherwise.
    """
    known: dict[tuple[Any, ...], Declared | None] = {}
    states: dict[str, set[str]] = {}
    other: set[str] = set()
    for number, row in enumerate(rows, start=1):
        if row["status"] != "done":
            continue
        key = tuple(row[name] for name in ("protocol", "dataset", "track", "model_name"))
        if key not in known:
            known[key] = installation.declared(row, _modalities(summary, row))
        declared = known[key]
        place = states.setdefault(row["protocol"], set())
        if declared is None:
            place.add("it is not installed here")
            continue
        for kind in ("condition", "regime"):
            there = declared.get((kind, row[kind]))
            if there is None:
                place.add(f"it declares no {kind} {quoted(row[kind])} for this corpus alone")
            elif not _is_declared(number, row, kind, there, faults):
                other.add(row["protocol"])
    found = []
    for name, whys in sorted(states.items()):
        state = DIFFERS if name in other else NOT_AT_HAND if whys else SAME
        why = "see the faults" if name in other else _shortened(whys)
        found.append(Origin(f"protocol {shown(name)}", state, why))
    return found


def _shortened(whys: set[str]) -> str:
    first = min(whys, default="")
    return f"{first}; {len(whys) - 1} more" if len(whys) > 1 else first


def _is_declared(
    number: int, row: Row, kind: str, declared: Mapping[str, Any], faults: Faults
) -> bool:
    before = faults.total
    training, cell = spec_of(row["training_spec"]), spec_of(row["cell_spec"])
    spec = cell.get("condition") if kind == "condition" else training.get("regime")
    fields = OF_CONDITION if kind == "condition" else OF_REGIME
    values = dict(spec) if isinstance(spec, dict) else {}
    pairs = [(name, values.get(name, DEFAULTS[name]), declared[name]) for name in fields]
    if kind == "condition":
        pairs += [
            ("rate", row["missing_rate"], declared["rate"]),
            ("present", row["present"], declared["present"]),
        ]
    for name, stated, wanted in pairs:
        if _plain(stated) != _plain(wanted):
            faults.add(
                RESULTS_FILE, number, kind,
                f"{quoted(row[kind])} has {name} {quoted(_plain(stated))}, the protocol "
                f"{quoted(row['protocol'])} declares {quoted(_plain(wanted))}.",
            )  # fmt: skip
    return faults.total == before


def _plain(value: Any) -> Any:
    """Tuples as lists, as they are after a way through JSON; without versions of code."""
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items() if name != "version"}
    return value


def _modalities(summary: Mapping[str, Any], row: Row) -> list[str]:
    corpora = summary.get("corpora")
    for one in corpora if isinstance(corpora, list) else ():
        if isinstance(one, dict) and one.get("dataset") == row["dataset"]:
            named = one.get("modalities")
            return [m for m in MODALITIES if isinstance(named, list) and m in named]
    return []


def _listed(digests: set[str]) -> str:
    return " and ".join(f"{digest[:10]}…" for digest in sorted(digests)[:2])

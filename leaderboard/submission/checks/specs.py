"""Whether the specs have the hashes that the rows name, and say what the rows say."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from emobench.digest import canonical_digest
from emobench.leaderboard.submission.faults import Faults, quoted
from emobench.leaderboard.submission.schema import RESULTS_FILE

Row = Mapping[str, Any]

DEEPEST: Final = 8
"""Deepest nesting of a spec."""


def check_specs(rows: Sequence[Row], faults: Faults) -> None:
    """Hold every row against the specs of its training and its cell.

    Parameters
    ----------
    rows
        The results.
    faults
        Gets what is wrong. A row that is done and has no specs is a fault.
    """
    for number, row in enumerate(rows, start=1):
        training = _spec(number, row, "training_spec", "training", faults)
        cell = _spec(number, row, "cell_spec", "cell", faults)
        if training:
            _check(number, row, training, OF_TRAINING, faults)
        if cell:
            _check(number, row, cell, OF_CELL, faults)
            if cell.get("training") != row["training"]:
                faults.add(
                    RESULTS_FILE, number, "training",
                    f"{quoted(row['training'])} is stated, the spec of the cell names "
                    f"{quoted(cell.get('training'))}.",
                )  # fmt: skip


def spec_of(text: str | None) -> dict[str, Any]:
    """Return a spec from its text; empty where it is none."""
    if not text:
        return {}
    return _parsed(text)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and _depth(found) <= DEEPEST else {}


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _depth(value: Any, so_far: int = 0) -> int:
    if so_far > DEEPEST or not isinstance(value, dict | list):
        return so_far
    inner = value.values() if isinstance(value, dict) else value
    return max((_depth(one, so_far + 1) for one in inner), default=so_far + 1)


def _spec(number: int, row: Row, column: str, key: str, faults: Faults) -> dict[str, Any]:
    text = row[column]
    if text is None:
        if row["status"] == "done":
            faults.add(
                RESULTS_FILE, number, column,
                f"it is empty in a row that is done: nothing says what its {key} is.",
            )  # fmt: skip
        return {}
    found = spec_of(text)
    if not found:
        faults.add(RESULTS_FILE, number, column, "it is no JSON object that can be read.")
        return {}
    try:
        digest = canonical_digest(found, compact=True)
    except (TypeError, ValueError):
        digest = ""
    if digest != row[key]:
        faults.add(
            RESULTS_FILE, number, column,
            f"its hash is {digest}, the column {key} says {quoted(row[key])}.",
        )  # fmt: skip
    return found


def _check(
    number: int, row: Row, spec: Mapping[str, Any], rules: Mapping[str, Rule], faults: Faults
) -> None:
    for column, rule in rules.items():
        value = rule(spec, row)
        if value is not ANYTHING and row[column] != value:
            faults.add(
                RESULTS_FILE, number, column,
                f"{quoted(row[column])} is stated, the spec says {quoted(value)}.",
            )  # fmt: skip


class _Anything:
    """What a spec does not say."""


ANYTHING: Final = _Anything()
Rule = Callable[[Mapping[str, Any], Row], Any]
"""What a spec says a row's column is, or `ANYTHING`."""


def _plain(name: str) -> Rule:
    return lambda spec, row: spec.get(name)


def _condition(name: str, default: Any = None) -> Rule:
    def value(spec: Mapping[str, Any], row: Row) -> Any:
        condition = spec.get("condition")
        return condition.get(name, default) if isinstance(condition, dict) else default

    return value


def _split(spec: Mapping[str, Any], row: Row) -> Any:
    """The policy comes first: ``grouped_5``, or ``standard``, which a flaw leaves out."""
    policy = _words(spec)[0]
    policy = policy if policy.startswith("grouped_") else "standard"
    # Imported masks are named behind the policy, and are no part of a training.
    masks = next((w for w in str(row["split"]).split(", ") if w.startswith("masks ")), "")
    if not masks:
        return policy
    return masks if policy == "standard" else f"{policy}, {masks}"


def _flaw(spec: Mapping[str, Any], row: Row) -> Any:
    """A flaw follows the policy; the draw of a seed and a share of dev follow the flaw."""
    behind = ("grouped_", "dev ", "draw ")
    flaws = [w for w in _words(spec) if not w.startswith(behind) and w != "standard"]
    return flaws[0] if flaws else ""


def _words(spec: Mapping[str, Any]) -> list[str]:
    return str(spec.get("split", "")).split(", ")


def _model(spec: Mapping[str, Any], row: Row) -> Any:
    """A label begins with the model's name, or is the path of its file."""
    name = str(spec.get("model", ""))
    head = str(row["model"]).split(" ")[0].split(":")[0]
    is_file = head.endswith(".py") or "/" in head
    return row["model"] if head == name or is_file else name


def _tested_digest(spec: Mapping[str, Any], row: Row) -> Any:
    elsewhere = _condition("corpus")(spec, row)
    return row["dataset_digest"] if elsewhere is None else elsewhere


def _tested_on(spec: Mapping[str, Any], row: Row) -> Any:
    elsewhere = _condition("corpus")(spec, row)
    return row["dataset"] if elsewhere is None else ANYTHING


def _present(spec: Mapping[str, Any], row: Row) -> Any:
    shown = _condition("present")(spec, row)
    return list(shown) if isinstance(shown, list) else shown


OF_TRAINING: Final[dict[str, Rule]] = {
    "dataset": _plain("dataset"),
    "dataset_digest": _plain("dataset_digest"),
    "split": _split,
    "flaw": _flaw,
    "track": _plain("track"),
    "model": _model,
    "model_name": _plain("model"),
    "variant": _plain("variant"),
    "model_digest": _plain("model_digest"),
    "fold": _plain("fold"),
    "seed": _plain("seed"),
}
OF_CELL: Final[dict[str, Rule]] = {
    "tested_on": _tested_on,
    "tested_digest": _tested_digest,
    "present": _present,
    "missing_rate": _condition("rate", 0.0),
    "mask_seed": _condition("mask_seed"),
    "masks": _condition("masks"),
}

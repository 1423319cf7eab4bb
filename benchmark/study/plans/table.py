"""The table ``[plan]`` of a run file: what is to be compared, how, and at what level."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from emobench.errors import RequestError, unknown

PLAN: Final = "plan"
"""The table's name."""
AGAINST: Final = "against "
"""Begins a contrast of all models with one row."""
RANKING: Final = "macro_f1"
ALPHA: Final = 0.05

Contrast = str | tuple[str, str]
"""``against NAME``, or a pair of rows."""


@dataclass(frozen=True)
class PlanTable:
    """What a run file says of its plan.

    Parameters
    ----------
    contrasts
        Pairs of rows, and texts ``against NAME``, which stand for every model less that row.
    measure
        The primary measure, by its column in ``leaderboard.csv``.
    alpha
        The level of all comparisons together.
    margin
        A difference that does not matter; None without one.
    regimes, conditions
        Where rows are compared; empty: in the first regime of each protocol, and under its main
        condition. A mean over conditions is ``summary:NAME``.
    """

    contrasts: tuple[Contrast, ...]
    measure: str = RANKING
    alpha: float = ALPHA
    margin: float | None = None
    regimes: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()

    @property
    def toml(self) -> str:
        """The table as it is written in a file."""
        lines = [f"[{PLAN}]"]
        said: dict[str, Any] = {
            "contrasts": [one if isinstance(one, str) else list(one) for one in self.contrasts],
            "measure": self.measure,
            "alpha": self.alpha,
            "margin": self.margin,
            "regime": list(self.regimes) or None,
            "condition": list(self.conditions) or None,
        }
        for name, value in said.items():
            if value is not None:
                text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
                lines.append(f"{name} = {text}")
        return "\n".join(lines)


KEYS: Final = ("contrasts", "measure", "alpha", "margin", "regime", "condition")
"""The keys of the table."""


def plan_table(values: Mapping[str, Any], place: Callable[[str], str]) -> PlanTable:
    """Return the table with these values.

    Parameters
    ----------
    values
        Key to value.
    place
        Says of a key where it was written, in front of what is wrong with it.

    Raises
    ------
    RequestError
        A key does not exist or takes no such value; each such key has a sentence.
    """
    faults = [f"{place(name)}{unknown('key of a plan', name, KEYS)}" for name in values
              if name not in KEYS]  # fmt: skip
    found: dict[str, Any] = {}
    readers: dict[str, Callable[[Any], Any]] = {
        "contrasts": _contrasts, "measure": _measure, "alpha": _alpha, "margin": _margin,
        "regime": _names, "condition": _names,
    }  # fmt: skip
    for name, read in readers.items():
        if name not in values:
            continue
        try:
            found[name] = read(values[name])
        except ValueError as error:
            faults.append(f"{place(name)}{name} of a plan {error}.")
    if "contrasts" not in values:
        faults.append(
            f'{place("")}A plan names its contrasts: contrasts = ["against late_fusion"], or pairs '
            'as [["my_model", "late_fusion"]].'
        )
    if faults:
        raise RequestError("\n".join(faults))
    regimes, conditions = found.pop("regime", ()), found.pop("condition", ())
    return PlanTable(**found, regimes=regimes, conditions=conditions)


def _contrasts(value: Any) -> tuple[Contrast, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not listed:
        raise ValueError('is a list of pairs and of texts like "against late_fusion"')
    found: list[Contrast] = []
    for one in listed:
        if isinstance(one, str):
            if not one.startswith(AGAINST) or not one.removeprefix(AGAINST).strip():
                raise ValueError(f'takes pairs of rows and "{AGAINST}NAME", {one!r} is none')
            found.append(AGAINST + one.removeprefix(AGAINST).strip())
        elif isinstance(one, list) and len(one) == 2 and all(isinstance(w, str) for w in one):
            if one[0] == one[1]:
                raise ValueError(f"compares {one[0]} with itself")
            found.append((one[0], one[1]))
        else:
            raise ValueError(f'takes pairs of rows and "{AGAINST}NAME", {one!r} is none')
    return tuple(dict.fromkeys(found))


def _measure(value: Any) -> str:
    from emobench.leaderboard.statistics import measures

    known = [measure.name for measure in measures.counting()]
    if value not in known:
        raise ValueError(f"is one of {', '.join(known)}, {value!r} is none")
    return str(value)


def _alpha(value: Any) -> float:
    return _share(value, "is a level between 0 and 0.5", 0.5)


def _margin(value: Any) -> float:
    return _share(value, "is a difference between 0 and 1", 1.0)


def _share(value: Any, what: str, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < most:
        raise ValueError(f"{what}, {value!r} is none")
    return float(value)


def _names(value: Any) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not listed or not all(isinstance(w, str) for w in listed):
        raise ValueError(f"is a name or a list of names, {value!r} is none")
    return tuple(dict.fromkeys(listed))

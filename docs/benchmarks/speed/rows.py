"""What a measurement gives: rows of times, their ratio, and whether the ratio keeps its limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

COST, GAIN, VALUE, LEAST = "cost", "gain", "value", "least"
"""What a limit bounds: emobench over what it is compared with, at most; the inverse, at least;
emobench's own figure, at most; and the same, at least."""


@dataclass(frozen=True)
class Limit:
    """A bound that a row has to keep.

    Parameters
    ----------
    kind
        One of `COST`, `GAIN`, `VALUE` and `LEAST`.
    bound
        The number.
    """

    kind: str
    bound: float


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Parameters
    ----------
    what
        What was measured.
    unit
        Unit of the figures.
    ours, other
        Figures of emobench, and of what it is compared with; those of one round stand at the same
        place in both, since they were measured one after the other.
    limit
        What has to hold, if anything.
    note
        What a reader has to know.
    skipped
        Why there is no figure.
    """

    what: str
    unit: str
    ours: tuple[float, ...] = ()
    other: tuple[float, ...] = ()
    limit: Limit | None = None
    note: str = ""
    skipped: str = ""

    @property
    def ratio(self) -> float | None:
        """Median of the rounds' ratios: a gain if the limit is one, else a cost."""
        if not self.ours or not self.other:
            return None
        pairs = zip(self.ours, self.other, strict=True)
        gains = self.limit is not None and self.limit.kind == GAIN
        return median(b / a if gains else a / b for a, b in pairs)

    @property
    def holds(self) -> bool | None:
        """Whether the limit holds; None without a limit or a figure."""
        if self.limit is None or not self.ours:
            return None
        found = median(self.ours) if self.limit.kind in (VALUE, LEAST) else self.ratio
        if found is None:
            return None
        return found >= self.limit.bound if self._at_least else found <= self.limit.bound

    @property
    def _at_least(self) -> bool:
        return self.limit is not None and self.limit.kind in (GAIN, LEAST)

    @property
    def limit_in_words(self) -> str:
        """The limit as the table shows it."""
        if self.limit is None:
            return ""
        return f"{'≥' if self._at_least else '≤'} {self.limit.bound:g}"


@dataclass(frozen=True)
class Result:
    """A measurement as it is stored.

    Parameters
    ----------
    rows
        The lines.
    measured
        When it began, as an ISO time.
    machine, versions
        Where, and with what.
    load
        The machine's load just before.
    command
        What was typed.
    repeats
        Rounds.
    quick
        Whether sizes were so small that the figures show nothing but that the script runs.
    """

    rows: tuple[Row, ...]
    measured: str
    machine: str
    versions: str
    load: float
    command: str
    repeats: int
    quick: bool = False

    def stored(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def result_of(stored: dict[str, Any]) -> Result:
    """The measurement that `stored` holds."""
    rows = [
        Row(
            **{
                **row,
                "ours": tuple(row["ours"]),
                "other": tuple(row["other"]),
                "limit": Limit(**row["limit"]) if row["limit"] else None,
            }
        )
        for row in stored["rows"]
    ]
    return Result(**{**stored, "rows": tuple(rows)})


@dataclass
class Setting:
    """How measurements are made.

    Parameters
    ----------
    repeats
        Rounds; figures are medians over them.
    quick
        Whether to use sizes that only show that the script runs.
    scratch
        A folder that is removed afterwards; prepared data lie in it.
    kept
        A folder for what is expensive to make again, such as another tool's environment.
    say
        Prints a line of progress.
    """

    repeats: int
    quick: bool
    scratch: Path
    kept: Path
    say: Callable[[str], None] = field(default=lambda line: print(line, flush=True))

    def size(self, real: int, toy: int) -> int:
        """`real`, or `toy` if this is quick."""
        return toy if self.quick else real


def seconds_text(values: Iterable[float]) -> str:
    """The figures with three digits, for lines of progress."""
    return " ".join(f"{value:.3g}" for value in values)

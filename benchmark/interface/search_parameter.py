"""What a search may make of one hyper-parameter: a range with a distribution, or a choice."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emobench.errors import RequestError

DIGITS = 4
"""Significant digits of a drawn number, so that it is printed as it is stored."""


@dataclass(frozen=True)
class Parameter(ABC):
    """What one field can become.

    Parameters
    ----------
    when
        The field is in play only if each field named here has one of the values beside it.
    """

    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict, kw_only=True, hash=False)

    def __post_init__(self) -> None:
        for name, values in self.when.items():
            if not isinstance(values, tuple) or not values:
                raise RequestError(
                    f"A condition is written when={{{name!r}: (VALUE, …)}} with a tuple of values, "
                    f"got {values!r}."
                )

    @abstractmethod
    def value(self, share: float) -> Any:
        """The value at `share`, in [0, 1), of the distribution."""

    @abstractmethod
    def ends(self) -> tuple[Any, ...]:
        """The lowest and the highest value; of a choice, every option."""

    @abstractmethod
    def holds(self, value: Any) -> bool:
        """Whether `value` can be drawn."""

    @abstractmethod
    def text(self) -> str:
        """The range and how it is drawn from, in plain words."""

    def condition(self) -> str:
        """When the field is in play, in plain words; empty if it always is."""
        return " and ".join(f"{name} is {_either(values)}" for name, values in self.when.items())

    def __str__(self) -> str:
        return self.text()


@dataclass(frozen=True)
class _Interval(Parameter):
    """Floats between two ends."""

    low: float
    high: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise RequestError(_not_below(self))
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))

    def ends(self) -> tuple[float, float]:
        """The lowest and the highest value."""
        return self.low, self.high

    def holds(self, value: Any) -> bool:
        """Whether `value` is a float between the ends."""
        return isinstance(value, float) and self.low <= value <= self.high

    def _rounded(self, value: float) -> float:
        # An end with more digits than a drawn number has must not be passed by rounding.
        return min(max(float(f"{value:.{DIGITS}g}"), self.low), self.high)


@dataclass(frozen=True)
class LogUniform(_Interval):
    """A float whose logarithm is uniform: for step sizes, decays and weights of losses.

    Parameters
    ----------
    low, high
        Smallest and largest value; both positive.
    when
        Condition on other fields, see `Parameter`.

    Raises
    ------
    RequestError
        `low` is not below `high`, or not positive.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low <= 0:
            raise RequestError(f"{_written(self)}: a logarithm needs positive ends.")

    def value(self, share: float) -> float:
        """The value at `share` of the distribution."""
        low, high = math.log(self.low), math.log(self.high)
        return self._rounded(math.exp(low + share * (high - low)))

    def text(self) -> str:
        """The range in plain words: ``0.0001 to 0.01, log-uniform``."""
        return f"{_number(self.low)} to {_number(self.high)}, log-uniform"


@dataclass(frozen=True)
class Uniform(_Interval):
    """A float, each as likely as any other: for dropout and shares.

    Parameters
    ----------
    low, high
        Smallest and largest value.
    when
        Condition on other fields, see `Parameter`.

    Raises
    ------
    RequestError
        `low` is not below `high`.
    """

    def value(self, share: float) -> float:
        """The value at `share` of the distribution."""
        return self._rounded(self.low + share * (self.high - self.low))

    def text(self) -> str:
        """The range in plain words: ``0 to 0.6, uniform``."""
        return f"{_number(self.low)} to {_number(self.high)}, uniform"


@dataclass(frozen=True)
class Integer(Parameter):
    """A whole number between two ends, both included.

    Parameters
    ----------
    low, high
        Smallest and largest value.
    log
        Whether the logarithm is uniform, so that doubling is as likely anywhere; `low` is then
        positive.
    when
        Condition on other fields, see `Parameter`.

    Raises
    ------
    RequestError
        An end is no whole number, `low` is not below `high`, or `log` and not positive.
    """

    low: int
    high: int
    log: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if type(self.low) is not int or type(self.high) is not int:
            raise RequestError(f"{_written(self)}: the ends must be whole numbers.")
        if not self.low < self.high:
            raise RequestError(_not_below(self))
        if self.log and self.low <= 0:
            raise RequestError(f"{_written(self)}: a logarithm needs positive ends.")

    def value(self, share: float) -> int:
        """The value at `share` of the distribution."""
        if self.log:
            low, high = math.log(self.low), math.log(self.high + 1)
            found = math.floor(math.exp(low + share * (high - low)))
        else:
            found = self.low + math.floor(share * (self.high - self.low + 1))
        return min(max(found, self.low), self.high)

    def ends(self) -> tuple[int, int]:
        """The lowest and the highest value."""
        return self.low, self.high

    def holds(self, value: Any) -> bool:
        """Whether `value` is a whole number between the ends."""
        return type(value) is int and self.low <= value <= self.high

    def text(self) -> str:
        """The range in plain words: ``1 to 4, whole numbers``."""
        how = ", log-uniform" if self.log else ""
        return f"{self.low} to {self.high}, whole numbers{how}"


@dataclass(frozen=True, init=False)
class Choice(Parameter):
    """One of several values, each as likely as any other.

    Parameters
    ----------
    *options
        Numbers, texts or truth values; two at least, all distinct. The first and the last of them
        count as the lowest and the highest.
    when
        Condition on other fields, see `Parameter`.

    Raises
    ------
    RequestError
        There are fewer than two options, two are equal, or one is of another type.
    """

    options: tuple[Any, ...]

    def __init__(self, *options: Any, when: Mapping[str, tuple[Any, ...]] | None = None) -> None:
        object.__setattr__(self, "options", options)
        object.__setattr__(self, "when", dict(when or {}))
        super().__post_init__()
        listed = ", ".join(map(repr, options))
        for option in options:
            if type(option) not in (bool, int, float, str):
                raise RequestError(
                    f"Choice({listed}): {option!r} is no number, text or truth value."
                )
        # True equals 1, and text that looks alike is one option on the command line.
        if len(options) < 2 or len({str(o) for o in options}) < len(options):
            raise RequestError(f"Choice({listed}): name two different options or more.")
        if len({type(o) for o in options}) > 1:
            raise RequestError(f"Choice({listed}): all options must be of one type.")

    def value(self, share: float) -> Any:
        """The option at `share` of the distribution."""
        return self.options[min(math.floor(share * len(self.options)), len(self.options) - 1)]

    def ends(self) -> tuple[Any, ...]:
        """Every option."""
        return self.options

    def holds(self, value: Any) -> bool:
        """Whether `value` is one of the options."""
        return any(type(o) is type(value) and o == value for o in self.options)

    def text(self) -> str:
        """The options in plain words: ``16, 32 or 64``."""
        return _either(self.options)


def _either(values: tuple[Any, ...]) -> str:
    words = [_number(v) if isinstance(v, float) else str(v) for v in values]
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _number(value: float) -> str:
    """A float without needless digits: ``0.0001``, ``1``."""
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    return text if float(text) == value else f"{value:.10g}"


def _written(parameter: _Interval | Integer) -> str:
    return f"{type(parameter).__name__}({parameter.low}, {parameter.high})"


def _not_below(parameter: _Interval | Integer) -> str:
    return f"{_written(parameter)}: the first end must be below the second."

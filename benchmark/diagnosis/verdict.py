"""What an examination finds: fine, to be looked at, or broken, and what to type then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

FINE, LOOK, BROKEN = "fine", "look", "broken"
ORDER: Final = (FINE, LOOK, BROKEN)


@dataclass(frozen=True)
class Verdict:
    """One thing that was looked at.

    Parameters
    ----------
    area
        What it belongs to: ``software``, ``machine``, ``folders``, ``corpora``, ``environment``.
    name
        What it is, in a word that stays.
    state
        ``fine``, ``look`` (look at this) or ``broken``.
    text
        What was found, in a sentence or a few words.
    do
        What to type or to do; "" where nothing is to be done.
    facts
        The same for programs.
    """

    area: str
    name: str
    state: str
    text: str
    do: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def guarded(area: str, name: str, look: Callable[[], Iterator[Verdict]]) -> Iterator[Verdict]:
    """Yield what `look` finds; whatever goes wrong in it is a finding too, and no crash."""
    try:
        yield from look()
    except Exception as error:
        said = f"could not be looked at: {type(error).__name__}: {error}"
        yield Verdict(area, name, LOOK, f"{name} {said}")

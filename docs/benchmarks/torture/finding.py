"""What a campaign gives: how many things it tried, and what went wrong."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """What came of a campaign.

    Parameters
    ----------
    count
        Number of faults that were caused, or of inputs that were tried.
    failures
        A sentence on each that did not end as it should, with what it takes to repeat it.
    notes
        Sentences on what was tried and seen: figures, and what was mended because of it.
    """

    count: int
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Campaign:
    """A campaign as it is stored.

    Parameters
    ----------
    finding
        What came of it.
    seed
        Seed of everything that was drawn.
    began
        When it began, as an ISO time.
    seconds
        What it took.
    machine, versions
        Where, and with what.
    command
        What was typed.
    """

    finding: Finding
    seed: int
    began: str
    seconds: float
    machine: str
    versions: str
    command: str

    def stored(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def campaign_of(stored: dict[str, Any]) -> Campaign:
    """The campaign that `stored` holds."""
    return Campaign(**{**stored, "finding": Finding(**stored["finding"])})

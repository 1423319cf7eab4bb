"""The address of a number: what ``emobench why`` takes, the same whenever the page is rendered.

``DATASET/PROTOCOL/TRACK/REGIME/CONDITION/MODEL/NUMBER``, for instance
``ravdess/full_modalities/controlled/full/full/late_fusion/macro_f1``. Names can hold anything; what
a shell or the slashes would trip over is written as in web addresses (``%20`` for a space).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from emobench.leaderboard.results.entries import ModelEntry

PLAIN: Final = "-_.:=+,@"
"""Signs that are written as they are, beside letters and digits: no shell minds them inside."""

SEGMENTS: Final = ("dataset", "protocol", "track", "regime", "condition", "model", "number")

SUMMARY: Final = "summary:"
"""Precedes a summary's name, which stands in the place of a condition."""
CONTRAST: Final = "contrast:"
"""The same for a contrast of the protocol; the regime is that of its first score."""

BEST_SINGLE: Final = "best_single"
"""In the place of a model's name: the best single-modality row, whichever it truly is."""
WITHOUT_COPIES: Final = "without_copies"
"""In the place of a member: the test utterances without an exact copy in train."""

OVER: Final = "over"
RELATIONS: Final = {
    OVER: "less another row",
    "left": "the share of the gain over the commonest class that is left",
    "loss": "less what a training on the tested corpus scores there",
    "inflation": "flawed less honest",
    "gain": "tuned less default",
    "optimism": "promised on dev less scored on test",
}
"""How a number is made of others, by the word after its measure."""

SHORT: Final = 10
"""Hexadecimal digits of a short ID."""


@dataclass(frozen=True, order=True)
class Number:
    """The last part of an address: what was measured, and what was made of it.

    Parameters
    ----------
    measure
        A column of ``leaderboard.csv``.
    part
        A member of a joint corpus, or `WITHOUT_COPIES`; "" for the whole test part.
    relation
        One of `RELATIONS`, or "".
    other
        The row that is taken off, of the relation `OVER`.
    """

    measure: str
    part: str = ""
    relation: str = ""
    other: str = ""

    def __str__(self) -> str:
        text = self.measure
        if self.part:
            # A dash ends it and this sign begins it: a member's name can hold both.
            text += f"@{written(self.part).replace('-', '%2D').replace('@', '%40')}"
        if self.relation:
            text += f"-{self.relation}"
        return f"{text}-{written(self.other)}" if self.other else text


@dataclass(frozen=True, order=True)
class Address:
    """A number of the page by its name.

    Parameters
    ----------
    dataset, protocol, track
        The section, the corpus as the page prints it.
    regime, condition
        Of its row; a summary or contrast stands in the place of the condition.
    model
        The row's label, as the page prints it.
    """

    dataset: str
    protocol: str
    track: str
    regime: str
    condition: str
    model: str
    number: Number

    def __str__(self) -> str:
        names = (
            self.dataset,
            self.protocol,
            self.track,
            self.regime,
            self.condition,
            self.model,
        )
        return "/".join((*map(written, names), str(self.number)))

    @property
    def short(self) -> str:
        """Ten hexadecimal digits that stand for the address."""
        return hashlib.sha256(str(self).encode()).hexdigest()[:SHORT]

    @property
    def section(self) -> tuple[str, str, str]:
        """Dataset, track and protocol, as `ModelEntry.section` has them."""
        return self.dataset, self.track, self.protocol

    @property
    def summary(self) -> str:
        """Name of its summary, or ""."""
        return self.condition.removeprefix(SUMMARY) if self.condition.startswith(SUMMARY) else ""

    @property
    def contrast(self) -> str:
        """Name of its contrast, or ""."""
        return self.condition.removeprefix(CONTRAST) if self.condition.startswith(CONTRAST) else ""


def address_of(
    entry: ModelEntry,
    regime: str,
    condition: str,
    measure: str,
    part: str = "",
    relation: str = "",
    other: str = "",
) -> Address:
    """Return the address of a number of a model's row; see `Address` and `Number`."""
    dataset, track, protocol = entry.section
    number = Number(measure, part, relation, other)
    return Address(dataset, protocol, track, regime, condition, entry.label, number)


def is_short(text: str) -> bool:
    """Whether a text has the form of a short ID."""
    return re.fullmatch(rf"[0-9a-fA-F]{{{SHORT}}}", text) is not None


def segments(text: str) -> list[str]:
    """Take a typed address apart; names may also be typed as they are, in quotes."""
    *names, number = text.strip().strip("/").split("/")
    # A number stays as it is written: only its own parts are.
    return [*map(unquote, names), number]


def parse_number(text: str) -> Number | None:
    """Read the last part of an address; None where it has not its form."""
    match = re.fullmatch(r"(\w+)(?:@([^/@-]+))?(?:-(\w+)(?:-([^/]+))?)?", text)
    if match is None:
        return None
    measure, part, relation, other = (one or "" for one in match.groups())
    if (relation and relation not in RELATIONS) or bool(other) != (relation == OVER):
        return None
    return Number(measure, unquote(part), relation, unquote(other))


def written(name: str) -> str:
    """Return a name as it stands in an address."""
    # A tilde at the beginning means a person's folder to a shell; `quote` leaves it as it is.
    return quote(name, safe=PLAIN).replace("~", "%7E")

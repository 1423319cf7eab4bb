"""A part of a grid, for machines that share nothing but the command."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from emobench.errors import RequestError

J = TypeVar("J")


@dataclass(frozen=True)
class Shard:
    """Part `number` of `count` parts, from 1 on.

    Which part a training belongs to is a pure function of its key: it stays the same when the grid
    grows, and no machine needs to know of another. The parts are as even as a hash makes them: of
    `T` trainings each part gets ``T / count``, give or take about the square root of that.
    """

    number: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise RequestError(
                f"--shard {self}: the first number is from 1 to the second, such as 3/8."
            )

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def holds(self, key: str) -> bool:
        """Whether the training, or the search, called `key` belongs to this part."""
        # A hash of its own: the keys of another version could be anything.
        digest = hashlib.sha256(f"shard:{key}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.number - 1

    def of(self, jobs: Mapping[str, J]) -> dict[str, J]:
        """Those of the jobs, by their keys, that belong to this part."""
        return {key: job for key, job in jobs.items() if self.holds(key)}


WHOLE = Shard(1, 1)
"""The whole grid."""


def parse_shard(text: str | None) -> Shard:
    """Read ``3/8``; the whole grid for None.

    Raises
    ------
    RequestError
        The text is no part of a whole.
    """
    if text is None:
        return WHOLE
    match = re.fullmatch(r"\s*(\d{1,18})\s*/\s*(\d{1,18})\s*", text)
    if match is None:
        raise RequestError(f"--shard {text}: write it as 3/8, the third of eight parts.")
    return Shard(int(match[1]), int(match[2]))

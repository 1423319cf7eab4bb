"""What a checker may ask the emobench that it runs on; the command line answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

SAME = "same"
DIFFERS = "differs"
NOT_AT_HAND = "not at hand"
"""Whether something is here what it was there."""


@dataclass(frozen=True)
class Origin:
    """Whether a model, a corpus, a protocol or masks are here what they were there.

    Parameters
    ----------
    what
        Which: ``model mlp``.
    state
        `SAME`, `DIFFERS` or `NOT_AT_HAND`.
    why
        In a sentence part.
    """

    what: str
    state: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.state}{f' ({self.why})' if self.why else ''}"


@dataclass(frozen=True)
class KnownCorpus:
    """A corpus that was opened here.

    Parameters
    ----------
    digest
        Of its present state; "" where it is not at hand.
    truth
        Utterance id to its class; of several labels a JSON list.
    tests
        Fold of the standard split to the ids of its test part.
    why
        Why it is not at hand.
    """

    digest: str = ""
    truth: Mapping[str, str] = field(default_factory=dict)
    tests: Mapping[int, frozenset[str]] = field(default_factory=dict)
    why: str = ""


Declared = Mapping[tuple[str, str], Mapping[str, Any]]
"""(``condition`` or ``regime``, its name) to its fields, as a protocol declares them."""


class Installation(Protocol):
    """The emobench that checks a submission."""

    mask_seed: int

    def model_digest(self, name: str) -> str | None:
        """Return the digest of a model's source file; None for a model that is not installed."""

    def corpus(self, label: str) -> KnownCorpus:
        """Return a corpus, if it can be opened without trusting its label."""

    def declared(self, row: Mapping[str, Any], modalities: Sequence[str]) -> Declared | None:
        """Return what the protocol of a row declares; None where it is not installed.

        `modalities` are those of the row's corpus.
        """

    def mask(
        self,
        rate: float,
        seed: int,
        ids: Sequence[str],
        modalities: Sequence[str],
        available: NDArray[np.bool_],
    ) -> NDArray[np.bool_]:
        """Draw the mask ``[N, M]`` of a missing rate for utterances that have `available`."""

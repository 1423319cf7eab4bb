"""What the utterances of two cells have to share to be the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def corpus_key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what is equal for cells whose utterances of one id are the same utterance.

    Parameters
    ----------
    row
        A row of the results.
    """
    own = (row["tested_on"], row["tested_digest"])
    # A flaw can repeat utterances, each seed its own, and can change their labels.
    return (*own, row["flaw"], row["seed"]) if row["flaw"] else own

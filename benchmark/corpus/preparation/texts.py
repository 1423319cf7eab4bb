"""The texts of a prepared corpus."""

from __future__ import annotations

from emobench.corpus.preparation.extract import Prepared


def texts(target: Prepared) -> list[str | None]:
    """Text of each utterance, None where it is absent."""
    dataset, table = target.corpus.dataset, target.corpus.table
    available = target.facts("transcript", "available.npy")
    return [
        str(dataset.read(table.iloc[i], "transcript")) if available[i] else None
        for i in range(len(table))
    ]

"""What is lost on corpora that were not trained on, all losses tested together."""

from __future__ import annotations

from collections.abc import Iterator

from emobench.leaderboard.results.board import MAJORITY, ORACLE
from emobench.leaderboard.tables.answers.changes import Change, Pair, changes, counts_text
from emobench.leaderboard.tables.transfer import TransferView, home_and_away


def transfer_changes(view: TransferView) -> list[Change]:
    """Return each score on another corpus less that of a training on this corpus.

    Only of models whose features are standardised by what they were trained on: other ways see
    the tested recordings.
    """
    return changes(_pairs(view))


def _pairs(view: TransferView) -> Iterator[Pair]:
    for matrices in view.matrices:
        model = matrices[0].model
        for section in view.sections:
            entry = section.entry(model)
            if entry is None or entry.model in (MAJORITY, ORACLE):
                continue
            for name in matrices[0].columns:
                away, home = home_and_away(view.sections, section, entry, name)
                if away is not None and home is not None:
                    yield Pair(entry, f"{section.dataset} → {name}", away, home)


def transfer_text(found: list[Change]) -> str:
    """Say how many scores fall on other corpora; what is known where nothing can be compared."""
    if not found:
        return (
            "No model is complete on a corpus that it was not trained on and, trained there, on "
            "the same classes: nothing can be compared yet."
        )
    return counts_text(
        found, "tests on another corpus", "score below a training on that corpus",
        "score above it", flipped=True,
    )  # fmt: skip

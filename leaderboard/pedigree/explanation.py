"""All that ``emobench why`` says of one number."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from emobench.errors import RequestError
from emobench.leaderboard.pedigree import formulas
from emobench.leaderboard.pedigree.address import Address
from emobench.leaderboard.pedigree.catalogue import addresses, main_numbers, resolve
from emobench.leaderboard.pedigree.evidence import Evidence, RowEvidence, evidence
from emobench.leaderboard.pedigree.page_number import PageNumber, page_number
from emobench.leaderboard.pedigree.page_record import PageRecord, page_record
from emobench.leaderboard.pedigree.plain_scores import is_independent
from emobench.leaderboard.pedigree.sections import StoredSections
from emobench.leaderboard.statistics.bootstrap import Estimate

TOLERANCE: Final = 1e-12
"""What two ways of adding up the same numbers may differ by."""


@dataclass(frozen=True)
class Explanation:
    """A number of the page, the same number computed anew, and what the rendered table says.

    Parameters
    ----------
    page
        As the page's code computes it now.
    again
        As it follows from the cells, by other code.
    record
        The rendered table.
    """

    root: Path
    address: Address
    page: PageNumber
    again: Evidence
    record: PageRecord

    @property
    def difference(self) -> float:
        """The largest difference between the two computations: of the number and its interval."""
        pairs = [(self.page.value, self.again.value)]
        if self.page.interval is not None and self.again.interval is not None:
            here, there = self.page.interval, self.again.interval
            pairs += [(here.low, there.low), (here.high, there.high)]
        gaps = [0.0 if a == b else abs(a - b) for a, b in pairs]
        return float(np.nan if any(np.isnan(gaps)) else max(gaps))

    @property
    def is_equal(self) -> bool:
        """Whether both computations agree."""
        return self.difference <= TOLERANCE

    @property
    def is_reproduced(self) -> bool:
        """Whether they agree, and the rendered table says the same."""
        return self.is_equal and not self.record.differences

    @property
    def is_independent(self) -> bool:
        """Whether the second computation has formulas of its own for the measure."""
        return self.page.made == "cost" or is_independent(self.address.number.measure)

    @property
    def verdict(self) -> str:
        """What came out, in a line."""
        if not self.is_equal:
            return f"NOT equal: the two computations differ by {self.difference:.3g}"
        if self.record.differences:
            return (
                "equal to 1e-12 from the store, but the rendered page is of other results or of "
                "another version of emobench; to render it again: emobench leaderboard --results "
                f"{shlex.quote(str(self.root))}"
            )
        return "equal to 1e-12"

    def content(self) -> dict[str, Any]:
        """Return everything as plain data for JSON."""
        return {
            "id": str(self.address),
            "short": self.address.short,
            "title": formulas.title(self.address),
            "value": self.page.value,
            "interval": _bounds(self.page.interval),
            "p_value": self.page.p_value,
            "unit": formulas.unit(self.address),
            "formula": formulas.formula(self.address, self.page),
            "recomputed": {
                "value": self.again.value,
                "interval": _bounds(self.again.interval),
                "difference": self.difference,
            },
            "rows": [_row(row) for row in self.again.rows],
            "page": {
                "file": str(self.record.file) if self.record.file else None,
                "differences": [*self.record.differences],
            },
            "verdict": self.verdict,
            "equal": self.is_reproduced,
        }


def _bounds(estimate: Estimate | None) -> list[float] | None:
    return [estimate.low, estimate.high] if estimate else None


def _row(row: RowEvidence) -> dict[str, Any]:
    one = row.of
    return {
        "dataset": one.section.dataset,
        "regime": one.row.regime,
        "condition": one.row.condition,
        "model": one.entry.label,
        "value": row.value,
        "seeds": {str(s): v for s, v in row.counted.seeds.items()} if row.counted else {},
        "test_utterances": one.score.n_test if one.score else None,
        "units": one.score.n_units if one.score else None,
        "cells": [
            {
                "fold": c.fold, "seed": c.seed, "cell": c.cell, "training": c.training,
                "file": c.file, "place": c.place, "utterances": c.n, "value": c.value,
            }
            for c in row.cells
        ],
    }  # fmt: skip


def explain(root: Path, text: str) -> Explanation:
    """Recompute the number that `text` means.

    Parameters
    ----------
    root
        A results folder.
    text
        An address or a short ID.

    Raises
    ------
    RequestError
        There is no such number; the message proposes near ones or says why it is blank.
    """
    return explanation(*resolve(root, text))


def explanation(sections: StoredSections, address: Address) -> Explanation:
    """Recompute a number by its address; see `explain`."""
    root, found = sections.results.root, page_number(sections, address)
    again = evidence(sections.results, found)
    return Explanation(root, address, found, again, page_record(root, found.rows))


@dataclass(frozen=True)
class SectionNumbers:
    """The numbers of one section by their addresses."""

    dataset: str
    track: str
    protocol: str
    main: tuple[Address, ...]
    every: tuple[Address, ...]


def section_numbers(
    root: Path, dataset: str | None = None, protocol: str | None = None
) -> list[SectionNumbers]:
    """Return the addresses of every number, section by section.

    Raises
    ------
    RequestError
        Nothing is stored there, or not on that corpus.
    """
    sections = StoredSections(root, dataset, protocol)
    found = [
        SectionNumbers(*key, tuple(main_numbers(sections, key)), tuple(addresses(sections, {key})))
        for key in sections.keys
    ]
    if not any(one.every for one in found):
        raise RequestError(f"{root} holds no finished row, so there is no number to explain.")
    return found

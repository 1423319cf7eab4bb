"""BibTeX of the harness, the corpora and the models of a section."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from emobench.leaderboard.results.board import read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.takeaway.citation import (
    AUTHORS,
    TITLE,
    bib_authors,
    bib_text,
    citations,
)

ROOT = Path(__file__).parents[3]


def test_the_harness_is_cited_as_its_file_says() -> None:
    found = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert found["title"] == TITLE
    assert [author["name"] for author in found["authors"]] == [AUTHORS]


def test_versions_are_those_that_computed_the_results(stored: Path) -> None:
    board = read_board(Results(stored), dataset="simulated")
    text = citations(Results(stored), board.sections[0])
    keys = re.findall(r"^@(\w+)\{([\w-]+),$", text, flags=re.MULTILINE)
    assert keys[0] == ("software", "emobench")
    assert len(set(keys)) == len(keys)
    assert "version = {0.1.0}" in text
    assert ("misc", "model-alpha-net-2021") in keys
    # Reference rows have no authors, so there is nobody to cite.
    assert not any("majority" in key for _, key in keys)
    assert text.count("{") == text.count("}")


def test_names_of_authors() -> None:
    assert bib_authors("Mower Provost, Kim and Lee") == "{Mower Provost} and {Kim} and {Lee}"
    assert bib_authors("Goodfellow, Mirza and others") == "{Goodfellow} and {Mirza} and others"
    assert bib_authors("Yoon") == "{Yoon}"


def test_what_latex_would_trip_over() -> None:
    assert bib_text("50% of a_b & {c} \\d\n e") == r"50\% of a\_b \& c d e"

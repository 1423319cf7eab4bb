"""Answers that are read one by one are those that the tables count."""

from __future__ import annotations

from pathlib import Path

import pytest

from emobench.leaderboard.results.board import Board, read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.utterances.answers import read_answers

from ...conftest import ALL, Made, Writer, make_joint


def check(root: Path, board: Board) -> int:
    seen = 0
    for section in board.sections:
        found = read_answers(Results(root), section)
        scored = {
            (label, row.regime)
            for label, rows in section.rows.items()
            for row in rows.values()
            if row.condition == section.headline and row.score is not None
        }
        assert set(found) == scored
        for one in found.values():
            score = one.row.score
            assert score is not None
            assert one.reliability.error.value == pytest.approx(score.values["ece"], abs=1e-12)
            assert len(one.seeds) == score.n_seeds
            assert (~one.wrong).sum(axis=0).tolist() == score.right.tolist()
            seen += 1
    return seen


def test_the_error_that_is_drawn_is_that_of_the_tables(stored: Path) -> None:
    assert check(stored, read_board(Results(stored))) > 15


def test_of_a_joint_corpus_only_what_shows_something_counts(tmp_path: Path) -> None:
    root = tmp_path / "results"
    for made in (Made("net", "own", ALL), Made("majority", "reference")):
        Writer(root, subsets=("text",), rates=()).grid(made)
    make_joint(root, rates=False)
    assert check(root, read_board(Results(root))) == 4

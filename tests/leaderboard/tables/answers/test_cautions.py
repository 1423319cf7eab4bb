"""What stands before the scores is written in sentences."""

from __future__ import annotations

from pathlib import Path

from emobench.leaderboard.results.board import read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.tables.answers.cautions import cautions
from emobench.leaderboard.tables.facts import facts

from ...conftest import ALL, Made, Writer


def test_each_caution_is_a_sentence_of_its_own(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "results", n=40)
    writer.grid(Made("late_fusion", "reference", ALL))
    writer.grid(Made("alpha_net", "published", ALL))
    writer.corpus()
    section = read_board(Results(tmp_path / "results")).sections[0]
    said = cautions(section, facts(section))
    assert said
    for one in said:
        assert one[0] == one[0].upper()
        assert one.endswith(".")
        assert not one.endswith("..")


def test_a_row_with_options_is_not_taken_for_the_paper(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "results", n=40)
    for name in ("alpha_net", "alpha_net:width=9"):
        writer.grid(Made(name, "published", ALL))
    section = read_board(Results(tmp_path / "results")).sections[0]
    (said,) = (one for one in cautions(section, facts(section)) if "options" in one)
    assert said.startswith("`alpha_net:width=9` runs with the options")

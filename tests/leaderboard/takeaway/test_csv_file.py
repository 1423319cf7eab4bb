"""A table as CSV reads back to the same numbers, text and all."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.tables.score_table import (
    Badge,
    Column,
    ScoreTable,
    TableCell,
    TableRow,
    difference_cell,
    estimate_cell,
)
from emobench.leaderboard.takeaway.csv_file import csv_text, number_text

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)


def read(text: str) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(text, newline=""))]


@settings(max_examples=25)
@given(st.lists(st.tuples(NAMES, FLOATS, FLOATS, FLOATS), min_size=1, max_size=4))
def test_every_digit_reads_back(rows: list[tuple[str, float, float, float]]) -> None:
    table = ScoreTable(
        "T",
        (Column("Score"), Column("gap, n = 3")),
        tuple(
            TableRow(name, "", (estimate_cell(e), difference_cell(e)))
            for name, *numbers in rows
            for e in [Estimate(*numbers)]
        ),
    )
    for (name, *numbers), line in zip(rows, read(csv_text(table)), strict=True):
        assert line["Model"] == name
        for head in ("Score", "gap, n = 3"):
            found = [float(line[f"{head}{end}"]) for end in ("", " low", " high")]
            assert found == numbers


@given(FLOATS)
def test_a_number_is_written_as_short_as_it_can_be(value: float) -> None:
    assert float(number_text(value)) == value
    assert len(number_text(value)) <= max(len(repr(value)), 2)


def test_what_stands_beside_a_number_has_columns_of_its_own() -> None:
    cells = (
        TableCell("1–3", value=1, details=("≈ best",), bounds=(1.0, 3.0)),
        TableCell("12 s", value=math.nan),
        TableCell("x", badge=Badge("this one")),
        TableCell(value=0.5),
        TableCell("–"),
    )
    columns = (Column("Rank"), Column("Time"), Column("A", format="text"),
               Column("drawn", format="bar"), Column("A"))  # fmt: skip
    row = TableRow("net", "", cells, detail="text", badges=(Badge("failed"),))
    (line,) = read(csv_text(ScoreTable("T", columns, (row,), stub="Row")))
    assert line == {
        "Row": "net", "detail": "text", "status": "failed", "Rank": "1", "Rank low": "1",
        "Rank high": "3", "Rank note": "≈ best", "Time": "", "A": "x", "A note": "this one",
        "A (2)": "",
    }  # fmt: skip


def test_the_scores_of_a_page_are_those_of_its_public_table(page: Path, shelves: Path) -> None:
    public = pd.read_csv(page.with_name("leaderboard.csv"))
    (path,) = shelves.glob("simulated-controlled-*/tables/main-regime-full.csv")
    mine = pd.read_csv(path).set_index("Model")
    here = public[(public.dataset == "simulated") & (public.regime == "full")]
    here = here[(here.condition == "full") & here.macro_f1.notna()].set_index("model")
    assert set(here.index) <= set(mine.index)
    for model, line in here.iterrows():
        for column, name in (("Macro-F1", "macro_f1"), ("Macro-F1 low", "macro_f1_low")):
            assert round(mine.loc[model, column], 6) == line[name]

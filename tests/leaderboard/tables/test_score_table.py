"""Page and Markdown print the same table from the same object."""

from __future__ import annotations

import re
from html import unescape

import pytest

from emobench.leaderboard.report.html import environment
from emobench.leaderboard.report.markdown import table_text
from emobench.leaderboard.statistics.bootstrap import Estimate
from emobench.leaderboard.tables.score_table import (
    Badge,
    Column,
    Footnotes,
    IntervalBar,
    ScoreTable,
    TableCell,
    TableRow,
    blank_cell,
    difference_cell,
)


@pytest.fixture
def table() -> ScoreTable:
    columns = (
        Column("Flaw", format="code"),
        Column("Score", "what it scores", tinted=True),
        Column("scale", format="bar"),
        Column("Remark", format="prose"),
    )
    rows = (
        TableRow(
            "net",
            "published",
            (
                TableCell("random_clips"),
                TableCell(".500", "[.400, .600]", 0.5, "a note", "1", details=("≈ best",)),
                TableCell(value=0.5, bar=IntervalBar(10, 50, 90)),
                TableCell("a | b <c>"),
            ),
            detail="text",
            badges=(Badge("failed", "failed", "NaN"),),
        ),
        TableRow(
            "majority", "reference floor", (TableCell(), blank_cell(), TableCell(), TableCell())
        ),
    )
    return ScoreTable("Title", columns, rows, (("1", "a note"),))


def html(table: ScoreTable) -> str:
    source = '{% import "macros.html.j2" as m %}{{ m.score_table(table) }}'
    return environment().from_string(source).render(table=table)


def test_markdown_prints_every_part_of_a_cell(table: ScoreTable) -> None:
    assert table_text(table).splitlines() == [
        "| Model | Flaw | Score | Remark |",
        "| --- | --- | ---: | --- |",
        "| net · text (failed) | `random_clips` | .500 [.400, .600] (≈ best) (1) | a \\| b <c> |",
        "| *majority* |  | – |  |",
        "",
        "(1) a note",
    ]


def test_the_page_prints_the_same_and_escapes_it(table: ScoreTable) -> None:
    page = html(table)
    assert "<c>" not in page
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", page.replace("<wbr>", ""))).split())
    for row in table.rows:
        for cell in row.cells:
            for text in filter(None, (cell.text, cell.interval, *cell.details)):
                assert text in words
    assert '<tr class="reference floor">' in page
    assert 'title="NaN">failed</span>' in page
    assert 'data-sort="0.5" title="a note">' in page
    assert re.search(r'class="[^"]*\bt50"', page)
    assert page.count('<svg class="bar"') == 1


def test_columns_that_say_nothing_are_left_out(table: ScoreTable) -> None:
    bare = ScoreTable("", table.columns, table.rows[1:]).without_blank_columns()
    assert bare.columns == ()
    assert bare.rows[0].cells == ()
    assert len(table.without_blank_columns().columns) == 4


def test_equal_footnotes_share_a_mark() -> None:
    notes = Footnotes()
    assert [notes.mark(text) for text in ("a", "b", "a")] == ["1", "2", "1"]
    assert notes.listed() == (("1", "a"), ("2", "b"))


@pytest.mark.parametrize(
    ("bounds", "kind"), [((0.1, 0.3), "up"), ((-0.3, -0.1), "down"), ((-0.1, 0.1), "")]
)
def test_a_difference_is_coloured_where_its_interval_excludes_zero(
    bounds: tuple[float, float], kind: str
) -> None:
    assert difference_cell(Estimate(sum(bounds) / 2, *bounds)).kind == kind
    assert difference_cell(None) == blank_cell()

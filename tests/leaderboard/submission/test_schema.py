"""The schema, the document that describes it, and the committed example agree."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from emobench.leaderboard.statistics import measures
from emobench.leaderboard.submission import schema

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs" / "results-format.md"
EXAMPLE = ROOT / "docs" / "results-example"
TEXT = DOCUMENT.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, flags=re.DOTALL | re.MULTILINE)


def test_every_measure_of_the_leaderboard_is_a_score():
    # A new measure is a new column, and with it a new version of the schema.
    assert [c.name for c in schema.SCORES] == [m.name for m in measures.MEASURES]


def test_names_are_told_apart_and_keys_are_columns():
    for columns in schema.TABLES.values():
        assert len({c.name for c in columns}) == len(columns)
        assert {c.kind for c in columns} <= set(schema.ARROW)
    assert set(schema.KEY) <= {c.name for c in schema.RESULTS}


@pytest.mark.parametrize("table", schema.TABLES)
def test_the_document_has_the_data_dictionary_of_the_code(table):
    assert schema.markdown_table(table) in TEXT
    assert f"version {schema.VERSION} of the schema" in TEXT


def test_the_example_is_small_and_valid(check):
    assert sum(path.stat().st_size for path in EXAMPLE.iterdir()) <= 65_000
    verdict = check(EXAMPLE)
    assert [*map(str, verdict.faults)] == []
    assert verdict.status() == 0
    assert {o.what for o in verdict.origins if o.state == "same"} >= {
        "protocol missing_modality",
        "drawn masks",
    }


@pytest.mark.parametrize("query", blocks("sql"))
def test_the_queries_of_the_document_run(query, monkeypatch):
    monkeypatch.chdir(ROOT)
    found = duckdb.sql(query).fetchall()
    assert found
    assert all(value is not None for value in found[0])


@pytest.mark.parametrize("code", blocks("python"))
def test_the_python_of_the_document_runs(code, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {}
    exec(code, names)
    assert capsys.readouterr().out.strip()


def test_sql_and_pandas_say_what_the_results_say(monkeypatch):
    """Every accuracy of the example, from its predictions in two other ways."""
    monkeypatch.chdir(EXAMPLE)
    query = """
        SELECT cell, avg((truth = predicted)::INT) FROM 'predictions.parquet' GROUP BY cell
    """
    of_sql = dict(duckdb.sql(query).fetchall())
    predictions = pd.read_parquet("predictions.parquet")
    right = predictions.truth == predictions.predicted
    of_pandas = right.groupby(predictions.cell).mean()
    with Path("results.csv").open() as lines:
        rows = [row for row in csv.DictReader(lines) if row["status"] == "done"]
    assert len(rows) == len(of_sql) > 20
    for row in rows:
        assert float(row["accuracy"]) == pytest.approx(of_sql[row["cell"]], abs=1e-12)
        assert float(row["accuracy"]) == pytest.approx(of_pandas[row["cell"]], abs=1e-12)

"""Parquet of columns and of lists."""

from __future__ import annotations

import numpy as np
import pandas as pd
from emobench_tests_feature_files import check, everything, failure

from emobench import open_features


def test_parquet_of_numeric_columns(tmp_path):
    table = pd.DataFrame(np.arange(12.0).reshape(3, 4), columns=list("wxyz"))
    table.insert(2, "id", [7, 8, 9])
    table.to_parquet(tmp_path / "f.parquet", row_group_size=2)
    check(open_features(tmp_path / "f.parquet"), {
        str(7 + row): np.arange(4.0) + 4 * row for row in range(3)
    })  # fmt: skip


def test_parquet_nulls_are_missing_values_and_absent_lists(tmp_path):
    pd.DataFrame(
        {"id": ["a", "b"], "x": [1.0, None], "n": pd.array([None, 3], "Int64")}
    ).to_parquet(tmp_path / "f.parquet")
    table = open_features(tmp_path / "f.parquet")
    check(table, {"a": np.array([1.0, 0]), "b": np.array([0.0, 3])})
    assert "2 values in 2 utterances" in table.problems[0]
    pd.DataFrame({"id": ["a", "b", "c"], "x": [None, [], [1.0, 2]]}).to_parquet(
        tmp_path / "l.parquet"
    )
    found = everything(open_features(tmp_path / "l.parquet"))
    assert [found[name].shape for name in "abc"] == [(0, 2), (0, 2), (1, 2)]


def test_parquet_with_text_columns_or_without_an_id(tmp_path):
    pd.DataFrame({"id": ["a"], "x": [1.0], "label": ["happy"]}).to_parquet(tmp_path / "f.parquet")
    table = open_features(tmp_path / "f.parquet")
    check(table, {"a": np.array([1.0])})
    assert table.notes == ["left out: label (would leak)"]
    pd.DataFrame({"w": [1.0], "x": [1.0]}).to_parquet(tmp_path / "f.parquet")
    assert "no column 'id' (or file, name); it has w, x" in failure(tmp_path / "f.parquet")
    pd.DataFrame({"id": ["a"]}).to_parquet(tmp_path / "f.parquet")
    assert "no column of features" in failure(tmp_path / "f.parquet")


def test_parquet_lists_of_different_sizes(tmp_path):
    pd.DataFrame({"id": ["a", "b"], "x": [[1.0, 2.0], [1.0]]}).to_parquet(tmp_path / "f.parquet")
    assert "1 features at utterance 'b' and 2 at others" in failure(tmp_path / "f.parquet")
    steps = [[[1.0, 2.0], [3.0]]]
    pd.DataFrame({"id": ["a"], "x": steps}).to_parquet(tmp_path / "f.parquet")
    assert "whose steps differ" in failure(tmp_path / "f.parquet")

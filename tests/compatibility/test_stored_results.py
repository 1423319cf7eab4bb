"""What 0.1.0 stored is read and rendered, and its plugins run, as if nothing had happened.

The model is a plugin, whose file is part of what is hashed: the test stands as long as the
harness keeps its interface, whatever becomes of the built-in models.
"""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

from emobench.leaderboard import render
from emobench.leaderboard.report.csv_table import RANKED, SEARCHED
from emobench.leaderboard.submission.installation import NOT_AT_HAND
from emobench.leaderboard.submission.validation import validate
from emobench.leaderboard.submission.writer import export
from emobench.results.installation import Installed
from emobench.store.cell_reader import CellReader
from emobench.store.migration import migrate

from .conftest import REQUEST, Emobench


def csv(root: Path) -> bytes:
    return (root / "leaderboard" / "leaderboard.csv").read_bytes()


def without_bounds(table: bytes) -> pd.DataFrame:
    """The table as text, without the ends of intervals: they are made otherwise since 0.1.0."""
    read = pd.read_csv(io.BytesIO(table), dtype=str, keep_default_na=False)
    return read[[name for name in read if not name.endswith(("_low", "_high"))]]


def test_it_can_be_exported_and_what_is_exported_is_valid(stored, tmp_path):
    done = export(stored, tmp_path / "out")
    verdict = validate(tmp_path / "out", Installed(None, tmp_path / "cache"))
    assert [*map(str, verdict.faults)] == []
    assert (verdict.results, verdict.predictions) == (done.results, done.predictions)
    assert verdict.predictions > 1000
    assert all(o.state == NOT_AT_HAND for o in verdict.origins if "house" in o.what)


def cells(root: Path) -> dict[str, pd.DataFrame]:
    reader = CellReader(root)
    return {cell.key: reader.table(cell).to_pandas() for cell in reader.every() if cell.has_table}


def folders(root: Path) -> set[str]:
    return {str(p.relative_to(root)) for p in root.glob("*/*") if p.is_dir()}


def test_the_table_is_the_same_byte_for_byte_but_for_intervals(stored):
    before = csv(stored)
    (stored / "leaderboard" / "leaderboard.csv").unlink()
    render(stored)
    # Columns can be added, at the end alone.
    assert csv(stored).splitlines()[0].startswith(before.splitlines()[0])
    old, new = without_bounds(before), without_bounds(csv(stored))
    assert (new[[*SEARCHED]] == "").all(axis=None)
    new = new.drop(columns=[*RANKED, *SEARCHED])
    assert len(old.columns) > 20
    pd.testing.assert_frame_equal(new[old.columns], old)


def test_rewritten_into_few_files_it_gives_the_same_table_and_cells(stored: Path) -> None:
    render(stored)
    before, there = csv(stored), cells(stored)
    done = migrate(stored)
    assert done.cells > 50
    assert done.left == ()
    assert not (stored / "cells").exists()
    render(stored)
    assert csv(stored) == before
    for key, table in cells(stored).items():
        pd.testing.assert_frame_equal(table, there.pop(key), check_exact=True)
    assert not there


@pytest.mark.slow
def test_the_same_request_trains_once_more_by_the_new_recipe_and_says_so(stored, emobench):
    # Since 0.1.0 the loop has a schedule: another training, so another spec, never the old result.
    there = folders(stored)
    said = emobench("run", *REQUEST, "--results", stored, status=1)  # as in 0.1.0, cells fail
    assert "pooled is trained again: its config (options that came or went: looks, " in said
    assert "stored already" not in said
    assert there < folders(stored)


@pytest.mark.slow
def test_the_same_request_again_computes_nothing(stored, emobench):
    emobench("run", *REQUEST, "--results", stored, status=1)
    before = csv(stored)
    said = emobench("run", *REQUEST, "--results", stored, status=1)
    assert "nothing to compute" in said
    assert csv(stored) == before


@pytest.mark.slow
def test_plugins_of_0_1_0_run_unchanged_in_the_same_cells(
    stored: Path, emobench: Emobench, tmp_path: Path
) -> None:
    emobench("run", *REQUEST, "--results", tmp_path / "new", status=1)
    old, new = cells(stored), cells(tmp_path / "new")
    assert len(old) > 50
    assert len(old) == len(new)
    assert sorted(list(t.columns) for t in old.values()) == sorted(
        list(t.columns) for t in new.values()
    )
    for name in ("id", "label"):
        assert {tuple(t[name].astype(str)) for t in old.values()} == {
            tuple(t[name].astype(str)) for t in new.values()
        }

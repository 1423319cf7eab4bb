"""The page of docs/benchmarks/speed is written from stored measurements, and partly anew."""

from __future__ import annotations

import importlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "docs" / "benchmarks" / "speed"
NAMES = [path.stem for path in SCRIPTS.glob("[!_]*.py")]


@pytest.fixture(scope="module")
def scripts() -> Iterator[Any]:
    """The script's main module, as it is when Python runs the folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(SCRIPTS))
        for name in NAMES:  # theirs are plain words, which others may have used
            patch.delitem(sys.modules, name, raising=False)
        spec = importlib.util.spec_from_file_location("speed_main", SCRIPTS / "__main__.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
        for name in NAMES:
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def rows(scripts: Any) -> Any:
    return importlib.import_module("rows")


@pytest.fixture(scope="module")
def page(scripts: Any) -> Any:
    return importlib.import_module("page")


def result(kinds: Any, seconds: float, **changes: Any) -> Any:
    row = kinds.Row("a thing", "s", (seconds,), (2.0,), kinds.Limit(kinds.COST, 1.5))
    facts = {
        "rows": (row,), "measured": "2026-01-01T00:00+00:00", "machine": "an abacus",
        "versions": "Python 3.11", "load": 0.25, "command": "python docs/benchmarks/speed",
        "repeats": 1,
    }  # fmt: skip
    return kinds.Result(**(facts | changes))


def test_a_figure_is_the_median_of_its_rounds_and_a_ratio_of_theirs(rows: Any, page: Any) -> None:
    # The medians' own ratio, 4 / 3, is not what rounds made together show.
    row = rows.Row("x", "s", (1.0, 4.0, 10.0), (4.0, 2.0, 3.0))
    assert row.ratio == 2.0
    assert "| 3 (2 to 4) | 4 (1 to 10) | 2.00 |" in page.table_row(row)


@pytest.mark.parametrize(
    ("kind", "bound", "ours", "other", "ratio", "holds"),
    [
        ("cost", 1.05, 1.05, 1.0, 1.05, True),
        ("cost", 1.05, 1.06, 1.0, 1.06, False),
        ("gain", 1.8, 1.0, 1.8, 1.8, True),
        ("gain", 1.8, 1.8, 1.0, 1 / 1.8, False),
        ("value", 50, 49.0, None, None, True),
        ("value", 50, 51.0, None, None, False),
        ("least", 50, 51.0, None, None, True),
        ("least", 50, 49.0, None, None, False),
    ],
)
def test_a_limit_bounds_a_cost_a_gain_or_a_figure(
    rows: Any, kind: str, bound: float, ours: float, other: float, ratio: float, holds: bool
) -> None:
    compared = () if other is None else (other,)
    row = rows.Row("x", "s", (ours,), compared, rows.Limit(kind, bound))
    assert row.ratio == (None if ratio is None else pytest.approx(ratio))
    assert row.holds is holds


def test_what_was_not_measured_says_why_and_keeps_no_limit(rows: Any, page: Any) -> None:
    row = rows.Row("ray", "s", limit=rows.Limit(rows.GAIN, 1.7), skipped="no Ray")
    assert row.holds is None
    assert page.table_row(row) == "| ray | s |  | not measured: no Ray |  | ≥ 1.7 |  |"


figures = st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=4).map(tuple)


@given(ours=figures, note=st.text(max_size=20))
def test_a_stored_measurement_is_read_as_it_was(
    ours: tuple[float, ...], note: str, rows: Any
) -> None:
    row = rows.Row("x", "s", ours, ours, rows.Limit(rows.GAIN, 2), note)
    one = result(rows, 1.0, rows=(row, rows.Row("y", "s", skipped="no")))
    assert rows.result_of(json.loads(json.dumps(one.stored()))) == one


def run(scripts: Any, patch: pytest.MonkeyPatch, arguments: list[str], made: Any) -> int:
    """Run the script with `made` in place of measurements."""
    patch.setattr(scripts, "measured", made)
    status: int = scripts.main(arguments)
    return status


def test_a_partial_run_keeps_the_other_rows(
    scripts: Any, rows: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def first(name: str, *_: Any) -> Any:
        return result(rows, 1.0 + len(name), machine=f"machine of {name}")

    assert run(scripts, monkeypatch, ["--output", str(tmp_path)], first) == 0
    before = json.loads((tmp_path / "benchmark.json").read_text())
    text = (tmp_path / "benchmark.md").read_text()
    assert list(before) == list(scripts.NAMES)
    assert "Not measured yet" not in text

    def later(name: str, *_: Any) -> Any:
        return result(rows, 99.0, measured="2027-07-07T00:00+00:00")

    assert run(scripts, monkeypatch, ["start", "--output", str(tmp_path)], later) == 0
    after = json.loads((tmp_path / "benchmark.json").read_text())
    assert after.pop("start")["measured"].startswith("2027")
    before.pop("start")
    assert after == before
    changed = (tmp_path / "benchmark.md").read_text().splitlines()
    different = [new for new in changed if new not in text.splitlines()]
    assert [line.split("|")[4].strip() for line in different if "|" in line] == ["99"]
    assert sum("2027-07-07" in line for line in different) == 1
    assert len(different) == 2


def test_a_measurement_that_fails_leaves_its_rows(
    scripts: Any, rows: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["start", "protocols", "--output", str(tmp_path)]
    run(scripts, monkeypatch, asked, lambda *_: result(rows, 1.0))

    def broken(name: str, *_: Any) -> Any:
        if name == "start":
            raise RuntimeError("it did not start")
        return result(rows, 3.0)

    assert run(scripts, monkeypatch, asked, broken) == 1
    stored = json.loads((tmp_path / "benchmark.json").read_text())
    figures_now = {name: one["rows"][0]["ours"] for name, one in stored.items()}
    assert figures_now == {"start": [1.0], "protocols": [3.0]}


def test_quick_figures_do_not_take_the_place_of_real_ones(
    scripts: Any, rows: Any, page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scripts, "DOCS", tmp_path)
    quick = result(rows, 1.0, quick=True)
    assert run(scripts, monkeypatch, ["start", "--quick"], lambda *_: quick) == 0
    assert list(tmp_path.iterdir()) == []
    shown = page.section("start", page.About("Start", "Text."), quick)
    assert "**Quick:" in shown


def test_the_page_of_the_repository_is_written_by_the_script(scripts: Any, page: Any) -> None:
    docs = ROOT / "docs"
    stored = page.read_results(docs)
    assert set(stored) <= set(scripts.NAMES)
    assert not any(one.quick for one in stored.values())
    assert (docs / "benchmark.md").read_text("utf-8") == page.page(stored, scripts.about())


@pytest.mark.slow
def test_the_cheap_measurements_run(tmp_path: Path) -> None:
    names = ["protocols", "repetition", "start"]
    command = [sys.executable, str(SCRIPTS), *names, "--quick", "--repeats", "1"]
    ended = subprocess.run(
        [*command, "--output", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    stored = json.loads((tmp_path / "benchmark.json").read_text())
    assert set(stored) == set(names)
    for one in stored.values():
        assert one["quick"]
        assert all(row["ours"] for row in one["rows"])
    again, start = stored["repetition"]["rows"][0], stored["start"]["rows"][0]
    assert again["what"].startswith("again:")
    assert min(start["ours"]) > 0

"""What pages with a plan say, and that pages without one say nothing of it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard import plan_lines, render
from emobench.leaderboard.plans.outcomes import plan_outcome
from emobench.leaderboard.plans.places import definition
from emobench.leaderboard.report.plan_box import plan_box
from emobench.leaderboard.report.plan_files import plan_files
from emobench.leaderboard.results.reader import Results
from emobench.store.records.plans import FREEZE, PlanPair, PlanPlace, PlanRecord, PlanRow
from emobench.study.plans.registry import freeze

REGIME = ({"name": "full", "description": "", "drop": 0.0},)


@pytest.fixture
def planned(writer: Any, made: Any) -> Path:
    """A folder with two corpora, whose plan is about the first and names a row that failed."""
    for dataset in ("faces", "voices"):
        one = writer(dataset=dataset, regimes=REGIME, subsets=(), rates=(), n=60)
        for name, skill in (("alpha", 2.5), ("beta", 1.0), ("late_fusion", 1.0)):
            kind = "reference" if name == "late_fusion" else "published"
            one.grid(made(name, kind, {"text": skill, "audio": skill}))
        one.grid(made("<b>broken", "own", {"text": 1.0}, training_fails=("full",)))
    root: Path = one.root
    grid = Results(root).grids()[0]
    place = PlanPlace(
        regime="full", condition="full", conditions=("full",), seeds=(0, 1),
        definition=definition("full", ("full",), grid.regimes, grid.conditions),
    )  # fmt: skip
    setting = {"dataset": "faces", "track": "controlled", "protocol": "missing_modality"}
    models = ("alpha", "beta", "<b>broken", "late_fusion")
    at = {"regime": "full", "condition": "full", "second": "late_fusion"}
    plan = PlanRecord(
        kind=FREEZE, created="2026-01-01T00:00:00+00:00", emobench="0.1.0", study="study.toml",
        measure="macro_f1", margin=0.3, left_out=("<i>x less y: needs text",),
        rows=tuple(PlanRow(**setting, model=m, places=(place,)) for m in models),
        pairs=tuple(PlanPair(**setting, **at, first=m) for m in models[:3]),
    )  # fmt: skip
    freeze(root, plan)
    return root


def test_planned_comparisons_are_parted_from_all_else(planned: Path) -> None:
    page = render(planned)
    html, text = page.read_text(), page.with_name("leaderboard.md").read_text()
    assert "## The plan" in text
    assert "frozen 2026-01-01 00:00 UTC, before any of its results was stored here" in text
    assert "3 planned comparisons of Macro-F1; p is after Holm over all 3" in text
    assert "**1 of them has no result**" in text
    first, second = text.split("\n## ")[2:4]
    assert (
        "- `planned`: Planned before any result: **alpha is shown to be above late_fusion**"
        in first
    )
    assert "1 of 3 has no result (failed)" in first
    assert "Exploratory, not planned: " in first
    assert "Planned before" not in second
    assert "Exploratory, not planned: " in second
    # The differences of the tables are not called planned beside a plan.
    assert "planned difference" not in text
    assert "were planned before anybody saw a score" not in html
    assert "(exploratory: nothing here is planned)" in html
    assert "<b>broken" not in html
    assert "<i>x" not in html
    assert json.loads(page.with_name("plan.json").read_text())["digest"] in html
    assert page.with_name("plan.csv").is_file()


def test_the_files_for_programs_say_the_same(planned: Path) -> None:
    found = plan_outcome(planned)
    assert found is not None
    texts = plan_files(found)
    told, rows = json.loads(texts["plan.json"]), [*csv.DictReader(io.StringIO(texts["plan.csv"]))]
    assert [row["first"] for row in rows] == ["alpha", "beta", "<b>broken"]
    assert [row["status"] for row in rows] == ["done", "done", "failed"]
    assert rows[0]["verdict"] == told["comparisons"][0]["verdict"]
    assert rows[2]["p_holm"] == "1"
    assert rows[2]["p"] == ""
    assert told["before_results"] is True
    lines = plan_lines(planned)
    assert "2 of 3 planned comparisons there" in lines[0]


@pytest.mark.slow
def test_a_folder_without_a_plan_has_no_word_of_it(planned: Path) -> None:
    render(planned)
    for path in (planned / "plans").iterdir():
        path.unlink()
    page = render(planned)
    html = page.read_text()
    assert "section.plan" not in html
    assert "xploratory" not in html.replace("exploratory here, for", "")
    assert "planned differences" in html
    assert not page.with_name("plan.json").exists()
    assert not page.with_name("plan.csv").exists()
    assert plan_lines(planned) == []


def test_a_plan_that_was_tampered_with_makes_nothing_planned(planned: Path) -> None:
    (path,) = (planned / "plans").glob("*.json")
    path.write_text(path.read_text().replace('"margin": 0.3', '"margin": 0.2'))
    found = plan_outcome(planned)
    box = plan_box(found)
    assert found is not None
    assert box is not None
    (text,) = box.text
    assert "The plan is damaged" in text
    assert "No comparison counts as planned." in text
    assert box.table is None
    assert json.loads(plan_files(found)["plan.json"])["comparisons"] == []
    assert plan_lines(planned)[0].startswith("warning: The plan is damaged")

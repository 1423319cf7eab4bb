"""The further views of a section: folded, complete, and loud where rows do not fit together."""

from __future__ import annotations

import csv
import html
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard import render
from emobench.leaderboard.results.board import read_board
from emobench.leaderboard.results.grids.origin import mixtures, origin_of
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.takeaway.command import run_script

from ...conftest import ALL, Made, Writer

PARTS = ("calibration", "hardest", "origins")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two weak models, so that many utterances are missed by both, and their files."""
    root = tmp_path_factory.mktemp("details") / "results"
    weak = dict.fromkeys(ALL, 0.02)
    writer = Writer(root, subsets=(), rates=(0.2, 0.5), state="ab" * 32)
    for made in (Made("a_net", "published", weak), Made("bb_net", "own", weak),
                 Made("majority", "reference")):  # fmt: skip
        writer.grid(made)
    render(root, take_away=True)
    return root


def part(text: str, name: str) -> str:
    """The HTML of a part of the first section."""
    end = '(?=<div class="part">|<h3 id="facts)'
    found = re.search(rf'<div class="part">\s*<h3 id="{name}-.*?{end}', text, flags=re.DOTALL)
    assert found, name
    return found[0]


def page_of(root: Path) -> str:
    return (root / "leaderboard" / "index.html").read_text("utf-8")


def test_they_are_folded_and_every_table_and_chart_is_inside(root: Path) -> None:
    for name in PARTS:
        before, inside = part(page_of(root), name).split("<details><summary>", 1)
        assert "<table" in inside
        assert not re.search("<(table|svg|pre)", before), name


def test_the_error_of_the_table_is_that_of_the_ranking(root: Path) -> None:
    rows = {line["model"]: line for line in csv.DictReader(
        (root / "leaderboard" / "leaderboard.csv").open()
    ) if (line["regime"], line["condition"]) == ("full", "full")}  # fmt: skip
    (path,) = (root / "leaderboard" / "take-away").glob("*/tables/calibration-regime-full-cal*.csv")
    told = list(csv.DictReader(path.open()))
    assert {one["Model"] for one in told} == set(rows)
    for one in told:
        assert float(one["ECE"]) == pytest.approx(float(rows[one["Model"]]["ece"]), abs=1e-6)
        assert float(one["ECE low"]) <= float(one["ECE"]) <= float(one["ECE high"])
        assert float(one["How often right"]) == pytest.approx(
            float(rows[one["Model"]]["accuracy"]), abs=1e-6
        )


def test_a_list_that_is_too_long_is_taken_away_whole(root: Path) -> None:
    text = part(page_of(root), "hardest")
    said = [int(n) for n in re.findall(r"<b>(\d+) of 90 test utterances</b>", text)]
    assert len(said) == 2
    assert min(said) > 20
    shown = re.findall(r'<th scope="row">u<wbr>|<th scope="row">u0', text)
    assert len(shown) == 40  # twenty for each regime
    lists = sorted((root / "leaderboard" / "take-away").glob("*/lists/*.csv"))
    rows = [list(csv.DictReader(path.open())) for path in lists]
    assert sorted(map(len, rows)) == sorted(said)
    assert {one["Missed by"] for some in rows for one in some} == {"4"}
    readme = lists[0].parent.with_name("README.md").read_text()
    assert all(path.name in readme for path in lists)


def test_the_commands_are_those_that_are_taken_away(root: Path) -> None:
    (section,) = read_board(Results(root)).sections
    (code,) = re.findall(r"<pre><code>(.*?)</code></pre>", page_of(root), flags=re.DOTALL)
    assert html.unescape(code) == run_script(section)
    (path,) = (root / "leaderboard" / "take-away").glob("*/run.sh")
    assert path.read_text() == run_script(section)
    told = (root / "leaderboard" / "leaderboard.md").read_text()
    assert f"```sh\n{run_script(section)}```" in told


def test_digests_are_printed_in_full(root: Path) -> None:
    assert "ab" * 32 in part(page_of(root), "origins")


def changed(root: Path, to: Path, change: dict[str, Any], kind: str = "trainings") -> str:
    """The page where half of the records of one model's trainings or grids say something else."""
    shutil.copytree(root, to, ignore=shutil.ignore_patterns("leaderboard"))
    paths = sorted(to.glob("grids/*.json" if kind == "grids" else "trainings/*/report.json"))
    for path in paths[::2]:
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
    render(to)
    return page_of(to)


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        ({"emobench": "0.0.9"}, "grids", "different versions of emobench"),
        ({"software": {"torch": "2.9.0"}}, "trainings", ""),
        ({"device": "cuda:0"}, "trainings", "different devices"),
    ],
)
def test_a_mixture_is_said_before_the_scores_and_again_below(
    root: Path, tmp_path: Path, change: dict[str, Any], kind: str, said: str
) -> None:
    text = changed(root, tmp_path / "mixed", change, kind)
    if not said:  # one version that is known, beside records that have none, is no mixture
        assert "rows are of different" not in text
        return
    assert re.search(rf'class="cautions".*?{said}', text[: text.index('class="within"')], re.DOTALL)
    before = part(text, "origins").split("<details>")[0]
    assert re.search(rf"<b>The rows are of {said}: .*?</b>", before)
    assert "are of different" not in page_of(root)


def test_what_software_ran_is_shown_where_it_is_stored(root: Path, tmp_path: Path) -> None:
    to = tmp_path / "known"
    shutil.copytree(root, to, ignore=shutil.ignore_patterns("leaderboard"))
    software = {"emobench": "0.1.0", "python": "3.99.1", "torch": "2.11", "machine": "Linux riscv"}
    more = {"software": software, "disturbed": ["torch.set_num_threads"], "at_once": 8}
    for path in to.glob("trainings/*/report.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | more))
    render(to)
    text = part(page_of(to), "origins")
    assert "a_net was trained 8 utterances at a time" in text
    assert "a_net changed torch.set_num_threads in its own process" in text
    assert "at a time" not in part(page_of(root), "origins")
    for word in ("3.99.1", "Linux riscv"):
        assert word in text
    assert "are not stored with" not in text
    assert "are not stored with" in part(page_of(root), "origins")
    (section,) = read_board(Results(to)).sections
    found = [origin_of(Results(to), entry) for entry in section.entries]
    assert mixtures(found) == {}
    assert {one.software["torch"] for one in found} == {("2.11",)}


def test_a_card_has_what_was_measured_beside_its_claims(root: Path) -> None:
    text = page_of(root)
    card = text[text.index('<details class="card">') :]
    assert "<h4>What the authors report</h4>" in card
    assert re.search(
        r"<h4>What was measured here</h4><ul><li>simulated, <code>full</code>, regime "
        r"<code>full</code>: Accuracy \.\d{3} \[.*?Macro-F1 .*?; 2 seeds, 90 test utterances",
        card,
    )

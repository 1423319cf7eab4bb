"""What page, Markdown, CSV and terminal show of searches."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard import compare, render
from emobench.leaderboard.report.publish import Published, publish
from emobench.leaderboard.report.terminal.search_lines import search_lines

REGIME = {"name": "full", "description": "Trained with every modality.", "drop": 0.0}
SMALL: dict[str, Any] = {
    "folds": 2, "n": 40, "regimes": (REGIME,), "subsets": ("text",), "rates": (),
}  # fmt: skip
WEAK, STRONG = {"text": 0.5}, {"text": 3.0}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Published]:
    from ..conftest import Made, Writer

    root = tmp_path_factory.mktemp("searched") / "results"
    store = Writer(root, **SMALL)
    fusion, net = Made("late_fusion", "reference", WEAK), Made("net", skill=WEAK)
    steady, floor = Made("steady", skill=WEAK), Made("majority", "reference")
    for one in (fusion, net, steady, floor):
        store.grid(one)
    for budget, stopped in (("tuned:4", ()), ("tuned:4+halving", (1, 3))):
        store.tuned(net, Made("net", skill=STRONG), budget, stopped=stopped, keep=[1])
        store.tuned(fusion, fusion, budget, scores=(0.45, 0.3, None, 0.46))
    store.tuned(steady, steady, scores=(0.4,), space=False)
    store.tuned(floor, floor, scores=(0.1,), space=False)
    return root, publish(root)


@pytest.fixture(scope="module")
def searched(published: tuple[Path, Published]) -> Path:
    """Return a rendered results folder with searched models at two budgets."""
    return published[0]


def lines(root: Path) -> list[dict[str, str]]:
    with (root / "leaderboard" / "leaderboard.csv").open() as file:
        return list(csv.DictReader(file))


def markdown(root: Path) -> str:
    return (root / "leaderboard" / "leaderboard.md").read_text()


def part(root: Path, title: str) -> str:
    return markdown(root).split(f"### {title}\n")[1].split("\n### ")[0]


def row(table: str, label: str) -> list[str]:
    line = next(x for x in table.splitlines() if re.match(rf"\| \*?{label}\b", x))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_default_and_tuned_stand_side_by_side_and_nowhere_else(searched: Path) -> None:
    tuned = part(searched, "Tuned at an equal budget")
    both = tuned.split("#### ")[1:]
    assert [one.splitlines()[0] for one in both] == [
        "4 trials, regime `full`", "4 trials, successive halving, regime `full`",
    ]  # fmt: skip
    head = row(both[0], "Model")
    assert head == [
        "Model", "Rank", "Default", "Tuned", "Gain", "over late_fusion, tuned", "Best on dev",
        "Optimism", "Trials", "Preset kept",
    ]  # fmt: skip
    net = dict(zip(head, row(both[0], "net"), strict=True))
    assert net["Rank"] == "1 (≈ best)"
    assert net["Gain"].startswith("+")
    assert (net["Trials"], net["Preset kept"], net["Best on dev"]) == ("4", "1 of 2", ".450")
    assert "(4 of 8 stopped)" in row(both[1], "net")[-2]
    assert "(2 of 8 failed)" in row(both[0], "late_fusion")[-2]
    assert "Of 2 searched models, tuning raises net" in both[0]
    assert "Nothing to search: majority and steady." in both[0].replace(
        "steady and majority", "majority and steady"
    )
    main = part(searched, "All models, condition `full`")
    assert "tuned" not in main


def test_who_is_ahead_is_told_for_each_number_of_trials(searched: Path) -> None:
    found = part(searched, "Expected best on dev against the number of trials")
    first, halved = found.split("#### ")[1:]
    assert row(first, "Model") == ["Model", "1 trial", "2 trials", "4 trials"]
    assert [cell.split()[0] for cell in row(first, "steady")] == ["steady", *[".400"] * 3]
    assert "[" not in "".join(row(first, "steady"))  # nothing is drawn
    assert row(first, "late_fusion")[1] == ".450 (ahead)"
    assert re.fullmatch(r"\.500 \[\.\d{3}, \.\d{3}\] \(ahead\)", row(first, "net")[3])
    assert [cell[0] for cell in row(halved, "net")[1:]] == [".", "≥", "."]
    assert not any(cell.startswith("≥") for cell in row(halved, "late_fusion"))
    assert "Ahead on dev: with 1 trial late_fusion (.450, its preset); with 4 trials" in halved
    assert "Between them nobody is called ahead" in halved
    assert "lower bounds (≥)" in found
    assert "with 1 trial late_fusion (.450, its preset); with 2 trials late_fusion" in first
    assert "majority" not in first


def test_chosen_values_are_told_by_fold(searched: Path) -> None:
    first = part(searched, "What the searches chose").split("#### ")[1]
    assert row(first, "Model") == ["Model", "Field", "Preset", "Fold 0", "Fold 1", "Range"]
    net = [line for line in first.splitlines() if line.startswith("| net ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")][1:] for line in net]
    assert cells == [
        ["chosen trial", "0", "2", "preset", ""],
        ["its dev macro-F1", "", ".500", ".400", ""],
        ["hidden", "64", "66", "64", "16 to 128, log-uniform"],
    ]
    assert "steady" not in first


def test_the_page_has_a_chart_for_each_budget(searched: Path) -> None:
    page = (searched / "leaderboard" / "index.html").read_text()
    assert page.count('aria-label="Expected best dev macro-F1 against the number of trials') == 2
    assert "<b>Searched models</b>" in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_conditions_that_no_searched_model_was_run_under_have_no_column(
    writer: Callable[..., Any], made: Any
) -> None:
    store = writer(**SMALL | {"subsets": ("text", "audio")})
    net = made("net", skill=WEAK)  # which does not read audio
    store.grid(net)
    store.tuned(net, net)
    (view,) = publish(store.root).views
    part = next(one for one in view.parts if one.name == "tuned-conditions")
    table = part.groups[0].tables[0]
    assert [column.head for column in table.columns] == ["full", "text"]
    assert [row.label for row in table.rows] == ["net tuned:4"]
    assert table.notes == ()


def test_searched_rows_of_the_csv_have_their_default_beside_them(searched: Path) -> None:
    found = lines(searched)
    last = ["tuned", "default_model", "search_best_dev", "optimism"]
    start = list(found[0]).index("tuned")
    assert list(found[0])[start : start + 4] == last
    default = [line for line in found if not line["tuned"]]
    assert {line["model"] for line in default} == {"late_fusion", "net", "steady", "majority"}
    assert not any(line[name] for line in default for name in last)
    mine = [line for line in found if line["model"] == "net tuned:4+halving"]
    ranked = {line["model"] for line in found if line["rank_first"]}
    assert ranked == {"net", "steady", "net tuned:4", "steady tuned:4", "net tuned:4+halving"}
    assert {line["condition"] for line in mine} == {"full", "text"}
    for line in mine:
        assert (line["tuned"], line["default_model"]) == ("tuned:4+halving", "net")
        is_main = line["condition"] == "full"
        assert (line["search_best_dev"] == "0.45") == is_main
        assert bool(line["optimism"]) == is_main
        assert float(line["macro_f1"]) > 0


def test_terminal_lines_are_those_of_the_last_run(published: tuple[Path, Published]) -> None:
    views = published[1].views
    said = search_lines(views, "2026-01-01T00:00:00+00:00")
    title, first, *_ = said
    assert title == (
        "tuned:4 on simulated, missing_modality, regime full: macro-F1 with the preset → tuned, "
        "and the gain (p after Holm)"
    )
    gain = r"\+\.\d{3} \[\+\.\d{3}, \+\.\d{3}\] p (< )?\.\d{3}"
    assert re.fullmatch(rf"  net +\.\d{{3}} → \.\d{{3}}  {gain}", first)
    assert not any("steady" in line for line in said)
    assert search_lines(views, "2026-01-03") == []


def test_searched_rows_can_be_compared_by_their_names(searched: Path) -> None:
    (pair, *_) = compare(searched, "net tuned:4", "net")
    assert pair.labels == ("net tuned:4", "net")
    assert pair.gap.low > 0
    (pair, *_) = compare(searched, "net tuned:4", "late_fusion tuned:4+halving")
    assert pair.labels[1] == "late_fusion tuned:4+halving"


def test_a_page_of_searched_models_alone_is_whole(writer: Callable[..., Any], made: Any) -> None:
    net = made("net", skill=WEAK)
    writer(**SMALL).tuned(net, made("net", skill=STRONG))
    render(writer().root)
    tuned = part(writer().root, "Tuned at an equal budget")
    head = row(tuned, "Model")
    assert "Tuned" in head
    assert not {"Default", "Gain"} & {*head}


def test_what_is_unfinished_of_a_search_is_listed(writer: Callable[..., Any], made: Any) -> None:
    net = made("net", skill=WEAK)
    writer(**SMALL).grid(net)
    writer(**SMALL).tuned(net, made("net", skill=STRONG, failed=("full",)))
    render(writer().root)
    assert "| net tuned:4 | full | full | failed | NaN in logits |" in markdown(writer().root)
    assert "| net (failed) |" in part(writer().root, "Tuned at an equal budget")


def test_a_bare_name_is_the_default_row(writer: Callable[..., Any], made: Any) -> None:
    short = made("net:epochs=1", skill=WEAK)
    card = {"name": "net", "kind": "own"}
    store = writer(**SMALL)
    store.grid(short, model_card=card)
    store.tuned(short, made("net:epochs=1", skill=STRONG), model_card=card)
    (pair, *_) = compare(store.root, "net", "net tuned:4")
    assert pair.labels == ("net:epochs=1", "net:epochs=1 tuned:4")


@pytest.mark.parametrize("known", [True, False])
def test_a_model_with_nothing_to_search_shows_the_preset_s_dev_score(
    writer: Callable[..., Any], made: Any, known: bool
) -> None:
    net, floor = made("net", skill=WEAK), made("majority", "reference")
    store = writer(**SMALL)
    search = {"trials": 4, "space": {}, "default": "majority", "results": []}
    store.grid(net)
    store.grid(floor)
    # Every fold has its own dev score; a searched model without a space has no results of trials.
    for fold, score in enumerate((0.1, 0.25)):
        path = store.root / "trainings" / store.training(floor, "full", fold, 0) / "report.json"
        report = json.loads(path.read_text())
        if known or fold:
            path.write_text(json.dumps(report | {"dev_macro_f1": score}))
    rows = store.rows
    kept = {p: p.read_text() for p in store.root.glob("trainings/*/report.json")}
    store.tuned(net, net)
    store.grid(floor, model="majority tuned:4", search=search, rows=rows(floor))
    for path, text in kept.items():  # the writer writes its reports anew
        path.write_text(text)
    render(store.root)
    table = part(store.root, "Tuned at an equal budget")
    cell = dict(zip(row(table, "Model"), row(table, "majority"), strict=True))
    dev = "0.175" if known else ""
    assert (cell["Best on dev"], cell.get("Optimism")) == (".175 (1)" if known else "–", "–")
    assert ("(1) Nothing was chosen here: the dev macro-F1 of the preset" in table) == known
    told = [x for x in lines(store.root) if x["model"] == "majority tuned:4" and x["tuned"]]
    assert [x["search_best_dev"] for x in told if x["condition"] == "full"] == [dev]

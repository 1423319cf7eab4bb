"""What is claimed, beside what was measured: done, not run, elsewhere, and without a number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard import render
from emobench.leaderboard.number_format import BLANK
from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.tables.claims import Claim, claims, claims_table, is_on
from emobench.store.records import PublishedSetting

NAMES = (
    "paper_protocol", "honest_split", "corrected",
    "paper_protocol_2", "honest_split_2", "corrected_2",
)  # fmt: skip
CONDITIONS = [{"name": n, "description": n, "present": None, "rate": 0.0} for n in NAMES]
REGIME = ({"name": "full", "description": "", "drop": 0.0},)


def setting(corpus: str, **changes: Any) -> dict[str, Any]:
    plain = {"corpus": corpus, "split_text": f"as they split {corpus}", "measure": "accuracy"}
    return plain | {"claimed": None, "source": "table 2"} | changes


SETTINGS = [
    setting("iemocap", claimed=0.83),
    setting("simulated", claimed=0.94, split="random_clips", modalities=["text", "audio"]),
    setting("simulated", measure="macro_f1", options={"corpus.labels": "single"}),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A model with three published results, of which two are on this corpus."""
    conftest = request.config.pluginmanager.get_plugin(str(request.path.parents[1] / "conftest.py"))

    class Reproduced(conftest.Writer):
        conditions = CONDITIONS

    root = tmp_path_factory.mktemp("claims") / "results"
    writer = Reproduced(root, regimes=REGIME)
    net = conftest.Made("net", "published", {"text": 1.3, "audio": 1.0}, failed=("honest_split",))
    card = {
        "name": "net", "title": "A net", "kind": "published", "inputs": {"text": ["tokens"]},
        "settings": SETTINGS,
    }  # fmt: skip
    protocol = {
        "name": "reproduce", "title": "Run again", "question": "?", "method": "!",
        "show": "claims",
    }  # fmt: skip
    rows = writer.rows(net)
    for row in rows:
        if row["condition"] == "paper_protocol_2":
            row |= {"training": None, "cell": None, "skipped": "the authors' list is not public"}
    shared = {"protocol": "reproduce", "protocol_card": protocol, "summaries": []}
    writer.grid(net, model_card=card, rows=rows, **shared)
    writer.grid(conftest.Made("majority", "reference"), **shared)
    return root


@pytest.fixture(scope="module")
def section(folder: Path) -> Section:
    (found,) = read_board(Results(folder)).sections
    return found


@pytest.fixture(scope="module")
def lines(section: Section) -> list[Claim]:
    return claims(section)


def test_each_published_result_is_a_line_those_on_other_corpora_last(
    lines: list[Claim],
) -> None:
    assert [(line.setting.corpus, line.setting.claimed) for line in lines] == [
        ("simulated", 0.94), ("simulated", None), ("iemocap", 0.83),
    ]  # fmt: skip
    assert {line.model for line in lines} == {"net"}


def test_what_was_run_stands_in_the_measure_of_the_claim(
    section: Section, lines: list[Claim]
) -> None:
    entry = section.entry("net")
    assert entry is not None
    for line, names, measure in (
        (lines[0], ("paper_protocol", "corrected"), "accuracy"),
        (lines[1], ("honest_split_2", "corrected_2"), "macro_f1"),
    ):
        assert line.setting.measure == measure
        for name in names:
            row = section.row(entry, "full", name)
            assert row is not None
            assert row.score is not None
            found = line.estimates[name.split("_")[0]]
            assert found is not None
            assert found.value == row.score.values[measure]
            assert found.low <= found.value <= found.high


def test_what_failed_or_was_skipped_has_no_number_and_its_reason(lines: list[Claim]) -> None:
    first, second, _ = lines
    assert first.estimates["honest"] is None
    assert "honest_split failed: NaN in logits" in " ".join(first.notes)
    assert second.estimates["paper"] is None
    assert "paper_protocol_2 skipped: the authors' list is not public" in second.notes


def test_a_result_on_another_corpus_was_not_run(lines: list[Claim]) -> None:
    last = lines[-1]
    assert not any(last.estimates.values())
    assert last.notes == (
        "not run on this page: it needs iemocap (emobench data list says how to get it)",
    )


def test_notes_say_how_it_differs_from_the_paper(lines: list[Claim]) -> None:
    first, second, _ = lines
    assert first.notes[0] == second.notes[0] == "as they split simulated"
    assert "controlled track: not the paper's inputs and sizes" in first.notes
    assert "the paper's setting is simulated:labels=single" in second.notes
    assert not [note for note in first.notes if "setting is" in note]


def test_rows_are_text(lines: list[Claim]) -> None:
    table = claims_table(lines)
    assert [row.label for row in table.rows] == ["net"] * 3
    first, second, last = ([cell.text for cell in row.cells] for row in table.rows)
    assert first[:3] == ["simulated", "Accuracy", ".940"]
    assert second[1:3] == ["Macro-F1", "none reported"]
    assert first[3] not in ("", BLANK)
    assert table.rows[0].cells[3].interval.startswith("[")
    assert [first[4], *last[3:6]] == [BLANK] * 4
    assert all(len(row.cells) == len(table.columns) for row in table.rows)


def test_the_page_shows_the_claims(folder: Path) -> None:
    text = render(folder).read_text()
    for wanted in (".940", "none reported", "as they split simulated", "it needs iemocap"):
        assert wanted in text


def test_a_corpus_with_options_is_the_same_corpus() -> None:
    one = PublishedSetting("iemocap", "", "macro_f1", None, "")
    assert is_on(one, "iemocap")
    assert is_on(one, "iemocap:classes=8")
    assert not is_on(one, "iemocap2")
    assert not is_on(one, "text=iemocap+audio=ravdess")
    joint = PublishedSetting("text=meld+audio=ravdess+vision=fer2013", "", "macro_f1", None, "")
    assert is_on(joint, "text=meld+audio=ravdess+vision=fer2013")

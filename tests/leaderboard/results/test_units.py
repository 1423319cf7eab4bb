"""Intervals are over the units that the corpus's record names, and the page says which."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emobench.leaderboard import power, render
from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.comparison import contrast
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import Score
from emobench.leaderboard.tables.facts import facts, size_table

from ..conftest import REGIMES


def folder(writer: Callable[..., Any], made: Any, **changes: Any) -> Path:
    small = writer(**{"subsets": (), "rates": (), "regimes": REGIMES[:1], "seeds": 1} | changes)
    small.grid(made("net", "own", {"text": 1.0}))
    return Path(small.root)


def name_units(root: Path, n: int, word: str = "speaker", kind: str = "corpora") -> None:
    """Deal the utterances out to n units."""
    units = {f"s{k}": [f"u0-{i:04d}" for i in range(k, 90, n)] for k in range(n)}
    for path in root.glob(f"{kind}/*.json"):
        record = json.loads(path.read_text())
        record["units"] = units
        (record["card"] if kind == "corpora" else record)["unit"] = word
        path.write_text(json.dumps(record))


def section_of(root: Path) -> Section:
    (section,) = read_board(Results(root)).sections
    return section


def score_of(section: Section, condition: str = "full") -> Score:
    score = section.rows["net"]["full", condition].score
    assert score is not None
    return score


def test_a_record_names_the_units(writer: Callable[..., Any], made: Any) -> None:
    root = folder(writer, made)
    before = score_of(section_of(root))
    assert (before.unit, before.n_units) == ("", 90)
    name_units(root, 12)
    section = section_of(root)
    score = score_of(section)
    assert (score.unit, score.n_units) == ("speaker", 12)
    assert score.values == before.values
    assert score.sampled["macro_f1"].freedom == 11
    assert facts(section).intervals == "95%, over 12 speakers"
    assert "over 12 speakers" in render(root).read_text()
    assert "over 12 speakers" in (root / "leaderboard" / "leaderboard.md").read_text()


def test_rows_of_an_older_record_stand_beside_rows_of_a_newer_one(
    writer: Callable[..., Any], made: Any
) -> None:
    """An upgrade adds rows whose record names units to rows whose record does not."""
    small = writer(subsets=(), rates=(), regimes=REGIMES[:1], seeds=2)
    for name in ("old", "net", "other"):
        small.grid(made(name, "own", {"text": 1.0}))
    root = Path(small.root)
    (newer,) = root.glob("corpora/*.json")
    record = json.loads(newer.read_text())
    record["digest"] = "of the content"
    newer.write_text(json.dumps(record))
    older = newer.with_name("0123456789abcdef0123.json")
    older.write_text(json.dumps(record))
    name_units(root, 12)
    older.write_text(json.dumps(json.loads(older.read_text()) | {"units": {}}))
    for path in root.glob("grids/*.json"):
        grid = json.loads(path.read_text())
        if grid["model"] == "old":
            path.write_text(json.dumps(grid | {"corpus": older.stem}))
    section = section_of(root)
    rows = {name: section.rows[name]["full", "full"].score for name in ("old", "net", "other")}
    assert {name: score.n_units for name, score in rows.items() if score is not None} == {
        "old": 12, "net": 12, "other": 12,
    }  # fmt: skip
    assert "12 speakers" in render(root).read_text()  # which failed on unequal units


def test_scores_of_other_units_are_never_paired(writer: Callable[..., Any], made: Any) -> None:
    root = folder(writer, made)
    alone = score_of(section_of(root)).test
    name_units(root, 12)
    dozen = score_of(section_of(root)).test
    name_units(root, 10)
    assert len({alone, dozen, score_of(section_of(root)).test}) == 3


@pytest.mark.parametrize(
    ("units", "word", "seeds", "said"),
    [
        (None, "", 3, "No unit is stored for simulated"),
        (5, "session", 3, "Only 5 sessions of simulated tested"),
        (6, "session", 3, ""),
        (6, "session", 2, "Two seeds of net"),
        (6, "session", 1, "One seed of net"),
    ],
)
def test_the_page_says_what_intervals_lean_on(
    writer: Callable[..., Any], made: Any, units: int | None, word: str, seeds: int, said: str
) -> None:
    root = folder(writer, made, seeds=seeds)
    if units is not None:
        name_units(root, units, word)
    doubts = facts(section_of(root)).interval_doubts
    assert len(doubts) == bool(said)
    assert all(said in doubt for doubt in doubts)
    assert said in render(root).read_text()


def test_another_corpus_has_its_own_units(writer: Callable[..., Any], made: Any) -> None:
    root = folder(writer, made)
    name_units(root, 12)
    (path,) = root.glob("grids/*.json")
    grid = json.loads(path.read_text())
    abroad = grid["conditions"][0] | {"name": "abroad", "role": "transfer", "corpus": "other"}
    grid["conditions"].append(abroad)
    grid["rows"] += [row | {"condition": "abroad"} for row in grid["rows"]]
    path.write_text(json.dumps(grid))
    (root / "transfers").mkdir()
    record = root / "transfers" / "x.json"
    record.write_text(json.dumps({"source": "simulated", "target": "other"}))
    old = section_of(root)
    assert score_of(old, "abroad").unit == ""
    assert any("No unit is stored for other" in doubt for doubt in facts(old).interval_doubts)
    name_units(root, 30, "dialogue", "transfers")
    section = section_of(root)
    assert score_of(section).n_units == 12
    away = score_of(section, "abroad")
    assert (away.unit, away.n_units) == ("dialogue", 30)
    assert facts(section).intervals == "95%, over 12 speakers and 30 dialogues of other"
    found = contrast(score_of(section), away, "accuracy")
    assert found is not None
    assert found.high - found.low > 0  # the same scores, of units that have nothing in common


def test_a_score_without_some_utterances_keeps_their_units(
    writer: Callable[..., Any], made: Any
) -> None:
    root = folder(writer, made)
    name_units(root, 12)
    (path,) = root.glob("corpora/*.json")
    record = json.loads(path.read_text())
    record["copies"] = [{"tested": 90, "whole": [f"u0-{i:04d}" for i in range(0, 90, 12)]}]
    path.write_text(json.dumps(record))
    rest = section_of(root).rows["net"]["full", "full"].without_copies
    assert rest is not None
    assert (rest.n_test, rest.n_units) == (82, 11)


@pytest.mark.parametrize(
    ("anonymous", "unit", "stored", "said"),
    [
        (False, "speaker", {}, ""),
        (False, "dialogue", {}, ""),
        (True, "image", {}, "Nobody is named in this corpus"),
        (True, "dialogue", {}, "Nobody is named in this corpus"),
        (True, "speaker", {}, "Not everybody is named in this corpus"),
        (True, "", {}, "It is not stored whether anybody is named"),
        (False, "dialogue or image", {"named": "some"}, "Not everybody is named in this corpus"),
    ],
)
def test_page_markdown_and_power_say_the_same_of_unnamed_people(
    writer: Callable[..., Any], made: Any, anonymous: bool, unit: str, stored: Any, said: str
) -> None:
    root = folder(writer, made)
    small = {"subsets": (), "rates": (), "regimes": REGIMES[:1], "seeds": 1}
    writer(**small).grid(made("mesh", "own", {"text": 0.5}))
    (path,) = root.glob("corpora/*.json")
    record = json.loads(path.read_text())
    record["card"] |= {"anonymous": anonymous, "unit": unit}
    record |= stored | ({"shared_speakers": None} if said else {})
    path.write_text(json.dumps(record))
    sentence = facts(section_of(root)).unnamed
    assert sentence.startswith(said)
    assert bool(sentence) == bool(said)
    page = render(root)
    sizes = size_table(facts(section_of(root)))
    assert ("speakers" in [column.head for column in sizes.columns]) == (not said)
    text = page.with_name("leaderboard.md").read_text()
    for shown in (page.read_text(), text):
        assert sentence in shown
        assert ("named in this corpus" in shown) == bool(said)
    assert ("Speakers in both train and test: 0." in text) == (not said)
    assert {one.unnamed for one in power(root)} == {sentence}

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emobench.leaderboard import render
from emobench.leaderboard.results.board import Section, read_board
from emobench.leaderboard.results.comparison import difference, ranks, relative, summarise
from emobench.leaderboard.results.predictions import Predictions
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.results.scoring import Score, score_seeds
from emobench.leaderboard.tables.headline import headline_table, standings

REGIME = ({"name": "full", "description": "", "drop": 0.0},)


@pytest.fixture(scope="module")
def section(stored: Path) -> Section:
    return next(s for s in read_board(Results(stored)).sections if s.dataset == "simulated")


def scored(hit: float, name: str, n: int = 400, first: int = 0) -> Score:
    generator = np.random.default_rng([ord(name[0])])
    truth = np.random.default_rng(1).integers(0, 3, n)
    logits = generator.normal(0, 1, (n, 3)).astype(np.float32)
    logits[np.arange(n), truth] += 9.0 * (generator.random(n) < hit)
    ids = np.array([f"u{i:05d}" for i in range(first, first + n)])
    return score_seeds([Predictions(ids, truth, logits, {})], name)


def test_ranks_are_the_places_that_cannot_be_ruled_out() -> None:
    found = ranks({"a": scored(0.9, "a"), "b": scored(0.89, "b"), "c": scored(0.3, "c")})
    assert {name: str(rank) for name, rank in found.items()} == {"a": "1–2", "b": "1–2", "c": "3"}
    assert [found[name].tied_with_best for name in "abc"] == [True, True, False]
    assert found["a"].is_contested_best
    (alone,) = ranks({"a": scored(0.3, "a")}).values()
    assert alone.tied_with_best
    assert not alone.is_contested_best


def test_other_test_utterances_are_neither_compared_nor_ranked() -> None:
    here, there = scored(0.9, "a"), scored(0.9, "b", first=7)
    assert difference(here, there, "macro_f1") is None
    assert set(ranks({"a": here, "b": there, "c": scored(0.5, "c")})) == {"a", "c"}
    assert ranks({}) == {}


def test_difference_of_a_model_with_itself_is_zero() -> None:
    gap = difference(scored(0.8, "a"), scored(0.8, "a"), "accuracy")
    assert gap is not None
    assert (gap.value, gap.low, gap.high, gap.excludes_zero) == (0.0, 0.0, 0.0, False)


def test_relative_is_one_in_full_and_zero_for_the_majority(section: Section) -> None:
    entry = section.entry("alpha_net")
    majority = section.entry("majority")
    assert entry is not None
    assert majority is not None
    assert relative(section, entry, "full", "full", "macro_f1") == pytest.approx(1.0)
    half = relative(section, entry, "full", "missing_0.5", "macro_f1")
    assert half is not None
    assert 0 < half < 1
    # A failed row, and a model too close to the majority to divide by, stay blank.
    assert relative(section, entry, "full", "text", "macro_f1") is None
    assert relative(section, majority, "full", "audio", "macro_f1") is None


def test_a_summary_needs_all_its_conditions(section: Section) -> None:
    alpha, beta = section.entry("alpha_net"), section.entry("beta_net")
    assert alpha is not None
    assert beta is not None
    mean, worst = section.summaries
    found = summarise(section, alpha, "full", mean, "macro_f1")
    rows = [section.rows["alpha_net"]["full", name] for name in mean.conditions]
    assert found is not None
    assert found.value == pytest.approx(
        np.mean([row.score.values["macro_f1"] for row in rows if row.score])
    )
    assert found.low < found.value < found.high
    assert summarise(section, beta, "full", mean, "macro_f1") is None
    assert summarise(section, alpha, "full", worst, "macro_f1") is None
    lowest = summarise(section, beta, "full", worst, "macro_f1")
    assert lowest is not None
    assert lowest.value == min(
        row.score.values["macro_f1"]
        for name in worst.conditions
        if (row := section.rows["beta_net"]["full", name]).score
    )


def test_main_table_ranks_models_and_sets_references_apart(section: Section) -> None:
    table = standings(section, section.regimes[0])
    labels = [line.entry.label for line in table.rows]
    assert labels[0] == "oracle"
    assert labels[-1] == "majority"
    assert table.best_single == "text_only"
    by_label = {line.entry.label: line for line in table.rows}
    assert all(line.rank is None for line in table.rows if line.entry.is_reference)
    assert by_label["gamma_net"].rank is None
    assert table.leader is not None
    assert table.leader.rank is not None
    assert by_label["alpha_net"].over_fusion is not None
    assert by_label["late_fusion"].over_single is None


def test_a_network_without_a_paper_has_differences_but_no_rank(
    writer: Callable[..., Any], made: Any
) -> None:
    small = writer(subsets=(), rates=(), regimes=REGIME)
    small.grid(made("net", "own", {"text": 1.4}))
    small.grid(made("late_fusion", "reference", {"text": 1.2}))
    small.grid(made("mlp", "reference", {"text": 1.3}))
    (section,) = read_board(Results(small.root)).sections
    lines = {one.entry.label: one for one in standings(section, section.regimes[0]).rows}
    assert lines["mlp"].rank is None
    assert lines["mlp"].place == "reference"
    assert lines["mlp"].over_fusion is not None
    assert lines["late_fusion"].over_fusion is None


def test_the_best_single_modality_is_said_only_where_all_are_there_to_choose_from(
    writer: Callable[..., Any], made: Any
) -> None:
    small = writer(subsets=(), rates=(), regimes=REGIME)
    small.grid(made("net", "own", {"text": 1.4, "audio": 1.0}))
    small.grid(made("text_only", "reference", {"text": 1.5}))
    small.grid(made("vision_only", "reference", {"vision": 1.0}))
    audio = made("audio_only", "reference", {"audio": 1.0}, incomplete=("full",))

    def best() -> tuple[str, bool]:
        (section,) = read_board(Results(small.root)).sections
        table = standings(section, section.regimes[0])
        return table.best_single, any(line.over_single for line in table.rows)

    assert best() == ("", False)
    small.grid(audio)
    assert best() == ("", False)
    small.grid(replace(audio, incomplete=()), created="2026-01-03T03:04:05+00:00")
    assert best()[1]
    assert best()[0] in ("text_only", "audio_only", "vision_only")


def test_a_single_row_has_no_bar(writer: Callable[..., Any], made: Any) -> None:
    small = writer(subsets=(), rates=(), regimes=REGIME)
    small.grid(made("net", "own", {"text": 1.4}))
    (section,) = read_board(Results(small.root)).sections
    table = headline_table(standings(section, section.regimes[0]))
    assert not [cell for row in table.rows for cell in row.cells if cell.bar]
    assert 'svg class="bar"' not in render(small.root).read_text()


def test_a_model_above_the_ceiling_is_marked(writer: Callable[..., Any], made: Any) -> None:
    small = writer(n=200, subsets=(), rates=())
    small.grid(made("oracle", "reference", {"text": 0.5}))
    small.grid(made("leaky", "own", {"text": 9.0}))
    (section,) = read_board(Results(small.root)).sections
    marks = {
        line.entry.label: line.beats_oracle for line in standings(section, section.regimes[0]).rows
    }
    assert marks == {"oracle": False, "leaky": True}

"""A search over real trainings of a small model: what is tried, chosen, kept and taken up again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emobench.corpus.view import FoldView
from emobench.discovery.registry import registry
from emobench.errors import RequestError
from emobench.grid.execution.expected_time import ExpectedTimes
from emobench.grid.plan.request import Request, SearchRequest
from emobench.grid.run import dry_run
from emobench.grid.search import trial_work
from emobench.leaderboard.report.freshness import state
from emobench.randomness import TUNING_SEED
from emobench.store.records import GridRecord, Search, SearchResult
from emobench.store.store import Store

REPETITIONS = int(os.environ.get("EMOBENCH_SEARCHES", "3"))
"""Repetitions of the search that has to mend a bad preset."""


def grids(root: Path) -> dict[str, GridRecord]:
    """The grid records of a results folder by the name of the model."""
    found = (GridRecord.model_validate_json(p.read_bytes()) for p in root.glob("grids/*.json"))
    return {grid.model: grid for grid in found}


def trials(root: Path) -> dict[str, Any]:
    """Spec, report and modification time of every stored trial, by name."""
    found = {p: json.loads(p.read_text()) for p in root.glob("trials/[!.]*.json")}
    return {
        p.stem: (record["spec"], record["report"], p.stat().st_mtime_ns)
        for p, record in found.items()
        if "report" in record
    }


def search_of(root: Path, name: str) -> Search:
    found = grids(root)[name].search
    assert found is not None
    return found


def result_of(root: Path, name: str) -> SearchResult:
    (found,) = search_of(root, name).results
    return found


def courses(root: Path) -> dict[str, list[float]]:
    """Dev scores of the whole trials by configuration, look after look."""
    return {
        json.dumps(spec["training"]["config"], sort_keys=True): [
            epoch["dev_macro_f1"] for epoch in report["epochs"]
        ]
        for spec, report, _ in trials(root).values()
        if not spec["looks"]
    }


def test_every_model_gets_its_trials_and_the_best_on_dev_is_evaluated(
    bag: Any, tune: Any, tmp_path: Path
) -> None:
    models = [bag("bag"), bag("empty", space="{}")]
    totals, heard = tune(models, 4, seeds=2)
    root = tmp_path / "results"
    assert totals.failed == 0
    assert heard.trials == len(trials(root)) == 4
    assert {spec["training"]["seed"] for spec, _, _ in trials(root).values()} == {TUNING_SEED}
    found = result_of(root, "bag tuned:4")
    scores = [trial.score for trial in found.trials]
    assert found.chosen == int(np.argmax([s or 0.0 for s in scores]))
    assert scores == pytest.approx(
        [_stored_score(root, trial.values) for trial in found.trials], abs=0
    )
    assert found.trials[0].values == {"learning_rate": 0.01, "dropout": 0.1}
    tuned = grids(root)["bag tuned:4"]
    for row in tuned.rows:
        record = root / "trainings" / str(row.training) / "training.json"
        spec = json.loads(record.read_text())["spec"]
        chosen = found.trials[found.chosen].values
        assert {field: spec["config"][field] for field in chosen} == chosen
        assert spec["seed"] in (0, 1)
    nothing = search_of(root, "empty tuned:4")
    assert (nothing.space, nothing.results, nothing.default) == ({}, (), "empty")
    assert [r.cell for r in grids(root)["empty tuned:4"].rows] == [
        r.cell for r in grids(root)["empty"].rows
    ]
    assert any("bag on simulated" in line and "dev macro-F1" in line for line in heard.said)


def _stored_score(root: Path, values: dict[str, Any]) -> float:
    (score,) = (
        report["dev_macro_f1"]
        for spec, report, _ in trials(root).values()
        if all(spec["training"]["config"][field] == value for field, value in values.items())
    )
    return float(score)


def test_a_second_run_tries_nothing_and_more_trials_keep_the_first(
    bag: Any, tune: Any, tmp_path: Path
) -> None:
    model, root = bag(), tmp_path / "results"
    tune([model], 3)
    before, page = trials(root), state(root)
    assert tune([model], 3)[1].outcomes == []
    assert trials(root) == before
    assert state(root) == page, "a page that is up to date stays"
    for path in (root / "grids").glob("*.json"):
        if "tuned" in json.loads(path.read_text())["model"]:
            path.unlink()
    tune([model], 3)
    assert state(root) != page, "what is missing is written again"
    _, heard = tune([model], 6)
    assert heard.trials == 3
    after = trials(root)
    assert {name: after[name] for name in before} == before
    first = result_of(root, "bag tuned:3").trials
    assert result_of(root, "bag tuned:6").trials[:3] == first


def test_a_search_changes_nothing_of_the_presets(bag: Any, tune: Any, tmp_path: Path) -> None:
    model = bag()
    tune([model], None, root="alone")
    tune([model], 3, root="searched")
    alone, searched = (grids(tmp_path / name)["bag"] for name in ("alone", "searched"))
    assert alone.rows == searched.rows
    assert alone.identity == searched.identity
    row = alone.rows[0]
    cells = [
        Store(tmp_path / name).predictions(str(row.training), str(row.cell))
        for name in ("alone", "searched")
    ]
    pd.testing.assert_frame_equal(*cells, check_exact=True)


def test_what_the_user_has_set_is_not_searched(bag: Any, tune: Any, tmp_path: Path) -> None:
    entry, _ = bag()
    tune([(entry, {"learning_rate": "0.02"}), (entry, {})], 3)
    fixed = search_of(tmp_path / "results", "bag:learning_rate=0.02 tuned:3")
    free = search_of(tmp_path / "results", "bag tuned:3")
    assert list(fixed.space) == ["dropout"]
    assert all(set(trial.values) == {"dropout"} for trial in fixed.results[0].trials)
    # Trial t draws the same dropout whatever else is searched.
    assert [t.values["dropout"] for t in fixed.results[0].trials] == [
        t.values["dropout"] for t in free.results[0].trials
    ]


def test_survivors_of_halving_go_on_where_they_stopped(bag: Any, tune: Any, tmp_path: Path) -> None:
    model = bag()
    tune([model], 8, root="full")
    _, heard = tune([model], 8, root="halved", halving=True)
    full, halved = courses(tmp_path / "full"), courses(tmp_path / "halved")
    assert len(full) == 8
    assert len(halved) == 1, "an eighth of the trials is trained to its end"
    assert all(full[config] == course for config, course in halved.items())
    found = result_of(tmp_path / "halved", "bag tuned:8+halving")
    assert sorted(t.looks for t in found.trials) == [2] * 6 + [7] + [20]
    assert [t.stopped for t in found.trials].count(False) == 1
    assert not found.trials[found.chosen].stopped
    assert heard.trials == heard.planned["trial run"] == 8 + 2 + 1
    assert heard.expected == [(n, 11) for n in range(1, 12)]
    assert not list((tmp_path / "halved" / "unfinished").iterdir())
    # A full search has all that halving asks for, and the other way round what survived.
    _, again = tune([model], 8, root="full", halving=True)
    assert again.trials == 0
    same = result_of(tmp_path / "full", "bag tuned:8+halving")
    assert same == found


def test_a_trial_that_came_to_its_own_end_is_not_stopped(
    bag: Any, tune: Any, tmp_path: Path
) -> None:
    entry, _ = bag()
    _, heard = tune([(entry, {"epochs": "1"})], 8, halving=True)
    found = result_of(tmp_path / "results", "bag:epochs=1 tuned:8+halving")
    assert [(t.looks, t.stopped) for t in found.trials] == [(1, False)] * 8
    best = max(t.score for t in found.trials)
    assert found.trials[found.chosen].score == best
    assert heard.trials == heard.planned["trial run"] == 8, "no later rung has anything to do"
    # Without patience some end before the others are compared, and have no later part to run.
    _, heard = tune([(entry, {"patience": "1"})], 8, root="patient", halving=True)
    assert heard.expected[-1] == (heard.trials, heard.trials)
    totals = [total for _, total in heard.expected]
    assert totals == sorted(totals, reverse=True)
    found = result_of(tmp_path / "patient", "bag:patience=1 tuned:8+halving")
    for trial in found.trials:
        assert trial.looks in (2, 7) or not trial.stopped


def test_searches_that_share_a_trial_both_come_to_their_end(
    bag: Any, tune: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The shared trial ends last, when nothing else of the second search is left to wake it.
    monkeypatch.setattr(ExpectedTimes, "order", lambda _, jobs: list(jobs)[::-1])
    entry, _ = bag()
    # The same preset, once by option: trial 0 is one and the same.
    _, heard = tune([(entry, {}), (entry, {"dropout": "0.1"})], 8, halving=True)
    for name in ("bag", "bag:dropout=0.1"):
        found = result_of(tmp_path / "results", f"{name} tuned:8+halving")
        assert [t.looks for t in found.trials].count(20) == 1
        assert not found.trials[found.chosen].stopped
    assert heard.expected[-1] == (heard.trials, heard.trials)


def test_inner_folds_that_cannot_be_drawn_are_refused_before_anything_is_trained(
    bag: Any, tune: Any, tmp_path: Path
) -> None:
    with pytest.raises(RequestError, match="fewer inner folds"):
        tune([bag()], 4, inner=50)
    assert not (tmp_path / "results" / "trainings").exists()


class Stopped(KeyboardInterrupt):
    """The user has had enough."""


@pytest.mark.parametrize("halving", [False, True])
def test_an_interrupted_search_goes_on_to_the_same_trials_and_choice(
    bag: Any, tune: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, halving: bool
) -> None:
    model = bag()
    tune([model], 6, root="whole", halving=halving)
    looks = {"seen": 0}
    original = trial_work.train

    def dying(*args: Any, **settings: Any) -> Any:
        looks["seen"] += 1
        if looks["seen"] % 3 == 0:
            raise Stopped
        return original(*args, **settings)

    monkeypatch.setattr(trial_work, "train", dying)
    for _ in range(20):
        try:
            tune([model], 6, root="broken", halving=halving)
        except Stopped:
            continue
        break
    assert looks["seen"] > 6, "it was never interrupted"
    name = "bag tuned:6+halving" if halving else "bag tuned:6"
    assert result_of(tmp_path / "broken", name) == result_of(tmp_path / "whole", name)
    assert courses(tmp_path / "broken") == courses(tmp_path / "whole")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Ids of the utterances that any batch holds."""
    seen: set[str] = set()
    batch = FoldView.batch

    def watched(view: FoldView, rows: Any, *args: Any, **settings: Any) -> Any:
        seen.update(view.ids[i] for i in rows)
        return batch(view, rows, *args, **settings)

    monkeypatch.setattr(FoldView, "batch", watched)
    return seen


@pytest.mark.parametrize("settings", [{}, {"halving": True}, {"inner": 2}])
def test_no_trial_reads_a_test_utterance(
    bag: Any, tune: Any, small: Any, read: set[str], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    tested = {small.corpus.ids[row] for row in small.parts.test}
    during: set[str] = set()
    original = trial_work.run_trial

    def watched(*args: Any) -> Any:
        before = set(read)
        read.clear()
        outcome = original(*args)
        during.update(read)
        read.update(before)
        return outcome

    monkeypatch.setattr("emobench.grid.search.search.run_trial", watched)
    tune([bag()], 4, **settings)
    assert during
    assert not during & tested
    assert tested <= read, "the watch sees test utterances where they are read"


def test_a_trial_that_fails_is_never_chosen(bag: Any, tune: Any, tmp_path: Path) -> None:
    more = """
    def loss(self, output, batch):
        loss = super().loss(output, batch)
        return loss * float("nan") if self.config.learning_rate < 0.01 else loss
"""
    tune([bag(rate=0.005, more=more)], 8)
    root = tmp_path / "results"
    found = result_of(root, "bag tuned:8")
    failed = {t.trial for t in found.trials if t.failed}
    assert 0 in failed
    assert failed == {t.trial for t in found.trials if t.values["learning_rate"] < 0.01}
    assert found.chosen not in failed
    assert all(t.score is None for t in found.trials if t.trial in failed)
    assert "nan" in found.trials[0].failed


def test_a_bad_space_is_refused_before_anything_is_trained(
    bag: Any, tune: Any, tmp_path: Path
) -> None:
    with pytest.raises(RequestError, match="depth"):
        tune([bag(space='{"depth": Uniform(0.0, 1.0)}')], 4)
    assert not (tmp_path / "results" / "trainings").exists()
    entry, _ = bag("long", space='{"epochs": Integer(1, 9)}')
    with pytest.raises(RequestError, match="budget"):
        tune([(entry, {"epochs": "2"})], 4)


def test_inner_folds_average_their_scores(bag: Any, tune: Any, tmp_path: Path) -> None:
    tune([bag()], 3, inner=2)
    root = tmp_path / "results"
    found = result_of(root, "bag tuned:3+inner:2")
    for trial in found.trials:
        scores = [
            report["dev_macro_f1"]
            for spec, report, _ in trials(root).values()
            if all(spec["training"]["config"][k] == v for k, v in trial.values.items())
        ]
        assert len(scores) == 2
        assert trial.score == pytest.approx(np.mean(scores), abs=1e-12)


def test_a_dry_run_counts_what_is_left(
    bag: Any, tune: Any, heard: Any, small: Any, tmp_path: Path
) -> None:
    request = Request(
        models=[bag()],
        protocols=[(registry("protocol")["full_modalities"], {})],
        corpora=[small.request],
        seeds=1,
        search=SearchRequest(4),
    )
    screens = [heard(), heard()]
    dry_run(request, tmp_path / "results", 1, screens[0])
    assert not (tmp_path / "results").exists()
    tune([bag()], 4)
    dry_run(request, tmp_path / "results", 1, screens[1])
    for screen in screens:
        assert any(
            line.startswith("search: 4 trials for each of 1 training, chosen by dev macro-F1")
            for line in screen.said
        )
    assert any(line.endswith("; 4 trial runs to do") for line in screens[0].said)
    assert any(line.endswith("; all of them stored") for line in screens[1].said)
    assert any(line.startswith("estimate: ") for line in screens[0].said)
    assert not any(line.startswith("estimate: ") for line in screens[1].said)


@pytest.mark.slow
def test_a_preset_with_thirty_times_the_step_size_is_mended(
    deep: Any, tune: Callable[..., Any], tmp_path: Path
) -> None:
    sound = 0.02
    bad, good, chosen = [], [], []
    for number in range(REPETITIONS):
        name = f"planted_{number}"
        tune([deep(name, 30 * sound, sound, "bad")], 8, root=name)
        found = result_of(tmp_path / name, f"{name} tuned:8")
        bad.append(found.trials[0].score)
        chosen.append(found.trials[found.chosen].score)
        tune([deep(name, sound, sound, "good")], 2, root=f"{name}_good")
        good.append(result_of(tmp_path / f"{name}_good", f"{name} tuned:2").trials[0].score)
    assert np.mean(good) > np.mean(bad) + 0.1, (bad, good)
    # On dev, the one part that a search sees: of its 18 utterances one is worth about .05.
    assert all(c >= g - 0.1 for c, g in zip(chosen, good, strict=True)), (good, chosen)
    assert np.mean(chosen) >= np.mean(good) - 0.02, (good, chosen)


def test_a_preset_outside_of_its_range_is_said(bag: Any, tune: Any) -> None:
    _, heard = tune([bag(rate=0.0001)], 2)
    assert any("bag's preset has learning_rate=0.0001" in line for line in heard.said)
    _, heard = tune([bag("other")], 2, root="other")
    assert not any("preset has" in line for line in heard.said)

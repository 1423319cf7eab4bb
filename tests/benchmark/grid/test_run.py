"""A whole run is the same with every executor; another executor is one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emobench.discovery.registry import registry
from emobench.executor import open_executor
from emobench.grid.execution.outcome import Outcome
from emobench.grid.plan.request import Request
from emobench.grid.results.totals import Totals
from emobench.grid.run import dry_run, run
from emobench.store.cell_reader import CellReader

THREADS = '''
"""Jobs in threads of this process."""

from concurrent.futures import ThreadPoolExecutor

from emobench.executor import Executor


class Threads(Executor):
    """A pool of threads."""

    def __init__(self, count):
        super().__init__(count)
        self._pool = None

    def submit(self, work, /, *args, **kwargs):
        self._pool = self._pool or ThreadPoolExecutor(self.count)
        return self._pool.submit(work, *args, **kwargs)

    def close(self):
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._pool = None
'''


class Silent:
    """A screen that keeps what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.begun: tuple[int, int, Counter[str]] | None = None
        self.outcomes: list[Outcome] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def prepare(self, what: str, done: int, total: int) -> None:
        assert 0 <= done <= total

    def start(
        self, cells: int, trainings: int, jobs: Counter[str], unit: str = "cell", known: Any = None
    ) -> None:
        self.begun = cells, trainings, jobs

    def expect(self, left: Counter[str]) -> None:
        assert min(left.values()) >= 1

    def outcome(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def tick(self, running: list[str]) -> None:
        assert len(set(running)) == len(running)


@pytest.fixture
def request_of(small: Any) -> Callable[..., Request]:
    """A request on the small corpus: three models, one of which draws at random."""

    def make(*protocols: str) -> Request:
        settings = {"late_fusion": {}, "text_only": {}, "emotiwave": {"units": "4", "epochs": "2"}}
        return Request(
            models=[(registry("model")[name], options) for name, options in settings.items()],
            protocols=[(registry("protocol")[name], {}) for name in protocols],
            corpora=[small.request],
            seeds=1,
        )

    return make


def with_cache(request: Request, cache: Path) -> Request:
    (corpus,) = request.corpora
    folders = replace(corpus.folders, cache=cache)
    return replace(request, corpora=[replace(corpus, folders=folders)])


def run_with(name: str, request: Request, root: Path, screen: Silent | None = None) -> Totals:
    with open_executor(name, 2) as executor:
        return run(request, root, executor, "cpu", screen or Silent())


def predictions(root: Path) -> dict[str, str]:
    """The predictions of every cell, as text that says every bit."""
    reader = CellReader(root)
    return {cell.key: repr(reader.table(cell).to_pydict()) for cell in reader.every()}


@pytest.mark.slow
def test_threads_this_process_and_processes_predict_the_same(
    request_of: Callable[..., Request], tmp_path: Path
) -> None:
    own = tmp_path / "threads.py"
    own.write_text(THREADS)
    request = request_of("missing_modality")
    names = {"local": "local", "here": "in_process", "threads": str(own)}
    # Each with a cache of its own: the representations are extracted by the executor, too.
    totals = {
        key: run_with(name, with_cache(request, tmp_path / f"{key}_cache"), tmp_path / key)
        for key, name in names.items()
    }
    found = {key: predictions(tmp_path / key) for key in names}
    assert totals["local"] == totals["here"] == totals["threads"]
    assert totals["local"].failed == 0
    assert len(found["local"]) == totals["local"].done > 50
    assert found["here"] == found["local"]
    assert found["threads"] == found["local"]


def test_a_second_run_computes_nothing_and_a_lost_cell_comes_back(
    request_of: Callable[..., Request], lose: Callable[..., None], tmp_path: Path
) -> None:
    request, root = request_of("full_modalities"), tmp_path / "results"
    first = run_with("in_process", request, root)
    before = predictions(root)
    assert first.done == len(before) == 3
    again = Silent()
    assert run_with("in_process", request, root, again) == first
    assert again.begun == (0, 0, Counter())
    assert again.outcomes == []
    lost = next(iter(before))
    lose(root, lost)
    once = Silent()
    run_with("in_process", request, root, once)
    assert once.begun is not None
    assert once.begun[:2] == (1, 0)
    assert predictions(root) == before


def test_a_dry_run_writes_nothing(request_of: Callable[..., Request], tmp_path: Path) -> None:
    screen = Silent()
    totals = dry_run(request_of("full_modalities"), tmp_path / "results", 1, screen)
    assert (totals.done, totals.failed) == (0, 0)
    assert screen.said[0] == "planned: 3 distinct trainings, 3 cells"
    assert screen.said[-1].startswith("estimate: ")
    assert not (tmp_path / "results").exists()


def test_who_is_skipped_is_named_once(
    request_of: Callable[..., Request], tmp_path: Path, small: Any
) -> None:
    totals = dry_run(request_of("missing_modality"), tmp_path / "results", 1, Silent())
    why = "reads text, which this condition removes"
    who = f"text_only on {small.request.label}"
    assert totals.skipped == {(who, why): 6}

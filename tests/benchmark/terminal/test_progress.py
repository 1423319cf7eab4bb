from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.grid.execution.outcome import Outcome
from emobench.terminal import progress
from emobench.terminal.progress import Pace, PlainScreen, _Counts


def test_the_pace_is_that_of_what_was_done_here() -> None:
    pace = Pace(done=100, now=5.0)  # a hundred were there already
    assert pace.words(100, 400, 20.0) == ""
    assert pace.words(200, 400, 25.0) == "5.0 per second, about 40 s left"
    assert pace.words(400, 400, 15.0) == "30 per second"


def test_a_log_gets_a_line_at_the_ends_and_every_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 4.0, 11.0, 12.0, 30.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    screen = PlainScreen(1)
    for done in (50, 100, 150, 160, 200):
        screen.prepare("preparing clips", done, 200)
    lines = [line.split(" ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "preparing clips: 50 of 200",
        "preparing clips: 150 of 200 (9.1 per second, about 5 s left)",
        "preparing clips: 200 of 200 (5.0 per second)",
    ]


def counts(workers: progress.Workers, jobs: int, seconds: float) -> _Counts:
    """Of so many jobs one has ended."""
    found = _Counts(workers)
    found.begin(jobs, Counter({"net": jobs}), "cell")
    found.add(Outcome("net", 1, 0, seconds, "", elapsed=seconds, kind="net"))
    return found


@given(workers=st.integers(1, 300), jobs=st.integers(2, 400))
def test_the_time_left_is_that_of_the_jobs_that_run_at_once(workers: int, jobs: int) -> None:
    left = jobs - 1
    seconds = 3600.0 * left / min(workers, left)
    for how in (workers, lambda: workers):
        assert counts(how, jobs, 3600.0).left() == f"about {progress._duration(seconds)} left"
    assert seconds >= 3600  # never less than a single job takes


def told(running: int | None) -> str:
    """The line of a hundred jobs that are handed in, of which so many run."""
    return counts(lambda: running, 101, 60.0).line(100)


def test_where_nobody_knows_how_many_jobs_run_no_time_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert told(None) == "1/101 cells done, 100 handed in, 0 failed, time left unknown"
    assert told(4) == "1/101 cells done, 4 running, 96 queued, 0 failed, about 25 min left"
    assert told(100) == "1/101 cells done, 100 running, 0 failed, about 60 s left"
    screen = PlainScreen(lambda: None)
    screen.start(2, 2, Counter({"net": 2}))
    screen.outcome(Outcome("net", 1, 0, 9.0, "", elapsed=9.0, kind="net"))
    assert "[1/2 cells, 0 failed; time left unknown]" in capsys.readouterr().out

from __future__ import annotations

import pytest

from emobench.cli import progress
from emobench.cli.progress import Pace, PlainScreen


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

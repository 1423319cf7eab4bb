"""What a search says of presets without a score of their end."""

from __future__ import annotations

import pytest

from emobench.grid.search.search import _incomplete
from emobench.store.records import TrialScore

DONE = TrialScore(trial=0, values={}, score=0.5, looks=20)
STOPPED = DONE.model_copy(update={"stopped": True})
FAILED = DONE.model_copy(update={"score": None, "failed": "it broke", "stopped": True})


@pytest.mark.parametrize(
    ("presets", "expected"),
    [
        ([STOPPED], "was stopped early in 1 of 1 search,"),
        ([STOPPED, DONE, STOPPED], "was stopped early in 2 of 3 searches,"),
        ([FAILED, DONE], "the preset failed in 1 of 2 searches,"),
        (
            [STOPPED, FAILED, DONE],
            "was stopped early in 1 of 3 searches and failed in 1 of 3 searches,",
        ),
    ],
)
def test_presets_that_were_stopped_or_failed_are_counted(
    presets: list[TrialScore], expected: str
) -> None:
    assert expected in _incomplete(presets)

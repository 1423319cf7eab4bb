from __future__ import annotations

import pytest

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.statistics.bootstrap import Estimate


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.7321, ".732"), (1.0, "1.000"), (0.0, ".000"), (-0.0312, "−.031"), (None, "–")],
)
def test_score(value: float | None, text: str) -> None:
    assert numbers.score(value) == text


def test_nothing_is_printed_as_minus_zero() -> None:
    assert numbers.score(-0.0001) == ".000"
    assert numbers.signed(-0.0001) == ".000"
    assert numbers.signed(0.031) == "+.031"
    assert numbers.percent(-0.001) == "0 %"


def test_intervals() -> None:
    at = Estimate(0.732, 0.701, 0.761)
    assert numbers.interval(at) == "[.701, .761]"
    assert numbers.signed_interval(Estimate(0.0, -0.01, 0.02)) == "[−.010, +.020]"
    assert numbers.interval(None) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [(812, "812"), (45_210, "45.2 k"), (999_900, "999 k"), (1_234_567, "1.23 M"), (None, "–")],
)
def test_count(value: int | None, text: str) -> None:
    assert numbers.count(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(2.5, "2.50 s"), (12.34, "12.3 s"), (150.0, "2.5 min"), (9000.0, "2.5 h")]
)
def test_duration(value: float, text: str) -> None:
    assert numbers.duration(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.73123456, "0.731235"), (12.0, "12"), (1234567.0, "1234567"), (None, ""), (0.0, "0")],
)
def test_plain(value: float | None, text: str) -> None:
    assert numbers.plain(value) == text

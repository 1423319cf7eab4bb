"""Times and sizes as they are typed, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.errors import RequestError
from emobench.isolation.limits import (
    Limits,
    bytes_of,
    read_limits,
    seconds_of,
    size_text,
    time_text,
)


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [("2h", 7200), ("90min", 5400), ("90m", 5400), ("1h30m", 5400), ("45s", 45), ("1.5h", 5400),
     (" 2H ", 7200), ("1 d 2 h", 93600)],
)  # fmt: skip
def test_a_time_is_read_as_people_write_it(typed: str, seconds: float) -> None:
    assert seconds_of(typed) == seconds


@pytest.mark.parametrize("typed", ["", "2", "h", "2x", "2h!", "-2h", "soon", "0s", ".5s", "2hh"])
def test_what_is_no_time_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(RequestError, match=r"--timeout .*(1h30m|nothing is trained)"):
        seconds_of(typed)


@settings(max_examples=25)
@given(st.integers(1, 10**7))
def test_a_time_is_written_as_it_is_read(seconds: int) -> None:
    assert seconds_of(time_text(seconds)) == seconds


def test_a_size_is_read_and_no_size_is_refused() -> None:
    assert bytes_of("8GB") == 8 * 10**9
    assert bytes_of("500 MB") == 5 * 10**8
    assert size_text(8e9) == "8.00 GB"
    assert size_text(5e8) == "500 MB"
    with pytest.raises(RequestError, match="--memory much is no size"):
        bytes_of("much")


def test_without_limits_nothing_is_watched() -> None:
    assert not read_limits(None, None)
    assert read_limits("2h", None) == Limits(seconds=7200.0)


def test_memory_is_refused_where_it_cannot_be_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(RequestError, match="Linux"):
        read_limits(None, "8GB")
    assert read_limits("2h", None)

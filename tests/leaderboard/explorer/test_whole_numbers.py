from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emobench.leaderboard import number_format as numbers
from emobench.leaderboard.explorer.whole_numbers import whole


def printed(n: int | None) -> str:
    """As the script of the page prints a whole number of thousandths."""
    if n is None:
        return numbers.BLANK
    text = f"{abs(n) / 1000:.3f}".removeprefix("0")
    return f"{numbers.MINUS}{text}" if n < 0 else text


values = st.one_of(
    st.floats(-1, 1),
    st.builds(lambda k, n: k / n, st.integers(-4000, 4000), st.sampled_from([16, 2000, 4000])),
)


@given(st.lists(values, max_size=20))
def test_they_print_as_the_tables_do(some: list[float]) -> None:
    assert [printed(n) for n in whole(some)] == [numbers.score(value) for value in some]


def test_ties_are_decided_as_formatting_does() -> None:
    halves = [k / 2000 for k in range(-2001, 2002, 2)]
    assert [printed(n) for n in whole(halves)] == [numbers.score(value) for value in halves]


def test_what_is_no_number_is_none() -> None:
    assert whole([float("nan"), 0.25], 2) == [None, 25]
    assert whole([]) == []

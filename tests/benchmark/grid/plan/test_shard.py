"""Parts of a grid: every training is in one of them, and each has about as many."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobench.errors import RequestError
from emobench.grid.plan.shard import WHOLE, Shard, parse_shard


@given(st.text(min_size=1), st.integers(1, 40))
def test_every_key_is_in_exactly_one_shard(key: str, count: int) -> None:
    assert sum(Shard(number, count).holds(key) for number in range(1, count + 1)) == 1


def test_shards_are_as_even_as_draws() -> None:
    keys = [hashlib.sha256(str(i).encode()).hexdigest()[:20] for i in range(8000)]
    sizes = [sum(map(Shard(number, 8).holds, keys)) for number in range(1, 9)]
    # 1000 each, with a standard deviation of 30.
    assert sum(sizes) == 8000
    assert all(abs(size - 1000) < 120 for size in sizes)


def test_the_part_of_a_key_never_changes() -> None:
    # Folders of machines that run different versions must still make a whole.
    found = [next(n for n in range(1, 9) if Shard(n, 8).holds(key)) for key in ("a", "b", "c", "d")]
    assert found == [2, 1, 8, 1]


def test_words() -> None:
    assert parse_shard(None) == WHOLE
    assert parse_shard(" 3/8 ") == Shard(3, 8)
    assert str(Shard(3, 8)) == "3/8"
    assert WHOLE.of({"x": 1, "y": 2}) == {"x": 1, "y": 2}


@pytest.mark.parametrize("text", ["0/8", "9/8", "3", "3/0", "a/b", "-1/8", "3/8/2", ""])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match=r"such as 3/8|write it as 3/8"):
        parse_shard(text)

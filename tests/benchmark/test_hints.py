"""Which known names are proposed in place of an unknown one, and what executors announce."""

from __future__ import annotations

import pytest

from emobench.errors import unknown
from emobench.executors.local import LocalPool


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("clustr", ["cluster", "cpus", "memory"], "Did you mean 'cluster'? "),
        ("seed", ["seeds", "speed", "size"], "Did you mean 'speed' or 'seeds'? "),
        ("xyz", ["cluster", "cpus"], ". Known: cluster, cpus."),
    ],
)
def test_a_name_that_is_much_further_off_is_not_proposed(
    name: str, known: list[str], hint: str
) -> None:
    assert hint in str(unknown("option", name, known))


def test_starting_workers_is_said_before_they_start() -> None:
    heard: list[str] = []
    pool = LocalPool(1)
    pool._pool = pool._start()
    pool.close()
    pool.say = heard.append
    pool._pool = pool._start()
    pool.close()
    assert heard == ["starting workers"]

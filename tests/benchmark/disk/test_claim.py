"""Claims: one run at a time holds each, and a dead run's expires whatever clocks say."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from emobench.disk import claim
from emobench.disk.claim import Claims, Holder

HOLD = """
import sys, time
from pathlib import Path
from emobench.disk.claim import Claims
claims = Claims(Path(sys.argv[1]))
print(claims.take("a"), flush=True)
time.sleep(600)
"""


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Claims]:
    """The claims of a run of another machine, which makes no sign of life by itself."""
    claims = Claims(tmp_path, beat=1000.0)
    claims.me = replace(claims.me, machine="another", host="elsewhere")
    with claims:
        yield claims


class Clock:
    """A clock that nobody can set, as the system's monotonic one."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(time, "monotonic", found)
    return found


def test_only_one_run_holds_a_claim(tmp_path: Path) -> None:
    with Claims(tmp_path) as one, Claims(tmp_path) as other:
        assert one.take("a") is None
        assert one.take("a") is None, "it has it already"
        assert other.take("a") == one.me
        assert other.take("b") is None
        assert one.holder("b") == other.me
        other.release("a")
        assert one.holder("a") == one.me, "nobody gives back what another holds"
        one.release("a")
        assert other.take("a") is None
    assert list(tmp_path.iterdir()) == [], "nothing is left of runs that ended"


def test_a_killed_run_of_this_machine_holds_nothing(tmp_path: Path) -> None:
    run = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert run.stdout is not None
    assert run.stdout.readline() == b"None\n"
    with Claims(tmp_path) as claims:
        holder = claims.take("a")
        assert holder is not None
        assert holder.pid == run.pid
        run.kill()
        run.wait()
        assert claims.holder("a") is None
        assert claims.take("a") is None
    with Claims(tmp_path) as claims:
        claims.take("b")
        assert sorted(p.suffix for p in tmp_path.iterdir()) == [".claim", ".run"]


def test_a_later_process_with_the_same_number_is_another(tmp_path: Path) -> None:
    with Claims(tmp_path) as one, Claims(tmp_path) as other:
        one.me = replace(one.me, start=one.me.start + 1)
        assert one.take("a") is None
        assert other.take("a") is None


def test_a_run_elsewhere_counts_as_dead_when_its_signs_stay_away(
    tmp_path: Path, elsewhere: Claims, clock: Clock
) -> None:
    assert elsewhere.take("a") is None
    with Claims(tmp_path, lease=120.0) as claims:
        for beat in range(1, 5):  # however long it takes
            assert claims.take("a") == elsewhere.me
            clock.now += 100.0
            # Its clock may go backwards: only that the time changes counts.
            os.utime(elsewhere._file, ns=(0, 10**18 - beat))
        assert claims.take("a") == elsewhere.me
        clock.now += 119.0
        assert claims.holder("a") == elsewhere.me
        clock.now += 2.0
        assert claims.holder("a") is None
        assert claims.take("a") is None
        assert elsewhere.take("a") == claims.me
        elsewhere.release("a")
        assert claims.holder("a") == claims.me


def test_clocks_that_are_set_make_no_run_dead(
    tmp_path: Path, elsewhere: Claims, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere.take("a")
    with Claims(tmp_path) as claims:
        assert claims.take("a") == elsewhere.me
        for now in (0.0, 4e9):
            monkeypatch.setattr(time, "time", lambda now=now: now)
            assert claims.take("a") == elsewhere.me


def test_signs_of_life_are_made(tmp_path: Path) -> None:
    with Claims(tmp_path, beat=0.01) as claims:
        claims.take("a")
        seen = set()
        limit = time.monotonic() + 10
        while len(seen) < 3 and time.monotonic() < limit:
            seen.add(claims._file.stat().st_mtime_ns)
        assert len(seen) == 3


def test_it_works_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_link)
    with Claims(tmp_path) as one, Claims(tmp_path) as other:
        assert one.take("a") is None
        assert other.take("a") == one.me


def test_a_claim_that_cannot_be_read_expires(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "a.claim").write_bytes(b"")
    with Claims(tmp_path) as claims:
        assert claims.take("a") == Holder("a")
        clock.now += claim.LEASE + 1
        assert claims.take("a") is None


def test_a_claim_taken_over_meanwhile_is_not_removed(tmp_path: Path) -> None:
    with Claims(tmp_path) as one, Claims(tmp_path) as other:
        assert one.take("a") is None
        # It was a dead run's when `other` looked.
        other._remove(tmp_path / "a.claim", Holder("dead"))
        assert one.holder("a") == one.me


def test_whoever_deletes_the_folder_stops_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "claims"
    with Claims(folder) as claims:
        claims.take("a")
        for path in folder.iterdir():
            path.unlink()
        assert claims.take("b") is None
        assert claims.holder("b") == claims.me


def test_a_run_with_nothing_to_do_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    with Claims(tmp_path) as living:
        for _ in range(2):  # before this run begins, and while it goes on
            with Claims(tmp_path):
                dead = Claims(tmp_path)
                dead.me = replace(dead.me, start=dead.me.start + 1)
                dead.take("a")
                dead._stop.set()
            assert list(tmp_path.iterdir()) == []
        assert living.take("a") is None

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emobench import RequestError
from emobench.leaderboard.plans.chain import read_chain
from emobench.store.records.plans import PlanPair, PlanRecord
from emobench.study.plans.registry import amend, freeze, frozen, note_departure


def pair(first: str) -> PlanPair:
    return PlanPair(
        dataset="d", track="controlled", protocol="p", regime="full", condition="full",
        first=first, second="late_fusion",
    )  # fmt: skip


def plan(*names: str, **changes: Any) -> PlanRecord:
    return PlanRecord(
        **{"kind": "freeze", "created": "2026-01-01T00:00:00+00:00", "emobench": "0.1.0",
           "measure": "macro_f1", "pairs": tuple(map(pair, names))}
        | changes
    )  # fmt: skip


def test_every_version_stays_and_names_the_one_before(tmp_path: Path) -> None:
    first = freeze(tmp_path, plan("a", "b"))
    second = amend(tmp_path, frozen(tmp_path), plan("a"), "b is not ours")
    third = amend(tmp_path, frozen(tmp_path), plan("a", "c", existing=3), "we saw c")
    chain = frozen(tmp_path)
    assert [one.digest for one in chain.versions] == [first.digest, second.digest, third.digest]
    assert [one.record.previous for one in chain.versions] == ["", first.digest, second.digest]
    assert chain.base.digest == second.digest
    assert [one.digest for one in chain.amendments] == [third.digest]
    assert [one.first for one in chain.late] == ["c"]
    assert chain.is_before_results


def test_a_plan_after_results_cannot_be_amended_into_one_before(tmp_path: Path) -> None:
    freeze(tmp_path, plan("a", existing=1))
    amend(tmp_path, frozen(tmp_path), plan("a", "b"), "the results were deleted")
    chain = frozen(tmp_path)
    assert not chain.is_before_results
    assert chain.base == chain.versions[0]


def test_an_amendment_needs_a_change_and_a_reason(tmp_path: Path) -> None:
    freeze(tmp_path, plan("a"))
    with pytest.raises(RequestError, match="nothing to amend"):
        amend(tmp_path, frozen(tmp_path), plan("a"), "no reason")
    with pytest.raises(RequestError, match="says why"):
        amend(tmp_path, frozen(tmp_path), plan("a", "b"), " ")


def test_whatever_is_changed_in_a_frozen_file_is_noticed(tmp_path: Path) -> None:
    version = freeze(tmp_path, plan("a", "b", margin=0.02))
    path = tmp_path / "plans" / f"{version.digest}.json"
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        for bit in (1, 16):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
            chain = read_chain(tmp_path)
            assert chain is not None
            assert chain.problem, place
            assert not chain.versions
    # Somebody who knows how the checksum is made is told by the name.
    from emobench.disk.seal import sealed

    content = json.loads(whole)
    content.pop("sha256")
    path.write_text(sealed(content | {"margin": 0.5}))
    assert "is not that of its digest" in read_chain(tmp_path).problem
    path.write_bytes(whole)
    assert not read_chain(tmp_path).problem


@pytest.mark.parametrize("way", ["two plans", "two amendments", "a lost version"])
def test_versions_that_contradict_make_nothing_planned(tmp_path: Path, way: str) -> None:
    first = freeze(tmp_path, plan("a"))
    if way == "two plans":
        freeze(tmp_path, plan("b"))
    else:
        chain = frozen(tmp_path)
        amend(tmp_path, chain, plan("a", "b"), "one")
        if way == "two amendments":
            amend(tmp_path, chain, plan("a", "c"), "other")
        else:
            (tmp_path / "plans" / f"{first.digest}.json").unlink()
    assert read_chain(tmp_path).problem
    with pytest.raises(RequestError, match="plan into another folder"):
        frozen(tmp_path)


def test_a_departure_is_noted_once(tmp_path: Path) -> None:
    version = freeze(tmp_path, plan("a"))
    for _ in range(2):
        note_departure(tmp_path, version, plan("a", study="study.toml"), ["seeds 3 became 5"])
    note_departure(tmp_path, version, plan("a", study="study.toml"), ["seeds 3 became 9"])
    chain = frozen(tmp_path)
    assert len(chain.versions) == 1
    assert [one.changes for one in chain.departures] == [
        ("seeds 3 became 5",), ("seeds 3 became 9",)
    ]  # fmt: skip

"""A results folder at an address: what is sent, in which order, and what comes back."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from emobench.errors import RequestError
from emobench.remote.mirror import Mirror, is_address, working_folder


@pytest.fixture(params=["memory", "file"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    name = uuid.uuid4().hex
    return f"memory://{name}/study" if request.param == "memory" else f"file://{tmp_path}/{name}"


def fill(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def shown(root: Path) -> set[str]:
    return {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}


def test_what_is_finished_travels_and_what_is_of_one_machine_does_not(
    address: str, tmp_path: Path
) -> None:
    finished = {"trainings/a/spec.json", "trainings/a/report.json", "cells/b/predictions.parquet"}
    fill(tmp_path / "one", *finished, "unfinished/a.json", "leaderboard/index.html")
    fill(tmp_path / "one", "cells/.partial-host-1-x/spec.json", "queue/host-1/1_log.out")
    assert Mirror(address, tmp_path / "one").send() == 3
    other = Mirror(address, tmp_path / "two")
    assert other.fetch() == 3
    assert shown(tmp_path / "two") == finished
    assert other.fetch() == other.send() == 0


def test_the_mark_of_completeness_is_sent_and_fetched_last(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["trainings/a/report.json", "trainings/a/spec.json", "trainings/a/zz.parquet"]
    names += ["trainings/b/training.json", "trainings/b/cells-1.parquet", "grids/x.json"]
    fill(tmp_path / "one", *names)
    mirror = Mirror(address, tmp_path / "one")
    order: list[str] = []
    put, get = mirror.files.put_file, mirror.files.get_file
    monkeypatch.setattr(mirror.files, "put_file", lambda a, b: (order.append(a), put(a, b)))
    mirror.send()
    monkeypatch.setattr(mirror.files, "get_file", lambda a, b: (order.append(a), get(a, b)))
    again = Mirror(address, tmp_path / "two")
    again.files = mirror.files
    again.fetch()
    for part in (order[:6], order[6:]):
        assert [Path(name).name for name in part[-2:]] in (
            ["report.json", "training.json"],
            ["training.json", "report.json"],
        )


def test_a_send_that_breaks_is_mended_by_the_next(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "one", "trainings/a/report.json", "trainings/a/spec.json")
    mirror = Mirror(address, tmp_path / "one")
    put = mirror.files.put_file

    def broken(path: str, there: str) -> Any:
        if path.endswith("report.json"):
            raise OSError("no network")
        return put(path, there)

    monkeypatch.setattr(mirror.files, "put_file", broken)
    with pytest.raises(OSError, match="no network"):
        mirror.send()
    with pytest.raises(RequestError, match=r"could not be sent .*no network.*They lie in"), mirror:
        pass
    assert Mirror(address, tmp_path / "half").fetch() == 1
    assert shown(tmp_path / "half") == {"trainings/a/spec.json"}
    monkeypatch.setattr(mirror.files, "put_file", put)
    assert mirror.send() == 1


def test_addresses(tmp_path: Path) -> None:
    assert is_address("s3://bucket/study")
    assert not is_address("results")
    assert not is_address("/data/results")
    one, two = (working_folder(a, tmp_path) for a in ("s3://a/b", "s3://a/b/"))
    assert one == two != working_folder("s3://a/c", tmp_path)
    with pytest.raises(RequestError, match=r"--results nosuch://x/y: "):
        Mirror("nosuch://x/y", tmp_path)

"""Work that travels: what it finds where it arrives, and what comes back."""

from __future__ import annotations

import dataclasses
import os
import pickle
from pathlib import Path

import pytest

from emobench.errors import RequestError
from emobench.remote import parcel
from emobench.remote.attempts import byte_count
from emobench.remote.parcel import Parcel, environment


class Unpicklable(Exception):  # noqa: N818
    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def raise_unpicklable() -> None:
    raise Unpicklable(1, 2)


def travelled(sent: Parcel) -> parcel.Ended:
    """Do the work as another process would: everything is pickled on both ways."""
    arrived: Parcel = pickle.loads(pickle.dumps(sent))
    back: parcel.Ended = pickle.loads(pickle.dumps(arrived.run()))
    return back


@pytest.fixture(autouse=True)
def unchanged_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The set-up of a worker must not reach this process of tests."""
    monkeypatch.setattr(parcel, "start_process", lambda: None)


def test_the_value_and_the_error_come_back() -> None:
    assert travelled(Parcel(len, ("abc",))).value == 3
    assert isinstance(travelled(Parcel(int, ("x",))).error, ValueError)
    lost = travelled(Parcel(raise_unpicklable)).error
    assert isinstance(lost, RuntimeError)
    assert str(lost) == "Unpicklable: 1 and 2"


def test_relative_paths_mean_what_they_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "there")
    sent = Parcel(os.getcwd)
    monkeypatch.chdir(tmp_path)
    assert sent.run().value == str(tmp_path / "there")
    missing = dataclasses.replace(sent, folder=str(tmp_path / "absent")).run().error
    assert isinstance(missing, RequestError)
    assert "has no folder" in str(missing)
    assert "absent" in str(missing)


@pytest.mark.parametrize("name", ["torch", "source of emobench", "source of emobench.models"])
def test_other_code_is_refused_and_does_nothing(name: str) -> None:
    sent = Parcel(os.mkdir, ("/nowhere/at/all",))
    other = dataclasses.replace(sent, made_by={**sent.made_by, name: "another"})
    error = other.run().error
    assert isinstance(error, RequestError)
    assert f"{name} " in str(error)
    assert "for another" in str(error)


def test_workers_get_one_thread_and_the_places_of_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOBENCH_CACHE", "/shared/cache")
    monkeypatch.delenv("HF_HOME", raising=False)
    found = environment()
    assert found["OMP_NUM_THREADS"] == "1"
    assert found["EMOBENCH_CACHE"] == "/shared/cache"
    assert "HF_HOME" not in found


def test_sizes() -> None:
    assert byte_count("2GB") == byte_count("2") == byte_count(" 2 g ") == 2_000_000_000
    assert byte_count("500MB") == 500_000_000
    assert byte_count("1.5gb") == 1_500_000_000
    for text in ("", "0GB", "GB", "-1GB", "2PB", "many"):
        with pytest.raises(RequestError, match="is no size"):
            byte_count(text)

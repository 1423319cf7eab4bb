"""The words that choose an executor and its options."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from emobench.errors import RequestError
from emobench.executor import with_its_options
from emobench.executors.ray import RayOptions
from emobench.executors.slurm import SlurmOptions
from emobench.isolation.limits import Limits
from emobench.study.executor import kept_limits
from emobench.study.options import RunOptions


def test_values_may_hold_colons_and_commas() -> None:
    assert with_its_options("local") == ("local", {})
    assert with_its_options("ray:address=10.0.0.1:6379,memory=2GB") == (
        "ray",
        {"address": "10.0.0.1:6379", "memory": "2GB"},
    )
    assert with_its_options("slurm:partition=a,b:time=60") == (
        "slurm",
        {"partition": "a,b", "time": "60"},
    )
    assert with_its_options("my/own.py:room=3") == ("my/own.py", {"room": "3"})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--executor", "local:memory=2GB"], "The executor local takes no options, got memory"),
        (["--executor", "ray:memori=2GB"], "Unknown option of the executor ray"),
        (["--executor", "slurm:time=long"], "must be of type int, got 'long'"),
        (["--executor", "ray:memory=much"], "memory=much is no size"),
        (["--ray-address", "auto"], "--ray-address is for --executor ray, not for local"),
        (
            ["--executor", "ray:address=auto", "--ray-address", "auto"],
            "Name the Ray cluster once",
        ),
        (["--device", "tpu"], "Unknown device 'tpu'"),
        (["--executor", "ray", "--device", "tpu"], "Unknown device 'tpu'"),
    ],
)
def test_what_makes_no_sense_is_refused(cli: Any, words: list[str], said: str) -> None:
    done = cli("run", "--models", "majority", "--dry-run", *words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("ray:memory=abc", "memory=abc is no size"),
        ("ray:address=ray://head:10001", "is an address of Ray's client"),
        ("slurm:cluster=lsf", "known are slurm and local"),
        ("slurm:time=1,warning=60", "must be longer than warning="),
        ("slurm:memory=much", "memory=much is no size"),
    ],
)
def test_what_a_cluster_cannot_do_is_refused_before_anything_else(
    cli: Any, monkeypatch: pytest.MonkeyPatch, words: str, said: str
) -> None:
    # Neither the cluster's package nor a corpus, a model or torch is looked at before.
    for name in ("ray", "submitit"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr("emobench.study.run.grid_request", lambda *_: pytest.fail("too late"))
    done = cli("run", "--models", "majority", "--executor", words)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_size_is_a_number_with_or_without_a_unit() -> None:
    for kind in (RayOptions, SlurmOptions):
        for good in ("2GB", "500MB", "1.5", "800m"):
            assert kind(memory=good).memory == good
        for bad in ("", "0", "-1GB", "GB", "2 GiB", "1e9"):
            with pytest.raises(RequestError, match="is no size"):
                kind(memory=bad)


@pytest.mark.parametrize(
    ("name", "module", "said"),
    [
        ("ray", "ray", "pip install 'emobench[ray]'"),
        ("slurm", "submitit", "pip install 'emobench[slurm]'"),
    ],
)
def test_what_is_not_installed_is_named(
    cli: Any, monkeypatch: pytest.MonkeyPatch, name: str, module: str, said: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    done = cli("run", "--models", "majority", "--dry-run", "--executor", name)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize("executor", ["local", "ray:memory=2GB", "slurm:time=121"])
def test_limits_hold_wherever_there_are_processes(executor: str) -> None:
    typed = RunOptions(executor=executor, timeout="2h", memory="8GB")
    assert kept_limits(typed) == Limits(7200, 8 * 10**9)
    assert not kept_limits(RunOptions(executor=executor))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (RunOptions(executor="in_process", timeout="2h"), "all work in this one"),
        (RunOptions(executor="in_process", memory="8GB"), "use --executor local --jobs 1"),
        (RunOptions(executor="slurm:time=120", timeout="2h"), "requeued after 2h"),
        (RunOptions(executor="slurm", timeout="3h"), "would never be reached"),
        (RunOptions(timeout="2"), "--timeout 2 is no time"),
        (RunOptions(memory="much"), "--memory much is no size"),
    ],
)
def test_a_limit_that_nobody_could_keep_is_refused(typed: RunOptions, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        kept_limits(typed)

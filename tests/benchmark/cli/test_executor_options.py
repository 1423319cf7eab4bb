"""The words that choose an executor and its options."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

import pytest

from emobench.executor import with_its_options

RAY = importlib.util.find_spec("ray") is not None
SUBMITIT = importlib.util.find_spec("submitit") is not None


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
    if not RAY and "memory=much" in words[1]:
        pytest.skip("Ray is not installed")
    done = cli("run", "--models", "majority", "--dry-run", *words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("ray:address=ray://head:10001", "is an address of Ray's client"),
        ("slurm:cluster=lsf", "known are slurm and local"),
        ("slurm:time=1,warning=60", "must be longer than warning="),
        ("slurm:memory=much", "memory=much is no size"),
    ],
)
def test_what_a_cluster_cannot_do_is_refused(cli: Any, words: str, said: str) -> None:
    if not (RAY if words.startswith("ray") else SUBMITIT):
        pytest.skip("Ray or submitit is not installed")
    done = cli("run", "--models", "majority", "--dry-run", "--executor", words)
    assert done.returncode == 2
    assert said in done.stderr


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

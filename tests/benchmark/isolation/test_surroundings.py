"""A process after a model is the process before it."""

from __future__ import annotations

import os
import random
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from emobench.denormals import flushes_denormals
from emobench.isolation import process_settings
from emobench.isolation.surroundings import UNTOLD, Surroundings, note, seed_everything, undisturbed


def _filter() -> None:
    warnings.simplefilter("error")


def _alarm() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 1000)


DEEDS: dict[str, Callable[[], object]] = {
    "torch.set_num_threads": lambda: torch.set_num_threads(torch.get_num_threads() + 1),
    "torch.set_default_dtype": lambda: torch.set_default_dtype(torch.float64),
    "torch.set_default_device": lambda: torch.set_default_device("meta"),
    "torch.use_deterministic_algorithms": lambda: torch.use_deterministic_algorithms(True),
    "torch.set_float32_matmul_precision": lambda: torch.set_float32_matmul_precision("medium"),
    "torch.autograd.set_detect_anomaly": lambda: torch.autograd.set_detect_anomaly(True),
    "torch.set_grad_enabled": lambda: torch.set_grad_enabled(False),
    "torch.backends.cudnn.benchmark": lambda: setattr(torch.backends.cudnn, "benchmark", True),
    "torch.set_flush_denormal": lambda: torch.set_flush_denormal(not _flushes()),
    "os.environ": lambda: os.environ.update(OMP_NUM_THREADS="7", A_NEW_ONE="1"),
    "os.chdir": lambda: os.chdir("/"),
    "warnings.filters": _filter,
    "sys.stdout": lambda: setattr(sys, "stdout", None),
    "signal.signal": _alarm,
}


def _flushes() -> bool:
    return flushes_denormals()


def _state() -> tuple[object, ...]:
    return (
        process_settings.current(), _flushes(), dict(os.environ), Path.cwd(),
        list(warnings.filters), sys.stdout, signal.getsignal(signal.SIGALRM),
        random.getstate(), repr(np.random.get_state()), torch.get_rng_state().tolist(),  # noqa: NPY002
    )  # fmt: skip


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that another test has imported may have set it, and then it is no change."""
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", False)


@pytest.mark.parametrize("what", DEEDS)
def test_each_change_is_named_and_put_back(what: str) -> None:
    before = _state()
    with Surroundings("key") as around:
        DEEDS[what]()
        around.restore()
        around.restore()
        assert around.disturbed.count(what) == (what not in UNTOLD)
    assert _state() == before
    assert (what in note(around.disturbed)) is (what not in UNTOLD)
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_all_changes_at_once_are_put_back() -> None:
    before = _state()
    with Surroundings("key") as around:
        for deed in DEEDS.values():
            deed()
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002
        torch.manual_seed(1)
    assert _state() == before
    assert set(around.disturbed) >= set(DEEDS) - set(UNTOLD)


def test_an_error_comes_through_and_all_is_put_back() -> None:
    def deed() -> None:
        with Surroundings("key"):
            torch.set_default_dtype(torch.float64)
            raise KeyError

    before = _state()
    with pytest.raises(KeyError):
        deed()
    assert _state() == before


def test_nothing_changed_is_nothing_said() -> None:
    with Surroundings("key") as around:
        torch.rand(3)
        random.random()
    assert around.disturbed == []
    assert note(around.disturbed) == ""


def test_global_random_numbers_do_not_depend_on_what_ran_before() -> None:
    def drawn(name: str) -> tuple[float, ...]:
        with Surroundings(name):
            return random.random(), float(np.random.rand()), float(torch.rand(()))  # noqa: NPY002

    first = drawn("a")
    seed_everything("something else")
    assert drawn("a") == first
    other = drawn("b")
    assert all(one != two for one, two in zip(first, other, strict=True))


def test_an_import_that_changes_settings_is_named_and_undone() -> None:
    def imported() -> None:
        with undisturbed("m.py"):
            torch.set_default_dtype(torch.float64)
            torch.manual_seed(0)

    before = _state()
    with pytest.warns(UserWarning, match=r"m\.py changes torch\.set_default_dtype while"):
        imported()
    assert _state() == before


def test_a_folder_that_was_removed_is_no_error(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    here = Path.cwd()
    try:
        os.chdir(folder)
        with Surroundings("key"):
            os.chdir("/")
            folder.rmdir()
    finally:
        os.chdir(here)

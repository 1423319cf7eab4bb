"""Denormal numbers are flushed wherever emobench computes, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from emobench.contract.subject import subjects
from emobench.contract.suite import run_check
from emobench.denormals import denormals_flushed, flushes_denormals
from emobench.executors.local import LocalPool


def test_the_context_leaves_the_setting_as_it_was() -> None:
    for before in (False, True):
        torch.set_flush_denormal(before)
        with denormals_flushed():
            assert flushes_denormals()
        assert flushes_denormals() is before
    torch.set_flush_denormal(False)


def test_an_error_leaves_the_setting_as_it_was() -> None:
    with pytest.raises(ValueError, match="x"), denormals_flushed():
        raise ValueError("x")
    assert not flushes_denormals()


def test_a_worker_flushes_them() -> None:
    with LocalPool(1) as pool:
        assert pool.submit(flushes_denormals).result()


def test_the_contract_flushes_them(tmp_path: Path) -> None:
    (subject,) = subjects("mlp")
    seen, build = [], subject.build
    subject.build = lambda *a, **k: seen.append(flushes_denormals()) or build(*a, **k)  # type: ignore[method-assign]
    run_check(subject, "output")
    assert seen
    assert all(seen)

"""How many jobs run at once, which is not how many are handed in."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emobench.executors import slurm
from emobench.executors.in_process import InProcess
from emobench.executors.local import LocalPool
from emobench.executors.slurm import STUCK, SlurmQueue

STATES = st.sampled_from(["RUNNING", "PENDING", "CONFIGURING", "COMPLETING", *STUCK])


def answer(monkeypatch: pytest.MonkeyPatch, states: list[str] | None) -> None:
    """Let squeue name these jobs, or fail."""

    def run(asked: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        if states is None:
            raise subprocess.CalledProcessError(1, asked)
        lines = "".join(f"7_{i} {state}\n" for i, state in enumerate(states))
        return subprocess.CompletedProcess(asked, 0, stdout=lines)

    monkeypatch.setattr(slurm.subprocess, "run", run)
    monkeypatch.setattr(slurm, "ASK", 0.0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(states=st.lists(STATES, max_size=30))
def test_slurm_runs_as_many_jobs_as_its_queue_says(
    monkeypatch: pytest.MonkeyPatch, states: list[str]
) -> None:
    queue = SlurmQueue()
    assert queue.parallel is None
    with monkeypatch.context() as patch:
        answer(patch, states)
        alive = queue._alive()
    assert alive == {f"7_{i}" for i, state in enumerate(states) if state not in STUCK}
    assert queue.parallel == (states.count("RUNNING") or None)
    with monkeypatch.context() as patch:
        answer(patch, None)
        assert queue._alive() is None
    assert queue.parallel is None  # what was true a while ago is not known to be true now


def test_processes_of_this_machine_run_all_that_they_take() -> None:
    assert InProcess().parallel == 1
    executor = LocalPool(3)
    assert executor.parallel == executor.count == 3
    executor.close()

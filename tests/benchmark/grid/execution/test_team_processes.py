"""A training that several processes share is the training of one, up to rounding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from emobench.discovery.registry import registry
from emobench.errors import ModelError, RequestError
from emobench.executors.local import LocalPool
from emobench.grid.execution.team_processes import check_team
from emobench.grid.execution.worker import run_job
from emobench.grid.plan.request import Request, SearchRequest
from emobench.remote.team import Team
from emobench.store.records import TrainingReport
from emobench.store.store import Store
from emobench.store.training_folder import read_training

pytestmark = pytest.mark.slow
pytest.importorskip("accelerate", reason="needs emobench[accelerate]")

# Without dropout: the processes draw it for their own rows, one process for all of them.
PLAIN = {
    "units": "4",
    "hidden": "8",
    "dropout": "0.0",
    "token_dropout": "0.0",
    "epochs": "6",
    "learning_rate": "0.01",
}


@pytest.fixture
def job(plan_of: Any) -> Any:
    found = plan_of([(registry("model")["emotiwave"], PLAIN)], seeds=1)
    (one,) = found.jobs.values()
    return one


def store_at(path: Any) -> Store:
    made = Store(path)
    made.open()
    return made


def test_two_processes_train_what_one_trains(job: Any, tmp_path: Any) -> None:
    stores = [store_at(tmp_path / name) for name in ("one", "two")]
    for count, store in enumerate(stores, start=1):
        outcome = run_job(replace(job, processes=count), store.root, "cpu")
        assert not outcome.failed, outcome.note
    one, two = (store.checkpoint(job.key) for store in stores)
    assert one.keys() == two.keys()
    for name, weights in one.items():
        torch.testing.assert_close(two[name], weights, rtol=1e-3, atol=1e-5)
    found = [read_training(store.training(job.key)) for store in stores]
    reports = [TrainingReport.model_validate(one.report) for one in found if one is not None]
    assert reports[1].device == "cpu (2 processes)"
    for ours, theirs in zip(reports[0].epochs, reports[1].epochs, strict=True):
        assert theirs.dev_loss == pytest.approx(ours.dev_loss, rel=1e-4)
    # What an untrained model has would be as close if nothing had been learned.
    start = reports[0].epochs[0].dev_loss
    assert start is not None
    assert abs(start - (reports[0].epochs[-1].dev_loss or 0)) > 0.01


def test_a_run_after_a_kill_goes_on_as_if_nothing_had_happened(job: Any, tmp_path: Any) -> None:
    undisturbed, killed = store_at(tmp_path / "whole"), store_at(tmp_path / "killed")
    ours = replace(job, processes=2, save_every=1)
    run_job(ours, undisturbed.root, "cpu")
    state = killed.unfinished(job.key)
    with LocalPool(1) as pool:
        future = pool.submit(run_job, ours, killed.root, "cpu")
        while not state.exists():
            assert not future.done()
        pool.kill()
    assert not killed.training_done(job.key)
    outcome = run_job(ours, killed.root, "cpu")
    assert "went on after" in outcome.note
    one, two = undisturbed.checkpoint(job.key), killed.checkpoint(job.key)
    assert [name for name in one if not torch.equal(one[name], two[name])] == []


DYING = """
rank = int(os.environ.get("RANK", "0"))
if rank: os._exit(3)
session.loop(self)
"""


def test_the_leader_does_not_wait_for_a_process_that_died(
    plan_of: Any, written: Any, tmp_path: Any
) -> None:
    model = written("dying", fit=DYING.strip().replace("\n", "\n        "))
    (one,) = plan_of([model], seeds=1).jobs.values()
    store = store_at(tmp_path / "results")
    with LocalPool(1) as pool:
        outcome = pool.submit(run_job, replace(one, processes=2), store.root, "cpu").result(120)
    assert outcome.failed


def test_a_model_that_makes_its_own_updates_says_so(plan_of: Any, tmp_path: Any) -> None:
    entry = registry("model")["cross_modal_translation"]
    (one,) = plan_of([(entry, {"epochs": "1", "warmup_epochs": "1"})], seeds=1).jobs.values()
    store = store_at(tmp_path / "results")
    outcome = run_job(replace(one, processes=2), store.root, "cpu")
    assert outcome.failed
    assert "makes its own updates" in outcome.note
    assert "--processes" in (store.training_failure(one.key) or "")


def test_a_search_is_refused() -> None:
    with pytest.raises(RequestError, match="beside one another"):
        Request([], [], [], processes=2, search=SearchRequest(4))


class Pretended:
    """What Accelerate says in the second of two processes, the first having sent `values`."""

    device = torch.device("cpu")
    num_processes, process_index, is_main_process = 2, 1, False

    def __init__(self, *values: float) -> None:
        self.values = values

    def gather(self, own: torch.Tensor) -> torch.Tensor:
        return torch.cat([torch.tensor([self.values], dtype=own.dtype), own])


def test_processes_that_train_other_models_are_noticed() -> None:
    team = Team(Pretended(5.0, 17.25))  # type: ignore[arg-type]
    team.check_alike(5.0, 17.25)
    for other in ((0.0, 17.25), (5.0, 19.0)):
        with pytest.raises(ModelError, match="disagree"):
            team.check_alike(*other)


def test_a_batch_that_cannot_be_divided_is_everybodys() -> None:
    team = Team(Pretended())  # type: ignore[arg-type]
    assert team.part(np.arange(6)).tolist() == [1, 3, 5]
    assert team.part(np.arange(5)).tolist() == [0, 1, 2, 3, 4]


def test_more_processes_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    check_team(2, on_cpu=False)
    check_team(3, on_cpu=True)
    with pytest.raises(RequestError, match="this machine has 2"):
        check_team(3, on_cpu=False)

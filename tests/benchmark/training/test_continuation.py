"""A training that is cut off at any look goes on to the same weights, bit by bit."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench.atomic import sweep
from emobench.contract.subject import Subject, subjects
from emobench.store.training_state import read_state, write_state
from emobench.training.continuation import Continuation
from emobench.training.seeding import seeded

MADE_BY = {"emobench": "a test"}
BUDGETS = ("updates", "epochs")


class Cut(Exception):  # noqa: N818 - it stands for a kill
    """The process ends here."""


def trained(
    subject: Subject, path: Path, changes: dict[str, Any], cut_after: int = 0, every: int = 1
) -> dict[str, torch.Tensor]:
    """Train in a new model as a worker does; raise `Cut` after `cut_after` saved states."""
    if hasattr(subject.config, "warmup_epochs"):
        changes = changes | {"warmup_epochs": 1}
    model = subject.build(**changes)
    session = subject.session(model, drop=0.3)
    saves = 0

    def save(state: dict[str, Any]) -> None:
        nonlocal saves
        write_state(path, state, MADE_BY)
        saves += 1
        if saves == cut_after:
            raise Cut

    session.continuation = Continuation(save, read_state(path, MADE_BY), every)
    with seeded(5):
        model.fit(session)
    weights = dict(model.state_dict())
    weights["epochs"] = torch.tensor([e["dev_loss"] for e in session.epochs if "dev_loss" in e])
    weights["best"] = torch.tensor(session.best_epoch or 0)
    return weights


def budget(kind: str) -> dict[str, Any]:
    small = {"batch_size": 8, "patience": 99}
    return small | (
        {"epochs": 3}
        if kind == "epochs"
        else {"min_updates": 14, "min_epochs": 0, "looks": 4, "epochs": 0}
    )


TRAINED = [s for s in subjects("all") if not s.card.closed_form and s.card.name != "majority"]


COURSES = [
    pytest.param(
        subject,
        kind,
        id=f"{subject.label}-{kind}",
        # One of each kind of fit is tried always; translation's in its own file.
        marks=[]
        if (kind, subject.variant) == ("updates", "corrected")
        and subject.card.name != "cross_modal_translation"
        else pytest.mark.slow,
    )
    for subject in TRAINED
    for kind in BUDGETS
]


@pytest.mark.parametrize(("subject", "kind"), COURSES)
def test_every_model_goes_on_to_the_same_weights(
    subject: Subject, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "state.safetensors"
    whole = trained(subject, tmp_path / "other.safetensors", budget(kind))
    cuts = int(np.random.default_rng(len(subject.label)).integers(1, 3))
    with pytest.raises(Cut):
        trained(subject, path, budget(kind), cut_after=cuts)
    assert path.is_file()
    gone_on = trained(subject, path, budget(kind))
    assert whole.keys() == gone_on.keys()
    assert [k for k, v in whole.items() if not torch.equal(v, gone_on[k])] == []


@pytest.mark.parametrize(("every", "seconds", "saves"), [(5, 1e9, 1), (5, 0.0, 6), (0, 0.0, 0)])
def test_a_look_that_took_long_is_saved_at_once(
    every: int, seconds: float, saves: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emobench.training.continuation.SECONDS", seconds)
    subject = next(s for s in TRAINED if s.card.name == "mlp")
    model = subject.build(**budget("updates") | {"min_updates": 14, "looks": 7})
    session = subject.session(model)
    made: list[dict[str, Any]] = []
    session.continuation = Continuation(made.append, None, every)
    with seeded(5):
        model.fit(session)
    assert len(made) == saves  # the last of seven looks ends the training: nothing goes on from it


def test_what_was_saved_is_not_trained_again(tmp_path: Path) -> None:
    subject = next(s for s in TRAINED if s.card.name == "mlp")
    path, made = tmp_path / "state.safetensors", []
    whole = budget("updates") | {"min_updates": 30, "looks": 7}
    with pytest.raises(Cut):
        trained(subject, path, whole, cut_after=4)
    model = subject.build(**whole)
    session = subject.session(model)
    forward = model.forward
    model.forward = lambda batch: made.append(model.training) or forward(batch)  # type: ignore[method-assign]
    session.continuation = Continuation(lambda state: None, read_state(path, MADE_BY))
    assert session.continuation.looks_saved == 4
    with seeded(5):
        model.fit(session)
    # Looks come after 4, 9, 13, 17, 21, 26 and 30 updates.
    assert sum(made) == 30 - 17


def test_a_state_of_another_version_is_not_taken_up(tmp_path: Path) -> None:
    write_state(tmp_path / "a", {"x": 1}, MADE_BY)
    assert read_state(tmp_path / "a", {"emobench": "another"}) is None
    assert read_state(tmp_path / "b", MADE_BY) is None
    (tmp_path / "a").write_bytes((tmp_path / "a").read_bytes()[:20])
    assert read_state(tmp_path / "a", MADE_BY) is None


SAVING = """
import sys
from pathlib import Path
import torch
from emobench.store.training_state import write_state

state = {"weights": [torch.rand(1_000_000) for _ in range(20)]}
while True:
    write_state(Path(sys.argv[1]), state, {})
"""


def test_a_kill_in_the_middle_of_saving_leaves_the_last_state_and_nothing_that_stays(
    tmp_path: Path,
) -> None:
    path = tmp_path / "unfinished" / "a.safetensors"
    process = subprocess.Popen([sys.executable, "-c", SAVING, str(path)])
    limit = time.monotonic() + 120
    while not (path.exists() and len(list(path.parent.iterdir())) > 1):
        assert process.poll() is None
        assert time.monotonic() < limit
        time.sleep(0.001)
    process.kill()
    process.wait()
    state = read_state(path, {})
    assert state is not None
    assert len(state["weights"]) == 20
    sweep(path.parent)
    assert list(path.parent.iterdir()) == [path]


leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5),
    st.lists(st.floats(width=32, allow_nan=False), max_size=4).map(torch.tensor),
    st.integers(0, 255).map(lambda n: torch.tensor(n, dtype=torch.uint8)),
)  # fmt: skip
keys = st.one_of(st.text(max_size=4), st.integers(-3, 9))
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(keys, inner, max_size=3),
    ),
    max_leaves=12,
)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[k], other[k]) for k in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(keys, trees, max_size=4))
def test_a_stored_state_is_what_it_was(tmp_path_factory, tree: dict[Any, Any]) -> None:
    path = tmp_path_factory.mktemp("state") / "a.safetensors"
    write_state(path, tree, MADE_BY)
    assert same(read_state(path, MADE_BY), tree)


def test_what_cannot_be_stored_is_said(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="holds set, which cannot be stored"):
        write_state(tmp_path / "a", {"x": {1}}, MADE_BY)


def test_a_step_without_optimisers_is_never_saved_halfway(made) -> None:
    config = made.Config(min_updates=6, min_epochs=0, looks=3, schedule="constant")
    session = made.Session(config, [made.batch(8)], [(i / 3, 1.0) for i in range(3)])
    saved: list[Any] = []
    session.continuation = Continuation(saved.append)
    from emobench.training.loop import train

    train(made.Net(config=config), session, step=lambda batch: 1.0)
    assert saved == []
    assert replace(config).looks == len(session.epochs)


def test_the_time_of_a_training_counts_what_went_before_the_kill(tmp_path: Path) -> None:
    subject = next(s for s in TRAINED if s.card.name == "mlp")
    path = tmp_path / "state.safetensors"
    with pytest.raises(Cut):
        trained(subject, path, budget("updates"), cut_after=2)
    first = Continuation(lambda state: None, read_state(path, MADE_BY))
    assert first.seconds_before > 0
    saved = read_state(path, MADE_BY)
    assert saved is not None
    write_state(path, saved | {"seconds": 1000.0}, MADE_BY)
    with pytest.raises(Cut):  # a second kill: the time goes on from what was stored
        trained(subject, path, budget("updates"), cut_after=1)
    assert Continuation(lambda state: None, read_state(path, MADE_BY)).seconds_before > 1000

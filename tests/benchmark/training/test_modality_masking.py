"""What a regime shows of each utterance in training and dev."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from emobench import ModelError, Regime, TrainingConfig
from emobench.missingness import missing_rate
from emobench.training.modality_masking import RegimeMask
from emobench.training.session import TrainingSession

THREE = ("text", "audio", "vision")


@pytest.fixture(scope="module")
def view(small: Any) -> Any:
    return small.view("late_fusion")


def regime(**how: Any) -> Regime:
    return Regime("r", "a regime", **how)


def masks(view: Any, how: Regime, seed: int = 0) -> tuple[RegimeMask, np.ndarray]:
    """What the train part shows in one epoch."""
    shown = RegimeMask(view, how, view.parts.train)
    drawn = np.random.default_rng(seed).random((len(shown.rows), 3)) if how.draws else None
    return shown, shown.mask(np.arange(len(shown.rows)), drawn)


def test_without_missingness_all_that_is_there_is_shown(view: Any) -> None:
    shown, mask = masks(view, regime())
    assert shown.rows.tolist() == view.parts.train.tolist()
    assert (mask == view.available[shown.rows]).all()


def test_a_subset_shows_only_that_and_only_those_who_have_some_of_it(view: Any) -> None:
    shown, mask = masks(view, regime(present=("text",)))
    have = view.available[view.parts.train][:, view.modalities.index("text")]
    assert 0 < have.sum() < len(have)  # some lack it, so the filter matters
    assert shown.rows.tolist() == view.parts.train[have].tolist()
    assert mask.tolist() == [[True, False, False]] * len(shown.rows)


def test_single_shows_one_modality_and_always_the_same(view: Any) -> None:
    shown, mask = masks(view, regime(single=True))
    assert shown.rows.tolist() == view.parts.train.tolist()
    assert (mask.sum(axis=1) == 1).all()
    assert not (mask & ~view.available[shown.rows]).any()
    assert (masks(view, regime(single=True))[1] == mask).all()


def test_single_shows_each_modality_about_as_often() -> None:
    count = 3000
    many = SimpleNamespace(
        ids=[f"utterance_{i}" for i in range(count)],
        available=np.ones((count, 3), dtype=bool),
        modalities=THREE,
    )
    shown = RegimeMask(many, regime(single=True), np.arange(count))
    shares = shown.mask(np.arange(count), None).mean(axis=0)
    assert shares == pytest.approx([1 / 3] * 3, abs=4 * np.sqrt(2 / 9 / count))


def test_single_does_not_depend_on_the_other_utterances(view: Any) -> None:
    _, whole = masks(view, regime(single=True))
    half = RegimeMask(view, regime(single=True), view.parts.train[::-2])
    assert (half.mask(np.arange(len(half.rows)), None) == whole[::-2]).all()


def test_dropping_keeps_one_at_least_and_drops_the_asked_share(view: Any) -> None:
    available = view.available[view.parts.train]
    dropped = [masks(view, regime(drop=0.5), seed)[1] for seed in range(40)]
    assert not np.array_equal(dropped[0], dropped[1])
    for mask in dropped:
        assert mask.any(axis=1).all()
        assert not (mask & ~available).any()
    three = available.all(axis=1)
    # Of three, one is kept whatever is drawn: p - p³/3.
    reached = np.mean([missing_rate(mask[three], available[three]) for mask in dropped])
    assert reached == pytest.approx(0.5 - 0.5**3 / 3, abs=0.02)


@pytest.mark.parametrize("rate", [0.2, 0.5])
def test_a_rate_is_the_share_that_is_missing(view: Any, rate: float) -> None:
    available = view.available[view.parts.train]
    drawn = [masks(view, regime(rate=rate), seed)[1] for seed in range(40)]
    three = available.all(axis=1)
    reached = np.mean([missing_rate(mask[three], available[three]) for mask in drawn])
    assert reached == pytest.approx(rate, abs=0.02)
    assert all(mask.any(axis=1).all() for mask in drawn)


@pytest.fixture
def joined(view: Any) -> Any:
    """The fold with every third train utterance from an auxiliary corpus."""
    auxiliary = np.zeros(len(view.ids), dtype=bool)
    auxiliary[view.parts.train[::3]] = True
    return replace(view, auxiliary=auxiliary)


def test_without_auxiliary_rows_an_epoch_is_as_long_and_none_is_shown(joined: Any) -> None:
    train = joined.parts.train
    shown, _ = masks(joined, regime(auxiliary=False))
    assert len(shown.rows) == len(train)
    assert not joined.auxiliary[shown.rows].any()
    main = train[~joined.auxiliary[train]]
    times = np.bincount(shown.rows, minlength=len(joined.ids))[main]
    assert set(times.tolist()) == {1, 2}
    assert masks(joined, regime())[0].rows.tolist() == train.tolist()


def test_dev_without_auxiliary_rows_is_what_it_is(joined: Any) -> None:
    dev = RegimeMask(joined, regime(auxiliary=False), joined.parts.dev)
    assert dev.rows.tolist() == joined.parts.dev.tolist()


def test_nothing_to_show_is_an_error_that_names_the_regime(view: Any) -> None:
    train, heard = view.parts.train, regime(present=("audio",))
    silent = train[~view.available[train, view.modalities.index("audio")]]
    assert len(silent)
    with pytest.raises(ModelError, match="no utterance shows anything under the regime r"):
        RegimeMask(view, heard, silent)
    assert len(RegimeMask(view, heard, silent[:0]).rows) == 0


@pytest.mark.parametrize("how", [{"present": ("audio",)}, {"single": True}], ids=["one", "single"])
def test_train_and_dev_batches_show_what_the_regime_shows(view: Any, how: Any) -> None:
    here = view.without_test()
    session = TrainingSession(here, regime(**how), TrainingConfig(), 0, torch.device("cpu"))
    for part, batches in (
        (here.parts.train, session.train_batches()),
        (here.parts.dev, session.dev_batches()),
    ):
        expected = RegimeMask(here, regime(**how), part)
        rows = expected.mask(np.arange(len(expected.rows)), None)
        wanted = {here.ids[r]: m for r, m in zip(expected.rows, rows.tolist(), strict=True)}
        found = {
            name: [bool(batch.present[m][i]) for m in THREE]
            for batch in batches
            for i, name in enumerate(batch.ids)
        }
        assert found == wanted
        assert found

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy.special import softmax

from emobench.errors import RequestError
from emobench.leaderboard import samples
from emobench.leaderboard.results.stored_rows import RowChoice

from ..conftest import CLASSES, REGIMES

CHOICE = RowChoice("alpha_net", "folded", regime="full")


def test_the_same_draw_again_and_another_one_with_another_seed(stored: Path) -> None:
    (found,) = samples(stored, CHOICE, 8)
    assert (found.seed, found.folds, found.n_test, len(found.samples)) == (0, (0, 1, 2), 120, 8)
    assert len({one.name for one in found.samples}) == 8
    assert samples(stored, CHOICE, 8) == [found]
    assert samples(stored, CHOICE, 5)[0].samples == found.samples[:5]
    assert samples(stored, CHOICE, 8, seed=1)[0].samples != found.samples
    (other,) = samples(stored, CHOICE, 8, training_seed=1)
    assert [one.name for one in other.samples] == [one.name for one in found.samples]
    assert [one.top for one in other.samples] != [one.top for one in found.samples]


def test_what_is_shown_is_what_is_stored(stored: Path) -> None:
    (found,) = samples(stored, CHOICE, 120)
    assert {one.fold for one in found.samples} == {0, 1, 2}
    tables = [pd.read_parquet(p) for p in stored.glob("cells/*/predictions.parquet")]
    known = pd.concat(tables)
    for one in found.samples[:10]:
        assert one.name.startswith(f"u{one.fold}-")
        rows = known[known["id"] == one.name]
        assert one.truth == (CLASSES[rows["label"].iloc[0]],)
        assert one.predicted == (one.top[0][0],)
        chances = [softmax(row.to_numpy()) for _, row in rows.filter(like="logit_").iterrows()]
        truth = CLASSES.index(one.truth[0])
        assert any(one.chances[0] == pytest.approx(chance[truth], abs=1e-6) for chance in chances)
        assert [p for _, p in one.top] == sorted((p for _, p in one.top), reverse=True)


def test_there_are_no_more_samples_than_utterances(stored: Path) -> None:
    assert len(samples(stored, CHOICE, 1000)[0].samples) == 120
    with pytest.raises(RequestError, match="--count must be at least 1"):
        samples(stored, CHOICE, 0)
    with pytest.raises(RequestError, match="--seed must be at least 0"):
        samples(stored, CHOICE, 1, seed=-1)
    with pytest.raises(RequestError, match="seed 9 does not have all its predictions"):
        samples(stored, CHOICE, 1, training_seed=9)


def test_several_labels_have_several_names(writer: Callable[..., Any], made: Any) -> None:
    small = writer(n=4, subsets=(), rates=(), seeds=1, regimes=REGIMES[:1])
    small.grid(made("net", "own", {"text": 1.0}))
    (path,) = small.root.glob("cells/*/predictions.parquet")
    table = pd.read_parquet(path).drop(columns="label")
    for c in range(6):
        table[f"label_{c}"] = int(c in (1, 3))
        table[f"logit_{c}"] = 2.0 if c == 3 else -2.0
    table.to_parquet(path)
    (found,) = samples(small.root, RowChoice("net"), 1)
    (one,) = found.samples
    assert one.truth == ("disgust", "happiness")
    assert one.predicted == ("happiness",)
    assert one.chances == pytest.approx((0.1192, 0.8808), abs=1e-4)
    assert one.top[0] == ("happiness", pytest.approx(0.8808, abs=1e-4))
    assert [name for name, _ in one.top[1:]] == ["anger", "disgust"]


def test_of_a_joint_corpus_only_utterances_that_show_something(
    writer: Callable[..., Any], made: Any, make_joint: Callable[..., None]
) -> None:
    small = writer(subsets=("text",), rates=(), seeds=1, regimes=REGIMES[:1])
    small.grid(made("net", "own", {"text": 1.0, "audio": 1.0, "vision": 1.0}))
    make_joint(small.root)
    (found,) = samples(small.root, RowChoice("net", condition="text"), 1000)
    assert len(found.samples) == 55

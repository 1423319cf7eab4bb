"""The view of a representation: fitted on train alone, and known where the answer is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from skimage.io import imread

from emobench import Skip
from emobench.corpus.description.counts import (
    classes_of,
    lengths_of,
    modalities_of,
    parts_of,
    speakers_of,
)
from emobench.corpus.description.figures import draw_classes, draw_projection
from emobench.corpus.description.projection import project
from emobench.corpus.split import policy, split


def planted(maker: Any, count: int = 40, spoil_test: float = 0.0) -> Any:
    """Faces that vary much along one direction of four features, and a little along the others."""
    draw = np.random.default_rng(0)
    for i in range(count):
        along = draw.normal() * np.array([3.0, 3.0, 3.0, 3.0])
        face = along + draw.normal(0, 0.1, (2, 4))
        if i % 4 == 3:
            face = face + spoil_test * np.array([1, -1, 1, -1])
        maker.add(text=f"word {i}", vision=None if i == 1 else face)
    return maker.prepared("action_units")


def test_the_planted_direction_explains_nearly_all(maker: Any) -> None:
    target = planted(maker)
    fold = split(target.corpus, policy(target.corpus, None), 0)
    view = project(target, fold, "action_units")
    assert view.explained[0] > 0.99
    assert view.fitted_on == 19  # of 20 in train one has no face
    assert view.rows.tolist() == [i for i in range(40) if i != 1]
    mean = np.array([np.mean(target.load("action_units")[i]) for i in view.rows])
    assert abs(np.corrcoef(mean, view.points[:, 0])[0, 1]) > 0.999


def test_test_does_not_move_the_view(maker: Any, tmp_path: Path) -> None:
    target = planted(maker)
    other = planted(type(maker)(tmp_path / "other"), spoil_test=1000.0)
    views = []
    for one in (target, other):
        fold = split(one.corpus, policy(one.corpus, None), 0)
        views.append((project(one, fold, "action_units"), fold))
    (first, fold), (second, _) = views
    np.testing.assert_array_equal(first.explained, second.explained)
    learned = ~np.isin(first.rows, fold.test)
    np.testing.assert_array_equal(first.points[learned], second.points[learned])
    assert np.abs(first.points[~learned] - second.points[~learned]).max() > 100


def test_what_cannot_be_projected_says_why(maker: Any) -> None:
    for i in range(12):
        maker.add(text=f"word {i}", vision=np.ones((1, 3)))
    target = maker.prepared("action_units")
    fold = split(target.corpus, policy(target.corpus, None), 0)
    with pytest.raises(Skip, match="ids of words"):
        project(target, fold, "tokens")
    with pytest.raises(Skip, match="the same in every train utterance"):
        project(target, fold, "action_units")


def test_the_numbers_of_each_part(maker: Any) -> None:
    target = planted(maker)
    corpus = target.corpus
    parts = parts_of(split(corpus, policy(corpus, None), 0))
    assert {p: len(rows) for p, rows in parts.items()} == {
        "train": 20, "dev": 10, "test": 10, "all": 40,
    }  # fmt: skip
    counts = classes_of(corpus, parts)
    for part, rows in parts.items():
        labels = corpus.table["label"].iloc[rows]
        assert counts[part].tolist() == [(labels == c).sum() for c in corpus.classes]
    speakers = speakers_of(corpus, parts)
    assert speakers is None or speakers["all"] == 9
    assert modalities_of(target, parts)["vision"] == {"train": 19, "dev": 10, "test": 10, "all": 39}
    lengths = lengths_of(target, "action_units")
    assert lengths is not None
    assert (lengths.count, lengths.shortest, lengths.longest, lengths.total) == (39, 2, 2, 78)
    assert (lengths.seconds, lengths.size) == (False, 4)


@pytest.mark.parametrize("name", ["mfcc", "log_mel", "prosody", "waveform"])
def test_a_voice_is_measured_in_seconds(maker: Any, name: str) -> None:
    draw = np.random.default_rng(0)
    for i in range(8):
        maker.add(audio=draw.normal(0, 0.1, 16_000 * (1 + i % 2)).astype(np.float32))
    lengths = lengths_of(maker.prepared(name), name)
    assert lengths is not None
    assert lengths.seconds
    assert lengths.total == pytest.approx(12, abs=0.7)


@pytest.mark.parametrize("form", ["png", "svg"])
def test_the_figures_show_what_there_is(maker: Any, tmp_path: Path, form: str) -> None:
    target = planted(maker)
    corpus = target.corpus
    fold = split(corpus, policy(corpus, None), 0)
    counts = classes_of(corpus, parts_of(fold))
    paths = [tmp_path / f"{name}.{form}" for name in ("classes", "again", "view")]
    for path in paths[:2]:
        draw_classes(counts, corpus.classes, "made", path)
    view = project(target, fold, "action_units")
    draw_projection(view, corpus.strata, fold.test, corpus.classes, "made", paths[2])
    assert paths[0].read_bytes() == paths[1].read_bytes()
    if form == "svg":
        text = paths[2].read_text()
        assert text.count("<use ") >= len(view.rows)
        assert f"component 1, {view.explained[0]:.1%} of the variance of train" in text
        assert "train (20)" in paths[0].read_text()
    else:
        assert imread(paths[2]).std() > 5

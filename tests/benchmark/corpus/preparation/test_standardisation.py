"""Standardisation by speaker and by corpus, on faces whose means are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emobench import Skip
from emobench.corpus.preparation.extract import Prepared
from emobench.corpus.preparation.fit import Feature, feature
from emobench.corpus.preparation.standardisation import (
    OUTSIDE,
    check_speakers,
    one_group,
    speaker_groups,
    standardised_by,
)
from emobench.corpus.split import Split
from emobench.corpus.view import fold_view

INPUTS = {"vision": ("action_units",)}


def faces(maker: Any, scale_of_test: float = 1.0) -> Prepared:
    """Nine speakers, each with a mean of its own; four utterances of each, one in each part row."""
    for i in range(72):
        split = ("train", "train", "dev", "test")[i // 9 % 4]
        noise = np.random.default_rng(i).normal(size=(3, 2))
        face = (noise + 10 * (i % 9)) * (scale_of_test if split == "test" else 1.0)
        maker.add(vision=face, split=split)
    prepared: Prepared = maker.prepared("action_units")
    return prepared


def parts_of(target: Prepared) -> Split:
    named = target.corpus.dataset.split(target.corpus.table, 0).to_numpy(dtype=object)
    return Split(*(np.flatnonzero(named == part) for part in ("train", "dev", "test")))


def frames(one: Feature, rows: np.ndarray) -> np.ndarray:
    return np.concatenate([one[int(row)] for row in rows])


def test_each_speaker_has_mean_0_and_deviation_1_in_each_part(maker: Any) -> None:
    target = faces(maker)
    parts = parts_of(target)
    view = fold_view(target, parts, INPUTS, standardise="speaker")
    one = view.features["vision"]["action_units"]
    speakers = target.corpus.table["speaker"].to_numpy()
    for rows in vars(parts).values():
        for name in set(speakers):
            values = frames(one, rows[speakers[rows] == name])
            assert values.mean(axis=0) == pytest.approx([0, 0], abs=1e-5)
            assert values.std(axis=0) == pytest.approx([1, 1], abs=1e-4)


def test_nothing_that_is_learned_from_depends_on_a_test_recording(make: Any) -> None:
    """The guard of the regime: speakers stand in train and test, and count as two."""
    seen = []
    for name, scale in (("one", 1.0), ("other", 1000.0)):
        target = faces(make(name), scale)
        view = fold_view(target, parts_of(target), INPUTS, standardise="speaker")
        one = view.features["vision"]["action_units"]
        seen.append(frames(one, np.concatenate([view.parts.train, view.parts.dev])))
    assert (seen[0] == seen[1]).all()


def test_the_source_is_what_it_was(maker: Any) -> None:
    target = faces(maker)
    parts = parts_of(target)
    plain = fold_view(target, parts, INPUTS).features["vision"]["action_units"]
    assert plain.groups is None
    assert frames(plain, parts.train).mean() == pytest.approx(0, abs=1e-5)
    assert frames(plain, parts.train[:1]).mean() != pytest.approx(0, abs=0.1)


def test_by_corpus_the_tested_recordings_together_have_mean_0(maker: Any) -> None:
    target = faces(maker, scale_of_test=7)
    parts = parts_of(target)
    one = feature(target, "action_units", parts.train)
    shown = standardised_by(one, target, one_group(target.corpus, parts.test), "x")
    assert frames(shown, parts.test).std(axis=0) == pytest.approx([1, 1], abs=1e-4)
    assert frames(one, parts.test).std() > 3
    with pytest.raises(IndexError, match="no group"):
        shown[int(parts.train[0])]


def test_a_feature_that_a_speaker_never_changes_becomes_zero(maker: Any) -> None:
    for i in range(36):
        maker.add(vision=np.array([[float(i % 9), float(i)]]))
    target = maker.prepared("action_units")
    groups = speaker_groups(target.corpus, [np.arange(36)])
    assert len(set(groups)) == 9
    one = standardised_by(feature(target, "action_units", np.arange(36)), target, groups, "x")
    assert (frames(one, np.arange(36))[:, 0] == 0).all()
    assert np.abs(frames(one, np.arange(36))[:, 1]).max() > 1


def test_rows_outside_every_part_are_in_no_group(maker: Any) -> None:
    target = faces(maker)
    assert set(speaker_groups(target.corpus, [np.arange(9)])[9:]) == {OUTSIDE}


def test_without_speakers_there_is_a_reason(maker: Any) -> None:
    for i in range(12):
        maker.add(text=f"number {i}")
    check_speakers(maker.corpus())
    maker.rows[3]["speaker"] = " "
    with pytest.raises(Skip, match="1 utterances of"):
        check_speakers(maker.corpus())

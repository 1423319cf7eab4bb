"""What is learned from train: standardisation and fitted representations, and nothing of test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from emobench.corpus.preparation import fit as fitted
from emobench.corpus.preparation.fit import feature
from emobench.datasets.representations.lexical import UNKNOWN
from emobench.datasets.representations.visual import FaceDescriptor

TRAIN = np.arange(8)


def fill(maker: Any, test_shift: float = 0.0, test_text: str = "plain words") -> None:
    """Eight utterances of train, four of test; the third of five features is constant."""
    generator = np.random.default_rng(0)
    scale, shift = np.array([1e-3, 1.0, 0.0, 50.0, 3.0]), np.array([0.0, 5.0, 7.3, -1e3, 0.0])
    for i in range(12):
        units = generator.normal(size=(1 + i % 4, 5)) * scale + shift
        test = i >= len(TRAIN)
        maker.add(
            split="test" if test else "train",
            vision=units + (test_shift if test else 0.0),
            text=test_text if test else f"good day number {i}",
        )


def test_standardised_train_frames_have_mean_0_and_variance_1(maker: Any) -> None:
    fill(maker)
    one = feature(maker.prepared("action_units"), "action_units", TRAIN)
    frames = np.concatenate([one[i] for i in TRAIN])
    assert frames.dtype == np.float32
    varying = [0, 1, 3, 4]
    np.testing.assert_allclose(frames[:, varying].mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(frames[:, varying].var(axis=0), 1, atol=1e-3)


def test_a_feature_constant_in_train_becomes_zero_even_where_test_differs(maker: Any) -> None:
    fill(maker, test_shift=3.0)
    one = feature(maker.prepared("action_units"), "action_units", TRAIN)
    for row in range(12):
        assert (one[row][:, 2] == 0).all()
    assert any((one[row][:, 1] != 0).any() for row in range(8, 12))


@settings(max_examples=25)
@given(value=st.floats(-1e6, 1e6, width=32), count=st.integers(1, 300))
def test_any_constant_is_recognised_as_such(
    tmp_path_factory: pytest.TempPathFactory, value: float, count: int
) -> None:
    folder = tmp_path_factory.mktemp("constant")
    writer = fitted.RaggedWriter(folder / "values")
    for _ in range(count):
        writer.append(np.full((3, 1), value, np.float32))
    writer.close()
    table = fitted.Ragged(folder / "values")
    mean, scale = fitted._statistics(table, np.arange(count), folder / "statistics")
    assert scale.tolist() == [0.0]
    assert mean == pytest.approx([value], rel=1e-6, abs=1e-12)


def test_test_values_change_nothing_that_was_learned(make: Callable[[str], Any]) -> None:
    plain, changed = make("plain"), make("changed")
    fill(plain)
    fill(changed, test_shift=1000.0, test_text="zebra zebra zebra good")
    for name in ("action_units", "tokens", "word_vectors"):
        one, other = (feature(m.prepared("action_units"), name, TRAIN) for m in (plain, changed))
        assert one.size == other.size
        for statistic in ("mean", "scale"):
            np.testing.assert_array_equal(getattr(one, statistic), getattr(other, statistic))
        for row in TRAIN:
            np.testing.assert_array_equal(one[row], other[row])
        assert not np.array_equal(one[9], other[9])


def test_a_projection_of_faces_knows_train_alone(make: Callable[[str], Any]) -> None:
    seen = []
    for name, shown in (("plain", 0), ("changed", 1)):
        maker = make(name)
        for i in range(12):
            generator = np.random.default_rng(i + (100 * shown if i >= 8 else 0))
            maker.add(frames=generator.integers(0, 256, (4, 48, 48)).astype(np.uint8))
        seen.append(feature(maker.prepared("hog"), "face_descriptor", TRAIN))
    one, other = seen
    frames = np.concatenate([one[i] for i in TRAIN])
    assert frames.shape == (32, one.size)
    # The last component of as many as there are frames holds nothing: it is constant.
    np.testing.assert_allclose(frames.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(frames[:, :-1].var(axis=0), 1, atol=1e-2)
    for row in TRAIN:
        np.testing.assert_array_equal(one[row], other[row])
    assert not np.array_equal(one[9], other[9])


def test_words_seen_only_in_test_are_unknown(maker: Any) -> None:
    fill(maker, test_text="good zebra zebra day")
    one = feature(maker.prepared(), "tokens", TRAIN)
    assert (one.mean, one.scale) == (None, None)
    good, zebra, again, day = one[8][:, 0]
    assert zebra == again == UNKNOWN
    assert UNKNOWN not in (good, day)
    assert good != day
    assert one.size == 2 + len({"good", "day", "number"})


def test_one_thread_learns_wherever_it_runs(maker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # A sum that two threads share is rounded otherwise, and everything after it differs.
    draw = np.random.default_rng(0)
    for _ in range(6):
        maker.add(frames=draw.integers(0, 255, (2, 48, 48), dtype=np.uint8))
    target = maker.prepared("hog")
    threads: set[int] = set()
    learn = FaceDescriptor.fit

    def watched(self: FaceDescriptor, train: list[Any]) -> None:
        threads.update(pool["num_threads"] for pool in threadpool_info())
        learn(self, train)

    monkeypatch.setattr(FaceDescriptor, "fit", watched)
    with threadpool_limits(2):
        feature(target, "face_descriptor", np.arange(4))
    assert threads == {1}


def test_another_train_split_is_fitted_anew(maker: Any) -> None:
    fill(maker, test_text="zebra")
    target = maker.prepared("action_units")
    assert feature(target, "tokens", TRAIN).size == 5
    assert feature(target, "tokens", np.arange(12)).size == 6
    means = [feature(target, "action_units", np.arange(n)).mean for n in (4, 8)]
    assert not np.array_equal(*means)


def test_a_second_call_reads_what_the_first_one_wrote(
    maker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(maker)
    target = maker.prepared("action_units")
    names = ("tokens", "word_vectors", "action_units")
    first = {n: feature(target, n, TRAIN) for n in names}
    written = {p: p.stat().st_mtime_ns for p in target.folder.rglob("*")}

    def refuse(*_: Any) -> None:
        raise AssertionError("fitted twice")

    monkeypatch.setattr(fitted, "_fit", refuse)
    for name in names:
        again = feature(target, name, TRAIN)
        assert again.size == first[name].size
        for row in range(12):
            np.testing.assert_array_equal(again[row], first[name][row])
    assert {p: p.stat().st_mtime_ns for p in target.folder.rglob("*")} == written


def test_an_absent_text_has_no_step_and_is_not_learned_from(maker: Any) -> None:
    fill(maker)
    maker.add(split="train", text="  ", vision=np.ones((1, 5)))
    maker.add(split="train", vision=np.ones((1, 5)))
    target = maker.prepared()
    one = feature(target, "tokens", np.append(TRAIN, [12, 13]))
    assert one.table.lengths[[12, 13]].tolist() == [0, 0]
    assert one.table.lengths[0] == 4
    assert one.size == 5

"""Batches: what is missing is erased, whatever stood there."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import Batch
from emobench.corpus.split import Split
from emobench.corpus.view import FoldView, fold_view

INPUTS = {"text": ("tokens",), "audio": ("mfcc", "prosody"), "vision": ("action_units",)}
COUNT = 12
PARTS = Split(np.arange(6), np.arange(6, 8), np.arange(8, 12))


def fill(maker: Any, other: bool = False) -> None:
    """Twelve utterances; in the test part `other` changes every sound and every face."""
    for i in range(COUNT):
        changed = other and i >= 8
        generator = np.random.default_rng(1000 + i if changed else i)
        maker.add(
            text=f"so it goes number {i % 2}" + " and on" * (i % 3),
            audio=generator.normal(0, 0.5 if changed else 0.1, 1600 * (1 + i % 4 + 3 * changed)),
            vision=generator.normal(size=(1 + i % 3 + 2 * changed, 4)) + 9 * changed,
        )


def view_of(maker: Any, inputs: Any = None) -> FoldView:
    return fold_view(maker.prepared("mfcc", "prosody", "action_units"), PARTS, inputs or INPUTS)


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> list:
    conftest = request.config.pluginmanager.get_plugin(str(request.path.parent / "conftest.py"))
    made = []
    for name, other in (("plain", False), ("changed", True)):
        maker = conftest.Maker(tmp_path_factory.mktemp("view") / name)
        fill(maker, other)
        made.append(view_of(maker))
    return made


def same(one: Batch, other: Batch) -> bool:
    pairs = [(one.labels, other.labels)]
    pairs += [(one.present[m], other.present[m]) for m in one.present]
    for modality, sequences in one.inputs.items():
        for name, sequence in sequences.items():
            twin = other.inputs[modality][name]
            pairs += [(sequence.values, twin.values), (sequence.lengths, twin.lengths)]
    return one.ids == other.ids and all(torch.equal(a, b) for a, b in pairs)


def test_what_the_mask_erases_cannot_be_seen_in_the_batch(views: list[FoldView]) -> None:
    rows = np.arange(4, 12)
    text_only = np.tile([True, False, False], (8, 1))
    assert same(views[0].batch(rows, text_only), views[1].batch(rows, text_only))
    # Mixed: train rows keep everything, the changed test rows lose sound and face.
    mixed = np.ones((8, 3), dtype=bool)
    mixed[4:, 1:] = False
    assert same(views[0].batch(rows, mixed), views[1].batch(rows, mixed))
    everything = np.ones((8, 3), dtype=bool)
    assert not same(views[0].batch(rows, everything), views[1].batch(rows, everything))


@settings(max_examples=40)
@given(
    rows=st.lists(st.integers(0, COUNT - 1), min_size=1, max_size=6, unique=True).map(np.array),
    data=st.data(),
)
def test_padding_and_erased_values_are_zero_and_the_rest_is_the_standardised_sequence(
    views: list[FoldView], rows: np.ndarray, data: st.DataObject
) -> None:
    flags = data.draw(st.lists(st.booleans(), min_size=3 * len(rows), max_size=3 * len(rows)))
    mask = np.array(flags).reshape(-1, 3)
    view = views[0]
    batch = view.batch(rows, mask)
    assert batch.ids == tuple(view.ids[r] for r in rows)
    assert batch.labels.tolist() == view.labels[rows].tolist()
    for column, modality in enumerate(("text", "audio", "vision")):
        assert batch.present[modality].tolist() == mask[:, column].tolist()
        for name, sequence in batch.inputs[modality].items():
            assert sequence.values.dtype == torch.float32
            assert sequence.values.shape[1] == max(1, int(sequence.lengths.max()))
            assert (sequence.values[~sequence.mask] == 0).all()
            for i, row in enumerate(rows):
                kept = mask[i, column]
                stored = view.features[modality][name][int(row)]
                assert sequence.lengths[i] == (len(stored) if kept else 0)
                if kept:
                    np.testing.assert_array_equal(sequence.values[i, : len(stored)], stored)


def test_representations_of_one_modality_lie_side_by_side(views: list[FoldView]) -> None:
    batch = views[0].batch(np.arange(5), np.ones((5, 3), dtype=bool))
    assert batch["audio"].values.shape[2] == 20 + 4


def test_labels_are_hidden_on_request(views: list[FoldView]) -> None:
    rows, mask = np.arange(8), np.ones((8, 3), dtype=bool)
    assert views[0].batch(rows, mask).labels.tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
    assert views[0].batch(rows, mask, labels=False).labels.tolist() == [0] * 8


def test_a_batch_does_not_change_with_what_is_done_to_it(views: list[FoldView]) -> None:
    rows, mask = np.arange(4), np.ones((4, 3), dtype=bool)
    batch = views[0].batch(rows, mask)
    for sequences in batch.inputs.values():
        for sequence in sequences.values():
            sequence.values.fill_(np.nan)
    batch.present["text"].fill_(False)
    assert mask.all()
    assert views[0].available.all()
    assert torch.isfinite(views[0].batch(rows, mask)["audio"].values).all()


def test_what_the_corpus_lacks_stays_absent_whatever_the_mask_says(maker: Any) -> None:
    fill(maker)
    bare = maker.add(text="only words")
    view = view_of(maker)
    row = view.ids.index(bare)
    batch = view.batch(np.array([0, row]), np.ones((2, 3), dtype=bool))
    assert batch.present["audio"].tolist() == batch.present["vision"].tolist() == [True, False]
    assert batch.present["text"].tolist() == [True, True]
    assert (batch["audio"].values[1] == 0).all()
    assert batch["audio"].lengths[1] == 0


def test_an_utterance_with_nothing_usable_is_left_out_of_every_part(maker: Any) -> None:
    fill(maker)
    lost = [maker.add(text=" ", audio=np.zeros(3000)), maker.add(audio=[]), maker.add()]
    assert lost == ["u012", "u013", "u014"]
    target = maker.prepared("mfcc", "prosody", "action_units")
    parts = Split(np.array([0, 12, 1]), np.array([2, 13]), np.array([14, 3, 4]))
    view = fold_view(target, parts, INPUTS)
    assert [p.tolist() for p in (view.parts.train, view.parts.dev, view.parts.test)] == [
        [0, 1], [2], [3, 4],
    ]  # fmt: skip
    assert view.task.class_counts == (1, 1, 0)


def test_the_task_says_what_the_model_will_get(views: list[FoldView]) -> None:
    task = views[0].task
    assert task.classes == ("a", "b", "c")
    assert task.class_counts == (2, 2, 2)
    assert task.inputs["audio"] == {"mfcc": 20, "prosody": 4}
    assert task.inputs["vision"] == {"action_units": 4}
    assert task.inputs["text"] == {"tokens": views[0].features["text"]["tokens"].size}


def test_the_longest_sequence_decides_where_an_utterance_is_batched(views: list[FoldView]) -> None:
    features = [f for fs in views[0].features.values() for f in fs.values()]
    rows = np.array([3, 0, 7])
    assert views[0].lengths(rows).tolist() == [max(len(f[int(r)]) for f in features) for r in rows]


def test_a_view_is_frozen_and_a_derived_one_learns_anew(views: list[FoldView]) -> None:
    with pytest.raises(FrozenInstanceError):
        views[0].labels = views[1].labels  # type: ignore[misc]
    view = replace(views[0])
    first = view.once("key", lambda: ["learned"])
    assert view.once("key", lambda: ["again"]) is first
    assert view.once("other key", lambda: 1) == 1
    hidden = view.without_test()
    assert hidden.once("key", lambda: ["anew"]) == ["anew"]
    assert view.once("key", lambda: ["again"]) is first


def test_hiding_the_test_part_leaves_the_view_as_it_was(views: list[FoldView]) -> None:
    before = views[0].labels.copy()
    hidden = views[0].without_test()
    np.testing.assert_array_equal(views[0].labels, before)
    assert (hidden.labels[PARTS.test] == -1).all()
    np.testing.assert_array_equal(hidden.labels[PARTS.train], before[PARTS.train])
    assert not len(hidden.parts.test)
    assert len(views[0].parts.test)

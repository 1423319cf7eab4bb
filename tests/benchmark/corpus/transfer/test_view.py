"""What a model that was trained on one corpus sees of another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from emobench.corpus.preparation.fit import feature
from emobench.corpus.split import policy, split
from emobench.corpus.transfer.view import (
    check_forms,
    in_corpus_view,
    shared_inputs,
    target_rows,
    transfer_view,
)
from emobench.corpus.view import FoldView, fold_view
from emobench.errors import Skip

INPUTS = {"text": ("tokens",), "vision": ("action_units",)}


def units(seed: int, size: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(2 + seed % 3, size)).astype(np.float32)


def filled(make: Callable[[str], Any], name: str, word: str, **absent: set[int]) -> Any:
    """Twelve utterances with text and action units; `absent` names those that lack one."""
    maker, shift = make(name), sum(map(ord, name))
    for i in range(12):
        text = None if i in absent.get("text", ()) else f"plain {word} {i}"
        vision = None if i in absent.get("vision", ()) else units(i) + shift
        maker.add(text=text, vision=vision)
    return maker


def trained(maker: Any, inputs: dict[str, tuple[str, ...]] = INPUTS) -> tuple[Any, FoldView]:
    prepared = maker.prepared("action_units")
    parts = split(prepared.corpus, policy(prepared.corpus, None), 0)
    return prepared, fold_view(prepared, parts, inputs)


def everything(view: FoldView) -> Any:
    rows = view.parts.test
    return view.batch(rows, np.ones((len(rows), len(view.modalities)), dtype=bool))


def test_features_are_those_that_the_source_has_fitted(make: Callable[[str], Any]) -> None:
    source, view = trained(filled(make, "a", "morning"))
    target = filled(make, "b", "evening").prepared("action_units")
    rows = target_rows(target.corpus)
    found = transfer_view(
        view, source, view.parts.train, target, rows, np.asarray(target.corpus.labels)
    )
    assert found.ids == target.corpus.ids
    assert found.parts.train.size == found.parts.dev.size == 0
    own = feature(source, "action_units", view.parts.train)
    for row in found.parts.test:
        raw = target.load("action_units")[row]
        assert own.mean is not None
        np.testing.assert_allclose(
            found.features["vision"]["action_units"][row], (raw - own.mean) * own.scale, rtol=1e-5
        )
    # "plain" is known from train, "evening" is not: unknown words share one id.
    batch = everything(found)
    known = everything(view)
    assert batch["text"].values[0, 0, 0] == known["text"].values[0, 0, 0]
    assert found.task == view.task


def test_only_the_target_s_tested_utterances_with_a_common_class_are_shown(
    make: Callable[[str], Any],
) -> None:
    source, view = trained(filled(make, "a", "x"))
    target = filled(make, "b", "y").prepared("action_units")
    labels = np.where(target.corpus.labels == 1, -1, np.minimum(target.corpus.labels, 1))
    found = transfer_view(
        view, source, view.parts.train, target, target_rows(target.corpus), labels
    )
    tested = set(target.corpus.table.index[target.corpus.table["split"] == "test"])
    assert set(found.parts.test) == {i for i in tested if labels[i] >= 0}
    assert set(everything(found).labels.tolist()) <= {0, 1}


def test_a_modality_that_comes_in_another_form_counts_as_absent(
    make: Callable[[str], Any],
) -> None:
    source, view = trained(filled(make, "a", "x"))
    other = make("b")
    for i in range(12):
        frames = np.full((2, 48, 48), i, dtype=np.uint8) if i != 3 else None
        other.add(text=None if i == 7 else f"words {i}", frames=frames)
    target = other.prepared()
    found = transfer_view(
        view, source, view.parts.train, target, target_rows(target.corpus),
        np.asarray(target.corpus.labels),
    )  # fmt: skip
    place = found.modalities.index("vision")
    assert not found.available[:, place].any()
    # 7 has nothing but frames, which no model from the source can read.
    assert 7 not in found.parts.test
    assert 3 in found.parts.test
    batch = everything(found)
    assert not batch.present["vision"].any()
    assert batch["vision"].values.shape[2] == 3
    assert not batch["vision"].values.any()


def test_another_feature_size_counts_as_absent(make: Callable[[str], Any]) -> None:
    source, view = trained(filled(make, "a", "x"))
    other = make("b")
    for i in range(12):
        other.add(text=f"words {i}", vision=units(i, size=5))
    target = other.prepared("action_units")
    found = transfer_view(
        view, source, view.parts.train, target, target_rows(target.corpus),
        np.asarray(target.corpus.labels),
    )  # fmt: skip
    assert not everything(found).present["vision"].any()


def test_the_tested_utterances_do_not_depend_on_the_model(make: Callable[[str], Any]) -> None:
    maker = filled(make, "a", "x")
    target = filled(make, "b", "y", text={3}, vision={7}).prepared("action_units")
    seen = []
    for inputs in (INPUTS, {"text": ("tokens",)}, {}):
        source, view = trained(maker, inputs)
        found = transfer_view(
            view, source, view.parts.train, target, target_rows(target.corpus),
            np.asarray(target.corpus.labels),
        )  # fmt: skip
        seen.append(found.parts.test.tolist())
    assert seen[0] == seen[1] == seen[2] == [3, 7, 11]


def test_the_view_that_was_trained_on_is_left_as_it_is(make: Callable[[str], Any]) -> None:
    source, view = trained(filled(make, "a", "x"))
    before = (view.available.copy(), list(view.ids), view.parts.test.copy(), dict(view.features))
    target = filled(make, "b", "y", text={3}).prepared("action_units")
    transfer_view(
        view, source, view.parts.train, target, target_rows(target.corpus),
        np.asarray(target.corpus.labels),
    )  # fmt: skip
    in_corpus_view(view, np.full(12, -1))
    assert (view.available == before[0]).all()
    assert view.ids == before[1]
    assert (view.parts.test == before[2]).all()
    assert view.features == before[3]


def test_the_own_test_on_the_common_classes(make: Callable[[str], Any]) -> None:
    _, view = trained(filled(make, "a", "x"))
    labels = np.where(view.labels == 2, -1, view.labels)
    found = in_corpus_view(view, labels)
    assert set(found.parts.test) == {i for i in view.parts.test if view.labels[i] != 2}
    assert (found.parts.train == view.parts.train).all()


def test_fold_corpora_are_tested_whole_fixed_splits_on_their_test(small: Any, maker: Any) -> None:
    fill = filled(lambda name: maker, "one", "x")
    corpus = fill.corpus()
    assert target_rows(corpus).tolist() == [3, 7, 11]

    class Folds:
        card = type("Card", (), {"folds": 3})

        def split(self, table: Any, fold: int) -> Any:
            return table["split"].where(np.arange(len(table)) % 3 != fold, "test")

    corpus.dataset = Folds()  # type: ignore[assignment]
    assert target_rows(corpus).tolist() == list(range(12))


def test_shared_inputs(make: Callable[[str], Any]) -> None:
    other = make("b")
    for i in range(12):
        other.add(text=f"words {i}", frames=np.full((2, 48, 48), i, dtype=np.uint8))
    target = other.corpus()
    assert shared_inputs(INPUTS, target) == {"text": ("tokens",)}
    assert shared_inputs({}, target) == {}
    with pytest.raises(Skip, match="vision as action_units, which comes as frames in made"):
        shared_inputs({"vision": ("action_units",)}, target)
    with pytest.raises(Skip, match="audio as mfcc, which is absent from made"):
        shared_inputs({"audio": ("mfcc",), "text": ("tokens",)}, target, requires=("audio",))


def test_what_was_trained_on_is_not_tested(make: Callable[[str], Any]) -> None:
    source, view = trained(filled(make, "a", "x"))
    copy = filled(make, "b", "y")
    # The target's test utterances 3 and 7 are recordings of the source's train and dev parts.
    for row, other in ((3, 0), (7, 2)):
        values = np.load(source.corpus.dataset.root / f"u{other:03d}.action_units.npy")
        np.save(copy.root / f"u{row:03d}.action_units.npy", values)
    target = copy.prepared("action_units")
    rows = target_rows(target.corpus)
    labels = np.asarray(target.corpus.labels)
    found = transfer_view(view, source, view.parts.train, target, rows, labels)
    assert found.parts.test.tolist() == [11]


def test_the_same_words_are_the_same_utterance_only_under_the_same_id(
    make: Callable[[str], Any],
) -> None:
    source, target = make("a"), make("b")
    for i in range(12):
        source.add(text=f"words {i}")
        # 3 repeats what 0 of train says, 7 is the same utterance as in the source's train.
        target.add(text={3: "words 0", 7: "words 7"}.get(i, f"other words {i}"))
        if i == 7:
            source.rows[7]["split"] = "train"
    first, second = source.prepared(), target.prepared()
    parts = split(first.corpus, policy(first.corpus, None), 0)
    view = fold_view(first, parts, {"text": ("tokens",)})
    found = transfer_view(
        view, first, parts.train, second, target_rows(second.corpus),
        np.asarray(second.corpus.labels),
    )  # fmt: skip
    assert found.parts.test.tolist() == [3, 11]


def test_corpora_without_a_form_in_common(make: Callable[[str], Any]) -> None:
    first, second, third = make("a"), make("b"), make("c")
    for i in range(4):
        first.add(vision=units(i))
        second.add(frames=np.full((2, 48, 48), i, dtype=np.uint8))
        third.add(text=f"words {i}", frames=np.full((2, 48, 48), i, dtype=np.uint8))
    check_forms(second.corpus(), third.corpus())
    with pytest.raises(Skip, match="vision comes as action_units in made, as frames in made"):
        check_forms(first.corpus(), second.corpus())

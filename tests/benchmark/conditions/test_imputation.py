"""What stands where a modality is missing, and that nothing else is touched."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from emobench import Batch, Condition, Model, ModelError, Sequence
from emobench.conditions.build import batch_transforms
from emobench.conditions.constants import mean_sequence, usual_length, zero_sequence
from emobench.conditions.imputation import ImputationTransform
from emobench.interface.training_config import TrainingConfig

INPUTS = {
    "text": ("tokens", "word_vectors"),
    "audio": ("log_mel", "prosody"),
    "vision": ("face_descriptor",),
}
CONSTANTS = {"zero": zero_sequence, "train_mean": mean_sequence}


@pytest.fixture(scope="module")
def view(small: Any) -> Any:
    return small.view_of(INPUTS)


class Making(Model):
    """Makes two steps of the utterance's number."""

    def generate(self, batch: Batch, modality: str) -> Sequence:
        size = sum(s.values.shape[-1] for s in batch.inputs[modality].values())
        numbers = torch.tensor([float(name[-2:]) for name in batch.ids])
        lengths = torch.full((len(batch),), 2)
        return Sequence(numbers[:, None, None].expand(-1, 2, size), lengths)


def model(view: Any, kind: type[Model] = Model) -> Model:
    return kind(view.task, TrainingConfig())


def shown(view: Any, *hidden: str) -> tuple[Batch, np.ndarray]:
    """Test utterances of which every other one lacks what is `hidden`."""
    rows = view.parts.test
    mask = view.available[rows].copy()
    for modality in hidden:
        mask[::2, view.modalities.index(modality)] = False
    return view.batch(rows, mask, labels=False), rows


@pytest.mark.parametrize("fill", ["zero", "train_mean", "generate"])
def test_what_is_present_is_not_touched_and_nothing_is_missing_after(view: Any, fill: str) -> None:
    before, rows = shown(view, "audio", "vision")
    after = ImputationTransform(fill, view)(before, rows, model(view, Making))
    assert after.ids == before.ids
    for modality, there in before.present.items():
        assert 0 < there.sum() < len(there)
        assert after.present[modality].all()
        for name, own in before.inputs[modality].items():
            found = after.inputs[modality][name]
            steps = own.values.shape[1]
            assert torch.equal(found.values[there, :steps], own.values[there])
            assert not found.values[there, steps:].any()
            assert torch.equal(found.lengths[there], own.lengths[there])
            assert (found.lengths > 0).all()
            assert not found.values[~found.mask].any()
    # The batch that came in is the same as before.
    again, _ = shown(view, "audio", "vision")
    for modality in INPUTS:
        assert torch.equal(before.present[modality], again.present[modality])
        assert torch.equal(before[modality].values, again[modality].values)


@pytest.mark.parametrize("fill", CONSTANTS)
def test_a_constant_is_as_long_as_trains_median_and_the_same_for_all(view: Any, fill: str) -> None:
    before, rows = shown(view, "audio")
    after = ImputationTransform(fill, view)(before, rows, model(view))
    absent = ~before.present["audio"]
    column = view.modalities.index("audio")
    train = [r for r in view.parts.train if view.available[r, column]]
    median = int(np.median([len(view.features["audio"]["log_mel"][int(r)]) for r in train]))
    assert median == usual_length(view, "audio")
    for name, wanted in CONSTANTS[fill](view, "audio", 1).items():
        found = after.inputs["audio"][name]
        assert (found.lengths[absent] == median).all()
        assert (found.values[absent, :median] == wanted.values).all()


def test_the_two_constants_differ(view: Any) -> None:
    batch, rows = shown(view, "audio")
    absent = ~batch.present["audio"]
    zero, mean = (
        ImputationTransform(fill, view)(batch, rows, model(view))
        .inputs["audio"]["log_mel"]
        .values[absent]
        for fill in CONSTANTS
    )
    assert not mean.any()
    assert zero.any()


def test_generate_is_what_the_model_itself_makes_of_the_batch(view: Any) -> None:
    before, rows = shown(view, "vision")
    own = model(view, Making)
    whole = own.generate(before, "vision")
    after = ImputationTransform("generate", view)(before, rows, own)["vision"]
    absent = ~before.present["vision"]
    assert torch.equal(after.values[absent, :2], whole.values[absent])
    assert (after.lengths[absent] == 2).all()


def test_the_generator_is_not_shown_what_was_filled_in(view: Any) -> None:
    # The second missing modality must not be made from the first one's filler.
    class Watching(Making):
        def generate(self, batch: Batch, modality: str) -> Sequence:
            self.seen = [*getattr(self, "seen", []), batch]
            return super().generate(batch, modality)

    before, rows = shown(view, "audio", "vision")
    own = model(view, Watching)
    ImputationTransform("generate", view)(before, rows, own)
    assert len(own.seen) > 1
    for batch in own.seen:
        for modality, there in before.present.items():
            assert torch.equal(batch.present[modality], there)


def test_an_utterance_alone_gets_what_it_gets_among_others(view: Any) -> None:
    together, rows = shown(view, "audio", "vision")
    for fill in ("zero", "train_mean", "generate"):
        whole = ImputationTransform(fill, view)(together, rows, model(view, Making))
        for i in (0, 1, 2):
            mask = np.array([[bool(together.present[m][i]) for m in view.modalities]])
            batch = view.batch(rows[i : i + 1], mask, labels=False)
            alone = ImputationTransform(fill, view)(batch, rows[i : i + 1], model(view, Making))
            for modality in INPUTS:
                steps = int(alone[modality].lengths[0])
                assert steps == int(whole[modality].lengths[i])
                one = alone[modality].values[0, :steps]
                assert torch.equal(one, whole[modality].values[i, :steps])


class Wrong(Making):
    def generate(self, batch: Batch, modality: str) -> Sequence:
        return Sequence(torch.zeros(len(batch), 2, 5), torch.full((len(batch),), 2))


class NotFinite(Making):
    def generate(self, batch: Batch, modality: str) -> Sequence:
        made = super().generate(batch, modality)
        return Sequence(made.values / 0 * 0, made.lengths)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Model, "generates nothing"),
        (Wrong, r"shape \(\d+, 2, 5\), expected \(\d+, T, \d+\)"),
        (NotFinite, "returned NaN or infinite values"),
    ],
)
def test_a_model_that_cannot_is_an_error_with_a_sentence(
    view: Any, kind: type[Model], message: str
) -> None:
    batch, rows = shown(view, "audio")
    with pytest.raises(ModelError, match=message):
        ImputationTransform("generate", view)(batch, rows, model(view, kind))


def test_only_a_condition_that_asks_for_it_is_filled(view: Any) -> None:
    for fill in ("native", "learned"):
        assert batch_transforms(Condition("c", "", fill=fill), view) == []
    for fill in ("zero", "train_mean", "generate"):
        (one,) = batch_transforms(Condition("c", "", fill=fill), view)
        assert isinstance(one, ImputationTransform)
        assert one.fill == fill

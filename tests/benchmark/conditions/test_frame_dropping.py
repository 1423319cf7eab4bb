"""Time steps erased here and there: how many, which, and what stands there."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from emobench import Batch, Model
from emobench.conditions.constants import UNKNOWN
from emobench.conditions.frame_dropping import FrameDropTransform, step_uniforms
from emobench.interface.training_config import TrainingConfig

INPUTS = {
    "text": ("tokens", "word_vectors"),
    "audio": ("log_mel", "prosody"),
    "vision": ("face_descriptor",),
}


@pytest.fixture(scope="module")
def view(small: Any) -> Any:
    return small.view_of(INPUTS)


def shown(view: Any, rows: np.ndarray) -> Batch:
    return view.batch(rows, np.ones((len(rows), len(view.modalities)), dtype=bool), labels=False)


def thinned(view: Any, share: float, rows: Any = None) -> Batch:
    rows = view.parts.test if rows is None else rows
    nobody = Model(view.task, TrainingConfig())
    return FrameDropTransform(share, view)(shown(view, rows), rows, nobody)


def erased(view: Any, share: float, modality: str, name: str) -> torch.Tensor:
    """``[B, T]``: steps whose values are no longer the utterance's own."""
    before = shown(view, view.parts.test).inputs[modality][name].values
    after = thinned(view, share).inputs[modality][name].values
    return (before != after).any(dim=-1)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.7])
def test_the_share_is_reached_and_lengths_and_flags_stay(view: Any, share: float) -> None:
    before, after = shown(view, view.parts.test), thinned(view, share)
    for modality, there in before.present.items():
        assert torch.equal(after.present[modality], there)
        for name, own in before.inputs[modality].items():
            assert torch.equal(after.inputs[modality][name].lengths, own.lengths)
    steps = int(before["audio"].lengths.sum())
    reached = float(erased(view, share, "audio", "log_mel").sum()) / steps
    assert steps > 300
    assert reached == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / steps))


def test_all_forms_of_a_modality_lose_the_same_steps_and_modalities_other_ones(view: Any) -> None:
    assert torch.equal(erased(view, 0.5, "audio", "log_mel"), erased(view, 0.5, "audio", "prosody"))
    audio, vision = (
        step_uniforms(view.ids[0], modality, 50) < 0.5 for modality in ("audio", "vision")
    )
    assert (audio != vision).any()
    assert (
        step_uniforms(view.ids[0], "audio", 50) != step_uniforms(view.ids[1], "audio", 50)
    ).all()


def test_what_is_erased_at_a_low_share_is_erased_at_a_higher_one(view: Any) -> None:
    for modality, name in (("audio", "log_mel"), ("vision", "face_descriptor")):
        steps = [erased(view, share, modality, name) for share in (0.1, 0.3, 0.5, 0.7)]
        counts = [int(one.sum()) for one in steps]
        assert counts == sorted(set(counts))
        for low, high in itertools.pairwise(steps):
            assert not (low & ~high).any()


@pytest.mark.parametrize("size", [1, 3])
def test_it_is_the_same_whoever_sits_beside_and_in_any_order(view: Any, size: int) -> None:
    rows = view.parts.test
    whole = thinned(view, 0.5)
    for start in range(0, 6, size):
        few = thinned(view, 0.5, rows[start : start + size][::-1])
        for i, place in enumerate(reversed(range(start, start + size))):
            assert few.ids[i] == whole.ids[place]
            for modality in INPUTS:
                steps = int(few[modality].lengths[i])
                one, other = few[modality].values[i], whole[modality].values[place]
                assert torch.equal(one[:steps], other[:steps])


def test_a_longer_recording_loses_the_same_first_steps() -> None:
    assert step_uniforms("u", "text", 20)[:7].tolist() == step_uniforms("u", "text", 7).tolist()


@pytest.mark.parametrize("modality", INPUTS)
def test_one_step_is_kept_even_when_all_are_to_go(view: Any, modality: str) -> None:
    before, after = shown(view, view.parts.test), thinned(view, 1.0)
    name = INPUTS[modality][0]
    fill = UNKNOWN if name == "tokens" else 0
    there = before.present[modality]
    own, found = (batch.inputs[modality][name].values for batch in (before, after))
    for i in there.nonzero().flatten().tolist():
        steps = int(before[modality].lengths[i])
        kept = (found[i, :steps] == own[i, :steps]).all(dim=-1) & (own[i, :steps] != fill).any(-1)
        assert int(kept.sum()) <= 1
        best = int(step_uniforms(before.ids[i], modality, steps).argmax())
        assert torch.equal(found[i, best], own[i, best])


def test_words_become_the_unknown_one_and_features_the_mean(view: Any) -> None:
    after = thinned(view, 0.5)
    for name, fill in (("tokens", UNKNOWN), ("word_vectors", 0)):
        gone = erased(view, 0.5, "text", name)
        assert gone.any()
        assert (after.inputs["text"][name].values[gone] == fill).all()


def test_what_is_absent_stays_empty(view: Any) -> None:
    before, after = shown(view, view.parts.test), thinned(view, 0.5)
    for modality in INPUTS:
        absent = ~before.present[modality]
        assert absent.any()
        for sequence in after.inputs[modality].values():
            assert not sequence.values[absent].any()
            assert not sequence.values[~sequence.mask].any()

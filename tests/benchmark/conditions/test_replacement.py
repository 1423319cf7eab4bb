"""What stands in a modality's place: only there, from train alone, and without the labels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from emobench import Batch, Model, ModelError, Replacement, RequestError, Sequence
from emobench.conditions.constants import mean_sequence, zero_sequence
from emobench.conditions.pairing import partners
from emobench.conditions.replacement import ReplacementTransform
from emobench.interface.task import Task
from emobench.interface.training_config import TrainingConfig

RIDGE = Replacement("vision", "generated", ("audio",), "ridge")
ALL = (
    RIDGE,
    Replacement("vision", "generated", ("text", "audio"), "neighbours"),
    Replacement("vision", "train_mean"),
    Replacement("vision", "zero"),
    Replacement("vision", "other"),
    Replacement("vision", "noise", (), "ridge"),
    Replacement("vision", "noise", (), "neighbours"),
)
every = pytest.mark.parametrize("replacement", ALL, ids=lambda r: f"{r.by}-{r.generator}")


class Silent(Model):
    """Generates nothing."""


class Copying(Model):
    """Generates twelve features from the first voice feature; keeps what it was shown."""

    shown: Batch

    def generate(self, batch: Batch, modality: str) -> Sequence:
        self.shown = batch
        mean = batch["audio"].values[..., :1].sum(dim=1, keepdim=True)
        lengths = torch.full((len(batch),), 2)
        return Sequence(mean.expand(-1, 2, sum(self.sizes(modality))), lengths)

    def sizes(self, modality: str) -> list[int]:
        return list(self.task.inputs[modality].values())


def model(view: Any, kind: type[Model] = Silent) -> Model:
    return kind(view.task, TrainingConfig())


def shown(view: Any, rows: np.ndarray) -> Batch:
    return view.batch(rows, np.ones((len(rows), len(view.modalities)), dtype=bool), labels=False)


def replaced(view: Any, replacement: Replacement, rows: Any = None, by: Any = None) -> Batch:
    rows = view.parts.test if rows is None else rows
    return ReplacementTransform(replacement, view)(shown(view, rows), rows, by or model(view))


def error(view: Any, batch: Batch) -> float:
    """Mean squared difference of the average face from the real one."""
    real, there = shown(view, view.parts.test), batch.present["vision"]
    gaps = [average(b["vision"])[there] for b in (batch, real)]
    return float(((gaps[0] - gaps[1]) ** 2).mean())


def average(sequence: Sequence) -> torch.Tensor:
    return sequence.values.sum(dim=1) / sequence.lengths.clamp(min=1)[:, None]


@every
def test_only_the_modality_of_those_who_have_it_is_changed(planted, replacement) -> None:
    before, after = shown(planted, planted.parts.test), replaced(planted, replacement)
    there = before.present["vision"]
    assert 0 < there.sum() < len(there)
    for modality, flags in before.present.items():
        assert torch.equal(flags, after.present[modality])
    for modality in ("text", "audio"):
        for name, sequence in before.inputs[modality].items():
            assert torch.equal(after.inputs[modality][name].values, sequence.values)
    one, other = before["vision"], after["vision"]
    assert torch.equal((other.lengths > 0), there)
    assert not other.values[~there].any()
    assert not other.values[~other.mask].any()
    steps = min(one.values.shape[1], other.values.shape[1])
    same = (one.values[there, :steps] == other.values[there, :steps]).flatten(1).all(dim=1)
    assert not same.any()


@every
def test_each_utterance_alone_gets_what_it_gets_among_others(planted, replacement) -> None:
    rows = planted.parts.test
    change = ReplacementTransform(replacement, planted)
    together = change(shown(planted, rows), rows, model(planted))["vision"]
    for i, row in enumerate(rows[:8]):
        one = np.array([row])
        alone = change(shown(planted, one), one, model(planted))["vision"]
        steps = int(alone.lengths[0])
        assert steps == int(together.lengths[i])
        torch.testing.assert_close(alone.values[0, :steps], together.values[i, :steps])


@every
def test_no_label_and_nothing_of_dev_reaches_what_is_shown(planted, replacement) -> None:
    parts = replace(planted.parts, dev=planted.parts.dev[:1])
    other = replace(planted, labels=(planted.labels[::-1] + 1) % 3, parts=parts)
    assert (other.labels != planted.labels).any()
    one, two = (replaced(v, replacement)["vision"] for v in (planted, other))
    assert torch.equal(one.values, two.values)
    assert torch.equal(one.lengths, two.lengths)


@pytest.mark.parametrize("replacement", [RIDGE, ALL[1]], ids=["ridge", "neighbours"])
def test_other_faces_in_the_test_split_change_nothing_that_is_generated(
    planted, replacement
) -> None:
    rows = planted.parts.test
    batch = shown(planted, rows)
    garbled = dict(batch.inputs)
    garbled["vision"] = {
        n: Sequence(-s.values, s.lengths) for n, s in batch.inputs["vision"].items()
    }
    change = ReplacementTransform(replacement, planted)
    one = change(batch, rows, model(planted))["vision"]
    two = change(Batch(batch.ids, garbled, batch.present, batch.labels), rows, model(planted))
    assert torch.equal(one.values, two["vision"].values)


def test_ridge_recovers_the_planted_face_and_beats_the_mean(planted) -> None:
    errors = {r.by + r.generator: error(planted, replaced(planted, r)) for r in ALL}
    # Every tenth voice is missing: there the mean is the best that can be said.
    assert errors["generatedridge"] < 0.25 * errors["train_mean"]
    assert errors["generatedneighbours"] < errors["other"]
    assert errors["noiseridge"] > 2 * errors["generatedridge"]
    uninformed = Replacement("vision", "generated", ("text",), "ridge")
    assert error(planted, replaced(planted, uninformed)) > 0.7 * errors["train_mean"]


def test_findings_tell_a_good_generator_from_noise(planted) -> None:
    def findings(replacement: Replacement) -> dict[str, Any]:
        change = ReplacementTransform(replacement, planted)
        for half in np.array_split(planted.parts.test, 2):
            change(shown(planted, half), half, model(planted))
        return change.findings()

    good, bad = findings(RIDGE), findings(ALL[5])
    assert good["utterances"] == int(planted.available[planted.parts.test, 2].sum())
    assert good["mse"] < 0.5 * good["mse_mean"]
    assert bad["mse"] > 0.8 * bad["mse_mean"] == 0.8 * good["mse_mean"]
    assert good["cosine"] > 0.8 > bad["cosine"]
    assert good["mmd2"] < bad["mmd2"]
    assert good["told_apart"] < bad["told_apart"]
    assert findings(ALL[2]) == {}


def test_constants_are_those_of_the_train_split(planted) -> None:
    there = shown(planted, planted.parts.test).present["vision"]
    for by, build in (("train_mean", mean_sequence), ("zero", zero_sequence)):
        found = replaced(planted, Replacement("vision", by))["vision"]
        wanted = build(planted, "vision", 1)["action_units"]
        steps = wanted.values.shape[1]
        assert (found.lengths[there] == steps).all()
        assert (found.values[there, :steps] == wanted.values).all()


def test_others_change_places_and_speakers(planted) -> None:
    found = partners(planted, "vision")
    rows = [int(r) for r in planted.parts.test if planted.available[r, 2]]
    assert sorted(found) == sorted(found.values()) == rows
    assert all(planted.speakers[a] != planted.speakers[b] for a, b in found.items())
    batch = replaced(planted, Replacement("vision", "other"))
    feature = planted.features["vision"]["action_units"]
    for i, row in enumerate(planted.parts.test):
        if int(row) in found:
            wanted = feature[found[int(row)]]
            assert (batch["vision"].values[i, : len(wanted)].numpy() == wanted).all()
            assert batch["vision"].lengths[i] == len(wanted)


def test_one_speaker_alone_still_never_meets_itself(planted) -> None:
    view = replace(planted, speakers=["s"] * len(planted.speakers))
    found = partners(view, "vision")
    assert all(a != b for a, b in found.items())
    view = replace(view, parts=replace(view.parts, test=view.parts.test[:1]))
    with pytest.raises(ModelError, match="fewer than two test utterances"):
        partners(view, "vision")


def test_a_model_is_shown_its_sources_and_nothing_else(planted) -> None:
    own = model(planted, Copying)
    after = replaced(planted, Replacement("vision", "generated", ("audio",), "model"), by=own)
    before = shown(planted, planted.parts.test)
    assert torch.equal(own.shown.present["audio"], before.present["audio"])
    for hidden in ("text", "vision"):
        assert not own.shown.present[hidden].any()
        for sequence in own.shown.inputs[hidden].values():
            assert not sequence.values.any()
            assert not sequence.lengths.any()
    there = before.present["vision"]
    assert (after["vision"].lengths[there] == 2).all()
    made = own.generate(before, "vision").values
    assert torch.equal(after["vision"].values[there][:, :2], made[there])


def test_what_a_model_makes_of_side_by_side_features_is_cut_apart(planted) -> None:
    own = model(planted, Copying)
    change = Replacement("audio", "generated", ("text",), "model")
    after = replaced(planted, change, by=own).inputs["audio"]
    assert [s.values.shape[2] for s in after.values()] == [20, 4]


def test_a_model_sees_noise_as_long_as_the_real_and_the_same_whoever_sits_beside(planted) -> None:
    own, rows = model(planted, Copying), planted.parts.test
    change = Replacement("vision", "noise", (), "model")
    replaced(planted, change, by=own)
    whole, before = own.shown, shown(planted, rows)
    for m in ("text", "audio"):
        for name, sequence in before.inputs[m].items():
            noise = whole.inputs[m][name]
            assert torch.equal(noise.lengths, sequence.lengths)
            assert not noise.values[~noise.mask].any()
    drawn = whole.inputs["audio"]["mfcc"]
    assert abs(float(drawn.values[drawn.mask].std()) - 1) < 0.1
    ids = whole.inputs["text"]["tokens"]
    size = planted.task.inputs["text"]["tokens"]
    assert set(ids.values[ids.mask].unique().tolist()) <= set(map(float, range(2, size)))
    replaced(planted, change, rows[3:5], by=own)
    few = own.shown.inputs["audio"]["mfcc"]
    steps = int(few.lengths[0])
    assert torch.equal(few.values[0, :steps], drawn.values[3, :steps])


def test_what_cannot_be_done_is_said(planted) -> None:
    with pytest.raises(RequestError, match="replacement"):
        ReplacementTransform(Replacement("vision", "averaged"), planted)
    with pytest.raises(RequestError, match="generator"):
        ReplacementTransform(Replacement("vision", "generated", ("audio",), "rigde"), planted)
    with pytest.raises(ModelError, match="generates nothing"):
        replaced(planted, Replacement("vision", "generated", ("audio",), "model"))
    wrong = Task(planted.task.classes, {**planted.task.inputs, "vision": {"x": 3}}, (1, 1, 1))
    own = Copying(wrong, TrainingConfig())
    with pytest.raises(ModelError, match="expected"):
        replaced(planted, Replacement("vision", "generated", ("audio",), "model"), by=own)

"""What is known of a trained model survives JSON, and a flawed split is said."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from emobench.inference.description import Description, Part, Proof, Scored
from emobench.interface.task import Task
from emobench.store.spec import RegimeSpec, TrainingSpec

SPEC = TrainingSpec(
    model="mlp", variant="corrected", config={"hidden": 8, "loss": "focal"}, track="controlled",
    inputs={"text": {"tokens": 1}}, dataset="made", split="standard", fold=2,
    regime=RegimeSpec(name="full", drop=0.0), seed=1, model_digest="a", dataset_digest="b",
)  # fmt: skip
ABOUT = Description(
    label="mlp", dataset="made", track="controlled", protocol="full_modalities", regime="full",
    key="0123", spec=SPEC, modalities=("text", "audio"), requires=("text",),
    task=Task(("calm", "joy"), {"text": {"tokens": 9}}, (3, 4), 7, True),
    fill_lengths={"text": {"tokens": 3}}, absences=True, condition="full", unit="speaker",
    scores=(Scored(measure="macro_f1", value=0.5, low=0.4, high=0.6),),
    own_scores=(Scored(measure="ece", value=0.1),), proof=Proof(count=3, largest=1e-7),
    versions={"torch": "2"}, doubts=("Few speakers.",),
    parts={"train": Part(utterances=9, unit="speaker", units=2, names=("ann", "bob"))},
)  # fmt: skip


def test_a_description_is_the_same_after_json():
    assert Description.of(json.loads(json.dumps(ABOUT.plain()))) == ABOUT
    older = {name: value for name, value in ABOUT.plain().items() if name != "parts"}
    assert Description.of(older) == replace(ABOUT, parts={})
    bare = replace(ABOUT, proof=None, scores=(), own_scores=())
    assert Description.of(json.loads(json.dumps(bare.plain()))) == bare


@pytest.mark.parametrize(
    ("split", "said"),
    [
        ("standard", ""),
        ("grouped_5_dev_2", ""),
        ("random_clips", ", split random_clips"),
        ("grouped_5, scaler_on_all", ", split grouped_5, scaler_on_all"),
    ],
)
def test_a_title_names_a_flawed_split(split, said):
    about = replace(ABOUT, spec=SPEC.model_copy(update={"split": split}))
    assert about.title == f"mlp on made, controlled track, regime full{said}, fold 2, seed 1 (0123)"

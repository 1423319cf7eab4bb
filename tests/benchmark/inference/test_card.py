"""The card of an exported model says whose scores, what to bring, and under which licence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import yaml

from emobench.inference.description import Description, Part, Scored
from emobench.inference.exports.card import card_text, hub_licence
from emobench.inference.exports.folder import read_stored_preparation, write_preparation
from emobench.inference.preparation import FittedInput, Preparation
from emobench.interface.task import Task
from emobench.store.spec import RegimeSpec, TrainingSpec

SPEC = TrainingSpec(
    model="mlp", variant="corrected", config={}, track="controlled",
    inputs={"text": {"tokens": 1}, "vision": {"action_units": 1}}, dataset="ravdess",
    split="standard", fold=0, regime=RegimeSpec(name="full", drop=0.0), seed=1, model_digest="a",
    dataset_digest="b",
)  # fmt: skip
ABOUT = Description(
    label="mlp", dataset="ravdess", track="controlled", protocol="full_modalities", regime="full",
    key="0123", spec=SPEC, modalities=("text", "vision"),
    task=Task(
        ("calm", "joy"), {"text": {"tokens": 9}, "vision": {"action_units": 2}}, (3, 4), 7, False
    ),
    scores=(Scored(measure="accuracy", value=0.714, low=0.6, high=0.8),), condition="full",
    unit="speaker", n_seeds=1, n_folds=6, own_scores=(Scored(measure="accuracy", value=0.671),),
    own_n_test=240,
    parts={
        "train": Part(utterances=960, unit="speaker", units=2, names=("actor_01", "actor_02")),
        "test": Part(utterances=240, unit="speaker", units=44),
    },
)  # fmt: skip
UNITS = FittedInput("action_units", 1, 2, np.zeros(2, np.float32), np.ones(2, np.float32))
PREPARATION = Preparation(
    {"text": {"tokens": FittedInput("tokens", 1, 9)}, "vision": {"action_units": UNITS}},
    names={"action_units": ("AU01", "AU02")},
)
MADE = {"time": "2026-01-01T00:00:00", "command": "emobench export", "emobench": "0.1.0"}


def card(about: Description = ABOUT) -> tuple[dict, str]:
    """The front matter and the text of a card."""
    text = card_text(about, PREPARATION, {"file": None, "digest": "c"}, MADE)
    _, matter, rest = text.split("---\n", 2)
    return yaml.safe_load(matter), rest


def test_this_training_is_named_before_the_mean_of_its_row():
    front, rest = card()
    metrics = front["model-index"][0]["results"][0]["metrics"]
    assert [(m["name"], m["value"]) for m in metrics] == [
        ("Accuracy (this training)", 0.671), ("Accuracy (mean of 6 trainings)", 0.714),
    ]  # fmt: skip
    assert "This training, on the 240 test utterances of fold 0: Accuracy 0.6710." in rest
    assert "| measure | this training | mean of 6 trainings | 95% interval |" in rest
    bare, _ = card(replace(ABOUT, scores=(), own_scores=()))
    assert "model-index" not in bare


def test_columns_are_those_that_the_model_reads_and_names_stand_in_order():
    _, rest = card()
    assert "id,text,action_units\na,a sentence,a-action_units.csv\n" in rest
    assert "The 2 columns of action_units are `AU01`, `AU02`." in rest
    assert "column video" not in rest
    assert 'pip install "emobench==0.1.0"' in rest


def test_people_are_listed_where_they_are_named_and_else_counted():
    _, rest = card()
    assert "- train: 960 utterances, 2 speakers: actor_01, actor_02\n" in rest
    assert "- test: 240 utterances, 44 speakers\n" in rest
    assert "Who was in its training" not in card(replace(ABOUT, parts={}))[1]


def test_the_hub_gets_its_own_words():
    front, _ = card()
    assert front["license"] == "cc-by-nc-sa-4.0"
    assert "license_name" not in front
    assert front["pipeline_tag"] == "video-classification"


@pytest.mark.parametrize(
    ("licences", "word"),
    [
        (["CC BY 4.0"], "cc-by-4.0"),
        (["Open Database License 1.0"], "odbl"),
        (["GPL-3.0 (annotations); the clips are copyrighted television"], "other"),
        (["CC BY 4.0", "CC BY-NC 4.0"], "other"),
        (["CC BY 4.0", "CC BY 4.0"], "cc-by-4.0"),
        (["yours"], "other"),
        ([], "other"),
    ],
)
def test_only_a_licence_that_the_hub_knows_whole_gets_its_word(licences, word):
    assert hub_licence(licences) == word


def test_an_export_keeps_the_names_of_features(tmp_path):
    units = {"vision": {"action_units": UNITS}}
    write_preparation(tmp_path, Preparation(units, names=PREPARATION.names))
    about = replace(ABOUT, task=Task(("calm", "joy"), {"vision": {"action_units": 2}}, (3, 4), 7))
    found = read_stored_preparation(tmp_path, about)
    assert found.names == PREPARATION.names
    path = tmp_path / "preparation.json"
    path.write_text(path.read_text().replace('"names"', '"unknown"'))
    assert read_stored_preparation(tmp_path, about).names == {}

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from pydantic import ValidationError

from emobench.store.records import GridRecord
from emobench.store.spec import (
    CellSpec,
    ConditionSpec,
    CorruptionSpec,
    RegimeSpec,
    ReplacementSpec,
    TrainingSpec,
    TrialSpec,
    cell_keys,
    read_spec,
)

TRAINING = {
    "version": 1,
    "model": "m",
    "variant": "corrected",
    "config": {"units": 3, "rate": 1e-3},
    "track": "controlled",
    "inputs": {"text": {"tokens": 1}},
    "dataset": "d",
    "split": "standard",
    "fold": 0,
    "regime": {"name": "full", "drop": 0.0},
    "seed": 0,
    "model_digest": "a",
    "dataset_digest": "b",
    "backbones": {},
}
OTHER = {
    "version": 2,
    "model": "n",
    "variant": "as_published",
    "config": {"units": 4, "rate": 1e-3},
    "track": "published",
    "inputs": {"text": {"tokens": 2}},
    "dataset": "d:size=9",
    "split": "grouped_5",
    "fold": 1,
    "regime": {"name": "full", "drop": 0.1},
    "seed": 1,
    "model_digest": "c",
    "dataset_digest": "d",
    "backbones": {"text": "sha256:1"},
}


def cell(**changed) -> CellSpec:
    condition = {"present": ("text",), "rate": 0.0, "mask_seed": 1}
    outer = {k: changed.pop(k) for k in ("training", "version") if k in changed}
    return CellSpec(
        **{"training": "t", "condition": ConditionSpec(**(condition | changed))} | outer
    )


def test_a_key_is_a_file_name_and_the_same_in_every_process():
    code = (
        "import sys, json; from emobench.store.spec import TrainingSpec\n"
        f"print(TrainingSpec(**{TRAINING!r}).key())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, env=os.environ | {"PYTHONHASHSEED": "5"},
    )  # fmt: skip
    key = TrainingSpec(**TRAINING).key()
    assert run.stdout.strip() == key
    assert len(key) == 20
    assert set(key) <= set("0123456789abcdef")


def test_published_keys_have_not_moved():
    # Whoever changes a default, the version or the JSON loses every result that is stored.
    spec = TrainingSpec(**TRAINING)
    bare = {k: v for k, v in TRAINING.items() if k not in ("version", "backbones")}
    assert TrainingSpec(**bare).key() == spec.key() == "392d3ceb68005042164b"
    assert cell().key() == "2fce23cfcfc5d2ceb34d"
    assert TrialSpec(training=spec).key() == "91eae5c5cbaf8db79f38"
    assert TrialSpec(training=spec, inner=(0, 3), looks=2).key() == "d93de730b93294078197"


def test_a_field_with_its_default_stays_out_of_the_key_however_it_was_computed():
    regime = RegimeSpec(
        name="full", drop=0.0, rate=float("0"), single=False, auxiliary=True,
        fill="".join(["nat", "ive"]), standardise="".join(["sou", "rce"]), present=None,
    )  # fmt: skip
    assert regime.model_dump(mode="json") == {"name": "full", "drop": 0.0}
    shown = cell(frames=float("0"), fill="".join(["nat", "ive"])).condition
    assert shown.model_dump(mode="json") == {"present": ["text"], "rate": 0.0, "mask_seed": 1}
    for field, value in {"auxiliary": False, "single": True, "rate": 0.5}.items():
        changed = RegimeSpec(name="full", drop=0.0, **{field: value}).model_dump(mode="json")
        assert changed == {"name": "full", "drop": 0.0, field: value}


def test_a_spec_that_this_version_cannot_read_is_none():
    assert read_spec(TRAINING) == TrainingSpec(**TRAINING)
    assert read_spec(TRAINING | {"of_a_later_version": 1}) is None
    assert read_spec({}) is None


def test_every_field_of_a_training_is_tried_below():
    assert set(OTHER) == set(TRAINING) == set(TrainingSpec.model_fields)


@pytest.mark.parametrize("field", OTHER)
def test_every_field_changes_the_key_and_is_named(field):
    before, after = TrainingSpec(**TRAINING), TrainingSpec(**TRAINING | {field: OTHER[field]})
    assert before.key() != after.key()
    assert before.changed(after) == [field]


def test_the_regimes_name_is_part_of_the_key():
    renamed = TRAINING | {"regime": RegimeSpec(name="other", drop=0.0)}
    assert TrainingSpec(**renamed).key() != TrainingSpec(**TRAINING).key()


def test_the_order_of_settings_is_not_part_of_the_key():
    turned = TRAINING | {"config": dict(reversed(TRAINING["config"].items()))}
    assert TrainingSpec(**turned).key() == TrainingSpec(**TRAINING).key()


def test_a_spec_read_back_has_the_same_key():
    spec = TrainingSpec(**TRAINING)
    assert TrainingSpec(**spec.model_dump(mode="json")).key() == spec.key()
    assert CellSpec(**cell().model_dump(mode="json")).key() == cell().key()


@pytest.mark.parametrize(
    "change",
    [
        {"training": "u"},
        {"version": 2},
        {"present": None},
        {"present": ("text", "audio")},
        {"rate": 0.1},
        {"mask_seed": 2},
    ],
)
def test_everything_in_a_cell_changes_its_key(change):
    assert cell(**change).key() != cell().key()


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"training": "0a1b"},
        {"present": None, "rate": 0.1 + 0.2, "fill": "zero", "frames": 1e-9},
        {"masks": 'ä"', "corpus": "d", "classes": ("a>b", "ü>c")},
        {"replace": ReplacementSpec(modality="text", by="x", sources=("audio",), generator="g")},
        {"corruption": CorruptionSpec(kind="noise", severity=3, version=1)},
    ],
)
def test_the_keys_of_a_conditions_cells_are_those_of_their_specs(change):
    one = cell(**change)
    assert cell_keys(one.condition)(one.training) == one.key()


def test_a_spec_cannot_be_changed_nor_given_more():
    spec = TrainingSpec(**TRAINING)
    with pytest.raises(ValidationError):
        spec.seed = 3
    with pytest.raises(ValidationError):
        TrainingSpec(**TRAINING, more=1)


def test_standardisation_by_the_source_stays_out_of_the_key():
    """So that what was stored before there was another kind keeps its name."""
    plain, spoken = (RegimeSpec(name="full", drop=0.0, **more) for more in ({}, SPOKEN))
    assert "standardise" not in plain.model_dump()
    assert spoken.model_dump()["standardise"] == "speaker"
    assert "standardise" not in cell().model_dump()["condition"]
    assert cell(standardise="corpus").key() != cell(standardise="speaker").key() != cell().key()


def test_records_without_newer_fields_have_the_content_that_they_had():
    common = {"name": "full", "description": "d"}
    old = GridRecord(
        format=1, model="m", dataset="d", identity="i", protocol="p", model_card={"name": "m"},
        protocol_card={"name": "p"}, regimes=[common], conditions=[common],
        rows=[{"regime": "full", "condition": "full"}],
    )  # fmt: skip
    content = old.content()
    assert "standardise" not in json.dumps(content)
    assert "report" not in json.dumps(content["rows"])
    new = GridRecord.model_validate(content | {"regimes": [common | SPOKEN]})
    assert GridRecord.model_validate(new.content()) == new
    assert new.content()["regimes"][0]["standardise"] == "speaker"


SPOKEN = {"standardise": "speaker"}

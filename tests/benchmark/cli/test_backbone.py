"""The published track through the command line, on tiny checkpoints of the real classes."""

from __future__ import annotations

import pandas as pd
import pytest


@pytest.fixture(scope="module")
def published(run_small, checkpoints, tmp_path_factory):
    """A run of the published track: one model, all of whose backbones are replaced."""
    results = tmp_path_factory.mktemp("published") / "results"
    words = ["--track", "published", "--protocol", "full_modalities"]
    for modality, name in (("text", "bert"), ("audio", "wav2vec2"), ("vision", "resnet18")):
        words += ["--backbone", f"{modality}={checkpoints[name]}"]
    models = "cross_modal_attention:epochs=1,emotiwave:epochs=1,majority"
    return run_small(results, "--models", models, *words), results


@pytest.mark.slow
def test_a_model_on_its_backbones_is_trained_and_scored(published):
    outcome, results = published
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    table = pd.read_csv(results / "leaderboard" / "leaderboard.csv").set_index("model")
    (row,) = (table.loc[name] for name in table.index if "cross_modal_attention" in name)
    assert row["status"] == "done"
    assert row["track"] == "published"
    assert row["params"] > 11_176_512  # the ResNet's, to begin with
    assert table.loc["majority", "status"] == "done"


@pytest.mark.slow
def test_a_model_whose_features_the_corpus_lacks_is_skipped_with_the_reason(published):
    table = pd.read_csv(published[1] / "leaderboard" / "leaderboard.csv").set_index("model")
    (row,) = (table.loc[name] for name in table.index if "emotiwave" in name)
    assert row["status"] == "skipped"
    assert "features that have to come with the corpus" in row["reason"]


@pytest.mark.slow
def test_generated_inputs_stand_beside_real_ones_and_controls_behind_backbones(
    run_small, checkpoints, tmp_path
):
    words = ["--track", "published", "--protocol", "generated_inputs"]
    for modality, name in (("text", "bert"), ("audio", "wav2vec2"), ("vision", "resnet18")):
        words += ["--backbone", f"{modality}={checkpoints[name]}"]
    sizes = "warmup_epochs=1:width=16:feedforward=16:latent=4:hidden=8"
    model = f"cross_modal_translation:{sizes}"
    outcome = run_small(tmp_path / "results", "--models", model, *words)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    table = pd.read_csv(tmp_path / "results" / "leaderboard" / "leaderboard.csv")
    assert set(table["status"]) == {"done"}
    assert table["macro_f1"].notna().all()
    shown = set(table["condition"])
    for modality, others in (("text", "audio+vision"), ("audio", "text+vision")):
        made = {f"{modality}={by}({others})" for by in ("model", "ridge", "neighbours")}
        controls = {f"{modality}={by}" for by in ("train_mean", "zero", "other", "noise:model")}
        assert {"full", f"{modality}=absent"} | made | controls <= shown


def test_weights_that_cannot_be_had_skip_the_row_and_say_what_to_do(cli, tmp_path):
    outcome = cli(
        "run", "--models", "cross_modal_attention,majority", "--track", "published",
        "--dataset", "simulated:size=126:speakers=7", "--protocol", "full_modalities",
        "--backbone", f"text={tmp_path / 'nowhere'}", "--results", tmp_path / "results",
        "--seeds", 1, "--jobs", 1,
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    (line,) = (x for x in outcome.stdout.splitlines() if x.startswith("skipped: "))
    assert line.startswith("skipped: cross_modal_attention:text_backbone=")
    assert " on simulated:size=126:speakers=7: the weights of the text backbone cannot be" in line
    assert "save_pretrained" in outcome.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--backbone", "text"], "is written MODALITY=NAME_OR_FOLDER"),
        (["--backbone", "txt=x"], "Unknown modality of --backbone 'txt'. Did you mean 'text'"),
        (
            ["--models", "majority", "--backbone", "text=x"],
            "none of the models has a text backbone",
        ),
        (
            ["--models", "cross_modal_attention", "--backbone", "text=x"],
            "add --track published",
        ),
    ],
)
def test_a_backbone_that_makes_no_sense_is_one_line(run_small, tmp_path, words, said):
    outcome = run_small(tmp_path / "results", *words)
    assert outcome.returncode == 2
    assert said in " ".join(outcome.stderr.split())
    assert "Traceback" not in outcome.stderr

"""A submission holds what is stored, the same bytes each time, and no name that it must not."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import accuracy_score, f1_score

from emobench.errors import RequestError
from emobench.leaderboard.report.csv_table import csv_table
from emobench.leaderboard.results.board import read_board
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.submission import schema
from emobench.leaderboard.submission.writer import export


def tables(folder: Path) -> tuple[pd.DataFrame, ...]:
    return tuple(pd.read_parquet(folder / f"{name}.parquet") for name in schema.TABLES)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_numbers_of_the_leaderboard_follow_from_a_submission(stored, submission):
    results, predictions = tables(submission)
    rows = results[results.status == "done"].merge(predictions, on=["cell", "look"])
    text = csv_table(read_board(Results(stored)))
    compared = 0
    for line in csv.DictReader(text.splitlines()):
        mine = rows[(rows.model == line["model"]) & (rows.condition == line["condition"])]
        whole = [s for _, s in mine.groupby("seed") if s.fold.nunique() == 2]
        if not whole:
            continue
        compared += 1
        accuracy = np.mean([accuracy_score(s.truth, s.predicted) for s in whole])
        f1 = np.mean([f1_score(s.truth, s.predicted, average="macro") for s in whole])
        assert accuracy == pytest.approx(float(line["accuracy"]), abs=1e-6)
        assert f1 == pytest.approx(float(line["macro_f1"]), abs=1e-6)
        assert int(line["n_test"]) == len(whole[0])
    assert compared == 6


def test_rows_without_predictions_say_why(submission):
    results, predictions = tables(submission)
    failed = results[results.status == "failed"]
    assert failed.reason.tolist() == ["NaN in the logits"]
    assert failed.accuracy.isna().all()
    assert not set(failed.cell) & set(predictions.cell)
    skipped = results[results.status == "skipped"]
    assert skipped.reason.tolist() == ["it reads no audio"] * 2
    assert skipped.cell.isna().all()


def test_a_row_says_what_was_trained_on_what_and_what_it_cost(submission):
    results, _ = tables(submission)
    row = results[(results.model == "mlp") & (results.condition == "missing_0.5")].iloc[0]
    assert (row.dataset, row.dataset_digest, row.kind) == ("toys", "5" * 64, "published")
    assert (row.missing_rate, row.mask_seed, row.present) == (0.5, 20260101, None)
    assert (row.epochs, row.looks, row.best_look, row.params) == (4, 2, 2, 10)
    assert json.loads(row.training_spec)["config"] == {"hidden": 8}


def test_the_same_results_give_the_same_bytes(stored, submission, tmp_path):
    shutil.copytree(stored, tmp_path / "copy")
    export(tmp_path / "copy", tmp_path / "again")
    assert files(tmp_path / "again") == files(submission)
    export(stored, tmp_path / "again")
    assert files(tmp_path / "again") == files(submission)


def test_parquet_and_csv_say_the_same(submission):
    results = pq.read_table(submission / schema.RESULTS_FILE).to_pylist()
    lines = [*csv.DictReader((submission / schema.RESULTS_CSV).read_text().splitlines())]
    assert len(lines) == len(results)
    for line, row in zip(lines, results, strict=True):
        assert (line["cell"] or None, line["status"]) == (row["cell"], row["status"])
        if row["status"] == "done":
            assert float(line["ece"]) == row["ece"]
            assert json.loads(line["classes"]) == list(row["classes"])


@pytest.mark.parametrize(
    ("models", "kept"),
    [("mlp", {"mlp"}), ("late*", {"late_fusion"}), ("all", {"late_fusion", "mlp"})],
)
def test_models_are_chosen_by_name_and_wildcard(stored, tmp_path, models, kept):
    export(stored, tmp_path / "chosen", models=models)
    results, predictions = tables(tmp_path / "chosen")
    assert set(results.model) == kept
    assert set(predictions.cell) == set(results[results.status == "done"].cell)


def test_a_model_that_is_not_there_is_named(stored, tmp_path):
    with pytest.raises(RequestError, match="Did you mean 'late_fusion'"):
        export(stored, tmp_path / "chosen", models="late_fusoin")


def test_corpora_and_protocols_are_chosen(stored, tmp_path):
    export(stored, tmp_path / "chosen", dataset="toys", protocol="missing_modality")
    assert len(tables(tmp_path / "chosen")[0]) == 26
    with pytest.raises(RequestError, match="Unknown stored protocol 'full'"):
        export(stored, tmp_path / "none", protocol="full")
    with pytest.raises(RequestError, match=r"Unknown stored model 'mlq'.*'mlp'"):
        export(stored, tmp_path / "none", models="mlq")


def test_other_peoples_files_are_not_written_over(stored, tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(RequestError, match=r"holds thesis\.tex"):
        export(stored, tmp_path)
    with pytest.raises(RequestError, match="is a file"):
        export(stored, tmp_path / "thesis.tex")


@pytest.mark.parametrize("name", [*schema.TABLE_FILES, schema.SUMMARY])
def test_what_only_has_the_name_of_an_export_is_not_written_over(stored, tmp_path, name):
    (tmp_path / name).write_text("my own, precious")
    with pytest.raises(RequestError, match="is not as an export left it"):
        export(stored, tmp_path)
    assert (tmp_path / name).read_text() == "my own, precious"


def test_an_export_that_was_changed_is_not_written_over(stored, tmp_path):
    export(stored, tmp_path)
    export(stored, tmp_path)
    with (tmp_path / schema.RESULTS_CSV).open("a") as file:
        file.write("a note of mine\n")
    with pytest.raises(RequestError, match=r"results\.csv is not as an export left it"):
        export(stored, tmp_path)


@pytest.mark.parametrize(
    ("card", "units", "speakers"),
    [
        ({}, {"actor 00", "actor 11"}, {"actor 00", "actor 11"}),
        ({"suffixes": (".csv",)}, {"speaker 1", "speaker 4"}, {"speaker 1", "speaker 4"}),
        ({"anonymous": True}, {"speaker 1", "speaker 4"}, {None}),
        ({"anonymous": True, "unit": "video"}, {"actor 00", "actor 11"}, {None}),
        ({"suffixes": (".csv",), "unit": "video"}, {"video 1", "video 4"}, {None}),
    ],
)
def test_names_that_may_be_peoples_are_numbered(maker, tmp_path, card, units, speakers):
    made = maker(tmp_path / "results", card=card)
    done = export(made.write(), tmp_path / "out")
    _, predictions = tables(tmp_path / "out")
    assert units <= set(predictions.unit)
    assert predictions.unit.nunique() == 4
    assert speakers <= {name or None for name in predictions.speaker.fillna("")}
    if "speaker 1" in units:
        assert "actor" not in str(files(tmp_path / "out"))
        assert "numbered" in done.notes[0]


def test_several_labels_stand_in_a_list(maker, tmp_path, check):
    made = maker(tmp_path / "results", multilabel=True)
    export(made.write(), tmp_path / "out")
    results, predictions = tables(tmp_path / "out")
    assert results[results.status == "done"].multilabel.all()
    texts = set(predictions.truth) | set(predictions.predicted)
    assert "[]" in texts
    assert '["anger","joy"]' in texts
    assert check(tmp_path / "out").status() == 0


def test_a_damaged_file_is_named_and_its_cells_are_absent(maker, tmp_path):
    root = maker(tmp_path / "results").write()
    pack = min((root / "trainings").glob("*/cells-*.parquet"))
    pack.write_bytes(pack.read_bytes()[:-20])
    done = export(root, tmp_path / "out")
    results, _ = tables(tmp_path / "out")
    assert (results.status == "absent").sum() == 3
    assert any(pack.name in note for note in done.notes)

"""Tables of features: what is a feature, whose each row is, and that no row or column vanishes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from emobench_tests_feature_files import everything, failure
from hypothesis import given, settings
from hypothesis import strategies as st

from emobench import open_array, open_features
from emobench.intake.feature_import import about, import_features

BESIDE = {
    "start": 0.0, "end": 1.5, "frameTime": 0.01, "frame": 3, "timestamp": 0.1, "face_id": 0,
    "confidence": 0.9, "success": 1, "index": 4, "split": 1, "fold": 2, "speaker": 7, "label": 1,
    "emotion": 2, "class": 3, "target": 0, "start_time": 0.0, "end (s)": 1.5, "Speaker ID": 2,
    "emotion_label": 1, "Émotion": 1, "Klasse": 2, "y_true": 1, "duration": 1.5, "time_sec": 0.5,
}  # fmt: skip
"""Columns that are never features, with a value of each."""

TEXT = {"emotion": "happy", "label": "sad", "split": "train", "speaker": "ann", "comment": "hm"}
FORMS = ("csv", ";csv", "tsv", "parquet", "arff", "xlsx", "jsonl")


def write(path: Path, table: pd.DataFrame, form: str) -> Path:
    path = path.with_suffix(f".{form.removeprefix(';')}")
    if form == "parquet":
        table.to_parquet(path, index=False)
    elif form == "xlsx":
        table.to_excel(path, index=False)
    elif form == "jsonl":
        table.to_json(path, orient="records", lines=True, double_precision=15)
    elif form == "arff":
        lines = ["@relation test"]
        for name in table:
            kind = "numeric" if pd.api.types.is_numeric_dtype(table[name]) else "string"
            lines.append(f"@attribute '{name}' {kind}")
        cells = [[f"'{v}'" if isinstance(v, str) else repr(v) for v in r] for r in rows_of(table)]
        path.write_text("\n".join([*lines, "@data", *map(",".join, cells)]))
    else:
        table.to_csv(path, index=False, sep={"csv": ",", ";csv": ";", "tsv": "\t"}[form])
    return path


def rows_of(table: pd.DataFrame) -> list[list[Any]]:
    return table.astype(object).to_numpy().tolist()


def functionals(rows: int = 4) -> pd.DataFrame:
    values = np.random.default_rng(rows).integers(-99, 99, (rows, 3)) / 8
    table = pd.DataFrame(values, columns=[f"F0semitoneFrom27.5Hz_sma3nz_{k}" for k in range(3)])
    table.insert(0, "id", [f"u{i}" for i in range(rows)])
    return table


@settings(max_examples=30, deadline=None)
@given(
    names=st.lists(st.sampled_from(sorted(BESIDE)), unique_by=str.lower, min_size=1, max_size=8),
    upper=st.sampled_from([str, str.upper, str.title]),
    form=st.sampled_from(["csv", ";csv", "parquet", "arff"]),
    draw=st.randoms(use_true_random=False),
)
def test_bookkeeping_is_never_a_feature(names, upper, form, draw, tmp_path_factory):
    table = functionals()
    for name in names:
        table[upper(name)] = BESIDE[name]
    order = list(table)
    draw.shuffle(order)
    path = write(tmp_path_factory.mktemp("rows") / "f", table[order], form)
    found = open_features(path)
    assert found.size == 3
    (said,) = [n for n in found.notes if n.startswith("left out: ")]
    assert {n for n in order if n in said} >= {upper(n) for n in names}
    kept = [n for n in order if n.startswith("F0")]
    for name, values in zip(table["id"], table[kept].to_numpy(), strict=True):
        np.testing.assert_array_equal(found[name], values[None])


@pytest.mark.parametrize("form", FORMS)
def test_the_same_table_in_every_form(form, tmp_path):
    table = functionals()
    for name, value in TEXT.items():
        table[name] = value
    found = open_features(write(tmp_path / "f", table, form))
    values = table.filter(like="F0").to_numpy(np.float32)
    np.testing.assert_array_equal(np.concatenate(list(everything(found).values())), values)
    (said,) = [n for n in found.notes if n.startswith("left out: ")]
    assert said == ("left out: split, speaker; emotion, label (would leak); comment (no numbers)")


@settings(max_examples=25, deadline=None)
@given(
    steps=st.lists(st.integers(1, 5), min_size=2, max_size=5),
    shuffled=st.booleans(),
    draw=st.randoms(use_true_random=False),
)
def test_rows_of_one_id_are_its_steps_in_the_order_of_time(steps, shuffled, draw, tmp_path_factory):
    sizes = {f"clips/u{i}.wav": n + 1 for i, n in enumerate(steps)}
    rows = [
        {"file": name, "start": f"0 days 00:00:{0.5 * t:04.1f}", "a": t, "b": i}
        for i, (name, n) in enumerate(sizes.items())
        for t in range(n)
    ]
    if shuffled:
        draw.shuffle(rows)
    table = open_features(write(tmp_path_factory.mktemp("lld") / "f", pd.DataFrame(rows), ";csv"))
    for i, (name, n) in enumerate(sizes.items()):
        assert table[name].tolist() == [[t, i] for t in range(n)]


def test_rows_that_cannot_be_told_apart_are_refused(tmp_path):
    table = functionals().assign(start=0.0)
    twice = pd.concat([table, table.iloc[1:2]])
    assert "more than once: u1" in failure(write(tmp_path / "f", twice, "csv"))
    del twice["start"]
    assert "more than once: u1" in failure(write(tmp_path / "f", twice, "csv"))


def openface(frames: int, seed: int = 0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    return pd.DataFrame({
        "frame": np.arange(1, frames + 1), " face_id": 0, " timestamp": np.arange(frames) / 25,
        " confidence": draw.choice([0.98, 0.2], frames), " success": draw.choice([1, 0], frames),
        " AU01_r": draw.integers(0, 40, frames) / 8, " AU12_c": draw.integers(0, 2, frames),
    })  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(frames=st.lists(st.integers(1, 9), min_size=1, max_size=3), seed=st.integers(0, 99))
def test_frames_without_a_sure_face_are_absent_and_every_row_is_accounted_for(
    frames, seed, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("openface")
    tables = {f"clip{i}": openface(n, seed + i) for i, n in enumerate(frames)}
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    found = open_features(folder)
    for name, table in tables.items():
        sure = table[(table[" success"] == 1) & (table[" confidence"] >= 0.5)]
        np.testing.assert_array_equal(found[name], sure[[" AU01_r", " AU12_c"]])
        assert open_array(folder / f"{name}.csv").shape == found[name].shape
    total = sum(frames)
    used = sum(len(found[name]) for name in tables)
    said = [n for n in found.notes if "rows are used" in n]
    if used < total:
        assert said == [f"{used} of {total} rows are used. Not used: {total - used} absent frames "
                        "(success 0 or confidence below 0.5)."]  # fmt: skip
    else:
        assert said == []


def test_of_several_faces_in_a_frame_the_surest_is_taken(tmp_path):
    table = openface(3).assign(**{" success": 1, " confidence": 0.9})
    other = table.assign(**{" face_id": 1, " confidence": [0.99, 0.6, 0.4], " AU01_r": 9.0})
    pd.concat([table, other]).sort_values(["frame", " face_id"]).to_csv(
        tmp_path / "u1.csv", index=False
    )
    found = open_features(tmp_path)
    assert found["u1"][:, 0].tolist() == [9.0, *table[" AU01_r"][1:]]
    assert "1 absent frames" in " ".join(found.notes)
    assert "2 of another face, less confident, in the same frame" in " ".join(found.notes)


def test_rows_without_an_id_are_named(tmp_path):
    table = functionals()
    table.loc[2, "id"] = ""
    notes = open_features(write(tmp_path / "f", table, "csv")).notes
    assert notes[0] == "3 of 4 rows are used. Not used: 1 without an id (line 4)."


def test_numbers_of_other_countries_gaps_and_what_is_no_number(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("id;a;b\nu0;1,5;2\nu1;-0,25;?\n")
    table = open_features(path)
    assert {n: v.tolist() for n, v in everything(table).items()} == {
        "u0": [[1.5, 2.0]], "u1": [[-0.25, 0.0]]
    }  # fmt: skip
    assert "1 values in 1 utterance (u1) are NaN" in table.problems[0]
    path.write_text("id;a\nu0;1.5\nu1;2.5\nu2;x3\n")
    assert "'a', but not in 1 of 3 rows (line 4: 'x3')" in failure(path)


def test_a_column_of_marks_is_a_label_and_probabilities_are_said(tmp_path):
    table = functionals().assign(happy=[1, 0, 0, 1], sad=[0, 1, 1, 0])
    assert "happy, sad (would leak)" in open_features(write(tmp_path / "f", table, "csv")).notes[0]
    table["happy"] = [0.9, 0.1, 0.2, 0.7]
    found = open_features(write(tmp_path / "f", table, "csv"))
    assert found.size == 4
    assert "names of emotions" in found.notes[1]


def test_coordinates_are_features_and_a_lone_y_is_a_label(tmp_path):
    table = functionals().assign(x=1.0, y=2.0)
    assert open_features(write(tmp_path / "f", table, "csv")).size == 5
    assert open_features(write(tmp_path / "f", table.drop(columns="x"), "csv")).size == 3


def test_a_table_that_names_no_utterance(tmp_path):
    path = tmp_path / "f.arff"
    path.write_text("@relation x\n@attribute name string\n@attribute a numeric\n@data\n"
                    "'unknown',1\n'unknown',2\n")  # fmt: skip
    assert "names no utterance: the column 'name' holds 'unknown'" in failure(path)
    assert open_features(tmp_path)["f"].tolist() == [[1.0], [2.0]]
    path.write_text("@relation x\n@data\n")
    assert "no @attribute" in failure(path)


def test_what_an_import_left_out_is_kept(tmp_path):
    table = functionals().assign(start=0.0, emotion=1)
    path = write(tmp_path / "f", table, "parquet")
    notes = about(import_features(path, "f", None, tmp_path / "cache" / "imported"))["notes"]
    assert notes == ["left out: start; emotion (would leak)"]

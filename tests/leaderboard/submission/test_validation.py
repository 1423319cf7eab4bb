"""Whatever is changed in a submission, `validate` names it, and never breaks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from emobench.digest import canonical_digest, canonical_json
from emobench.leaderboard.submission import reader, schema
from emobench.leaderboard.submission.faults import KEPT
from emobench.leaderboard.submission.installation import DIFFERS, NOT_AT_HAND, SAME

HELD = [c for c in schema.RESULTS if c.held != schema.STATED]
NAMED_ELSEWHERE = {
    "classes": {"truth", "predicted", "classes"},
    "multilabel": {"truth", "predicted"},
    "look": {"cell"},
    "cell": {"cell_spec"},
    "training": {"training_spec"},
    "status": {"reason", "n_test", "cell"},
}
"""Columns of the results that are noticed by another column than themselves."""


def columns(verdict: Any) -> set[str]:
    return {fault.column for fault in verdict.faults}


def changed(value: Any, kind: str) -> Any:
    """Another value of the same type."""
    if kind == schema.TEXT:
        return f"{value or ''}x"
    if kind == schema.WHOLE:
        return (value or 0) + 1
    if kind == schema.NUMBER:
        return 0.25 if value is None else abs(value - 1e-6)
    if kind == schema.YES_NO:
        return not value
    if kind == schema.TEXTS:
        return ["vision"] if value is None else list(value)[::-1]
    return [0.5 * value[0], *value[1:-1], value[-1] + 0.5 * value[0]]


def first_done(rows: list[dict[str, Any]], condition: str = "full") -> dict[str, Any]:
    return next(r for r in rows if r["status"] == "done" and r["condition"] == condition)


def test_what_was_exported_is_valid(submission, check):
    verdict = check(submission)
    assert verdict.status() == 0
    assert verdict.faults == ()
    assert (verdict.results, verdict.predictions) == (26, 23 * 12)
    states = {origin.what: origin.state for origin in verdict.origins}
    assert states == {
        "model late_fusion": SAME,
        "model mlp": SAME,
        "corpus toys": NOT_AT_HAND,
        "protocol missing_modality": SAME,
        "drawn masks": SAME,
    }
    assert verdict.status(strict=True) == 1


@pytest.mark.parametrize("name", [*schema.TABLE_FILES, schema.SUMMARY])
def test_any_of_its_files_stands_for_it(submission, check, name):
    assert check(submission / name).status() == 0


@pytest.mark.parametrize("column", HELD, ids=lambda c: c.name)
def test_a_changed_result_is_named(draft, check, column):
    row = first_done(draft.results)
    number = draft.results.index(row) + 1
    row[column.name] = changed(row[column.name], column.kind)
    draft.write()
    verdict = check(draft.folder)
    assert verdict.status() == 1
    wanted = NAMED_ELSEWHERE.get(column.name, set()) | {column.name}
    found = [f for f in verdict.faults if f.column in wanted]
    assert found, [*map(str, verdict.faults)]
    if column.name not in NAMED_ELSEWHERE:
        assert (schema.RESULTS_FILE, number) in {(f.file, f.row) for f in found}


def test_results_that_were_changed_in_one_file_are_named(draft, check):
    done = [r for r in draft.results if r["status"] == "done"]
    wanted = set()
    for i, column in enumerate(schema.OF_CSV):
        row = done[i % len(done)]
        row[column.name] = changed(row[column.name], column.kind)
        wanted.add((schema.RESULTS_CSV, draft.results.index(row) + 1, column.name))
    text = (draft.folder / schema.RESULTS_CSV).read_bytes()
    draft.write()
    (draft.folder / schema.RESULTS_CSV).write_bytes(text)
    verdict = check(draft.folder)
    assert verdict.status() == 1
    assert wanted <= {(f.file, f.row, f.column) for f in verdict.faults}
    assert any("SHA-256" in f.text for f in verdict.faults if f.file == schema.RESULTS_CSV)


def test_a_score_that_was_changed_with_pandas_stands_out(draft, check):
    """It spells everything else anew, which is one fault and not thousands."""
    path = draft.folder / schema.RESULTS_CSV
    table = pd.read_csv(path, keep_default_na=True)
    number = int(table.index[table["status"] == "done"][0])
    table.loc[number, "accuracy"] = 0.99
    table.to_csv(path, index=False)
    found = [f for f in check(draft.folder).faults if f.file == schema.RESULTS_CSV]
    assert (number + 1, "accuracy") in {(f.row, f.column) for f in found}
    assert len(found) < 8, [*map(str, found)]


@pytest.mark.parametrize("column", schema.PREDICTED, ids=lambda c: c.name)
def test_a_changed_prediction_is_named(draft, check, column):
    row = draft.predictions[30]
    if column.name == "truth":
        row["truth"] = next(c for c in ("anger", "joy") if c != row["truth"])
    elif column.name == "predicted":
        row["predicted"] = next(c for c in ("anger", "joy") if c != row["predicted"])
    elif column.name == "probabilities":
        row["probabilities"][0] += 1e-6
    else:
        row[column.name] = changed(row[column.name], column.kind)
    draft.write()
    verdict = check(draft.folder)
    assert verdict.status() == 1
    wanted = {"look": {"cell"}}.get(column.name, {column.name})
    found = [f for f in verdict.faults if f.column in wanted]
    assert found, [*map(str, verdict.faults)]
    assert all(f.file == schema.PREDICTIONS_FILE and f.row for f in found)


def drop_one(rows: list[dict[str, Any]]) -> None:
    del rows[30]


def repeat_one(rows: list[dict[str, Any]]) -> None:
    rows.insert(31, dict(rows[30]))


def drop_cell(rows: list[dict[str, Any]]) -> None:
    rows[:] = [r for r in rows if r["cell"] != rows[30]["cell"]]


def take_apart(rows: list[dict[str, Any]]) -> None:
    rows.append(rows.pop(30))


def lose_id(rows: list[dict[str, Any]]) -> None:
    rows[30]["utterance"] = rows[31]["utterance"]


def widen(rows: list[dict[str, Any]]) -> None:
    rows[30]["probabilities"] = [0.25] * 4


def make_empty(rows: list[dict[str, Any]]) -> None:
    rows[30]["probabilities"] = []


def make_nan(rows: list[dict[str, Any]]) -> None:
    rows[30]["probabilities"][1] = float("nan")


def hide_column(rows: list[dict[str, Any]]) -> None:
    rows[30]["present_audio"] = None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (drop_one, "utterances fewer"),
        (repeat_one, "a second time"),
        (drop_cell, "there are no predictions of cell"),
        (take_apart, "do not stand together"),
        (lose_id, "a second time"),
        (widen, "there are 4, and 3 classes"),
        (make_empty, "there are 0, and 3 classes"),
        (make_nan, "not a finite number"),
        (hide_column, "it is empty in 1 of the 12 rows"),
    ],
)
def test_rows_of_predictions_that_are_lost_or_broken_are_named(draft, check, change, said):
    change(draft.predictions)
    draft.write()
    verdict = check(draft.folder)
    assert verdict.status() == 1
    assert any(said in f.text and f.row for f in verdict.faults), [*map(str, verdict.faults)]


def test_results_that_are_lost_or_repeated_are_named(draft, check):
    row = first_done(draft.results)
    draft.results.remove(row)
    other = first_done(draft.results, "text")
    draft.results.append(dict(other))
    draft.write()
    texts = [str(f) for f in check(draft.folder).faults]
    assert any("no row of the results that is done is of cell" in t for t in texts)
    assert any(
        f"a second row of what row {draft.results.index(other) + 1} is of" in t for t in texts
    )


def specs_again(draft: Any, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the spec of every cell, and give the cells the hashes that belong to it."""
    names = {}
    for row in draft.results:
        if row["cell_spec"] and row["condition"] == "missing_0.5":
            spec = json.loads(row["cell_spec"])
            change(spec["condition"])
            names[row["cell"]] = canonical_digest(spec, compact=True)
            row["cell"], row["cell_spec"] = names[row["cell"]], canonical_json(spec, compact=True)
    for one in draft.predictions:
        one["cell"] = names.get(one["cell"], one["cell"])


def test_masks_of_another_seed_are_named_however_whole_the_rest_is(draft, check):
    specs_again(draft, lambda condition: condition.update(mask_seed=7))
    for row in draft.results:
        row["mask_seed"] = 7 if row["condition"] == "missing_0.5" else row["mask_seed"]
    draft.write()
    verdict = check(draft.folder)
    assert columns(verdict) == {"mask_seed"}
    assert "emobench draws them with 20260101" in verdict.faults[0].text


def test_a_rate_that_the_protocol_does_not_declare_is_named(draft, check):
    specs_again(draft, lambda condition: condition.update(rate=0.4))
    for row in draft.results:
        row["missing_rate"] = 0.4 if row["condition"] == "missing_0.5" else row["missing_rate"]
    draft.write()
    verdict = check(draft.folder)
    texts = [*map(str, verdict.faults)]
    assert any("declares 0.5" in t and "column condition" in t for t in texts)
    states = {o.what: o.state for o in verdict.origins}
    assert states["protocol missing_modality"] == states["drawn masks"] == DIFFERS


@pytest.mark.parametrize("rate", [1.0, 1.5, -0.5, 1e300])
def test_a_rate_that_is_none_is_named(draft, check, rate):
    for row in draft.results:
        row["missing_rate"] = rate if row["condition"] == "missing_0.5" else row["missing_rate"]
    draft.write()
    texts = [f.text for f in check(draft.folder).faults if f.column == "missing_rate"]
    assert f"{rate!r} is not at least 0 and below 1." in texts


def test_masks_that_every_cell_shares_are_still_drawn_again(draft, check):
    cells = {r["cell"] for r in draft.results if r["condition"] == "missing_0.5"}
    for row in draft.predictions:
        if row["cell"] in cells and row["utterance"] == "u0-05":
            row["present_text"] = not row["present_text"]
    draft.write()
    verdict = check(draft.folder)
    named = [f for f in verdict.faults if f.column == "present_text"]
    assert named
    assert all("'u0-05'; the mask of the missing rate 0.5 is" in f.text for f in named)


def test_what_a_subset_hides_is_not_shown(draft, check):
    cells = {r["cell"] for r in draft.results if r["condition"] == "text"}
    row = next(r for r in draft.predictions if r["cell"] in cells)
    row["present_audio"] = True
    draft.write()
    assert any("shows text alone" in f.text for f in check(draft.folder).faults)


def test_folds_that_share_utterances_are_named(draft, check):
    for row in draft.predictions:
        if row["utterance"] == "u1-03":
            row["utterance"] = "u0-03"
    draft.write()
    assert any(
        "1 test utterances of fold 1 are in fold 0 too" in f.text
        or "1 test utterances of fold 0 are in fold 1 too" in f.text
        for f in check(draft.folder).faults
    )


def test_another_model_file_differs_and_an_unknown_one_is_not_at_hand(draft, check):
    for row in draft.results:
        for name, digest in (("mlp", "a" * 64), ("late_fusion", row["model_digest"])):
            if row["model"] != name or not row["training_spec"]:
                continue
            spec = json.loads(row["training_spec"]) | {"model_digest": digest}
            if name == "late_fusion":
                spec["model"] = row["model"] = row["model_name"] = row["row"] = "my_model"
            row["model_digest"], row["training_spec"] = digest, canonical_json(spec, compact=True)
    draft.write()
    states = {o.what: o.state for o in check(draft.folder).origins}
    assert states["model mlp"] == DIFFERS
    assert states["model my_model"] == NOT_AT_HAND


@pytest.mark.parametrize(
    ("table", "column", "type_"),
    [
        ("results", "fold", pa.int32()),
        ("results", "accuracy", pa.string()),
        ("results", "model", pa.binary()),
        ("results", "classes", pa.string()),
        ("predictions", "utterance", pa.int64()),
        ("predictions", "present_text", pa.int8()),
        ("predictions", "probabilities", pa.list_(pa.float32())),
    ],
)
def test_a_column_of_another_type_is_named(draft, check, table, column, type_):
    path = draft.folder / f"{table}.parquet"
    rows = pq.read_table(path)
    place = rows.column_names.index(column)
    empty = pa.nulls(len(rows), type_)
    pq.write_table(
        rows.set_column(place, column, empty).replace_schema_metadata(schema.metadata(table)), path
    )
    draft.sign()
    (fault,) = check(draft.folder).faults
    assert (fault.file, fault.column) == (path.name, column)
    assert "type" in fault.text


@pytest.mark.parametrize("table", schema.TABLES)
def test_columns_that_are_missing_or_unknown_are_named(draft, check, table):
    path = draft.folder / f"{table}.parquet"
    rows = pq.read_table(path).rename_columns({"cell": "sell"})
    pq.write_table(rows.replace_schema_metadata(schema.metadata(table)), path)
    draft.sign()
    texts = [str(f) for f in check(draft.folder).faults]
    assert texts == [
        f"{path.name}, column 'sell': the schema has no such column.",
        f"{path.name}, column cell: it is missing.",
    ]


def test_a_file_of_no_version_is_named(draft, check):
    path = draft.folder / schema.RESULTS_FILE
    pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
    draft.sign()
    assert {f.text for f in check(draft.folder).faults} == {
        "its metadata emobench.schema is None, not '1'.",
        "its metadata emobench.table is None, not 'results'.",
    }


@pytest.mark.parametrize("name", [*schema.TABLE_FILES, schema.SUMMARY])
def test_a_missing_file_and_a_link_cannot_be_read(draft, check, name, tmp_path):
    path = draft.folder / name
    path.rename(tmp_path / name)
    assert f"{name} is missing" in check(draft.folder).unreadable
    path.symlink_to(tmp_path / name)
    verdict = check(draft.folder)
    assert verdict.status() == 2
    assert f"{name} is a link" in verdict.unreadable


def test_another_version_cannot_be_read(draft, check):
    path = draft.folder / schema.SUMMARY
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 2}))
    verdict = check(draft.folder)
    assert verdict.status() == 2
    assert "version 2 of the schema; this emobench reads version 1" in verdict.unreadable


def test_what_is_no_submission_cannot_be_read(tmp_path, check):
    assert check(tmp_path / "nothing").status() == 2
    assert check(tmp_path).status() == 2
    (tmp_path / "thesis.pdf").touch()
    assert "no file of a submission" in check(tmp_path / "thesis.pdf").unreadable


def test_sizes_are_limited(draft, check, monkeypatch):
    draft.results[0]["regime"] = "x" * 5000
    draft.predictions[40]["utterance"] = "y" * 5000
    draft.write()
    verdict = check(draft.folder)
    named = {(f.file, f.row, f.column) for f in verdict.faults if "4,096 are allowed" in f.text}
    assert named == {
        (schema.RESULTS_FILE, 1, "regime"),
        (schema.PREDICTIONS_FILE, 41, "utterance"),
    }
    assert all(len(str(f)) < 1000 for f in verdict.faults)
    monkeypatch.setitem(reader.MOST_ROWS, "predictions", 100)
    assert "100 are read at most" in check(draft.folder).unreadable
    monkeypatch.setitem(reader.MOST_BYTES, schema.SUMMARY, 10)
    assert "10 are read at most" in check(draft.folder).unreadable


def test_what_is_small_on_disk_and_huge_in_memory_is_refused(draft, check):
    path = draft.folder / schema.PREDICTIONS_FILE
    rows = pq.read_table(path)
    place = rows.column_names.index("utterance")
    wide = pa.DictionaryArray.from_arrays(
        pa.array([0] * len(rows), pa.int32()), pa.array(["x" * 2**24])
    )
    # Four gigabytes, were it read row by row.
    big = rows.set_column(place, "utterance", wide).replace_schema_metadata(
        schema.metadata("predictions")
    )
    pq.write_table(big, path)
    draft.sign()
    assert path.stat().st_size < 2**24
    named = [f for f in check(draft.folder).faults if f.column == "utterance"]
    assert "16,777,216 bytes; 4,096 are allowed" in named[0].text
    place = rows.column_names.index("probabilities")
    lists = pa.array([[0.0] * 2000] * len(rows))
    long = rows.set_column(place, "probabilities", lists)
    pq.write_table(long.replace_schema_metadata(schema.metadata("predictions")), path)
    draft.sign()
    assert "it has more than 1000." in {f.text for f in check(draft.folder).faults}


def test_a_thousand_faults_are_counted_and_some_are_kept(draft, check):
    for row in draft.predictions:
        row["truth"] = "bliss"
    draft.write()
    verdict = check(draft.folder)
    assert sum(f.column == "truth" for f in verdict.faults) == KEPT
    assert verdict.total >= len(draft.predictions)


def test_signs_that_steer_a_terminal_are_not_printed(draft, check):
    draft.predictions[30]["truth"] = "\x1b[2J<script>"
    for name in ("protocol", "dataset", "model_name", "regime", "tested_on"):
        draft.results[2][name] = "\x1b[2J<script>"
    draft.write()
    verdict = check(draft.folder)
    texts = [*map(str, verdict.faults), *map(str, verdict.origins)]
    assert sum(r"\x1b[2J<script>" in t for t in texts) > 4
    assert not any("\x1b" in t for t in texts)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


def copy_of(submission: Path, scratch: Path) -> Path:
    shutil.rmtree(scratch / "copy", ignore_errors=True)
    shutil.copytree(submission, scratch / "copy")
    return scratch / "copy"


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(schema.TABLE_FILES), st.floats(0, 0.999))
@example(schema.RESULTS_CSV, 0.999)
@example(schema.PREDICTIONS_FILE, 0.0)
def test_a_file_that_was_cut_short_is_named(submission, scratch, check, name, share):
    folder = copy_of(submission, scratch)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: int(share * len(content))])
    verdict = check(folder)
    assert verdict.status() in (1, 2)
    assert name in verdict.unreadable or name in {f.file for f in verdict.faults}


def flip(path: Path, share: float, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[int(share * (len(content) - 1))] ^= 1 << bit
    path.write_bytes(bytes(content))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(schema.TABLE_FILES), st.floats(0, 1), st.integers(0, 7))
def test_a_flipped_bit_is_named(submission, scratch, check, name, share, bit):
    folder = copy_of(submission, scratch)
    flip(folder / name, share, bit)
    verdict = check(folder)
    assert verdict.status() in (1, 2)
    assert name in verdict.unreadable or name in {f.file for f in verdict.faults}


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([*schema.TABLE_FILES, schema.SUMMARY]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 7)), min_size=1, max_size=4),
)
def test_no_bits_break_the_check(submission, scratch, check, name, places):
    """The digests are made to fit, so that the damaged file is really read."""
    folder = copy_of(submission, scratch)
    for share, bit in places:
        flip(folder / name, share, bit)
    summary = json.loads((submission / schema.SUMMARY).read_text())
    if name != schema.SUMMARY:
        import hashlib

        content = (folder / name).read_bytes()
        summary["files"][name]["sha256"] = hashlib.sha256(content).hexdigest()
        (folder / schema.SUMMARY).write_text(json.dumps(summary))
    assert check(folder).status() in (0, 1, 2)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["files", "rows", "corpora", "dictionary", "schema", ""]), anything)
@example("corpora", [{"dataset": "toys", "modalities": 3, "available": {"text": None}}])
@example("corpora", [{"dataset": "toys", "utterances": 5, "available": {"text": []}}])
def test_no_summary_breaks_the_check(submission, scratch, check, key, value):
    folder = copy_of(submission, scratch)
    summary = json.loads((folder / schema.SUMMARY).read_text())
    whole = value if not key else summary | {key: value}
    (folder / schema.SUMMARY).write_text(json.dumps(whole))
    assert check(folder).status() in (0, 1, 2)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(column=st.sampled_from(["training_spec", "cell_spec"]), value=anything)
@example(column="cell_spec", value={"condition": 3})
@example(column="cell_spec", value={"condition": {"present": 5, "rate": "x", "corpus": []}})
@example(column="training_spec", value={"split": [], "regime": 7})
def test_no_spec_breaks_the_check(draft, check, column, value):
    row = first_done(draft.results)
    kept, row[column] = row[column], json.dumps(value)
    draft.write()
    row[column] = kept
    verdict = check(draft.folder)
    assert verdict.status() == 1
    assert column in columns(verdict)


def test_a_deep_spec_is_refused(draft, check):
    row = first_done(draft.results)
    row["cell_spec"] = '{"a":' * 5000 + "1" + "}" * 5000
    draft.write()
    assert "cell_spec" in columns(check(draft.folder))

"""Every form in which something was ever stored has an example here, and is read today.

`stored_forms.zip` has results folders, each written by emobench as it was then: ``folders`` (a
folder for each trial, before packs), ``packs`` (before checksums), ``sealed`` (before
circumstances) and ``circumstances``. `results_of_0.1.0.zip` is a whole folder of the first kind.
Whoever raises a version adds an example, and its name to `EXAMPLES`.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from emobench.leaderboard import render
from emobench.leaderboard.certificate import manifest
from emobench.leaderboard.certificate.verification import verify_certificate
from emobench.leaderboard.results.reader import Results
from emobench.leaderboard.submission import schema
from emobench.repetition.cell_sheet import cell_sheet
from emobench.store import index, pack, spec, verification
from emobench.store.cell_reader import CellReader
from emobench.store.records import FORMAT, GridRecord, TrainingReport, TransferRecord
from emobench.store.spec import CellSpec, TrainingSpec, TrialSpec
from emobench.store.store import Store
from emobench.store.training_folder import read_training

from ..leaderboard.submission.conftest import Maker

HERE = Path(__file__).parent
FOLDERS = ("packs", "sealed", "circumstances")

EXAMPLES = {
    "spec": (spec.SPEC_VERSION, {1: "results_of_0.1.0.zip"}),
    "record": (FORMAT, {1: "results_of_0.1.0.zip"}),
    "pack": (pack.FORMAT, {1: "stored_forms.zip"}),
    "index": (int(index.FORMAT), {1: "stored_forms.zip", 2: "index_of_form_2.parquet"}),
    "certificate": (manifest.FORMAT, {1: "certificate_of_form_1.zip"}),
    "submission": (schema.VERSION, {1: "../../docs/results-example/submission.json"}),
}
"""What has a version: the one that is written, and an example of each that ever was."""


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forms")
    with zipfile.ZipFile(HERE / "stored_forms.zip") as archive:
        archive.extractall(folder)
    return folder


@pytest.mark.parametrize("what", EXAMPLES)
def test_every_version_that_ever_was_has_an_example(what: str) -> None:
    written, examples = EXAMPLES[what]
    assert sorted(examples) == [*range(1, int(written) + 1)]
    assert all((HERE / name).is_file() for name in examples.values())


def reports(root: Path) -> dict[str, dict[str, Any]]:
    found = {key.name: read_training(key) for key in (root / "trainings").iterdir()}
    return {key: one.report for key, one in found.items() if one is not None and one.report}


def test_the_examples_are_of_different_forms(forms: Path) -> None:
    sealed = {n: '"sha256"' in next((forms / n / "grids").glob("*")).read_text() for n in FOLDERS}
    assert sealed == {"packs": False, "sealed": True, "circumstances": True}
    kept = {n: all("circumstances" in r for r in reports(forms / n).values()) for n in FOLDERS}
    assert kept == {"packs": False, "sealed": False, "circumstances": True}
    assert next((forms / "folders" / "trials").iterdir()).is_dir()


@pytest.mark.parametrize("name", FOLDERS)
def test_cells_trainings_and_weights_of_every_form_are_read(forms: Path, name: str) -> None:
    root, reader = forms / name, CellReader(forms / name)
    cells = [*reader.every()]
    assert len(cells) >= 2
    for cell in cells:
        table = reader.table(cell)
        assert table is not None
        assert len(table) == (cell.report or {})["n"]
        assert CellSpec.model_validate(cell.spec).key() == cell.key
    stored = index.Index(root)
    assert stored.notes == []
    assert {row.state for row in stored.rows.values()} == {"done"}
    for key, report in reports(root).items():
        stored_as = read_training(root / "trainings" / key)
        assert stored_as is not None
        assert TrainingSpec.model_validate(stored_as.spec).key() == key
        assert TrainingReport.model_validate(report).params is not None
        assert Store(root).checkpoint(key) is not None
    assert not verification.verify(root).faults


def test_splits_are_read_and_named_by_their_ids(forms: Path) -> None:
    root = forms / "circumstances"
    named = {report["split"] for report in reports(root).values()}
    assert named == {path.stem for path in (root / "splits").iterdir()}
    for digest in named:
        split = Results(root).split(digest)
        assert split is not None
        assert split.digest == digest
        assert min(map(len, (split.train, split.dev, split.test))) > 0


@pytest.mark.parametrize("name", FOLDERS)
def test_the_index_that_was_stored_is_believed_or_made_again(forms: Path, name: str) -> None:
    stored = index.Index(forms / name)
    fresh = index.Index(forms / name, trusted=False)
    assert stored.rows.keys() == fresh.rows.keys()
    assert all(stored.rows[k].done == fresh.rows[k].done for k in fresh.rows)


def test_the_index_of_the_newest_form_says_what_its_folder_holds(
    forms: Path, tmp_path: Path
) -> None:
    root = tmp_path / "results"
    shutil.copytree(forms / "circumstances", root)
    fresh = index.Index(root, trusted=False)
    shutil.copy(HERE / "index_of_form_2.parquet", root / index.NAME)
    rows = index.Index(root)._stored()
    assert rows.keys() == fresh.rows.keys()
    for key, row in rows.items():
        same = replace(row, files=fresh.rows[key].files)  # copying sets other times
        assert same == fresh.rows[key]


def test_trials_searches_and_transfers_of_every_form_are_read(forms: Path) -> None:
    for name in ("folders", "packs", "sealed"):
        paths = [*(forms / name / "trials").iterdir()]
        assert len(paths) == 2
        for path in paths:
            report = Store(forms / name).trial_report(path.stem)
            assert report is not None
            assert report.dev_macro_f1 is not None
            plain = json.loads((path / "spec.json" if path.is_dir() else path).read_text())
            assert TrialSpec.model_validate(plain.get("spec", plain)).key() == path.stem
        (grid,) = (forms / name / "searched").iterdir()
        record = GridRecord.model_validate_json(grid.read_text())
        assert record.search is not None
        assert record.search.results
    for name in ("folders", "packs"):
        (path,) = (forms / name / "transfers").iterdir()
        assert TransferRecord.model_validate_json(path.read_text()).tested > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", FOLDERS)
def test_the_page_of_every_form_has_the_numbers_of_then(forms: Path, name: str) -> None:
    path = forms / name / "leaderboard" / "leaderboard.csv"
    before = pd.read_csv(path)
    render(forms / name)
    now = pd.read_csv(path)
    kept = [c for c in before if not c.endswith(("_low", "_high"))]
    pd.testing.assert_frame_equal(now[kept], before[kept], check_exact=False, rtol=1e-5)


@pytest.mark.parametrize("name", FOLDERS)
def test_what_was_not_kept_is_said(forms: Path, name: str) -> None:
    (cell, *_) = sorted(one.key for one in CellReader(forms / name).every())
    sheet = cell_sheet(forms / name, cell)
    assert sheet.status == "done"
    told = str(sheet.content())
    assert ("not stored (an older version wrote it)" in told) == (name != "circumstances")
    assert ("torch" in sheet.facts["software"]) == (name != "packs")


def test_a_certificate_of_every_form_still_holds() -> None:
    verdict = verify_certificate(HERE / "certificate_of_form_1.zip")
    assert verdict.is_valid, verdict.faults
    assert verdict.cells == 2


def test_what_is_new_is_not_stored_where_it_is_not_used(tmp_path: Path) -> None:
    root = Maker(tmp_path / "results", seeds=1).write()
    for report in reports(root).values():
        assert not {"circumstances", "inputs", "split"} & set(report)
    assert all("mask" not in (cell.report or {}) for cell in CellReader(root).every())
    assert Results(root).grids()

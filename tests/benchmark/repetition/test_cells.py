"""A stored cell is found by its name or its row, shown, and computed again elsewhere."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from emobench import results
from emobench.errors import RequestError
from emobench.leaderboard.certificate.archive import unpack
from emobench.repetition import rerun
from emobench.repetition.cell_name import found_cell
from emobench.repetition.comparison import DIFFERENT, GPU_TOLERANCE, IDENTICAL
from emobench.store.pack import read_pack, write_pack

from ...leaderboard.submission.conftest import Maker
from ..inference.conftest import OWN_MODEL
from ..inference.test_foreign_code import CORPUS


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Maker(tmp_path_factory.mktemp("made") / "results").write()


ROW = "toys/missing_modality/controlled/full/text/mlp"


def test_a_cell_is_found_by_name_training_row_and_number(made: Path) -> None:
    one = found_cell(made, ROW, seed=0, fold=1)
    assert (one.slot.seed, one.slot.fold, one.slot.condition) == (0, 1, "text")
    assert found_cell(made, one.key).key == one.key
    assert found_cell(made, one.key[:12]).key == one.key
    assert found_cell(made, f"{ROW}/macro_f1", seed=0, fold=1).key == one.key
    whole = found_cell(made, str(one.slot.training))
    assert (whole.slot.training, whole.slot.condition) == (one.slot.training, "full")


def test_none_and_several_are_refused_with_what_there_is(made: Path) -> None:
    with pytest.raises(RequestError, match=r"is several cells: .* \(fold 0, seed 0\)"):
        found_cell(made, ROW)
    for word in ("abcdef0123", ROW.replace("mlp", "nobody"), ""):
        with pytest.raises(RequestError):
            found_cell(made, word)
    with pytest.raises(RequestError, match="has no cell"):
        found_cell(made, ROW, seed=7)
    with pytest.raises(RequestError, match="has no cell 'ffffffff', and no training or number"):
        found_cell(made, "ffffffff")


def test_what_is_stored_is_shown_and_what_is_not_is_said(made: Path) -> None:
    sheet = results.cell(ROW, made, seed=0, fold=0)
    assert sheet.facts["result"]["utterances"] == "12"
    assert sheet.facts["sources"]["configuration"] == "hidden=8"
    assert sheet.facts["data"]["digest of the corpus"] == "5" * 64
    assert sheet.facts["data"]["text/tokens"].startswith("version 1, values not stored")
    assert sheet.facts["masks"]["shown"] == "text"
    failed = results.cell(ROW, made, seed=1, fold=1)
    assert (failed.status, failed.facts["result"]["why it failed"]) == (
        "failed", "NaN in the logits",
    )  # fmt: skip


@pytest.fixture(scope="module")
def trained(cli, shared_cache, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Results of a model of a user's own and of a linear one."""
    root = tmp_path_factory.mktemp("trained")
    (root / "mine.py").write_text(OWN_MODEL)
    done = cli(
        "run", "--models", "mine.py,late_fusion", "--protocol", "missing_modality", "--dataset",
        "simulated:size=126", "--seeds", 1, "--epochs", 2, "--results", "results", cwd=root,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return SimpleNamespace(root=root, results=root / "results", cache=shared_cache)


def row(model: str, condition: str = "missing_0.3") -> str:
    return f"simulated:size=126/missing_modality/controlled/full/{condition}/{model}"


def files_of(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("model", ["mine:epochs=2", "late_fusion"])
def test_repeated_it_is_identical_and_nothing_stored_changes(trained, model: str) -> None:
    before = files_of(trained.results)
    file = trained.root / "mine.py" if "mine" in model else None
    found = results.rerun(row(model), trained.results, model_file=file, cache_dir=trained.cache)
    assert (found.verdict, found.weights, found.because) == (IDENTICAL, "identical", ())
    assert found.around == {}
    assert found.gap is not None
    assert found.gap.n > 10
    assert files_of(trained.results) == before


@pytest.mark.slow
def test_a_model_whose_file_changed_is_different_because_of_it(trained, tmp_path: Path) -> None:
    edited = tmp_path / "mine.py"
    edited.write_text(OWN_MODEL.replace("means = [s / x", "means = [2 * s / x"))
    found = results.rerun(
        row("mine:epochs=2"), trained.results, model_file=edited, cache_dir=trained.cache
    )
    assert found.verdict == DIFFERENT
    (why,) = found.because
    assert why.startswith("the model's file mine.py has changed")
    same = tmp_path / "same" / "mine.py"
    same.parent.mkdir()
    same.write_text(OWN_MODEL + "# a remark\n")
    found = results.rerun(
        row("mine:epochs=2"), trained.results, model_file=same, cache_dir=trained.cache
    )
    assert found.verdict == IDENTICAL
    assert "has changed" in found.because[0]


def _rewritten(root: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    for pack in root.glob("trainings/*/cells-*.parquet"):
        cells = [
            replace(c, table=change(c.table) if c.table is not None else None)
            for c in read_pack(pack).cells()
        ]
        pack.unlink()
        write_pack(pack.parent, cells, root)


@pytest.mark.slow
def test_predictions_that_were_made_up_do_not_come_out_again(trained, cli, tmp_path) -> None:
    forged = tmp_path / "results"
    shutil.copytree(trained.results, forged)

    def better(table: pa.Table) -> pa.Table:
        place = table.schema.get_field_index("logit_0")
        values = table["logit_0"].to_numpy() + np.float32(0.5)
        return table.set_column(place, "logit_0", pa.array(values, pa.float32()))

    _rewritten(forged, better)
    done = cli("rerun", row("late_fusion"), "--results", forged, "--json", cwd=trained.root)
    assert done.returncode == 1, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert (said["verdict"], said["weights"], said["because"]) == (DIFFERENT, "identical", [])
    shown = cli("show", row("late_fusion"), "--results", forged, cwd=trained.root)
    assert "digest of what is shown" in shown.stdout


@pytest.mark.slow
def test_a_corpus_that_is_not_what_it_was_is_named(trained, tmp_path) -> None:
    forged = tmp_path / "results"
    shutil.copytree(trained.results, forged)
    for path in forged.glob("trainings/*/training.json"):
        text = path.read_text()
        digest = json.loads(text)["spec"]["dataset_digest"]
        content = json.loads(text.replace(digest, "0" * 64))
        del content["sha256"]
        path.write_text(json.dumps(content))
    found = results.rerun(row("late_fusion"), forged, cache_dir=trained.cache)
    assert found.verdict == DIFFERENT
    assert "simulated:size=126 has the digest" in found.because[0]


@pytest.mark.slow
def test_on_a_gpu_it_comes_out_again_within_the_stated_tolerance(cli, shared_cache, tmp_path):
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no GPU here")
    done = cli(
        "run", "--models", "mlp,emotiwave", "--protocol", "full_modalities", "--dataset",
        "simulated:size=126", "--seeds", 1, "--epochs", 2, "--device", "cuda", "--results",
        "results", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for model in ("mlp:epochs=2", "emotiwave:epochs=2"):
        address = f"simulated:size=126/full_modalities/controlled/full/full/{model}"
        found = results.rerun(address, tmp_path / "results", cache_dir=shared_cache)
        assert found.is_repeated, found.sentence
        assert found.tolerance == GPU_TOLERANCE


@pytest.mark.slow
def test_a_certificate_lists_what_each_training_saw_and_holds_it_together(trained, tmp_path):
    made = results.certify("simulated", tmp_path / "a.zip", trained.results)
    files = unpack(made.path, tmp_path / "files")
    splits = json.loads(files["splits.json"].read_text())
    (seen,) = splits["trained"].values()
    parts = [set(seen[name]) for name in ("train", "dev", "test")]
    assert all(parts)
    assert not (parts[0] & parts[1] | parts[0] & parts[2] | parts[1] & parts[2])
    (tested,) = splits["tested"]["simulated:size=126"].values()
    assert set(tested["test"]) == parts[2]
    assert len(seen["trainings"]) == len([*trained.results.glob("trainings/*/training.json")])
    (name,) = (name for name in files if name.startswith("results/splits/"))
    content = json.loads(files[name].read_text())
    content["train"][0], content["test"][0] = content["test"][0], content["train"][0]
    del content["sha256"]
    forged = tmp_path / "forged"
    shutil.copytree(trained.results, forged)
    (forged / name.removeprefix("results/")).write_text(json.dumps(content))
    with pytest.raises(RequestError, match="holds other utterances than its name is made of"):
        results.certify("simulated", tmp_path / "b.zip", forged)


def test_a_corpus_that_only_the_record_names_is_not_run(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "evil.py").write_text(CORPUS)
    monkeypatch.chdir(tmp_path)
    usual = rerun.read_spec
    monkeypatch.setattr(
        rerun, "read_spec", lambda spec: usual(spec).model_copy(update={"dataset": "evil.py"})
    )
    with pytest.raises(RequestError, match="run only if you name it: --dataset"):
        results.rerun(ROW, made, seed=0, fold=0)
    assert not (tmp_path / "ran").exists()
